import { decodeJwt } from "jose";
import { getProfile } from "../../src/account/profile.ts";
import { listUsers } from "../../src/admin/list-users.ts";
import type { SessionId, UserId } from "../../src/ids.ts";
import { grantClient } from "../../src/oauth/grant-client.ts";
import type { Caller, Deps } from "../../src/ports.ts";
import { refreshSession } from "../../src/session/refresh-session.ts";
import { logIn } from "../../src/sign-in/log-in.ts";
import { signUp } from "../../src/sign-in/sign-up.ts";
import { issueTokens } from "../../src/token/issue-tokens.ts";
import { freshEmail, goodPassword } from "../../test/support/client.ts";
import { captureStatements, type Statement } from "../../test/support/explain.ts";
import { basic } from "../../test/support/machines.ts";
import type { Prepared } from "./gatehouse.ts";

type Statements = Record<"me" | "refresh" | "list" | "token" | "login" | "signup", Statement[]>;

/** The statements that our use cases send, and what in their parameters is to be replaced by another's. */
export type Captured = {
  readonly statements: Statements;
  readonly marks: Record<
    | "userId"
    | "sessionId"
    | "refreshUserId"
    | "refreshSessionId"
    | "email"
    | "loginUserId"
    | "newEmail"
    | "passwordHash",
    string
  > & { generation: number; client: string[]; loginKeys: string[]; signupKeys: string[] };
};

const caller: Caller = {
  ip: "192.0.2.77",
  network: "192.0.2.77",
  userAgent: null,
  place: null,
  requestId: "captured",
};
const unlikelyGeneration = 1_234_567;

/** Runs each use case once, for one user, and takes down what it sends. */
export async function captureAll(deps: Deps, { accounts, admin, client }: Prepared): Promise<Captured> {
  const claims = decodeJwt(admin.access_token);
  const [userId, sessionId] = [claims.sub as UserId, claims.sid as SessionId];
  const actor = { userId, sessionId, stepUp: false } as const;
  const account = accounts[1] ?? admin;
  const [email, newEmail] = [account.email, freshEmail()];
  const grant = await logIn(deps, caller, { email, password: goodPassword });
  const { refresh_token: token } = await issueTokens(deps, { ...grant, generation: unlikelyGeneration });
  const { authorization } = basic(client);
  const first = { filter: {}, sort: "-created_at", limit: 20, cursor: undefined } as const;
  const credentials = { email, password: goodPassword };
  const newcomer = { email: newEmail, password: goodPassword, name: null };
  const capture = (work: (deps: Deps) => Promise<unknown>) => captureStatements(deps, work);
  const statements: Statements = {
    me: await capture((own) => getProfile(own, { ...actor, permission: "self" })),
    list: await capture((own) => listUsers(own, { ...actor, permission: "users:read" }, first)),
    // Of a generation that is ahead, and refused: it could not be told from other numbers otherwise.
    refresh: await capture((own) => refreshSession(own, caller, token).catch(() => undefined)),
    token: await capture((own) =>
      grantClient(own, { authorization, grant_type: "client_credentials" } as Parameters<
        typeof grantClient
      >[1]),
    ),
    login: await capture((own) => logIn(own, caller, credentials)),
    signup: await capture((own) => signUp(own, caller, newcomer)),
  };
  const textsOf = (name: keyof Statements) =>
    statements[name].flatMap(({ params }) => params.filter((param) => typeof param === "string"));
  /** What is 32 bytes in base64url, as MACs are. */
  const macsOf = (name: keyof Statements) => [
    ...new Set(textsOf(name).filter((text) => /^[\w-]{43}$/.test(text))),
  ];
  const marks = {
    userId,
    sessionId,
    refreshUserId: grant.userId,
    refreshSessionId: grant.sessionId,
    generation: unlikelyGeneration,
    email,
    loginUserId: grant.userId,
    newEmail,
    passwordHash: textsOf("signup").find((text) => text.startsWith("$scrypt$")) ?? "",
    client: [client.client_id, ...textsOf("token")],
    loginKeys: macsOf("login"),
    signupKeys: macsOf("signup"),
  };
  return { statements, marks };
}
