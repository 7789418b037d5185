// Every call of npm `casdoor-js-sdk` 0.18.0, the browser's, in Node with the objects of a page that it uses.
import { createRequire } from "node:module";
import { WORLD, allTried, call, served } from "./report.mjs";

const PAGE = "http://localhost:3000";

class Storage {
  #entries = new Map();

  getItem(key) { return this.#entries.get(key) ?? null; }
  setItem(key, value) { this.#entries.set(key, String(value)); }
  removeItem(key) { this.#entries.delete(key); }
}

const frame = { style: {} };
const popup = { close() {} };
const location = { origin: PAGE, href: `${PAGE}/`, search: "", assign(url) { this.href = url; } };
Object.assign(globalThis, {
  window: { location, crypto: globalThis.crypto, addEventListener() {}, open: (url) => Object.assign(popup, { url }), screen: {} },
  sessionStorage: new Storage(), localStorage: new Storage(),
  document: { createElement: () => frame, body: { appendChild() {} } },
  // js-pkce sends its form with XMLHttpRequest's successor, and a browser adds the origin.
  fetch: ((fetch) => (url, init = {}) => fetch(url, {
    ...init, headers: { origin: PAGE, ...Object.fromEntries(new Headers(init.headers)) },
  }))(fetch),
});
window.parent = window;

const { default: Sdk } = createRequire(import.meta.url)("casdoor-js-sdk");
const sdk = new Sdk({
  serverUrl: WORLD.base, clientId: "hanzo-app", appName: "hanzo-app", organizationName: "hanzo",
  redirectPath: "/callback", scope: "openid profile email offline_access", storage: new Storage(),
});

// These URLs have no PKCE: they are for the pages of a program with a backend, which has a secret.
const web = new Sdk({ ...sdk.config, clientId: WORLD.site.clientId, appName: WORLD.site.name });
await call("getSigninUrl", () => served(web.getSigninUrl()));
await call("getSignupUrl", () => served(sdk.getSignupUrl()));
await call("getUserProfileUrl", () => served(sdk.getUserProfileUrl("bob")));
await call("getMyProfileUrl", () => served(sdk.getMyProfileUrl()));
await call("getOrSaveState", () => sdk.getOrSaveState(), (state) => state.length === 32);
await call("signin_redirect", () => sdk.signin_redirect(), () => location.href.includes("code_challenge="));
const asked = new URL(location.href).searchParams;

/** The code for that request, as the hosted page sends it. */
async function code() {
  const query = new URLSearchParams({
    clientId: "hanzo-app", responseType: "code", redirectUri: asked.get("redirect_uri"), type: "code",
    state: asked.get("state"), scope: asked.get("scope"), code_challenge: asked.get("code_challenge"),
    code_challenge_method: asked.get("code_challenge_method"),
  });
  const { password } = WORLD.users.find(({ name }) => name === "alice");
  const answer = await fetch(`${WORLD.base}/v1/iam/login?${query}`, {
    method: "POST", headers: { "content-type": "application/json", origin: WORLD.base },
    body: JSON.stringify({ type: "code", application: "hanzo-app", organization: "hanzo", username: "alice", password }),
  });
  return (await answer.json()).data;
}

location.href = `${PAGE}/callback?code=${await code()}&state=${asked.get("state")}`;
const token = await call("exchangeForAccessToken", () => sdk.exchangeForAccessToken(),
  ({ access_token: access, refresh_token: refresh }) => access && refresh);
await call("getUserInfo", () => sdk.getUserInfo(token.access_token), (info) => info.preferred_username === "alice");
await call("parseAccessToken", () => sdk.parseAccessToken(token.access_token), ({ payload }) => payload.name === "alice");
await call("refreshAccessToken", () => sdk.refreshAccessToken(token.refresh_token), (found) => found.access_token);
await call("clearState", () => sdk.clearState(), () => sessionStorage.getItem("casdoor-state") === null);
await call("isSilentSigninRequested", () => sdk.isSilentSigninRequested(), (is) => is === false);

/** The page that the SDK opens tells the one that opened it what became of the sign-in. */
async function reports(url) {
  const page = await (await fetch(url)).text();
  if (!page.includes("postMessage")) throw new Error("the sign-in page sends no message to the page that opened it");
}
await call("silentSignin", () => {
  web.silentSignin(() => {}, () => {});
  return reports(frame.src);
});
await call("popupSignin", async () => {
  await web.popupSignin(WORLD.base);
  return reports(popup.url);
});
// `signin` calls the page's own backend.
allTried(sdk, ["signin"]);
