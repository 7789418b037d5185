// npm `jose` 6: a service that verifies our tokens by itself, with the published keys.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { startWorld } from "../support/world.mjs";

let world;
before(async () => { world = await startWorld(); });
after(() => world.close());

for (const path of ["/v1/iam/.well-known/jwks", "/.well-known/jwks"]) {
  test(`createRemoteJWKSet verifies an access token and an ID token by ${path}`, async () => {
    const keys = createRemoteJWKSet(new URL(world.base + path));
    const { access_token: access, id_token: id } = await world.tokens("alice");
    const expected = { issuer: world.base, audience: "hanzo-cloud" };
    const { payload, protectedHeader } = await jwtVerify(access, keys, { ...expected, typ: "at+jwt" });
    assert.equal(payload.owner, "hanzo");
    assert.equal(payload.preferred_username, "alice");
    assert.equal(protectedHeader.alg, "ES256");
    const verified = await jwtVerify(id, keys, expected);
    assert.equal(verified.protectedHeader.alg, "RS256", "the default of OIDC Core §15.1");
    assert.equal(verified.payload.sub, payload.sub);
    await assert.rejects(jwtVerify(id, keys, { ...expected, typ: "at+jwt" }), "the kinds are apart");
    await assert.rejects(jwtVerify(access, keys, { ...expected, audience: "hanzo-app" }));
    await assert.rejects(jwtVerify(access, keys, { ...expected, issuer: `${world.base}/` }));
  });
}

test("an application that asks for RS256 gets it, and jose verifies it", async () => {
  const root = await world.send(world.key("admin"), "PUT", "/v1/iam/applications/admin/acme-cloud", { tokenSigningMethod: "RS256" });
  assert.equal(root.status, 200, await root.text());
  const { access_token: token } = await world.machineTokens("acme-cloud");
  assert.equal(decodeProtectedHeader(token).alg, "RS256");
  const keys = createRemoteJWKSet(new URL(`${world.base}/.well-known/jwks`));
  await jwtVerify(token, keys, { issuer: world.base, audience: "acme-cloud", typ: "at+jwt" });
  assert.equal((await world.as(token, "/v1/echo/x")).status, 200, "at our own edge too");
});
