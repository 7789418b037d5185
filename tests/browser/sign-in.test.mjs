// A person at a real browser: openid-client sends it to our sign-in page, and it comes back.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import * as oidc from "openid-client";
import { browserTest, hasBrowser, startBrowser, startPages } from "../support/browser.mjs";
import { startWorld } from "../support/world.mjs";

let world, browser, application;
before(async () => {
  if (!hasBrowser) return;
  world = await startWorld();
  application = await startApplication();
  // The demo's post-logout address, answered by the application: an address where nobody listens
  // would leave an error page behind whose loading interrupts the next step.
  browser = await startBrowser({ hosts: { "localhost:3000": application.host } });
});
after(async () => {
  await browser?.close();
  await application?.close();
  await world?.close();
});

const withBrowser = (name, body) => browserTest(() => browser, name, body);

/** The relying party's own server, on a loopback port (RFC 8252 §7.3). */
async function startApplication() {
  const pages = await startPages((request, response) => {
    let body = "";
    request.on("data", (chunk) => { body += chunk; });
    request.on("end", () => {
      const url = new URL(request.url, pages.base);
      if (url.pathname === "/callback") application.last = { method: request.method, url, body };
      response.writeHead(200, { "content-type": "text/html" });
      response.end("<title>the application</title>");
    });
  });
  return { ...pages, callback: `${pages.base}/callback` };
}

const relyingParty = () => oidc.discovery(new URL(world.base), "hanzo-app", undefined, oidc.None(), { execute: [oidc.allowInsecureRequests] });

/** The authorization URL and what is needed to redeem what it brings. */
async function begin(config, more = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const nonce = oidc.randomNonce();
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: application.callback, scope: "openid profile email offline_access", state, nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256", ...more,
  });
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  return { url: url.href, checks };
}

async function signIn(page, name) {
  await page.fill('input[name="username"]', name);
  await page.fill('input[name="password"]', world.user(name).password);
  await page.click('button[type="submit"]');
}

withBrowser("code + PKCE through the page, userinfo, refresh, single sign-on, logout", async (page) => {
  const config = await relyingParty();
  const { url, checks } = await begin(config);
  await page.goto(url);
  assert.ok(page.url().startsWith(world.base), page.url());
  await signIn(page, "alice");
  await page.waitForURL((at) => at.href.startsWith(application.callback));
  const tokens = await oidc.authorizationCodeGrant(config, application.last.url, checks);
  const { sub } = tokens.claims();
  const info = await oidc.fetchUserInfo(config, tokens.access_token, sub);
  assert.equal(info.preferred_username, "alice");
  const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal((await world.as(refreshed.access_token, "/v1/iam/oauth/userinfo")).status, 200);

  // The session answers the next request without a page…
  const second = await begin(config);
  await page.goto(second.url);
  assert.ok(page.url().startsWith(application.callback), page.url());
  const again = await oidc.authorizationCodeGrant(config, application.last.url, second.checks);
  assert.equal(again.claims().sub, sub);
  // …and so does prompt=none; prompt=login asks again.
  const silent = await begin(config, { prompt: "none" });
  await page.goto(silent.url);
  assert.ok(application.last.url.searchParams.get("code"), application.last.url.href);
  const forced = await begin(config, { prompt: "login" });
  await page.goto(forced.url);
  assert.ok(page.url().startsWith(world.base));
  assert.equal(await page.locator('input[name="password"]').count(), 1);

  // Logout ends the session and the grants.
  await page.goto(oidc.buildEndSessionUrl(config, { id_token_hint: again.id_token, post_logout_redirect_uri: "http://localhost:3000/" }).href);
  await page.waitForURL("http://localhost:3000/");
  const none = await begin(config, { prompt: "none" });
  await page.goto(none.url);
  assert.equal(application.last.url.searchParams.get("error"), "login_required");
  assert.equal(application.last.url.searchParams.get("iss"), world.base);
  assert.equal((await world.as(again.access_token, "/v1/iam/oauth/userinfo")).status, 401);
});

withBrowser("a wrong password is told on the page, and the right one still works", async (page) => {
  const config = await relyingParty();
  const { url, checks } = await begin(config);
  await page.goto(url);
  await page.fill('input[name="username"]', "bob");
  await page.fill('input[name="password"]', "wrong");
  await page.click('button[type="submit"]');
  await page.waitForLoadState();
  assert.ok(page.url().startsWith(world.base));
  assert.equal(await page.locator('[role="alert"]:visible').count(), 1);
  await signIn(page, "bob");
  await page.waitForURL((at) => at.href.startsWith(application.callback));
  const tokens = await oidc.authorizationCodeGrant(config, application.last.url, checks);
  assert.equal(tokens.claims().preferred_username, "bob");
});

withBrowser("response_mode=form_post comes back as a form, with awkward state intact (ATTACKS C-46)", async (page) => {
  const config = await relyingParty();
  const state = `"><script>alert(1)</script>'javascript:`;
  const { url } = await begin(config, { response_mode: "form_post", state });
  let dialogs = 0;
  page.on("dialog", (dialog) => { dialogs++; return dialog.dismiss(); });
  await page.goto(url);
  await signIn(page, "carol");
  await page.waitForURL((at) => at.href.startsWith(application.callback), { timeout: 5000 }).catch(async () => {
    await page.click('button[type="submit"]'); // where no script may run, the form has a button
    await page.waitForURL((at) => at.href.startsWith(application.callback));
  });
  assert.equal(application.last.method, "POST");
  const form = new URLSearchParams(application.last.body);
  assert.equal(form.get("state"), state);
  assert.ok(form.get("code"));
  assert.equal(form.get("iss"), world.base);
  assert.equal(dialogs, 0);
});

withBrowser("an unregistered redirect shows an error page and goes nowhere (ATTACKS C-39)", async (page) => {
  const config = await relyingParty();
  const { url } = await begin(config, { redirect_uri: "https://evil.example/callback" });
  const answer = await page.goto(url);
  assert.equal(answer.status(), 400);
  assert.ok(page.url().startsWith(world.base));
});

withBrowser("the page cannot be framed", async (page) => {
  const config = await relyingParty();
  const { url } = await begin(config);
  await page.goto(application.base);
  await page.setContent(`<iframe src="${url.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}"></iframe>`);
  const [, frame] = page.frames();
  await frame.waitForURL("chrome-error://chromewebdata/"); // where Chromium puts what it may not show
  assert.equal(await frame.locator('input[name="password"]').count(), 0);
});
