import type { Attack } from "../attack.ts";
import { enumeration } from "./enumeration.ts";
import { factors } from "./factors.ts";
import { forgeries } from "./forgeries.ts";
import { http } from "./http.ts";
import { mails } from "./mails.ts";
import { operators } from "./operators.ts";
import { pageAttacks } from "./pages.ts";
import { passkeys } from "./passkeys.ts";
import { passwords } from "./passwords.ts";
import { sessions } from "./sessions.ts";
import { throttles } from "./throttles.ts";

/** In the order they are run: those that change an account, or use its limits up, come last. */
export const attacks: readonly Attack[] = [
  ...forgeries,
  ...sessions,
  ...operators,
  ...http,
  ...pageAttacks,
  ...passkeys,
  ...enumeration,
  ...passwords,
  ...mails,
  ...factors,
  ...throttles,
];
