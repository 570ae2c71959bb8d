import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { freePort, type Postgres, startPostgres } from "./postgres.ts";

/** Where `npm run dev` keeps what it needs. */
export const devFolder = ".gatehouse";
const lockFile = `${devFolder}/dev.pid`;
const dataFolder = `${devFolder}/postgres`;
const passwordFile = `${devFolder}/password`;

/** Whether `npm run dev` has run here. */
export const hasDevPostgres = () => existsSync(dataFolder) && existsSync(passwordFile);

/**
 * Takes the data of this clone: a second server would fight over them.
 * @returns how to let go of them.
 */
export function takeDevLock(): () => void {
  mkdirSync(devFolder, { recursive: true });
  const holder = existsSync(lockFile) ? Number(readFileSync(lockFile, "utf8")) : 0;
  if (holder && holder !== process.pid && isAlive(holder)) {
    throw new Error(`Gatehouse already runs here (process ${holder}). Stop it first, or use another clone.`);
  }
  writeFileSync(lockFile, String(process.pid));
  return () => rmSync(lockFile, { force: true });
}

/** The PostgreSQL of `npm run dev`, at the port asked for where that is free. */
export async function startDevPostgres(port = 54_329): Promise<Postgres> {
  return startPostgres({ folder: dataFolder, port: await freePort(port), password: keptPassword() });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false; // gone
  }
}

function keptPassword(): string {
  if (!existsSync(passwordFile))
    writeFileSync(passwordFile, randomBytes(18).toString("hex"), { mode: 0o600 });
  return readFileSync(passwordFile, "utf8");
}
