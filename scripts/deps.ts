import { mailbox } from "../src/adapters/mailer-mailbox.ts";
import type { Config } from "../src/config.ts";
import type { Deps } from "../src/ports.ts";
import { assembleDeps } from "../src/runtime/assemble.ts";
import { connect } from "../src/runtime/connect.ts";

/** Gives a use case the service's own ports, and lets go of the database after it. It logs nothing and sends no mail. */
export async function withDeps<T>(config: Config, work: (deps: Deps) => Promise<T>): Promise<T> {
  const log = () => undefined;
  const { db, close } = connect(config, log);
  const ports = { db, log, mailer: mailbox, background: () => undefined, runtime: "node", cores: 1 } as const;
  return assembleDeps(config, ports).then(work).finally(close);
}
