/**
 * Takes a page of somebody's account away once its session is over: at once when they sign out in another tab, and when it
 * is looked at again if the session ended elsewhere.
 */
const channel = new BroadcastChannel("gatehouse-signed-out");
channel.addEventListener("message", () => location.replace("/login"));

for (const form of document.querySelectorAll('form[action="/logout"], form[action$="/end-all"]')) {
  form.addEventListener("submit", () => channel.postMessage("over"));
}

const leastBetween = 60_000;
let askedAt = performance.now();

async function leaveIfOver() {
  askedAt = performance.now();
  const reply = await fetch("/account", { method: "HEAD", redirect: "manual" });
  if (reply.type === "opaqueredirect") location.replace("/account");
}

// Without an answer nothing is known, and the page stays.
const ask = () => void leaveIfOver().catch(() => undefined);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && performance.now() - askedAt > leastBetween) ask();
});
addEventListener("pageshow", (event) => {
  if (event.persisted) ask();
});
