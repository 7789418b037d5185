// Passkeys at the real workers, in Chromium with a virtual authenticator: enrolment, sign-in by the button and
// in the field of the username, and as the second factor.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import * as oidc from "openid-client";
import { browserTest, hasBrowser, startBrowser, startPages } from "../support/browser.mjs";
import { startWorld } from "../support/world.mjs";

let world, browser, application;
before(async () => {
  if (!hasBrowser) return;
  world = await startWorld({ host: "localhost" });
  application = await startPages((_, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end("<title>the application</title>");
  });
  application.callback = `${application.base}/callback`;
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await application?.close();
  await world?.close();
});

/** A test with an authenticator whose user is present and verified. */
const withAuthenticator = (name, body) => browserTest(() => browser, name, async (tab, context) => {
  const devtools = await context.newCDPSession(tab);
  await devtools.send("WebAuthn.enable");
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true,
      isUserVerified: true, automaticPresenceSimulation: true,
    },
  });
  await body(tab, context);
});

/** Opens an authorization request; returns what redeems its code. */
async function open(tab) {
  const config = await oidc.discovery(new URL(world.base), "hanzo-app", undefined, oidc.None(), {
    execute: [oidc.allowInsecureRequests],
  });
  const verifier = oidc.randomPKCECodeVerifier();
  const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: application.callback, scope: "openid", state, nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
  });
  await tab.goto(url.href);
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  return async () => {
    await tab.waitForURL((at) => at.href.startsWith(application.callback));
    const tokens = await oidc.authorizationCodeGrant(config, new URL(tab.url()), checks);
    return tokens.claims();
  };
}

async function byPassword(tab, name) {
  await tab.fill('input[name="username"]', name);
  await tab.fill('input[name="password"]', world.user(name).password);
  await tab.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** Offers in the field of the username would be taken before a click. */
const withoutOffers = (tab) => tab.addInitScript(() => {
  PublicKeyCredential.isConditionalMediationAvailable = async () => false;
});

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
