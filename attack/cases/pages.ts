import type { Attack, Trial } from "../attack.ts";
import { refused } from "../refused.ts";

const pages = [
  "/login",
  "/signup",
  "/forgot-password",
  "/reset-password",
  "/verify-email",
  "/magic-link",
  "/mfa",
  "/account",
  "/admin",
  "/setup",
];

const sameOrigin = (trial: Trial) => ({ origin: trial.issuer, "sec-fetch-site": "same-origin" });

const credentials = ({ a }: Trial) => ({ email: a.email, password: a.password });

const cookiesOf = (headers: Headers) => headers.getSetCookie().map((line) => line.split(";")[0] ?? "");

/** @public */
export const pageAttacks: Attack[] = [
  {
    id: "page/csrf",
    what: "A form of another site that signs in, or changes something, with the visitor's cookies",
    precedent: "Hono CVE-2024-48913; ASVS V3.5.1",
    run: async (trial) => {
      const signedIn = await trial.call("POST", "/login", {
        form: credentials(trial),
        headers: sameOrigin(trial),
      });
      if (signedIn.status !== 303) throw new Error(`the sign-in page answered ${signedIn.status}`);
      const cookie = cookiesOf(signedIn.headers).join("; ");
      const origins: Record<string, string>[] = [
        { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
        { origin: "https://evil.example" },
        { origin: "null" },
        { origin: `${trial.issuer}.evil.example` },
        { "sec-fetch-site": "same-site", origin: trial.issuer.replace("://", "://evil.") },
        {},
      ];
      const types = [
        "application/x-www-form-urlencoded",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/json",
      ];
      for (const path of ["/login", "/account", "/logout", "/account/sessions"]) {
        for (const headers of origins) {
          for (const type of types) {
            const sent = { raw: "name=taken", headers: { ...headers, cookie, "content-type": type } };
            const { status } = await trial.call("POST", path, sent);
            const from = headers.origin ?? "nowhere";
            trial.expect([403, 404, 405, 415].includes(status), `${path} from ${from} as ${type}: ${status}`);
            trial.tried(1);
          }
        }
      }
      const still = await trial.call("GET", "/account", { headers: { cookie } });
      trial.expect(still.status === 200, `the session: ${still.status}`);
    },
  },
  {
    id: "page/fixation",
    what: "A session cookie that was planted before the sign-in, in use after it",
    precedent: "Keycloak CVE-2024-7341",
    run: async (trial) => {
      const planted = "__Host-session=0199a1b2-0000-7000-8000-000000000000.planted";
      const reply = await trial.call("POST", "/login", {
        form: credentials(trial),
        headers: { ...sameOrigin(trial), cookie: planted },
      });
      const [session = ""] = cookiesOf(reply.headers).filter((each) => each.includes("session="));
      trial.expect(session !== "" && !planted.startsWith(session), "no new session cookie");
      const again = await trial.call("POST", "/login", {
        form: credentials(trial),
        headers: { ...sameOrigin(trial), cookie: session },
      });
      const [next = ""] = cookiesOf(again.headers).filter((each) => each.includes("session="));
      trial.expect(next !== session, "a second sign-in keeps the session of the first");
      const stranger = await trial.call("GET", "/account", { headers: { cookie: planted } });
      trial.expect(stranger.status !== 200, "the planted cookie opens the account");
      await trial.call("POST", "/logout", { form: {}, headers: { ...sameOrigin(trial), cookie: next } });
      const after = await trial.call("GET", "/account", { headers: { cookie: next } });
      trial.expect(after.status !== 200, "after the logout the cookie opens the account");
    },
  },
  {
    id: "page/cookies",
    what: "Cookies that scripts, other hosts or plain HTTP may read, or into which a value writes attributes",
    precedent: "Hono CVE-2026-47675; ASVS V3.3",
    run: async (trial) => {
      const reply = await trial.call("POST", "/login", {
        form: credentials(trial),
        headers: sameOrigin(trial),
      });
      const lines = reply.headers.getSetCookie();
      trial.expect(lines.length > 0, "no cookie was set");
      for (const line of lines) {
        const name = line.split("=")[0];
        for (const attribute of ["__Host-", "; HttpOnly", "; Secure", "; SameSite=", "; Path=/"]) {
          trial.expect(line.includes(attribute), `${name} lacks ${attribute.trim()}`);
        }
        trial.expect(!/; Domain=/i.test(line), `${name} is for a whole domain`);
      }
      for (const value of ["en; Domain=evil.example", "en\r\nSet-Cookie: x=y", "en%0d%0aSet-Cookie:%20x=y"]) {
        const chosen = await trial.call("POST", "/language", {
          form: { language: value },
          headers: sameOrigin(trial),
        });
        const set = chosen.headers.getSetCookie().join("\n");
        trial.expect(!/evil|^x=y/m.test(set), `a value wrote ${set}`);
      }
    },
  },
  {
    id: "page/open-redirect",
    what: "A sign-in that leads on to another site, or to a script",
    precedent: "workers-oauth-provider CVE-2025-4143; better-auth GHSA-86j7-9j95-vpqj",
    run: async (trial) => {
      const ends = [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "///evil.example",
        "/%5cevil.example",
        "/%2f%2fevil.example",
        "javascript:alert(1)",
        "JaVaScript:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "/\t/evil.example",
        "/\n/evil.example",
        "http:evil.example",
        `${trial.issuer}@evil.example`,
        `${trial.issuer}.evil.example`,
        "/..//evil.example",
        "/account/..//evil.example",
        ".evil.example",
        "@evil.example",
      ];
      for (const end of ends) {
        const query = new URLSearchParams({ return_to: end });
        const page = await trial.call("GET", `/login?${query}`);
        trial.expect(
          !/(href|action|content)="[^"]*(javascript:|data:text|\/\/evil)/i.test(page.text),
          `${end} is in the page`,
        );
        trial.tried(1);
        if (page.status >= 400) continue;
        const reply = await trial.call("POST", `/login?${query}`, {
          form: { ...credentials(trial), return_to: end },
          headers: sameOrigin(trial),
        });
        if (reply.status !== 303) throw refused("the sign-in page", reply);
        const location = reply.headers.get("location") ?? "";
        const leads = new URL(location, trial.issuer);
        trial.expect(
          leads.origin === new URL(trial.issuer).origin,
          `${JSON.stringify(end)} leads to ${location}`,
        );
      }
    },
  },
  {
    id: "page/reflected-script",
    what: "Markup in what a page shows again",
    precedent: "ASVS V1.2.1",
    run: async (trial) => {
      const marks = [
        '"><script>x9()</script>',
        "'><img src=x onerror=x9()>",
        "</title><svg onload=x9()>",
        '" autofocus onfocus="x9()',
        "javascript:x9()//",
        "{{x9()}}",
        "<%x9()%>",
        "\u0000<script>x9()</script>",
        "%3Cscript%3Ex9()%3C/script%3E",
        "<scr<script>ipt>x9()</scr</script>ipt>",
      ];
      for (const mark of marks) {
        for (const page of pages) {
          const query = new URLSearchParams(
            ["return_to", "email", "error", "done", "state", "q", "lang"].map((name) => [name, mark]),
          );
          const { text } = await trial.call("GET", `${page}?${query}`);
          trial.expect(!isMarkup(text), `${page}?…=${mark}`);
        }
        for (const page of ["/login", "/signup", "/forgot-password"]) {
          const { text } = await trial.call("POST", page, {
            form: { email: `${mark}@x`, name: mark, password: "x" },
            headers: sameOrigin(trial),
          });
          trial.expect(!isMarkup(text), `POST ${page} ${mark}`);
        }
        trial.tried(pages.length + 3);
      }
    },
  },
  {
    id: "page/frames",
    what: "Pages in the frame of another site, kept by a cache, or with scripts of somebody else",
    precedent: "RFC 9700 §4.16; ASVS V3.4",
    run: async (trial) => {
      for (const page of [...pages, "/nowhere"]) {
        const { headers, text } = await trial.call("GET", page, { headers: { accept: "text/html" } });
        const policy = headers.get("content-security-policy") ?? "";
        const wanted: [boolean, string][] = [
          [policy.includes("frame-ancestors 'none'"), "may be framed"],
          [
            !/script-src[^;]*('unsafe-inline'|'unsafe-eval'|\*| https?:)/.test(policy) && policy !== "",
            "takes any script",
          ],
          [/no-store/.test(headers.get("cache-control") ?? ""), "may be kept"],
          [headers.get("x-content-type-options") === "nosniff", "may be taken for another type"],
          [headers.has("referrer-policy"), "says where it comes from"],
          [!/<(script|link|img|iframe)[^>]+(src|href)="(https?:)?\/\//i.test(text), "loads from elsewhere"],
        ];
        for (const [holds, finding] of wanted) trial.expect(holds, `${page} ${finding}`);
      }
    },
  },
];

/** Whether a mark of ours came to be an element, an attribute or a script. */
function isMarkup(html: string): boolean {
  return /<script>x9|<img src=x|<svg onload|onfocus="x9|href="javascript:x9/i.test(html);
}
