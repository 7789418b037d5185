// Runs the passkey ceremony of each form[data-passkey="create" | "get"] and posts its result.
// The options are in the form, in <script type="application/json">; else the form is posted with "begin", and the
// response has them. In the form: input[name=credential], and [role=alert] with texts in data-cancelled,
// data-exists, data-failed. data-conditional: also offers passkeys in the page's
// <input autocomplete="username webauthn">. A form that is hidden is shown where passkeys work.
const api = window.PublicKeyCredential;
// The options of an offer are renewed before their challenge ends.
const RENEWED = 240000;
let pending;

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function parsed(kind, options) {
  const name = `parse${kind === "create" ? "Creation" : "Request"}OptionsFromJSON`;
  if (api[name]) return api[name](options);
  const read = { ...options, challenge: bytes(options.challenge) };
  if (read.user) read.user = { ...read.user, id: bytes(read.user.id) };
  for (const list of ["allowCredentials", "excludeCredentials"]) {
    read[list] = (read[list] ?? []).map((one) => ({ ...one, id: bytes(one.id) }));
  }
  return read;
}

function written(credential) {
  try {
    return credential.toJSON();
  } catch {
    // absent in older browsers, broken by some password managers
  }
  const { id, type, authenticatorAttachment, response: from } = credential;
  const response = { transports: from.getTransports?.() };
  for (const name in from) {
    if (from[name] instanceof ArrayBuffer) response[name] = text(from[name]);
  }
  const clientExtensionResults = credential.getClientExtensionResults();
  return { id, rawId: id, type, authenticatorAttachment, response, clientExtensionResults };
}

async function asked(form, signal, mediation) {
  const inside = form.querySelector("script");
  if (inside) return JSON.parse(inside.textContent);
  const body = new URLSearchParams(new FormData(form));
  body.set("begin", "1");
  const response = await fetch(form.action, { method: "POST", body, signal });
  // The step has expired, or this page has.
  if (!mediation && [403, 409].includes(response.status)) location.replace(form.action);
  if (!response.ok) throw new Error(response.status);
  return response.json();
}

async function run(form, mediation) {
  pending?.abort();
  const { signal } = (pending = new AbortController());
  const alert = form.querySelector("[role=alert]");
  const kind = form.dataset.passkey;
  alert.hidden = true;
  if (mediation) setTimeout(() => signal.aborted || run(form, mediation), RENEWED);
  try {
    const request = { publicKey: parsed(kind, await asked(form, signal, mediation)), signal };
    if (mediation) request.mediation = mediation;
    const credential = await navigator.credentials[kind](request);
    form.elements.credential.value = JSON.stringify(written(credential));
    form.submit();
  } catch (error) {
    if (signal.aborted || mediation) return;
    const texts = { NotAllowedError: "cancelled", InvalidStateError: "exists" };
    alert.textContent = alert.dataset[texts[error.name] ?? "failed"];
    alert.hidden = false;
  }
}

for (const form of api ? document.querySelectorAll("form[data-passkey]") : []) {
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run(form);
  });
  if ("conditional" in form.dataset) {
    api.isConditionalMediationAvailable?.().then((can) => can && run(form, "conditional"));
  }
}

// A challenge is used once.
addEventListener("pageshow", (event) => event.persisted && location.reload());
