import { residentMebibytes } from "./processes.ts";
import type { Server } from "./service.ts";

export type Exported = {
  rows: number;
  seconds: number;
  mebibytes: number;
  peakMebibytes: number | undefined;
};

/** Exports every user, and watches the memory of the service meanwhile. */
export async function benchExport(server: Server): Promise<Exported> {
  let peak = residentMebibytes(server.pid);
  const watch = setInterval(() => {
    const now = residentMebibytes(server.pid);
    if (now !== undefined && now > (peak ?? 0)) peak = now;
  }, 50);
  const startedAt = performance.now();
  const reply = await fetch(`${server.origin}/api/v1/admin/users/export`, {
    headers: { authorization: `Bearer ${server.token}` },
  });
  if (!reply.ok || !reply.body) throw new Error(`the export answered ${reply.status}: ${await reply.text()}`);
  let [rows, bytes] = [0, 0];
  for await (const chunk of reply.body) {
    bytes += chunk.length;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) rows++;
  }
  clearInterval(watch);
  const seconds = (performance.now() - startedAt) / 1000;
  return { rows, seconds, mebibytes: bytes / 2 ** 20, peakMebibytes: peak };
}

export function describeExport({ rows, seconds, mebibytes, peakMebibytes }: Exported): string {
  const rate = Math.round(rows / seconds);
  return `${rows} users, ${mebibytes.toFixed(0)} MiB in ${seconds.toFixed(1)} s, ${rate} a second; peak memory of the service ${peakMebibytes?.toFixed(0) ?? "?"} MiB`;
}
