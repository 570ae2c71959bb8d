import { createHash } from "node:crypto";
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import type { Service } from "./service.ts";

export type Feed = {
  iss: string;
  iat: number;
  exp: number;
  window: number;
  count: number;
  entries: string;
  overflow: boolean;
};

export const feedPath = "/.well-known/revocations";
export const claimsOf = (token: string) =>
  JSON.parse(atob(token.split(".")[1] ?? "")) as { sid: string; jti: string };
const prefixOf = (id: string) => createHash("sha256").update(id).digest().subarray(0, 8).toString("hex");

/** The feed of now, verified as a stranger does. */
export async function readFeedOf(
  service: Pick<Service, "advance" | "call" | "deps">,
): Promise<Feed & { has(id: string): boolean; prefixes: string[] }> {
  service.advance(10);
  const { body } = await service.call<JSONWebKeySet>("GET", "/.well-known/jwks.json");
  const { text } = await service.call("GET", feedPath);
  const { payload } = await jwtVerify<Feed>(text, createLocalJWKSet(body), {
    algorithms: ["ES256"],
    typ: "revocations+jwt",
    issuer: "http://localhost:8787",
    currentDate: service.deps.clock.now(),
  });
  const bytes = Buffer.from(payload.entries, "base64url");
  const prefixes = Array.from({ length: bytes.length / 8 }, (_, i) =>
    bytes.subarray(i * 8, i * 8 + 8).toString("hex"),
  );
  return { ...payload, prefixes, has: (id) => prefixes.includes(prefixOf(id)) };
}
