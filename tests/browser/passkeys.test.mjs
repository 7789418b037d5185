// Passkeys at the real workers, in Chromium with a virtual authenticator: enrolment, sign-in by the button and
// in the field of the username, and as the second factor.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { browserTest, hasBrowser, startBrowser } from "../support/browser.mjs";
import { authenticator, authorization, byPassword as typed, startSignin, withoutOffers } from "../support/signin.mjs";

let world, browser;
before(async () => {
  if (!hasBrowser) return;
  world = await startSignin();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await world?.close();
});

/** A test with an authenticator whose user is present and verified. */
const withAuthenticator = (name, body) => browserTest(() => browser, name, async (tab, context) => {
  await authenticator(tab);
  await body(tab, context);
});

/** Opens an authorization request; returns what waits for the claims of its ID token. */
async function open(tab) {
  const request = await authorization(world);
  await tab.goto(request.url);
  return async () => (await request.redeem(tab)).claims();
}

const byPassword = (tab, name) => typed(tab, name, world.user(name).password);

async function demandSecond(isDemanded) {
  const response = await world.as(world.key("admin"), "/v1/iam/organizations/admin/hanzo", {
    method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ requireMfa: isDemanded }),
  });
  assert.equal(response.status, 200, await response.text());
}

withAuthenticator("a passkey is enrolled, signs in, and is a second factor", async (tab, context) => {
  await withoutOffers(tab);
  await demandSecond(true);
  const enrolled = await open(tab);
  await byPassword(tab, "alice");
  await tab.getByRole("button", { name: "Create a passkey" }).click();
  await tab.getByText("Save your recovery codes").waitFor();
  assert.equal(await tab.locator(".codes li").count(), 10);
  await tab.getByRole("button", { name: "I have saved them" }).click();
  assert.deepEqual((await enrolled()).amr, ["pwd", "hwk", "user", "mfa"]);

  await context.clearCookies();
  const discovered = await open(tab);
  await tab.getByRole("button", { name: "Sign in with a passkey" }).click();
  const claims = await discovered();
  assert.deepEqual([claims.amr, claims.acr], [["hwk", "user", "mfa"], "phrh"]);

  await context.clearCookies();
  const second = await open(tab);
  await byPassword(tab, "alice");
  await tab.getByRole("button", { name: "Use a passkey" }).click();
  const { amr, sub } = await second();
  assert.deepEqual(amr, ["pwd", "hwk", "user", "mfa"]);
  assert.equal(sub, claims.sub);
});

withAuthenticator("a passkey is offered in the field of the username", async (tab, context) => {
  await demandSecond(true);
  const enrolled = await open(tab);
  await byPassword(tab, "bob");
  await tab.getByRole("button", { name: "Create a passkey" }).click();
  await tab.getByRole("button", { name: "I have saved them" }).click();
  const { sub } = await enrolled();
  await context.clearCookies();
  const offered = await open(tab);
  assert.equal((await offered()).sub, sub);
});

withAuthenticator("a browser without a passkey of the account says so, and the password still works", async (tab) => {
  await withoutOffers(tab);
  await demandSecond(false);
  const done = await open(tab);
  await tab.getByRole("button", { name: "Sign in with a passkey" }).click();
  await tab.getByText("The passkey was not used").waitFor();
  await byPassword(tab, "bob");
  assert.deepEqual((await done()).amr, ["pwd"]);
});
