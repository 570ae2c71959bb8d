import { type Measured, median, quantile } from "./measure.ts";
import type { Operation } from "./target.ts";

const head =
  "| operation | target | requests/s | ratio | p50 ms | p99 ms | CPU ms | database CPU ms | statements |";

/** The columns of one target, beside the rate of ours. */
function rowOf(operation: Operation, each: Measured, ours: number): string {
  const rate = median(each.rates);
  const perRequest = (total: number) => ((total * 1000) / each.done).toFixed(2);
  const cells = [
    operation,
    each.name,
    rate.toFixed(rate < 100 ? 1 : 0),
    (ours / rate).toFixed(2),
    quantile(each.latencies, 0.5).toFixed(1),
    quantile(each.latencies, 0.99).toFixed(1),
    perRequest(each.cpu),
    perRequest(Math.max(0, each.databaseCpu)),
    (each.statements / each.done).toFixed(2),
  ];
  return `| ${cells.join(" | ")} |`;
}

/** One operation, as rows of a Markdown table; `ratio` is ours to each. */
export function reportOperation(operation: Operation, measured: readonly Measured[]): void {
  const ours = median(measured[0]?.rates ?? []);
  for (const each of measured) console.log(rowOf(operation, each, ours));
}

export function reportHead(): void {
  console.log(`${head}\n${head.replaceAll(/[^|]+/g, " --- ")}`);
}

export type Promised = {
  readonly what: string;
  readonly value: number;
  readonly least?: number;
  readonly most?: number;
};

/** Says of each promise what it came to. @returns whether all are kept. */
export function reportPromises(promises: readonly Promised[]): boolean {
  const isKept = ({ value, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY }: Promised) =>
    value >= least && value <= most;
  for (const each of promises) {
    const bound = each.least === undefined ? `at most ${each.most}` : `at least ${each.least}`;
    console.log(`${isKept(each) ? "kept  " : "MISSED"} ${each.what}: ${each.value.toFixed(2)}, ${bound}`);
  }
  return promises.every(isKept);
}
