// A person from the first visit to a lost device and back, in Chromium at the real workers; and what the
// application learns of each sign-in.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { browserTest, hasBrowser, startBrowser } from "../support/browser.mjs";
import {
  authenticator, authorization, button, byPassword, codeFor, startSignin, totp, withoutOffers,
} from "../support/signin.mjs";
import { claimsOf } from "../support/world.mjs";

const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";
const PASSWORD = "correct horse battery staple";
const ADDRESS = "zoe@people.example";

let world, browser;
before(async () => {
  if (!hasBrowser) return;
  world = await startSignin();
  await world.administer("PUT", "applications/admin/hanzo-app", { enableSignUp: true });
  await world.administer("PUT", "organizations/admin/hanzo", { requireMfa: true });
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await world?.close();
});

/** How the application learns that the person signed in, and who it was. */
const told = ({ amr, acr, sub }) => ({ amr, acr, sub });
const account = (tab, page) => tab.goto(`${world.base}/account/${page}`);

/** Goes through an authorization request; returns the claims of the ID token. */
async function signIn(tab, how, parameters) {
  const request = await authorization(world, parameters);
  await tab.goto(request.url);
  await how();
  return (await request.redeem(tab)).claims();
}

/** The account, with the second factor that the organization demands: a passkey. Returns the recovery codes. */
async function signUp(tab) {
  await button(tab, "Create an account").click();
  await tab.fill('input[name="username"]', ADDRESS);
  await button(tab, "Send me a code").click();
  await tab.fill('input[name="code"]', await codeFor(world, ADDRESS));
  await button(tab, "Verify").click();
  await tab.fill('input[name="display_name"]', "Zoe Example");
  await tab.fill('input[name="password"]', PASSWORD);
  await button(tab, "Create an account").click();
  await button(tab, "Create a passkey").click();
  await tab.getByText("Save your recovery codes").waitFor();
  const codes = await tab.locator(".codes li").allTextContents();
  await button(tab, "I have saved them").click();
  return codes;
}

/** Sets an authenticator app up on the account page; returns its key. */
async function setUpApp(tab, name) {
  await account(tab, "factors");
  await button(tab, name).click();
  const key = await tab.locator(".key").textContent();
  await tab.fill('input[name="code"]', totp(key, 0));
  await button(tab, "Verify").click();
  await tab.getByText("Saved.").waitFor();
  return key;
}

async function byApp(tab, code) {
  await byPassword(tab, "zoe", PASSWORD);
  await tab.locator('input[name="code"]').waitFor();
  await tab.fill('input[name="code"]', code);
  await button(tab, "Verify").click();
}

async function byRecoveryCode(tab, code) {
  await byPassword(tab, "zoe", PASSWORD);
  await button(tab, "Recovery code").click();
  await tab.fill('input[name="code"]', code);
  await button(tab, "Verify").click();
}

/** Approves a device without a browser (RFC 8628); returns the claims of its ID token. */
async function connectDevice(tab) {
  const answer = await world.fetch("/v1/iam/oauth/device", {
    method: "POST", body: new URLSearchParams({ client_id: "hanzo-app", scope: "openid" }),
  });
  const { device_code, user_code, verification_uri } = await answer.json();
  const poll = () => world.token({ grant_type: DEVICE_GRANT, device_code }, "hanzo-app");
  assert.equal((await poll()).error, "authorization_pending");
  await tab.goto(verification_uri);
  await tab.fill('input[name="code"]', user_code);
  await button(tab, "Continue").click();
  await tab.getByText(user_code).waitFor();
  await button(tab, "Allow").click();
  await tab.getByText("connected").waitFor();
  // The next poll would be too early, and the one of a device that waits for its interval is not.
  await (await world.pair.database()).prepare("UPDATE device_codes SET polled_at = 0").run();
  return claimsOf((await poll()).id_token);
}

browserTest(() => browser, "a person signs up, enrols a passkey and an app, loses the device, recovers, connects a device and ends sessions", async (tab, context) => {
  await withoutOffers(tab);
  const lose = await authenticator(tab);
  let codes;
  const { sub, email } = await signIn(tab, async () => { codes = await signUp(tab); });
  assert.equal(email, ADDRESS);
  assert.equal(codes.length, 10);
  const key = await setUpApp(tab, "Set up an authenticator app");

  await context.clearCookies();
  const byPasskey = await signIn(tab, () => button(tab, "Sign in with a passkey").click());
  assert.deepEqual(told(byPasskey), { amr: ["hwk", "user", "mfa"], acr: "phrh", sub });

  await lose();
  const elsewhere = await browser.newContext();
  const other = await elsewhere.newPage();
  await withoutOffers(other);
  const recovered = await signIn(other, () => byRecoveryCode(other, codes[0]), { acr_values: "aal2" });
  assert.deepEqual(told(recovered), { amr: ["pwd", "otp", "mfa"], acr: "aal2", sub });

  await account(other, "passkeys");
  await other.getByRole("button", { name: "Remove Passkey" }).click();
  await other.getByText("There is nothing here yet.").waitFor();
  await authenticator(other);
  await button(other, "Add a passkey").click();
  await other.getByRole("heading", { name: "Add a passkey" }).waitFor();
  await button(other, "Add a passkey").click();
  await other.getByText("Saved.").waitFor();
  assert.equal(await other.getByRole("button", { name: "Remove Passkey" }).count(), 1);
  const replaced = await setUpApp(other, "Set up another authenticator app");
  await other.getByText("9 codes are left").waitFor();

  assert.deepEqual(told(await connectDevice(other)), { amr: ["pwd", "otp", "mfa"], acr: "aal2", sub });

  await account(other, "sessions");
  const others = await other.locator(".items li").filter({ hasNotText: "This device" }).count();
  assert.ok(others > 0);
  await button(other, "Sign out everywhere else").click();
  await other.getByText("Saved.").waitFor();
  assert.equal(await other.locator(".items li").count(), 1);
  await account(tab, "sessions");
  assert.equal(new URL(tab.url()).pathname, "/login", "the lost device is signed out");
  await other.getByRole("button", { name: "Sign out" }).click();
  await account(other, "sessions");
  assert.equal(new URL(other.url()).pathname, "/login");

  // The app of the lost device no longer counts, nor does the recovery code again; the new app does.
  const last = await signIn(other, async () => {
    for (const [way, code] of [[byApp, totp(key, 1)], [byRecoveryCode, codes[0]]]) {
      await way(other, code);
      await other.getByRole("alert").waitFor();
      await button(other, "Use another account").click();
    }
    await byApp(other, totp(replaced, 1));
  });
  assert.deepEqual(told(last), { amr: ["pwd", "otp", "mfa"], acr: "aal2", sub });
  await elsewhere.close();
});
