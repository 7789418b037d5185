// What the edge answers from memory: discovery and the signing keys (WIRE §1).
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { startWorld } from "../support/world.mjs";

let world;
before(async () => { world = await startWorld(); });
after(() => world.close());

const DISCOVERY = [
  "/.well-known/openid-configuration", "/v1/iam/.well-known/openid-configuration",
  "/.well-known/oauth-authorization-server", "/v1/iam/.well-known/oauth-authorization-server",
];
const JWKS = ["/v1/iam/.well-known/jwks", "/.well-known/jwks"];

test("all four addresses answer the same document", async () => {
  const answers = await Promise.all(DISCOVERY.map((path) => world.fetch(path)));
  const documents = await Promise.all(answers.map((answer) => answer.json()));
  for (const [i, answer] of answers.entries()) {
    assert.equal(answer.status, 200, DISCOVERY[i]);
    assert.match(answer.headers.get("content-type"), /^application\/json/);
    assert.ok(answer.headers.get("x-request-id"), DISCOVERY[i]);
    assert.deepEqual(documents[i], documents[0]);
  }
  const [document] = documents;
  assert.equal(document.issuer, world.base);
  assert.equal(document.token_endpoint, `${world.base}/v1/iam/oauth/token`);
  assert.equal(document.jwks_uri, `${world.base}/v1/iam/.well-known/jwks`);
  assert.deepEqual(document.code_challenge_methods_supported, ["S256"]);
  assert.deepEqual(document.response_types_supported, ["code"]);
  assert.equal(document.authorization_response_iss_parameter_supported, true); // RFC 9207 §3
  assert.ok(!("registration_endpoint" in document));
});

test("every advertised algorithm has a key, and every endpoint answers", async () => {
  const document = await (await world.fetch(DISCOVERY[0])).json();
  const { keys } = await (await world.fetch(JWKS[0])).json();
  const held = new Set(keys.map(({ alg }) => alg));
  assert.deepEqual(new Set(document.id_token_signing_alg_values_supported), held);
  const endpoints = Object.entries(document).filter(([name]) => name.endsWith("_endpoint"));
  assert.ok(endpoints.length >= 7);
  for (const [name, url] of endpoints) {
    const answer = await fetch(url, { method: "POST", redirect: "manual" });
    assert.notEqual(answer.status, 404, `${name} ${url}`);
    assert.ok(answer.status < 500, `${name} ${url}: ${answer.status}`);
  }
});

test("discovery neither refuses nor varies on an Authorization header", async () => {
  const plain = await (await world.fetch(DISCOVERY[0])).json();
  const answer = await world.fetch(DISCOVERY[0], { headers: { authorization: world.basic() } });
  assert.equal(answer.status, 200);
  assert.deepEqual(await answer.json(), plain);
});

test("an unknown Host gets the configured issuer (never derived from a header)", async () => {
  const answer = await world.fetch(DISCOVERY[0], {
    headers: { "x-forwarded-host": "evil.example", "x-forwarded-proto": "https", forwarded: "host=evil.example" },
  });
  assert.equal((await answer.json()).issuer, world.base);
});

test("each key has its thumbprint as kid, a use and an algorithm; ES256 and RS256 are there", async () => {
  const { keys } = await (await world.fetch(JWKS[0])).json();
  assert.deepEqual([...new Set(keys.map(({ alg }) => alg))].sort(), ["ES256", "RS256"]);
  assert.equal(new Set(keys.map(({ kid }) => kid)).size, keys.length);
  for (const key of keys) {
    assert.equal(key.use, "sig");
    for (const secret of ["d", "p", "q", "dp", "dq", "qi", "k"]) assert.ok(!(secret in key), secret);
    const members = key.kty === "EC"
      ? { crv: key.crv, kty: key.kty, x: key.x, y: key.y }
      : { e: key.e, kty: key.kty, n: key.n };
    const thumbprint = createHash("sha256").update(JSON.stringify(members)).digest("base64url"); // RFC 7638
    assert.equal(key.kid, thumbprint);
  }
});

for (const path of JWKS) {
  test(`${path} has a strong ETag and answers 304`, async () => {
    const answer = await world.fetch(path);
    assert.equal(answer.status, 200);
    const tag = answer.headers.get("etag");
    assert.match(tag, /^"[^"]+"$/);
    assert.equal(answer.headers.get("cache-control"), "public, max-age=60");
    for (const condition of [tag, `"other", ${tag}`, `W/${tag}`, "*"]) {
      const again = await world.fetch(path, { headers: { "if-none-match": condition } });
      assert.equal(again.status, 304, condition);
      assert.equal(await again.text(), "");
      assert.equal(again.headers.get("etag"), tag);
    }
    const other = await world.fetch(path, { headers: { "if-none-match": '"other"' } });
    assert.equal(other.status, 200);
  });
}

test("HEAD answers like GET, without a body; other methods are refused", async () => {
  for (const path of [DISCOVERY[0], JWKS[0]]) {
    const head = await world.fetch(path, { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(await head.text(), "");
    const post = await world.fetch(path, { method: "POST" });
    assert.ok([404, 405].includes(post.status), `${path}: ${post.status}`);
  }
});

test("pages of other origins may read both", async () => {
  for (const path of [DISCOVERY[0], JWKS[0]]) {
    const answer = await world.fetch(path, { headers: { origin: "https://app.example" } });
    assert.equal(answer.headers.get("access-control-allow-origin"), "*");
    assert.equal(answer.headers.get("access-control-allow-credentials"), null);
  }
});
