import { readFileSync, writeFileSync } from "node:fs";
import { bloomFilter } from "../src/lib/bloom-filter.ts";

const from = "test/vectors/common-passwords-ge8.txt";
const to = "src/password/common-passwords.ts";

/** 2^18 bits: for these entries one password in a thousand is taken for one of them. */
const filterBytes = 32 * 1024;

/** The source of the block list: common passwords in lower case, as a Bloom filter. */
export function blockListSource(): string {
  const entries = readFileSync(from, "utf8").split("\n").filter(Boolean);
  const filter = bloomFilter(
    entries.map((entry) => entry.toLowerCase()),
    filterBytes,
  );
  return `/**
 * ${entries.length} common passwords of 8 characters or more, in lower case, as a Bloom filter in base64.
 * Made by \`node scripts/build-block-list.ts\` from \`${from}\` (zxcvbn-ts, MIT).
 */
export const commonPasswords =
  "${Buffer.from(filter).toString("base64")}";
`;
}

if (import.meta.main) writeFileSync(to, blockListSource());
