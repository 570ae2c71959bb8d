import { parseArgs } from "node:util";
import { systemClock } from "../src/adapters/system.ts";
import { type Config, parseConfig } from "../src/config.ts";
import { proofLife } from "../src/proof/kinds.ts";
import { auditSealKey } from "../src/token/keys.ts";
import { fail, run, scriptEnvironment } from "./environment.ts";
import { clockTolerance, decideSecret, decideSigning, type SecretStep, secretSteps } from "./key-rotation.ts";
import { type DatedJwk, envLines, newEncryptionKey, newSecret, newSigningKey } from "./secrets.ts";

const usage = `Usage: npm run --silent keys:rotate
       npm run --silent keys:rotate -- refresh|encryption ${secretSteps.join("|")}
Under HS256, HS384 and HS512 the first is npm run --silent keys:rotate -- ${secretSteps.join("|")}`;

const order = "Set this wherever the service runs, and restart every process, one after another.";

/** What to set goes to standard output, and what it means to standard error. */
function tell(variables: Record<string, string>, ...words: string[]): void {
  process.stdout.write(envLines(variables));
  console.error(words.join("\n"));
}

const timeOf = (seconds: number) => new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
const nowOf = (config: Config) => Math.floor(systemClock(config.clockOffsetSeconds).now().getTime() / 1000);

async function rotateSigning(config: Config): Promise<void> {
  const { signing, ttlSeconds } = config.accessToken;
  if ("secret" in signing) return fail(usage);
  const { alg } = signing;
  const keys: readonly DatedJwk[] = signing.jwks;
  const decision = decideSigning(keys, { alg, accessLife: ttlSeconds, now: nowOf(config) });
  const set = (next: readonly DatedJwk[]) => ({ ACCESS_TOKEN_SIGNING_KEYS: JSON.stringify({ keys: next }) });
  if ("notBefore" in decision) {
    const why =
      decision.step === "sign"
        ? "Verifiers that hold an older copy of /.well-known/jwks.json would refuse the new key."
        : "Tokens that an old key signed may still be good.";
    return fail(`The next step, ${decision.step}, may come at ${timeOf(decision.notBefore)}. ${why}`);
  }
  if (decision.step === "publish") {
    return tell(
      set([...keys, await newSigningKey(alg, decision.madeAt)]),
      "Step 1 of 3, publish: a new key is last in the set. It verifies, is in /.well-known/jwks.json, and signs nothing.",
      order,
      `Step 2 at the earliest at ${timeOf(decision.nextAt)}, and ten minutes after the last restart.`,
    );
  }
  if (decision.step === "sign") {
    return tell(
      set(decision.keys),
      "Step 2 of 3, sign: the newest key is first and signs. The others verify what they signed.",
      order,
      `Step 3 at the earliest at ${timeOf(decision.nextAt ?? 0)}, and that long after the last restart.`,
    );
  }
  return tell(
    set(decision.keys),
    "Step 3 of 3, retire: the older keys are gone, and what they signed is refused.",
    `This cannot know when step 2 was deployed: the last restart must be ${ttlSeconds + clockTolerance} seconds ago.`,
    order,
    "The next rotation is due when you want one.",
  );
}

type Rotated = { variable: string; life: number; fresh: () => string; about: readonly string[] };

async function rotateSecret(
  config: Config,
  step: SecretStep,
  { variable, life, fresh, about }: Rotated,
): Promise<void> {
  const env = scriptEnvironment();
  const before = `${variable}_PREVIOUS`;
  const decision = decideSecret(step, { current: env[variable] ?? "", previous: env[before] }, fresh);
  if ("refused" in decision) {
    return fail(
      decision.refused === "under way"
        ? `${before} is set, so a rotation is under way. Go on with sign, or with retire where sign is done.`
        : `${before} is not set, so there is nothing to ${step}. Begin with publish.`,
    );
  }
  const { current, previous } = decision;
  const lasts = life < 86_400 ? `${life} seconds` : `${Math.floor(life / 86_400)} days and a minute`;
  const variables = { ...(current && { [variable]: current }), [before]: previous };
  const words: Record<SecretStep, string[]> = {
    publish: [
      `Step 1 of 3, publish: the new secret is in ${before}, where it verifies and signs nothing.`,
      order,
      "Step 2, sign, at once after the last restart.",
    ],
    sign: [
      `Step 2 of 3, sign: the new secret is current, and the old one in ${before} verifies what it signed.`,
      order,
      `Step 3, retire, at the earliest at ${timeOf(nowOf(config) + life)}, and ${lasts} after the last restart.`,
    ],
    retire: [
      `Step 3 of 3, retire: the secret in ${before} is gone, and what it signed is refused.`,
      `This cannot know when sign was deployed: the last restart must be ${lasts} ago.`,
      order,
    ],
  };
  return tell(variables, ...words[step], ...about);
}

/** Refused while a secret of an authenticator app would be lost. */
async function refuseWhileNeeded(config: Config): Promise<void> {
  // What reaches the database is slow to load, and no other step needs it.
  const { withDeps } = await import("./deps.ts");
  const { countUnderPreviousKey } = await import("../src/mfa/reencrypt-secrets.ts");
  const count = await withDeps(config, countUnderPreviousKey);
  if (count > 0) {
    fail(
      `${count} secrets of authenticator apps are sealed by DATA_ENCRYPTION_KEY_PREVIOUS. Move them first: npm run keys:reencrypt`,
    );
  }
}

async function rotateEncryption(config: Config, step: SecretStep): Promise<void> {
  const { current, previous } = config.dataEncryptionKey;
  if (step === "retire" && previous) await refuseWhileNeeded(config);
  const old = step === "sign" ? current : previous;
  const sealed = old && Buffer.from((await auditSealKey(old)).publicKey).toString("base64url");
  const about = {
    publish: [],
    sign: ["Then move the secrets of authenticator apps: npm run keys:reencrypt"],
    retire: [`Keep this to check what it sealed: npm run audit:verify -- --public-key=${sealed}`],
  };
  // Of what it signed, a mailed link and the trust in a device last longest.
  const life = Math.max(...Object.values(proofLife), config.trustedDeviceSeconds) + clockTolerance;
  const rotated = { variable: "DATA_ENCRYPTION_KEY", life, fresh: newEncryptionKey, about: about[step] };
  return rotateSecret(config, step, rotated);
}

function readArguments(): string[] {
  try {
    return parseArgs({ allowPositionals: true }).positionals;
  } catch {
    return fail(usage); // an option we do not know
  }
}

await run(async () => {
  const words = readArguments();
  try {
    const config = parseConfig(scriptEnvironment());
    if (words.length === 0) return await rotateSigning(config);
    const [kind = "", name] = words.length === 1 ? ["access", ...words] : words;
    const step = secretSteps.find((each) => each === name) ?? fail(usage);
    const { accessToken, refreshToken } = config;
    if (words.length <= 2 && kind === "encryption") return await rotateEncryption(config, step);
    const lives: Record<string, [string, number]> = {
      refresh: ["REFRESH_TOKEN_SECRET_KEY", refreshToken.idleSeconds],
      ...("secret" in accessToken.signing && { access: ["ACCESS_TOKEN_SECRET_KEY", accessToken.ttlSeconds] }),
    };
    const [variable, life] = (words.length <= 2 && lives[kind]) || fail(usage);
    await rotateSecret(config, step, { variable, life: life + clockTolerance, fresh: newSecret, about: [] });
  } catch (error) {
    const { name, message } = error as Error;
    if (name === "ConfigError") fail(message);
    if (name === "Unavailable") fail("The database does not answer.");
    throw error;
  }
});
