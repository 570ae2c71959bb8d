/** Makes a passkey for the account that the form describes, and sends it along in place of a password. */
const form = document.querySelector<HTMLFormElement>("form[data-setup]");
const part = form?.querySelector<HTMLElement>("[data-with-passkey]");

const fieldOf = (name: string) => form?.elements.namedItem(name) as HTMLInputElement;

async function usePasskey(options: PublicKeyCredentialCreationOptionsJSON & { flow_id: string }) {
  const email = fieldOf("email");
  if (!email.reportValidity()) return;
  const user = { ...options.user, name: email.value, displayName: fieldOf("name").value || email.value };
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON({ ...options, user });
  const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
  fieldOf("flow_id").value = options.flow_id;
  fieldOf("credential").value = JSON.stringify(made.toJSON());
  fieldOf("password").value = "";
  form?.submit(); // past the check that a password is there
}

const canSetUp = "PublicKeyCredential" in window;
if (part) part.hidden = !canSetUp;
if (form && part && canSetUp) {
  const refusal = part.querySelector<HTMLElement>("[role=alert]");
  part.querySelector("button")?.addEventListener("click", () => {
    if (refusal) refusal.hidden = true;
    usePasskey(JSON.parse(form.dataset.setup ?? "")).catch(() => {
      if (refusal) refusal.hidden = false;
    });
  });
}
