// npm `openid-client` 6, the certified relying party, against our discovery: what it does without
// a browser. (tests/browser takes it through the sign-in page.)
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as oidc from "openid-client";
import { CALLBACK, startWorld } from "../support/world.mjs";

let world;
before(async () => { world = await startWorld(); });
after(() => world.close());

const insecure = { execute: [oidc.allowInsecureRequests] }; // plain http on this machine
const confidential = (authentication) => oidc.discovery(
  new URL(world.base), "hanzo-cloud", world.client("hanzo-cloud").clientSecret, authentication, insecure);
const publicClient = () => oidc.discovery(new URL(world.base), "hanzo-app", undefined, oidc.None(), insecure);

/** What the browser would bring back, had it gone through the page. */
async function callback(config, parameters, name = "alice") {
  const url = oidc.buildAuthorizationUrl(config, { redirect_uri: CALLBACK, ...parameters });
  const client = url.searchParams.get("client_id");
  const session = await world.fetch("/v1/iam/login", {
    method: "POST", headers: { "content-type": "application/json" },
    body: JSON.stringify({ type: "login", application: client, organization: "hanzo", username: name, password: world.user(name).password }),
  });
  const cookie = session.headers.getSetCookie().map((line) => line.split(";")[0]).join("; ");
  assert.ok(cookie, await session.text());
  const answer = await fetch(url, { redirect: "manual", headers: { cookie } });
  const location = answer.headers.get("location");
  assert.ok(location?.startsWith(CALLBACK), `${answer.status} ${location}`);
  return new URL(location);
}

test("discovery, as OpenID and as RFC 8414", async () => {
  const config = await confidential();
  assert.equal(config.serverMetadata().issuer, world.base);
  const oauth = await oidc.discovery(new URL(world.base), "hanzo-cloud", world.client("hanzo-cloud").clientSecret, undefined,
    { ...insecure, algorithm: "oauth2" });
  assert.equal(oauth.serverMetadata().token_endpoint, config.serverMetadata().token_endpoint);
});

test("client credentials, by Basic and in the body", async () => {
  const secret = world.client("hanzo-cloud").clientSecret;
  for (const authentication of [oidc.ClientSecretBasic(secret), oidc.ClientSecretPost(secret)]) {
    const config = await confidential(authentication);
    const tokens = await oidc.clientCredentialsGrant(config);
    assert.ok(tokens.access_token);
    assert.equal(tokens.token_type, "bearer");
    assert.ok(tokens.expiresIn() > 0);
    assert.equal(tokens.refresh_token, undefined);
  }
});

test("code with PKCE, state, nonce and iss; userinfo, refresh, introspection, revocation", async () => {
  const config = await publicClient();
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const nonce = oidc.randomNonce();
  const url = await callback(config, {
    scope: "openid profile email offline_access", state, nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
  });
  assert.equal(url.searchParams.get("iss"), world.base); // RFC 9207
  const tokens = await oidc.authorizationCodeGrant(config, url, {
    pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true, maxAge: 300,
  });
  const claims = tokens.claims();
  assert.equal(claims.aud.toString(), "hanzo-app");
  assert.equal(claims.nonce, nonce);

  const info = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.equal(info.preferred_username, "alice");
  assert.equal(info.email, "alice@hanzo.example");

  const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  assert.ok(refreshed.access_token);
  assert.notEqual(refreshed.refresh_token, tokens.refresh_token);

  const server = await confidential();
  const seen = await oidc.tokenIntrospection(server, refreshed.access_token);
  assert.equal(typeof seen.active, "boolean");
  await oidc.tokenRevocation(config, refreshed.refresh_token);
  await assert.rejects(oidc.refreshTokenGrant(config, refreshed.refresh_token), { error: "invalid_grant" });
});

test("a confidential client's code, and introspection of its own token", async () => {
  const config = await confidential();
  const verifier = oidc.randomPKCECodeVerifier();
  const url = await callback(config, {
    scope: "openid", state: "s", code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
  }, "bob");
  const tokens = await oidc.authorizationCodeGrant(config, url, { pkceCodeVerifier: verifier, expectedState: "s", idTokenExpected: true });
  const seen = await oidc.tokenIntrospection(config, tokens.access_token);
  assert.equal(seen.active, true);
  assert.equal(seen.sub, tokens.claims().sub);
  assert.equal(seen.client_id, "hanzo-cloud");
  const none = await oidc.tokenIntrospection(config, "nonsense");
  assert.deepEqual({ ...none }, { active: false });
});

test("the device flow (RFC 8628)", async () => {
  const config = await oidc.discovery(new URL(world.base), "hanzo-cli", undefined, oidc.None(), insecure);
  const device = await oidc.initiateDeviceAuthorization(config, { scope: "openid profile" });
  assert.match(device.user_code, /^[A-HJ-NP-Z2-9]{8}$/);
  const login = await world.fetch("/v1/iam/login", {
    method: "POST", headers: { "content-type": "application/json" },
    body: JSON.stringify({ type: "login", application: "hanzo-cli", organization: "hanzo", username: "carol", password: world.user("carol").password }),
  });
  const cookie = login.headers.getSetCookie().map((line) => line.split(";")[0]).join("; ");
  const approved = await world.fetch("/v1/iam/login", {
    method: "POST", headers: { "content-type": "application/json", cookie, origin: world.base },
    body: JSON.stringify({ type: "device", userCode: device.user_code, application: "hanzo-cli", organization: "hanzo" }),
  });
  assert.equal((await approved.json()).status, "ok");
  const tokens = await oidc.pollDeviceAuthorizationGrant(config, { ...device, interval: 0.1 });
  assert.equal(tokens.claims().preferred_username ?? tokens.claims().name, "carol");
});

test("an error comes as the RFC's code", async () => {
  const config = await confidential(oidc.ClientSecretBasic("wrong"));
  await assert.rejects(oidc.clientCredentialsGrant(config), (error) => {
    assert.equal(error.status, 401);
    return true;
  });
});
