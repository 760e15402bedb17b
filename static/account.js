// Signing in: the password is shown on wish, and passkeys. Without any of this the pages work by password and by mail.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

for (const place of document.querySelectorAll("[data-show-password]")) {
  const field = document.getElementById(place.dataset.showPassword);
  const [button, status] = [place.querySelector("button"), place.querySelector("[role=status]")];
  button.addEventListener("click", () => {
    const isShown = field.type === "password";
    field.type = isShown ? "text" : "password";
    button.setAttribute("aria-pressed", String(isShown));
    status.textContent = isShown ? place.dataset.shown : place.dataset.hidden;
  });
  field.form?.addEventListener("submit", () => {
    field.type = "password";
  });
}

async function post(where, body, signal) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
  const answer = await fetch(where, { method: "POST", headers, body: JSON.stringify(body ?? {}), signal });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.detail);
  return said;
}

function requested(asked) {
  const known = (list) => (list ?? []).map((each) => ({ ...each, id: bytes(each.id) }));
  const options = { ...asked, challenge: bytes(asked.challenge) };
  if (asked.user) options.user = { ...asked.user, id: bytes(asked.user.id) };
  if (asked.excludeCredentials) options.excludeCredentials = known(asked.excludeCredentials);
  if (asked.allowCredentials) options.allowCredentials = known(asked.allowCredentials);
  return options;
}

function answered(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: {} };
}

// Somebody who closes the window of the browser has not failed.
const isGivenUp = (error) => ["AbortError", "NotAllowedError"].includes(error.name);

function tell(place, error) {
  const isOurs = error instanceof Error && !(error instanceof DOMException) && !(error instanceof TypeError);
  const words = error.name === "InvalidStateError" ? place.dataset.known : "";
  place.querySelector("[role=status]").textContent = isOurs && error.message ? error.message : words || place.dataset.failed;
}

const signIn = document.querySelector("[data-passkey-sign-in]");
if (signIn && !window.PublicKeyCredential) signIn.hidden = true;
if (signIn && window.PublicKeyCredential) {
  let waiting = null;
  const enter = async (extra) => {
    waiting?.abort();
    waiting = new AbortController();
    const { signal } = waiting;
    // The browser knows one challenge: a late answer must not put an older one in its place.
    const asked = await post(signIn.dataset.options, {}, signal);
    const credential = await navigator.credentials.get({ publicKey: requested(asked), signal, ...extra });
    const said = await post(signIn.dataset.answer, { credential: answered(credential), next: signIn.dataset.next });
    window.location.assign(said.next);
  };
  signIn.querySelector("button").addEventListener("click", () => {
    enter({}).catch((error) => tell(signIn, error));
  });
  // Passkeys are offered in the field for the address, beside what the browser remembers.
  const field = document.querySelector("[autocomplete~=webauthn]");
  field?.addEventListener(
    "focus",
    async () => {
      if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
      enter({ mediation: "conditional" }).catch((error) => {
        if (!isGivenUp(error)) tell(signIn, error);
      });
    },
    { once: true },
  );
}

const adding = document.querySelector("[data-passkey-new]");
if (adding && window.PublicKeyCredential) {
  adding.hidden = false;
  document.querySelector("[data-no-passkeys]")?.remove();
  adding.querySelector("button").addEventListener("click", async () => {
    try {
      const asked = await post(adding.dataset.options);
      const credential = await navigator.credentials.create({ publicKey: requested(asked) });
      const name = document.getElementById("passkey-name").value;
      const said = await post(adding.dataset.answer, { credential: answered(credential), name });
      window.location.assign(said.next);
    } catch (error) {
      tell(adding, error);
    }
  });
}
