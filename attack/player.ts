import type { Client, Tokens } from "../test/support/client.ts";
import { refused } from "./refused.ts";

/** A throwaway account, and the password it has at the moment. */
export type Player = {
  readonly email: string;
  /** The password that it came with. */
  readonly given: string;
  password: string;
  /** Of a new session. */
  signIn: () => Promise<Tokens>;
  /** The session that most cases share; a new one where it was ended. */
  tokens: () => Promise<Tokens>;
};

export function createPlayer({ call, logIn }: Client, email: string, password: string): Player {
  let shared: Promise<Tokens> | undefined;
  const player: Player = {
    email,
    given: password,
    password,
    signIn: async () => {
      const reply = await logIn(email, player.password);
      if (reply.status !== 200) throw refused("login", reply);
      return reply.body;
    },
    tokens: async () => {
      const token = (await shared)?.access_token;
      const isLive = token !== undefined && (await call("GET", "users/me", { token })).status === 200;
      if (!isLive) shared = player.signIn();
      return shared as Promise<Tokens>;
    },
  };
  return player;
}

/** Of `ATTACK_ACCOUNTS`: two addresses with their passwords, `a@example.com:secret b@example.com:secret`. */
export function readPlayers(client: Client, text: string): [Player, Player] | undefined {
  const players = text
    .trim()
    .split(/\s+/)
    .map((each) => /^([^:]+@[^:]+):(.+)$/.exec(each))
    .flatMap((match) => (match ? [createPlayer(client, match[1] ?? "", match[2] ?? "")] : []));
  const [a, b, more] = players;
  return a && b && !more ? [a, b] : undefined;
}
