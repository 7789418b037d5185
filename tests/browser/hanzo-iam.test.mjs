// npm `@hanzo/iam`, unchanged, in a page: sign-in with a password and logout with the session's
// cookie, from the origins that `scripts/dev` admits by default.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { build } from "esbuild";
import { PAGE_ORIGINS } from "../../scripts/local/demo.mjs";
import { ROOT } from "../../scripts/local/pair.mjs";
import { browserTest, hasBrowser, startBrowser, startPages } from "../support/browser.mjs";
import { startWorld } from "../support/world.mjs";

const [OTHER_SITE, SAME_SITE] = PAGE_ORIGINS; // the demo is at 127.0.0.1, as the second
const UNLISTED = "http://127.0.0.1:3001";

let world, pages, browser;
before(async () => {
  if (!hasBrowser) return;
  const { outputFiles: [{ text: script }] } = await build({
    stdin: { contents: 'export { IAM } from "@hanzo/iam/browser";', resolveDir: ROOT },
    bundle: true, format: "iife", globalName: "hanzo", write: false, logLevel: "error",
  });
  pages = await startPages((request, response) => {
    const isScript = request.url === "/sdk.js";
    response.writeHead(200, { "content-type": isScript ? "text/javascript" : "text/html" });
    response.end(isScript ? script : '<title>the page</title><script src="/sdk.js"></script>');
  });
  world = await startWorld({ sessionOrigins: PAGE_ORIGINS });
  const hosts = [...PAGE_ORIGINS, UNLISTED].map((origin) => [new URL(origin).host, pages.host]);
  browser = await startBrowser({ hosts: Object.fromEntries(hosts) });
});
after(async () => {
  await browser?.close();
  await world?.close();
  await pages?.close();
});

const withBrowser = (name, body) => browserTest(() => browser, name, body);

/** Opens the page at `origin`, with the SDK's client in it as `window.iam`. */
async function open(page, origin) {
  await page.goto(`${origin}/`);
  await page.evaluate(({ serverUrl, redirectUri }) => {
    window.iam = new window.hanzo.IAM({
      serverUrl, redirectUri, clientId: "hanzo-app", organization: "hanzo", application: "hanzo-app",
      scope: "openid profile email offline_access",
    });
  }, { serverUrl: world.base, redirectUri: `${origin}/callback` });
}

/** `loginWithPassword`, the callback it returns, and the code's exchange; the tokens' user. */
const signIn = (page, password = world.user("alice").password) => page.evaluate(async (secret) => {
  const callback = await window.iam.loginWithPassword("alice", secret);
  await window.iam.handleCallback(callback);
  return (await window.iam.getUser()).email;
}, password);

/** Whether authorize gives a code without asking, by the session's cookie alone. */
async function isSignedIn(context, origin) {
  const query = new URLSearchParams({
    client_id: "hanzo-app", response_type: "code", redirect_uri: `${origin}/callback`, scope: "openid",
    prompt: "none", code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", code_challenge_method: "S256",
  });
  const page = await context.newPage();
  await page.goto(`${world.base}/v1/iam/oauth/authorize?${query}`);
  const { searchParams } = new URL(page.url());
  await page.close();
  assert.ok(searchParams.has("code") || searchParams.get("error") === "login_required", page.url());
  return searchParams.has("code");
}

/** Issue 10, fault 31. */
withBrowser("loginWithPassword opens a session, logout ends it and its tokens", async (page, context) => {
  await open(page, SAME_SITE);
  assert.equal(await signIn(page), "alice@hanzo.example");
  assert.equal(await isSignedIn(context, SAME_SITE), true);
  const [access, refresh] = await page.evaluate(() => [window.iam.getAccessToken(), window.iam.getRefreshToken()]);
  await page.evaluate(() => window.iam.logout());
  assert.equal(await page.evaluate(() => window.iam.getAccessToken()), null);
  assert.equal(await isSignedIn(context, SAME_SITE), false);
  assert.equal((await world.as(access, "/v1/iam/oauth/userinfo")).status, 401);
  const replay = await world.token({ grant_type: "refresh_token", refresh_token: refresh }, "hanzo-app");
  assert.equal(replay.error, "invalid_grant");
});

withBrowser("a page of another site gets tokens, and no session", async (page, context) => {
  await open(page, OTHER_SITE);
  assert.equal(await signIn(page), "alice@hanzo.example");
  assert.equal(await isSignedIn(context, OTHER_SITE), false); // SameSite=Lax
  const access = await page.evaluate(() => window.iam.getAccessToken());
  await page.evaluate(() => window.iam.logout());
  assert.equal((await world.as(access, "/v1/iam/oauth/userinfo")).status, 401);
});

withBrowser("a wrong password is an error with a message", async (page) => {
  await open(page, SAME_SITE);
  await assert.rejects(signIn(page, "wrong"), /[a-z ]{10}/);
});

withBrowser("a page that is not listed cannot send a password (ATTACKS H-115)", async (page, context) => {
  await open(page, UNLISTED);
  await assert.rejects(signIn(page), /Failed to fetch/);
  assert.equal(await isSignedIn(context, SAME_SITE), false);
});
