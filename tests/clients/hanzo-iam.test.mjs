// npm `@hanzo/iam` 0.21.6, unchanged: every call of it that this server answers (WIRE §4.6).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { IAM, IamClient, generatePKCEChallenge } from "@hanzo/iam";
import { clearJwksCache, validateToken } from "@hanzo/iam/auth";
import { CALLBACK, startWorld } from "../support/world.mjs";

let world;
before(async () => { world = await startWorld(); });
after(() => world.close());

const server = () => new IamClient({
  serverUrl: world.base, clientId: "hanzo-cloud", clientSecret: world.client("hanzo-cloud").clientSecret,
});

/** The browser class, with a storage of its own (it runs in Node then). */
function browser(clientId = "hanzo-app") {
  const entries = new Map();
  const storage = {
    get length() { return entries.size; },
    clear: () => entries.clear(),
    getItem: (key) => entries.get(key) ?? null,
    key: (i) => [...entries.keys()][i] ?? null,
    removeItem: (key) => { entries.delete(key); },
    setItem: (key, value) => { entries.set(key, String(value)); },
  };
  return new IAM({
    serverUrl: world.base, clientId, redirectUri: CALLBACK, organization: "hanzo", application: clientId,
    scope: "openid profile email offline_access", storage,
  });
}

test("IamClient: discovery (with a Basic header on it) and the JWKS address", async () => {
  const client = server();
  const discovery = await client.getDiscovery();
  assert.equal(discovery.issuer, world.base);
  assert.equal(await client.getJwksUri(), `${world.base}/v1/iam/.well-known/jwks`);
});

test("IamClient: password grant, userinfo, refresh", async () => {
  const client = server();
  const tokens = await client.passwordGrant({
    username: "alice", password: world.user("alice").password, scope: "openid profile email phone offline_access",
  });
  assert.equal(tokens.token_type, "Bearer");
  const user = await client.getUserInfo(tokens.access_token);
  assert.equal(user.owner, "hanzo");
  assert.equal(user.preferred_username, "alice");
  const refreshed = await client.refreshToken(tokens.refresh_token);
  assert.ok(refreshed.access_token);
  assert.notEqual(refreshed.refresh_token, tokens.refresh_token);
});

test("IamClient: the default scope of its password grant is accepted", async () => {
  const tokens = await server().passwordGrant({ username: "bob", password: world.user("bob").password });
  assert.ok(tokens.id_token);
});

test("IamClient: code exchange with PKCE, and the authorization URL", async () => {
  const client = server();
  const { codeVerifier, codeChallenge } = await generatePKCEChallenge();
  const url = new URL(await client.getAuthorizationUrl({ redirectUri: CALLBACK, state: "s", codeChallenge }));
  assert.equal(url.origin + url.pathname, `${world.base}/v1/iam/oauth/authorize`);
  const { code } = await world.code("alice", "hanzo-cloud", { code_challenge: codeChallenge });
  const tokens = await client.exchangeCode({ code, redirectUri: CALLBACK, codeVerifier });
  assert.ok(tokens.access_token && tokens.id_token);
  await assert.rejects(client.exchangeCode({ code, redirectUri: CALLBACK, codeVerifier }), { status: 400 });
});

test("IamClient: apiRequest reads the directory with a token", async () => {
  const { access_token: token } = await world.tokens("alice");
  const { users } = await server().apiRequest("/v1/iam/users", { token });
  assert.equal(users.length, 3);
});

test("validateToken: accepts ours, names what is wrong with others", async () => {
  clearJwksCache();
  const config = { serverUrl: world.base, clientId: "hanzo-cloud", orgName: "hanzo" };
  const { access_token: token } = await world.tokens("alice");
  const good = await validateToken(token, config);
  assert.equal(good.ok, true, JSON.stringify(good));
  assert.equal(good.claims.owner, "hanzo");
  assert.equal(good.owner, "hanzo");
  const other = await validateToken(token, { ...config, clientId: "hanzo-app" });
  assert.deepEqual([other.ok, other.reason], [false, "iam_audience_invalid"]);
  const [head, body, signature] = token.split(".");
  const forged = await validateToken(`${head}.${body}.${signature.replace(/^./, (c) => (c === "A" ? "B" : "A"))}`, config);
  assert.deepEqual([forged.ok, forged.reason], [false, "iam_signature_invalid"]);
  assert.equal((await validateToken("", config)).reason, "iam_token_missing");
});

test("IAM: sign-in with a password, code exchange with PKCE, user, refresh, logout", async () => {
  const iam = browser();
  const url = await iam.loginWithPassword("alice", world.user("alice").password);
  assert.ok(url.startsWith(CALLBACK), url);
  const token = await iam.handleCallback(url);
  assert.ok(token.accessToken ?? token.access_token);
  assert.ok(iam.getAccessToken() && iam.getRefreshToken() && iam.getIdToken());
  assert.equal(iam.isTokenExpired(), false);

  const claims = await iam.getUserInfo();
  assert.equal(claims.preferred_username, "alice");
  const user = await iam.getUser();
  assert.equal(user.email, "alice@hanzo.example");

  const before = iam.getAccessToken();
  await iam.refreshAccessToken();
  const after = iam.getAccessToken();
  assert.notEqual(after, before);

  const refresh = iam.getRefreshToken();
  await iam.logout();
  assert.equal(iam.getAccessToken(), null);
  assert.equal((await world.as(after, "/v1/iam/oauth/userinfo")).status, 401, "logout really ends the grant");
  const replay = await world.token({ grant_type: "refresh_token", refresh_token: refresh }, "hanzo-app");
  assert.equal(replay.error, "invalid_grant");
});

test("IAM: a wrong password is refused with a message, and without a code", async () => {
  await assert.rejects(browser().loginWithPassword("alice", "wrong"), (error) => {
    assert.ok(error.message.length > 0);
    assert.ok(!/undefined|\[object/.test(error.message), error.message);
    return true;
  });
});

test("IAM: the sign-in URL is one that authorize accepts", async () => {
  const url = await browser().getSigninUrl();
  const answer = await fetch(url, { redirect: "manual" });
  assert.ok(answer.status < 400, `${answer.status}`);
});

test("auth/methods has the shape that its views read, and the one that the portal reads", async () => {
  for (const query of ["", "?clientId=hanzo-app"]) {
    const answer = await world.fetch(`/v1/iam/auth/methods${query}`);
    assert.equal(answer.status, 200);
    const { methods, data } = await answer.json();
    assert.ok(methods.some(({ kind }) => kind === "password"));
    assert.equal(data.password, true);
  }
});
