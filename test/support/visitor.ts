import { freshIp, type Options, type Reply } from "./client.ts";
import type { Service } from "./service.ts";

const origin = "http://localhost:8787";

/** A browser without scripts, as far as HTTP goes: it keeps cookies, says where its forms come from, follows nothing. */
export function createVisitor(service: Pick<Service, "call">, ip = freshIp()) {
  const cookies = new Map<string, string>();

  const note = (reply: Reply) => {
    for (const line of reply.headers.getSetCookie()) {
      const [pair = "", ...attributes] = line.split(";");
      const [name = "", value = ""] = pair.split("=", 2);
      if (/max-age=0\b/i.test(attributes.join(";"))) cookies.delete(name);
      else cookies.set(name, value);
    }
    return { ...reply, location: reply.headers.get("location") };
  };
  const jar = (): Record<string, string> =>
    cookies.size > 0 ? { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") } : {};
  const send = async (method: string, path: string, options: Options = {}) =>
    note(await service.call(method, path, { ip, ...options, headers: { ...jar(), ...options.headers } }));

  return {
    cookies,
    jar,
    get: (path: string, headers: Record<string, string> = {}) => send("GET", path, { headers }),
    post: (path: string, form: Record<string, string> = {}, headers: Record<string, string> = {}) =>
      send("POST", path, {
        form,
        headers: { "sec-fetch-site": "same-origin", referer: `${origin}${path}`, ...headers },
      }),
    /** The hidden fields of the first form of a page that posts to `action`, as a browser sends them. */
    hidden: async (page: string, action = page): Promise<Record<string, string>> => {
      const { text } = await send("GET", page);
      const form = text.split(`action="${action}"`)[1]?.split("</form>")[0] ?? "";
      return Object.fromEntries(
        [...form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [
          name,
          value,
        ]),
      );
    },
    /** Signs in by the form. */
    logIn: async (email: string, password: string) => {
      const reply = await send("POST", "/login", {
        form: { email, password },
        headers: { "sec-fetch-site": "same-origin" },
      });
      if (reply.status !== 303) throw new Error(`/login answered ${reply.status}: ${reply.text}`);
      return reply;
    },
  };
}
