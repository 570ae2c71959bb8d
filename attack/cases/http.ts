import { gzipSync } from "node:zlib";
import type { Attack, Trial } from "../attack.ts";

const json = { "content-type": "application/json" };

/** As in a query, also what is no text of Unicode. */
const encoded = (text: string) => new URLSearchParams([["", text]]).toString().slice(1);

/** @public */
export const http: Attack[] = [
  {
    id: "http/cors",
    what: "Answers that any site may read, or that say so with credentials",
    precedent: "ASVS V3.4.2",
    run: async (trial) => {
      const { access_token: token } = await trial.a.tokens();
      for (const origin of [
        "null",
        "https://evil.example",
        `${trial.issuer}.evil.example`,
        trial.issuer.replace(/^https?/, "ftp"),
      ]) {
        const { headers } = await trial.call("GET", "users/me", { token, headers: { origin } });
        trial.expect(
          headers.get("access-control-allow-origin") === null,
          `${origin}: ${headers.get("access-control-allow-origin")}`,
        );
        trial.expect(
          headers.get("access-control-allow-credentials") !== "true",
          `${origin} with credentials`,
        );
        const asked = {
          origin,
          "access-control-request-method": "DELETE",
          "access-control-request-headers": "authorization",
        };
        const before = await trial.call("OPTIONS", "users/me", { headers: asked });
        trial.expect(before.headers.get("access-control-allow-origin") === null, `${origin}, asked before`);
        trial.tried(2);
      }
    },
  },
  {
    id: "http/caches",
    what: "Tokens and profiles kept by a cache on the way, or taken from it by another",
    precedent: "RFC 6749 §5.1",
    run: async (trial) => {
      const { access_token: token } = await trial.a.tokens();
      for (const path of ["users/me", "users/me/sessions", "users/me/export", "admin/users"]) {
        const { headers } = await trial.call("GET", path, { token });
        trial.expect(/no-store/.test(headers.get("cache-control") ?? ""), `${path} may be kept`);
      }
      const login = await trial.call("POST", "auth/login", {
        json: { email: trial.a.email, password: trial.a.password },
      });
      trial.expect(/no-store/.test(login.headers.get("cache-control") ?? ""), "a login may be kept");
      const conditional = await trial.call("GET", "users/me", {
        token,
        headers: { "if-none-match": "*", "if-modified-since": new Date().toUTCString() },
      });
      trial.expect(conditional.status === 200, `asked on a condition: ${conditional.status}`);
    },
  },
  {
    id: "http/paths",
    what: "A path that is written otherwise, to be let in where the plain one is not",
    precedent: "Hono CVE-2026-47676",
    run: async (trial) => {
      const { access_token: token } = await trial.a.tokens();
      const paths = [
        "//api/v1/admin/users",
        "/api/v1//admin/users",
        "/api/v1/%61dmin/users",
        "/api/v1/admin/./users",
        "/api/v1/users/../admin/users",
        "/api/v1/ADMIN/users",
        "/api/v1/admin/users/",
        "/api/v1/admin;x/users",
        "/api/v1/admin/users;x",
        "/api/v1/admin%2fusers",
        "/api/v1/admin/users%00",
        "/api/v1/admin/users?limit=1#x",
        "/API/v1/admin/users",
        "/api/v1/admin\\users",
        "/api/v1/users/me/..%2f..%2fadmin/users",
      ];
      for (const path of paths) {
        for (const sent of [{}, { token }]) {
          const { status } = await trial.call("GET", path, sent);
          trial.expect(status >= 400 && status < 500, `${path}: ${status}`);
          trial.tried(1);
        }
      }
      const named = {
        "x-original-url": "/api/v1/admin/users",
        "x-rewrite-url": "/api/v1/admin/users",
        "x-http-method-override": "DELETE",
        "x-forwarded-prefix": "/api/v1/admin",
      };
      const { status, body } = await trial.call("GET", "users/me", { token, headers: named });
      trial.expect(
        status === 200 && typeof body.email === "string",
        `with headers that rename the path: ${status}`,
      );
    },
  },
  {
    id: "http/large-bodies",
    what: "Bodies that are large, deep, wide or packed, with and without a length",
    precedent: "Hono CVE-2026-44456, CVE-2026-54288",
    run: async (trial) => {
      const large = "x".repeat(10_000_000);
      const stream = (text: string) => new Blob([text]).stream();
      const form = { "content-type": "application/x-www-form-urlencoded" };
      const fields = Array.from({ length: 5000 }, (_, n) => `k${n}`);
      const bodies: Record<string, [BodyInit, Record<string, string>, number[]]> = {
        "10 MB": [`{"email":"${large}"}`, json, [413]],
        "10 MB in pieces": [stream(`{"email":"${large}"}`), json, [413]],
        "a form of 10 MB": [`username=${large}`, form, [413]],
        "100,000 deep": ["[".repeat(100_000), json, [413]],
        "20,000 deep": ["[".repeat(20_000) + "]".repeat(20_000), json, [400]],
        "5,000 fields": [
          JSON.stringify(Object.fromEntries(fields.map((name) => [name, 1]))),
          json,
          [413, 422],
        ],
        "a form of 5,000 fields": [fields.map((name) => `${name}=1`).join("&"), form, [400, 413, 422]],
        packed: [new Uint8Array(gzipSync(large)), { ...json, "content-encoding": "gzip" }, [400, 415]],
      };
      for (const [name, [raw, headers, wanted]] of Object.entries(bodies)) {
        // A server may hang up on what it will not read.
        const status = await trial.call("POST", "auth/login", { raw, headers }).then(
          // Every reply of ours has an id; what stands before us may say it its own way.
          (reply) => (reply.headers.has("x-request-id") ? reply.status : 413),
          () => 413,
        );
        trial.expect(wanted.includes(status), `${name}: ${status}`);
        trial.tried(1);
      }
      const { status } = await trial.call("GET", "/health/live");
      trial.expect(status === 200, `afterwards: ${status}`);
    },
  },
  {
    id: "http/malformed-bodies",
    what: "Bodies that are no JSON, or JSON that parsers read differently",
    precedent: "nst/JSONTestSuite",
    run: async (trial) => {
      const wrong = [
        "{",
        "}",
        "[1,]",
        "{'a':1}",
        '{"a":1,}',
        '{"a"}',
        "nul",
        "NaN",
        "[Infinity]",
        "[-]",
        "[1e]",
        "[0x1]",
        '["\t"]',
        '["\\x"]',
        "\ufeff{}",
        "{}{}",
        "{}#",
        '{"a":\u00001}',
        "",
        " ",
        '"',
        "[1 2]",
        '{"a" 1}',
        '["\\u00"]',
        "[tru]",
        "[+1]",
        "[.1]",
        "[01]",
      ];
      for (const raw of wrong) {
        const { status } = await trial.call("POST", "auth/login", { raw, headers: json });
        trial.expect(status === 400 || status === 422, `${JSON.stringify(raw)}: ${status}`);
        trial.tried(1);
      }
      const bytes = await trial.call("POST", "auth/login", {
        raw: new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
        headers: json,
      });
      trial.expect(bytes.status === 400, `no UTF-8: ${bytes.status}`);
      for (const type of [
        "text/plain",
        "text/json",
        "application/xml",
        "multipart/form-data",
        "application/json; charset=utf-16",
      ]) {
        const raw = JSON.stringify({ email: trial.a.email, password: trial.a.password });
        const { status } = await trial.call("POST", "auth/login", { raw, headers: { "content-type": type } });
        trial.expect(status < 500, `${type}: ${status}`);
      }
    },
  },
  {
    id: "http/injection",
    what: "SQL, operators and other languages in every field and filter",
    precedent: "ASVS V1.2.4",
    run: async (trial) => {
      const { access_token: token } = await trial.a.tokens();
      const marks = [
        "'",
        "''",
        "' or '1'='1",
        "1;select pg_sleep(5)--",
        "\\",
        "%",
        "_",
        "$1",
        "#{7*7}",
        "\u0000",
        "\ud800",
        "{{7*7}}",
        "../../etc/passwd",
        "x'||(select version())||'",
        "1e999",
        "-0",
        "0199a1b2-0000-7000-8000-000000000000'--",
        "\u202e",
        "a\r\nx: y",
      ];
      for (const mark of marks) {
        const asked = [
          trial.call("POST", "auth/login", { json: { email: mark, password: mark } }),
          trial.call("POST", "auth/login", { json: { email: { $gt: mark }, password: { $ne: null } } }),
          trial.call("POST", "auth/refresh", { json: { refresh_token: mark } }),
          trial.call("POST", "auth/magic-link/verify", { json: { flow_id: mark, code: mark } }),
          trial.call("PATCH", "users/me", {
            token,
            json: { name: mark, locale: mark, metadata: { [mark]: mark } },
          }),
          trial.call("GET", `users/me/sessions?cursor=${encoded(mark)}&limit=${encoded(mark)}`, { token }),
          trial.call("DELETE", `users/me/sessions/${encoded(mark)}`, { token }),
          trial.call("GET", "users/me", {
            headers: {
              authorization: `Bearer ${encoded(mark)}`,
              "x-request-id": encoded(mark),
            },
          }),
          ...(trial.admin ? listsOf(trial, mark) : []),
        ];
        for (const reply of await Promise.all(asked)) {
          trial.expect(reply.status < 500, `${JSON.stringify(mark)}: ${reply.status}`);
          trial.expect(
            !/syntax error|pg_|at \/|\.ts:\d|node_modules|SELECT |drizzle/.test(
              reply.status >= 400 ? reply.text : "",
            ),
            `${JSON.stringify(mark)}: an error tells of the inside`,
          );
        }
        trial.tried(asked.length);
      }
      const { body } = await trial.call<{ id: string }>("GET", "users/me", { token });
      trial.expect(typeof body.id === "string", "the account is gone");
    },
  },
];

function listsOf({ call, admin }: Trial, mark: string) {
  const lists: Record<string, string[]> = {
    users: ["q", "role", "status", "verified", "created_after", "sort", "cursor", "limit"],
    "audit-events": ["actor", "subject", "action", "outcome", "ip", "cursor", "limit"],
    outbox: ["state", "cursor", "limit"],
  };
  return Object.entries(lists).flatMap(([list, filters]) =>
    filters.map((filter) => call("GET", `admin/${list}?${filter}=${encoded(mark)}`, { token: admin })),
  );
}
