/**
 * Passkeys for the forms that ask for one (`data-passkey`): the answer of the authenticator goes into the form, which is
 * posted as any other. `sign-in` gets its options from the API, so that a page may stay open for hours; `get` and `create`
 * have theirs in the page, good for five minutes.
 */
type Options = Record<string, unknown> & { flow_id: string; expires_in: number };

const isSupported = "PublicKeyCredential" in window && "parseRequestOptionsFromJSON" in PublicKeyCredential;
let conditional: AbortController | undefined;

async function freshOptions(): Promise<Options> {
  const reply = await fetch("/api/v1/auth/passkey/options", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
    credentials: "omit",
  });
  if (!reply.ok) throw new Error(`options: ${reply.status}`);
  return reply.json();
}

const optionsOf = (form: HTMLFormElement): Promise<Options> | Options =>
  form.dataset.options ? JSON.parse(form.dataset.options) : freshOptions();

async function answer(
  form: HTMLFormElement,
  { flow_id, expires_in: _, ...options }: Options,
  { mediation, signal }: Pick<CredentialRequestOptions, "mediation" | "signal"> = {},
): Promise<void> {
  const credential =
    form.dataset.passkey === "create"
      ? await navigator.credentials.create({
          publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options as never),
        })
      : await navigator.credentials.get({
          publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options as never),
          ...(mediation && { mediation }),
          ...(signal && { signal }),
        });
  if (!credential) return;
  put(form, "flow_id", flow_id);
  put(form, "credential", JSON.stringify((credential as PublicKeyCredential).toJSON()));
  form.submit();
}

function put(form: HTMLFormElement, name: string, value: string): void {
  const input = form.elements.namedItem(name);
  if (input instanceof HTMLInputElement) input.value = value;
}

/** Offers passkeys among what the browser fills in, and asks anew before the options are too old. */
async function offer(form: HTMLFormElement): Promise<void> {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  for (;;) {
    const options = await freshOptions();
    const turn = new AbortController();
    conditional = turn;
    const renew = setTimeout(() => turn.abort("renew"), options.expires_in * 900);
    try {
      await answer(form, options, { mediation: "conditional", signal: turn.signal });
      return;
    } catch {
      clearTimeout(renew);
      if (turn.signal.reason !== "renew") return; // declined, or the button was pressed
    }
  }
}

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey]")) {
  form.hidden = !isSupported;
  if (!isSupported) continue;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    conditional?.abort("pressed");
    const failed = form.querySelector<HTMLElement>("[role=alert]");
    try {
      await answer(form, await optionsOf(form));
    } catch {
      // Closed, timed out or refused by the authenticator: browsers do not say which.
      if (failed) failed.hidden = false;
    }
  });
  if (form.dataset.passkey === "sign-in") void offer(form).catch(() => undefined);
}
