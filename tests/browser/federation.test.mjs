// A person at a real browser who signs in at an OpenID Connect provider's own pages (npm `oidc-provider`), with
// and without JavaScript, and who links and unlinks the account there.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { browserTest, hasBrowser, startBrowser } from "../support/browser.mjs";
import { offer, recordOf, startFederation } from "../support/federation.mjs";
import { gallery, violations } from "../support/gallery.mjs";
import { start as startIssuer } from "../support/peers/oidc_provider.mjs";
import { authorization, button, byPassword, startSignin, withoutOffers } from "../support/signin.mjs";

const PHONE = { width: 320, height: 640 };
const person = (name) => ({ email: `${name}@there.example`, email_verified: true, name: `${name[0].toUpperCase()}${name.slice(1)} There`, preferred_username: name });
const ACCOUNTS = Object.fromEntries(["ada", "bea", "cleo", "dina"].map((name) => [name, person(name)]));

let world, browser;
before(async () => {
  if (!hasBrowser) return;
  world = await startFederation(
    async (callbackOf) => ({ op: await startIssuer({ accounts: ACCOUNTS, redirectUris: [callbackOf("op")] }) }),
    { start: startSignin, host: "localhost" });
  await offer(world, [recordOf("op", world.peers.op, { displayName: "There" })]);
  // Here no one without an account gets one.
  await world.administer("PUT", "applications/admin/hanzo-cli", { providers: [{ name: "op", canSignIn: true, canSignUp: false }] });
  // The issuer's own pages load a font from elsewhere.
  browser = await startBrowser({ hosts: { "fonts.googleapis.com": "127.0.0.1:9" } });
});
after(async () => {
  await browser?.close();
  await world?.close();
});

const atIssuer = (tab) => tab.waitForURL((at) => at.href.startsWith(world.peers.op.issuer));

/** Signs in and consents at the issuer's own pages. */
async function signInThere(tab, name) {
  await atIssuer(tab);
  await tab.fill('input[name="login"]', name);
  await tab.fill('input[name="password"]', "any");
  await tab.getByRole("button", { name: "Sign-in" }).click();
  await tab.getByRole("button", { name: "Continue" }).click();
}

/** Opens the sign-in page for a client; returns the request. */
async function open(tab, parameters) {
  const request = await authorization(world, parameters);
  await tab.goto(request.url);
  return request;
}

/** The whole way in `tab`; returns the claims of the ID token. */
async function signIn(tab, name, parameters) {
  const request = await open(tab, { scope: "openid profile email", ...parameters });
  await button(tab, "Sign in with There").click();
  await signInThere(tab, name);
  return (await request.redeem(tab)).claims();
}

/** Runs `body` with a page of a new person. */
async function elsewhere(body, settings) {
  const context = await browser.newContext(settings);
  try {
    return await body(await context.newPage());
  } finally {
    await context.close();
  }
}

browserTest(() => browser, "a person signs in at the provider, lands at the client with a code, and has the same account again", async (tab) => {
  await withoutOffers(tab);
  const first = await signIn(tab, "ada");
  assert.deepEqual([first.preferred_username, first.displayName], ["ada", "Ada There"]);
  // The session answers the next request without a page.
  const request = await open(tab);
  assert.equal((await request.redeem(tab)).claims().sub, first.sub);
  const again = await elsewhere((other) => signIn(other, "ada"));
  assert.equal(again.sub, first.sub);
  const another = await elsewhere((other) => signIn(other, "cleo"));
  assert.notEqual(another.sub, first.sub);
});

browserTest(() => browser, "with JavaScript off a person signs in at the provider too", async () => {
  const claims = await elsewhere((tab) => signIn(tab, "dina"), { javaScriptEnabled: false });
  assert.equal(claims.preferred_username, "dina");
});

browserTest(() => browser, "a client that names the provider leads there at once, and the person who declines comes back to our page", async (tab) => {
  const request = await open(tab, { provider: "op" });
  await atIssuer(tab);
  await tab.getByRole("link", { name: "Cancel" }).click();
  await tab.waitForURL((at) => at.href.startsWith(world.base));
  await byPassword(tab, "carol", world.user("carol").password);
  assert.ok((await request.redeem(tab)).claims().sub);
});

browserTest(() => browser, "an identity is linked and signs in, and is unlinked and does not", async (tab) => {
  await withoutOffers(tab);
  const noOne = () => elsewhere(async (other) => {
    await open(other, { client: "hanzo-cli" });
    await button(other, "Sign in with There").click();
    await signInThere(other, "bea");
    await other.getByText("No account here is linked to that sign-in.").first().waitFor();
  });
  await noOne();
  await tab.goto(`${world.base}/login?organization=hanzo&continue=/account/identities`);
  await byPassword(tab, "bob", world.user("bob").password);
  await tab.waitForURL((at) => at.pathname.startsWith("/account"));
  await tab.goto(`${world.base}/account/identities`);
  await button(tab, "Link There").click();
  await signInThere(tab, "bea");
  await tab.getByText("Saved.").waitFor();
  assert.equal(new URL(tab.url()).pathname, "/account/identities");
  assert.equal(await tab.locator(".items li strong").textContent(), "There Bea There");

  const claims = await elsewhere((other) => signIn(other, "bea", { client: "hanzo-cli" }));
  assert.equal(claims.preferred_username, "bob");

  await tab.getByRole("button", { name: "Unlink There Bea There" }).click();
  await tab.getByText("Saved.").waitFor();
  assert.equal(await tab.locator(".items li").count(), 0);
  await noOne();
});

browserTest(() => browser, "the pages with a provider are accessible in light and dark colours, in Arabic and on a phone", async (tab) => {
  await withoutOffers(tab);
  const look = await gallery(tab, world.base);
  for (const [name, ui_locales, heading] of [["sign-in-provider", "en", "Sign in"], ["sign-in-provider-arabic", "ar", "تسجيل الدخول"]]) {
    await open(tab, { ui_locales });
    await tab.locator('button[name="provider"]').waitFor();
    await look(name, heading);
    const viewport = tab.viewportSize();
    await tab.setViewportSize(PHONE);
    assert.deepEqual(await violations(tab), [], `${name} on a phone`);
    await tab.setViewportSize(viewport);
  }
  // An answer that no one has asked for.
  await tab.goto(`${world.base}/v1/iam/oauth/callback?code=x&state=y`);
  await look("provider-refused", "Sign in");
  assert.equal(await tab.locator(".alert").textContent(), "The sign-in could not be verified. Try again, or sign in in another way.");
  await tab.goto(`${world.base}/login?organization=hanzo`);
  await byPassword(tab, "alice", world.user("alice").password);
  await tab.waitForURL((at) => at.pathname.startsWith("/account"));
  await tab.goto(`${world.base}/account/identities`);
  await button(tab, "Link There").waitFor();
  await look("account-identities-provider", "Wallets and linked accounts");
});
