// Back-channel logout (OpenID Connect Back-Channel Logout 1.0) of the real workers: an application's own
// server gets the logout token, and npm `jose` verifies it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { startPages } from "../support/browser.mjs";
import { claimsOf, startWorld } from "../support/world.mjs";

const EVENT = "http://schemas.openid.net/event/backchannel-logout";

let world, application;
const told = [];
/** The status of the application's next responses; then 200. */
const statuses = [];

before(async () => {
  application = await startPages((request, response) => {
    let body = "";
    request.on("data", (chunk) => { body += chunk; });
    request.on("end", () => {
      told.push({ method: request.method, url: request.url, type: request.headers["content-type"], form: new URLSearchParams(body) });
      response.writeHead(statuses.shift() ?? 200).end();
    });
  });
  world = await startWorld({ origin: { bindings: { DANGER_WEBHOOK_HOSTS: application.host } } });
  await world.administer("PUT", "applications/admin/hanzo-app", { backchannelLogoutUri: `${application.base}/logout` });
});
after(async () => {
  await world?.close();
  await application?.close();
});

/** Signs bob in to `hanzo-app`; returns the claims of the ID token and the cookie of the session. */
async function signIn() {
  const signedIn = await world.code("bob");
  const { id_token } = await world.redeem(signedIn);
  return { claims: claimsOf(id_token), cookie: signedIn.cookie };
}

async function signOut(cookie) {
  const answer = await world.fetch("/v1/iam/oauth/logout", { method: "POST", headers: { cookie, origin: world.base } });
  assert.ok(answer.status < 400, `${answer.status}`);
  await world.pair.scheduled();
}

const verified = (token) => jwtVerify(token, createRemoteJWKSet(new URL(`${world.base}/v1/iam/.well-known/jwks`)), {
  issuer: world.base, audience: "hanzo-app", typ: "logout+jwt",
});

test("the end of a session reaches the application's endpoint as a logout token of that session", async () => {
  const { claims, cookie } = await signIn();
  await world.pair.scheduled();
  assert.deepEqual(told, [], "a session that goes on is not told of");
  await signOut(cookie);
  assert.equal(told.length, 1);
  const [{ method, url, type, form }] = told.splice(0);
  assert.deepEqual([method, url, type], ["POST", "/logout", "application/x-www-form-urlencoded"]);
  const { payload } = await verified(form.get("logout_token"));
  assert.deepEqual([payload.sub, payload.sid, payload.events], [claims.sub, claims.sid, { [EVENT]: {} }]);
  assert.ok(payload.jti);
  assert.equal(payload.nonce, undefined);
  await world.pair.scheduled();
  assert.deepEqual(told, [], "it is told once");
});

test("each session of a person who is disabled is told of by a token of its own", async () => {
  const [one, two] = [await signIn(), await signIn()];
  await world.administer("PATCH", "users/hanzo/bob", { isForbidden: true });
  await world.pair.scheduled();
  const payloads = await Promise.all(told.splice(0).map(async ({ form }) => (await verified(form.get("logout_token"))).payload));
  assert.deepEqual(payloads.map(({ sid }) => sid).sort(), [one.claims.sid, two.claims.sid].sort());
  await world.administer("PATCH", "users/hanzo/bob", { isForbidden: false });
});

test("an application that fails is told again", async () => {
  const { claims, cookie } = await signIn();
  statuses.push(503);
  await signOut(cookie);
  const [first] = told.splice(0);
  await (await world.pair.database()).prepare("UPDATE deliveries SET due_at = 0").run();
  await world.pair.scheduled();
  const [again] = told.splice(0);
  for (const { form } of [first, again]) assert.equal((await verified(form.get("logout_token"))).payload.sid, claims.sid);
});
