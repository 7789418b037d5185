// The four takeovers of the platform that issue 10 began with, tried against the real workers.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { json, pkce, startWorld } from "../support/world.mjs";

const EVIL = "https://evil.example/callback";
const OWN_SECRET = "a-secret-that-the-attacker-chose";
const OWN_PASSWORD = "a password that the attacker chose";

let world;
before(async () => { world = await startWorld(); });
after(() => world.close());

/** A browser in which `name` has signed in: its cookie. */
async function signedIn(name, application) {
  const { owner, password } = world.user(name);
  const answer = await world.fetch("/v1/iam/login", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ type: "login", application, organization: owner, username: name, password }),
  });
  assert.equal((await json(answer)).status, "ok", `${name} signs in`);
  return answer.headers.getSetCookie().map((text) => text.split(";")[0]).join("; ");
}

/** Redeems a code at the token endpoint with the parameters `more`. */
async function redeem(code, redirect, verifier, more) {
  const form = { grant_type: "authorization_code", code, redirect_uri: redirect, code_verifier: verifier, ...more };
  const answer = await world.fetch("/v1/iam/oauth/token", { method: "POST", body: new URLSearchParams(form) });
  return { status: answer.status, ...(await json(answer)) };
}

const isThere = async (path) => (await world.as(world.key("admin"), `/v1/iam/${path}`)).status === 200;

const mintFor = (credential, owner, name, headers = {}) => world.fetch(
  `/v1/iam/users/${owner}/${name}/keys?type=secret`,
  { method: "POST", headers: { ...(credential && { authorization: `Bearer ${credential}` }), ...headers } });

test("(a) one link that a platform administrator follows gives a tenant's client nothing", async () => {
  const made = await world.send(world.key("acme"), "POST", "/v1/iam/applications", {
    owner: "acme", organization: "acme", name: "acme-trap", clientId: "acme-trap", clientSecret: OWN_SECRET,
    redirectUris: [EVIL], grantTypes: ["authorization_code", "refresh_token"], scopes: ["iam"],
  });
  assert.equal(made.status, 200, "an administrator registers clients of the own organization");
  const cookie = await signedIn("root", "admin-console");
  const control = await world.fetch("/v1/iam/whoami", { headers: { cookie } });
  assert.equal((await json(control)).data.name, "root", "the control: root is signed in");

  for (const scope of ["openid", "openid profile iam"]) {
    const { verifier, challenge } = pkce();
    const link = new URLSearchParams({
      client_id: "acme-trap", redirect_uri: EVIL, response_type: "code", scope,
      code_challenge: challenge, code_challenge_method: "S256",
    });
    const answer = await world.fetch(`/v1/iam/oauth/authorize?${link}`, { headers: { cookie } });
    const to = new URL(answer.headers.get("location") ?? "/", world.base);
    const code = to.searchParams.get("code");
    if (code) {
      const secret = { client_id: "acme-trap", client_secret: OWN_SECRET };
      const { access_token: token } = await redeem(code, EVIL, verifier, secret);
      await world.send(token, "POST", "/v1/iam/users", { owner: "admin", name: "mallory", isAdmin: true });
    }
    assert.equal(await isThere("users/admin/mallory"), false, "no user was made in the platform's organization");
    assert.equal(code, null, "no code leaves for a client of a tenant that root is not of");
  }
});

test("(b) a tenant's administrator sets no secret of a platform's client", async () => {
  const path = "/v1/iam/applications/admin/hanzo-cloud";
  const answer = await world.send(world.key("hanzo"), "PUT", path, { clientSecret: OWN_SECRET });
  const authorization = `Basic ${btoa(`hanzo-cloud:${OWN_SECRET}`)}`;
  assert.equal((await mintFor("", "acme", "erin", { authorization })).status, 401);
  assert.equal(await isThere("keys/acme/erin.cloud-api"), false, "no key of another tenant was made");
  assert.equal(answer.status, 403);
  const good = await mintFor("", "acme", "erin", { authorization: world.basic() });
  assert.equal(good.status, 200, "the control: the platform's own secret does it still");
});

test("(c) a service account is not the client that it signs in through", async () => {
  const made = await world.send(world.key("hanzo"), "POST", "/v1/iam/users", {
    owner: "hanzo", name: "robot", type: "service-account", password: OWN_PASSWORD,
  });
  assert.equal(made.status, 200, "an administrator makes service accounts");
  const [redirect] = world.client("hanzo-cloud").redirectUris;
  const signIn = async () => {
    const { verifier, challenge } = pkce();
    const answer = await world.fetch("/v1/iam/login", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        type: "code", clientId: "hanzo-cloud", redirectUri: redirect, scope: "openid profile",
        organization: "hanzo", username: "robot", password: OWN_PASSWORD,
        code_challenge: challenge, code_challenge_method: "S256",
      }),
    });
    const { status, data } = await json(answer);
    assert.equal(status, "ok");
    return redeem(data, redirect, verifier, { client_id: "hanzo-cloud" });
  };
  assert.equal((await signIn()).error, "invalid_client", "a confidential client authenticates (RFC 6749 §3.2.1)");

  // Even where the platform lets the client redeem codes by PKCE alone, its capabilities stay its own.
  await world.administer("PUT", "applications/admin/hanzo-cloud", { pkceWithoutSecret: true });
  const { access_token: token } = await signIn();
  assert.ok(token, "the control: the service account has a token");
  for (const [owner, name] of [["acme", "dave"], ["hanzo", "bob"]]) {
    const answer = await mintFor(token, owner, name);
    assert.ok([401, 403].includes(answer.status), `${owner}/${name}: ${answer.status}`);
    assert.equal(await isThere(`keys/${owner}/${name}.cloud-api`), false);
  }
  const key = world.key("acme");
  const resolved = await world.as(token, `/v1/iam/keys/principal?accessKey=${key}`);
  assert.ok([401, 403].includes(resolved.status));
});

// Fault 22.
test("(d) a narrow key that ends within the hour makes no key that is wider or outlives it", async () => {
  const end = new Date(Date.now() + 30 * 60_000).toISOString();
  const { accessSecret: narrow } = await world.administer("POST", "keys", {
    owner: "admin", user: "root", name: "narrow", scope: "product:iam", expireTime: end, platform: true,
  });
  assert.equal((await world.as(narrow, "/v1/echo/hello")).status, 403, "the control: it reaches IAM only");
  assert.equal((await world.as(narrow, "/v1/iam/users?owner=admin")).status, 200);
  for (const [owner, name] of [["admin", "root"], ["hanzo", "bob"]]) {
    const answer = await mintFor(narrow, owner, name);
    const { data } = await json(answer);
    if (answer.status === 200) {
      assert.equal((await world.as(data.accessKey, "/v1/echo/hello")).status, 403, "it is as narrow");
      const read = await world.as(world.key("admin"), `/v1/iam/keys/${owner}/${name}.cloud-api`);
      const record = await read.json();
      assert.equal(record.scope, "product:iam");
      assert.ok(Date.parse(record.expireTime) <= Date.parse(end), `${record.expireTime} after ${end}`);
    } else {
      assert.equal(answer.status, 403);
    }
  }
});
