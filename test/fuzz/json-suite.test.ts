import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { jsonDepth } from "../../src/lib/json-depth.ts";
import type { Reply } from "../support/client.ts";
import { heavy } from "../support/heavy.ts";
import { readDocument } from "../support/openapi.ts";
import { useService } from "../support/service.ts";
import { createAskers } from "./askers.ts";
import { type Contract, createContract } from "./contract.ts";

const service = useService({ THROTTLE: "off" });

const packed = gunzipSync(readFileSync("test/vectors/json_test_suite.json.gz")).toString();
const suite = Object.entries(JSON.parse(packed) as Record<string, string>).map(([name, base64]) => ({
  name,
  bytes: new Uint8Array(Buffer.from(base64, "base64")),
}));

/** The most bytes, and the most arrays within arrays, that we read by design. */
const largest = 64 * 1024;
const deepest = 32;

let faultOf: Contract;
let targets: [method: string, template: string][] = [["patch", "/api/v1/users/me"]];

beforeAll(async () => {
  const document = await readDocument(service);
  faultOf = createContract(document);
  const taking = document.operations.filter(
    ({ operation }) => operation.requestBody?.content["application/json"],
  );
  if (heavy) targets = taking.map(({ method, path }) => [method, path]);
});

/** What the file is answered, as a parser of JSON and not by what the route makes of its fields. */
function expected(name: string, bytes: Uint8Array): (status: number, code: unknown) => boolean {
  if (bytes.length > largest) return (status) => status === 413;
  // No bytes are no body, which some routes need not have.
  if (bytes.length === 0) return (status) => status < 500;
  const isTooDeep = jsonDepth(new TextDecoder().decode(bytes)) > deepest;
  // RFC 8259 §8.1: between systems JSON is UTF-8.
  if (isTooDeep || !isUtf8(bytes) || name.startsWith("n_"))
    return (status, code) => status === 400 && code === "malformed_json";
  if (name.startsWith("y_")) return (status, code) => status < 500 && code !== "malformed_json";
  return (status) => status < 500;
}

describe(`the ${suite.length} files of the JSON test suite`, () => {
  it("are there", () => {
    const kinds = suite.map(({ name }) => name[0]).join("");
    expect([/y{95}/, /n{188}/, /i{35}/].map((kind) => kind.test([...kinds].sort().join("")))).toEqual([
      true,
      true,
      true,
    ]);
  });

  it(
    "as bodies are refused if they are no JSON, and else read, by each route",
    async () => {
      // No bytes are no body to a route that ends the session.
      const askers = createAskers(service);
      for (const [method, template] of targets) {
        for (const { name, bytes } of suite) {
          const path = template.replace(/\{[^}]+\}/g, crypto.randomUUID());
          const reply: Reply<{ code?: unknown }> = await service.call(method.toUpperCase(), path, {
            raw: bytes,
            headers: { "content-type": "application/json" },
            token: await askers.tokenOf("operator"),
          });
          askers.note("operator", reply.body.code);
          const isRight = expected(name, bytes)(reply.status, reply.body.code);
          const fault = faultOf(`${method} ${template}`, reply);
          expect([template, name, reply.status, isRight, fault]).toEqual([
            template,
            name,
            reply.status,
            true,
            undefined,
          ]);
        }
      }
    },
    heavy ? 600_000 : 30_000,
  );

  it("that are JSON come back as they went in, where the database can hold them", async () => {
    const { access_token: token } = await service.signUp();
    let kept = 0;
    for (const { name, bytes } of suite.filter((each) => each.name.startsWith("y_"))) {
      const text = new TextDecoder().decode(bytes);
      const { status, body } = await service.call("PATCH", "users/me", {
        raw: `{"metadata":{"kept":${text}}}`,
        headers: { "content-type": "application/json" },
        token,
      });
      if (status !== 200) {
        // NUL, and half of a surrogate pair: PostgreSQL holds neither.
        expect([name, status, /\\u0000|\\ud[89a-f]/i.test(text)]).toEqual([name, 422, true]);
        continue;
      }
      kept++;
      // As JavaScript writes it again: without the sign of a zero.
      const written = JSON.stringify(JSON.parse(text));
      expect([name, body.metadata]).toEqual([name, { kept: JSON.parse(written) }]);
    }
    expect(kept).toBeGreaterThan(85);
  });
});
