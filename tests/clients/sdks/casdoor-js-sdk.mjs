// Every call of npm `casdoor-js-sdk` 0.18.0, the browser's, in Node with the objects of a page that it uses.
import { createRequire } from "node:module";
import { WORLD, allTried, call } from "./report.mjs";

const PAGE = "http://localhost:3000";

class Storage {
  #entries = new Map();

  getItem(key) { return this.#entries.get(key) ?? null; }
  setItem(key, value) { this.#entries.set(key, String(value)); }
  removeItem(key) { this.#entries.delete(key); }
}

const location = { origin: PAGE, href: `${PAGE}/`, search: "", assign(url) { this.href = url; } };
Object.assign(globalThis, {
  window: { location, crypto: globalThis.crypto, addEventListener() {}, open: (url) => ({ url, close() {} }), screen: {} },
  sessionStorage: new Storage(), localStorage: new Storage(),
  document: { createElement: () => ({ style: {} }), body: { appendChild() {} } },
  // js-pkce sends its form with XMLHttpRequest's successor, and a browser adds the origin.
  fetch: ((fetch) => (url, init = {}) => fetch(url, {
    ...init, headers: { ...Object.fromEntries(new Headers(init.headers)), origin: PAGE },
  }))(fetch),
});
window.parent = window;

const { default: Sdk } = createRequire(import.meta.url)("casdoor-js-sdk");
const sdk = new Sdk({
  serverUrl: WORLD.base, clientId: "hanzo-app", appName: "hanzo-app", organizationName: "hanzo",
  redirectPath: "/callback", scope: "openid profile email offline_access", storage: new Storage(),
});

await call("getSigninUrl", () => sdk.getSigninUrl(), async (url) => (await fetch(url, { redirect: "manual" })).status < 400);
await call("getSignupUrl", () => sdk.getSignupUrl(), (url) => url.includes("/signup/"));
await call("getUserProfileUrl", () => sdk.getUserProfileUrl("bob"), (url) => url.endsWith("/users/hanzo/bob"));
await call("getMyProfileUrl", () => sdk.getMyProfileUrl(), (url) => url.endsWith("/account"));
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
  const answer = await (globalThis.process && fetch(`${WORLD.base}/v1/iam/login?${query}`, {
    method: "POST", headers: { "content-type": "application/json", origin: WORLD.base },
    body: JSON.stringify({ type: "code", application: "hanzo-app", organization: "hanzo", username: "alice", password }),
  }));
  return (await answer.json()).data;
}

location.href = `${PAGE}/callback?code=${WORLD.page.code ?? await code()}&state=${asked.get("state")}`;
const token = await call("exchangeForAccessToken", () => sdk.exchangeForAccessToken(),
  ({ access_token: access, refresh_token: refresh }) => access && refresh);
await call("getUserInfo", () => sdk.getUserInfo(token.access_token), (info) => info.preferred_username === "alice");
await call("parseAccessToken", () => sdk.parseAccessToken(token.access_token), ({ payload }) => payload.name === "alice");
await call("refreshAccessToken", () => sdk.refreshAccessToken(token.refresh_token), (found) => found.access_token);
const state = sdk.getOrSaveState();
await call("signin", () => sdk.signin(WORLD.base, undefined, "code", state));
await call("clearState", () => sdk.clearState(), () => sessionStorage.getItem("casdoor-state") === null);
await call("isSilentSigninRequested", () => sdk.isSilentSigninRequested(), (is) => is === false);
await call("silentSignin", () => sdk.silentSignin(() => {}, () => {}));
await call("popupSignin", () => sdk.popupSignin(WORLD.base));
allTried(sdk);
