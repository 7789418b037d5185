// Signing in with JavaScript off: by a password, by a code, and by an authenticator app.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { browserTest, hasBrowser, startBrowser } from "../support/browser.mjs";
import { authorization, button, byPassword, codeFor, startSignin, totp } from "../support/signin.mjs";

let world, browser;
before(async () => {
  if (!hasBrowser) return;
  world = await startSignin();
  await world.administer("PUT", "applications/admin/hanzo-app", { enableCodeSignin: true });
  await world.administer("PUT", "applications/admin/hanzo-cli", { requireMfa: true });
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await world?.close();
});

/** A test in tabs that run no script. `open` begins an authorization request in one of a new person. */
const withoutScripts = (name, body) => browserTest(() => browser, name, async () => {
  const contexts = [];
  try {
    await body(async (parameters) => {
      const context = await browser.newContext({ javaScriptEnabled: false });
      contexts.push(context);
      const tab = await context.newPage();
      const request = await authorization(world, parameters);
      await tab.goto(request.url);
      return { tab, done: async () => (await request.redeem(tab)).claims() };
    });
  } finally {
    await Promise.all(contexts.map((context) => context.close()));
  }
});

withoutScripts("a password signs in, and a passkey says what it needs", async (open) => {
  const { tab, done } = await open();
  await button(tab, "Sign in with a passkey").click();
  assert.match(await tab.getByRole("alert").first().textContent(), /JavaScript/);
  await byPassword(tab, "alice", world.user("alice").password);
  const { amr, preferred_username } = await done();
  assert.deepEqual([amr, preferred_username], [["pwd"], "alice"]);
});

for (const [how, name, enter] of [
  ["that is typed", "bob", async (tab, code) => {
    await tab.fill('input[name="code"]', code);
    await button(tab, "Verify").click();
  }],
  ["by the link in the message", "carol", async (tab, code) => {
    await tab.goto(`${world.base}/login/code/${code}?client_id=hanzo-app`);
    await button(tab, "Sign in").click();
  }],
]) {
  withoutScripts(`a code ${how} signs in`, async (open) => {
    const { tab, done } = await open();
    await tab.fill('input[name="username"]', name);
    await button(tab, "Next").click();
    await button(tab, "Send me a code").click();
    await enter(tab, await codeFor(world, `${name}@hanzo.example`));
    assert.deepEqual((await done()).amr, ["otp"]);
  });
}

withoutScripts("an authenticator app is enrolled and signs in after the password", async (open) => {
  const { tab, done } = await open({ client: "hanzo-cli" });
  await byPassword(tab, "carol", world.user("carol").password);
  await button(tab, "Use an authenticator app").click();
  const key = await tab.locator(".key").textContent();
  await tab.fill('input[name="code"]', totp(key, 0));
  await button(tab, "Verify").click();
  await button(tab, "I have saved them").click();
  assert.deepEqual((await done()).amr, ["pwd", "otp", "mfa"]);

  const again = await open({ client: "hanzo-cli" });
  await byPassword(again.tab, "carol", world.user("carol").password);
  await again.tab.fill('input[name="code"]', totp(key, 1));
  await button(again.tab, "Verify").click();
  const { amr, acr } = await again.done();
  assert.deepEqual([amr, acr], [["pwd", "otp", "mfa"], "aal2"]);
});
