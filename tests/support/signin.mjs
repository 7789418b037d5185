// What the tests of the pages do at a browser: authorization requests, authenticators, codes, sign-ins.
import { createHmac } from "node:crypto";
import { EventEmitter, once } from "node:events";
import * as oidc from "openid-client";
import { startOutbox } from "../../scripts/local/outbox.mjs";
import { startPages } from "./browser.mjs";
import { startWorld } from "./world.mjs";

/** A world at `localhost`, where browsers use passkeys. Its messages are in `world.outbox`. */
export async function startSignin(options = {}) {
  const outbox = await startOutbox();
  const arrivals = new EventEmitter();
  const accept = async (request) => {
    const response = await outbox.accept(request);
    arrivals.emit("message");
    return response;
  };
  const application = await startApplication();
  const world = await startWorld({
    host: "localhost", ...options,
    origin: { ...options.origin, serviceBindings: { MAIL: accept, SMS: accept } },
  });
  const close = world.close.bind(world);
  return Object.assign(world, {
    outbox,
    arrivals,
    application,
    async close() {
      await application.close();
      await outbox.close();
      await close();
    },
  });
}

/** The server of an application, to whose `callback` authorization requests lead back. */
async function startApplication() {
  const pages = await startPages((_, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end("<title>the application</title>");
  });
  return { ...pages, callback: `${pages.base}/callback` };
}

/** The code of the last message to `address`, which it waits for: it is sent behind the response. */
export async function codeFor({ outbox, arrivals }, address) {
  for (;;) {
    const at = outbox.messages.findLastIndex(({ to }) => to === address);
    if (at >= 0) return /^Code: (\S+)$/m.exec(outbox.messages.splice(at, 1)[0].text)[1];
    await once(arrivals, "message", { signal: AbortSignal.timeout(10_000) });
  }
}

/**
 * An authorization request of `client`: `url`, and `redeem(tab)`, which waits until `tab` is back at the
 * application and returns the tokens.
 */
export async function authorization(world, { client = "hanzo-app", ...more } = {}) {
  const { clientSecret } = world.client(client);
  const config = await oidc.discovery(new URL(world.base), client, undefined, clientSecret ? oidc.ClientSecretPost(clientSecret) : oidc.None(), {
    execute: [oidc.allowInsecureRequests],
  });
  const verifier = oidc.randomPKCECodeVerifier();
  const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: world.application.callback, scope: "openid", state, nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256", ...more,
  });
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  return {
    url: url.href,
    async redeem(tab) {
      await tab.waitForURL((at) => at.href.startsWith(world.application.callback));
      return oidc.authorizationCodeGrant(config, new URL(tab.url()), checks);
    },
  };
}

/** Gives the tab an authenticator whose user is present and verified; returns a function that takes it away. */
export async function authenticator(tab) {
  const devtools = await tab.context().newCDPSession(tab);
  await devtools.send("WebAuthn.enable");
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true,
      isUserVerified: true, automaticPresenceSimulation: true,
    },
  });
  return () => devtools.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId });
}

/** No passkey is offered in the field of the username, where it would be taken before a click. */
export const withoutOffers = (tab) => tab.addInitScript(() => {
  if (window.PublicKeyCredential) PublicKeyCredential.isConditionalMediationAvailable = async () => false;
});

/**
 * The code of an authenticator app `ahead` steps of 30 s from now (RFC 6238). The server admits one step of
 * drift and each step once, so a test has two codes: that of now (0) and the next one (1).
 */
export function totp(key, ahead) {
  const bits = [...key.replace(/[\s=]/g, "").toUpperCase()]
    .map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const secret = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const mac = createHmac("sha1", secret).update(counter).digest();
  const offset = mac.at(-1) & 0xf;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Signs in by a password: on one page, or after the page that asks who it is. */
export async function byPassword(tab, name, password) {
  await tab.fill('input[name="username"]', name);
  if (await tab.locator('input[name="password"]').count() === 0) {
    await tab.getByRole("button", { name: "Next", exact: true }).click();
  }
  await tab.fill('input[name="password"]', password);
  await tab.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** The button of that text. */
export const button = (tab, name) => tab.getByRole("button", { name, exact: true });
