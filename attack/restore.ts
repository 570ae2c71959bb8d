import type { Trial } from "./attack.ts";
import { refused } from "./refused.ts";
import { leaveSecondFactor } from "./second-factor.ts";

/**
 * Leaves the accounts with the passwords they came with and without a second factor.
 * @throws Error that says what could not be put back.
 */
export async function restore(trial: Trial): Promise<void> {
  await leaveSecondFactor(trial);
  for (const player of [trial.a, trial.b]) {
    if (player.password === player.given) continue;
    const { access_token: token } = await player.signIn();
    const json = { current_password: player.password, new_password: player.given };
    const reply = await trial.call("POST", "users/me/password", { token, json });
    if (reply.status !== 204) throw refused(`the first password of ${player.email}`, reply);
    player.password = player.given;
  }
}
