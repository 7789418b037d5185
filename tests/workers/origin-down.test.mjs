// The edge while the origin is down: what it has published keeps working.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startPair } from "../../scripts/local/pair.mjs";
import { Logs } from "../support/logs.mjs";
import { startWorld } from "../support/world.mjs";

let world, alone, key, token;
const logs = new Logs();
/** Between the edge and its origin: a line that is cut when KV says so. */
const line = `export default {
  async fetch(request, env) {
    if (await env.SNAPSHOTS.get("cut")) throw new Error("down");
    return env.ORIGIN.fetch(request);
  },
};`;

before(async () => {
  world = await startWorld();
  key = world.key();
  token = (await world.tokens()).access_token;
  assert.equal((await world.as(key, "/v1/echo/x")).status, 200);
  // Another edge, with what the first pair published and an origin that goes down once it has told
  // what is revoked: without ever having heard that, an edge says yes to nobody.
  const from = await world.pair.snapshots();
  const names = (await from.list()).keys.map(({ name }) => name);
  const values = await Promise.all(names.map((name) => from.get(name)));
  const { base } = world.pair;
  alone = await startPair({
    output: logs.add,
    rootKey: world.pair.rootKey,
    issuer: base,
    edge: {
      serviceBindings: { ORIGIN: "line" },
      beside: [{
        name: "line", script: line,
        serviceBindings: { ORIGIN: "origin" }, kvNamespaces: { SNAPSHOTS: "SNAPSHOTS" },
      }],
    },
  });
  const to = await alone.snapshots();
  await Promise.all(names.map((name, i) => to.put(name, values[i])));
  const { access_token: warm } = await world.tokens();
  assert.equal((await at("/v1/echo/x", warm)).status, 200);
  await to.put("cut", "1");
});
after(async () => {
  await alone.close();
  await world.close();
  logs.assertClean(world.secrets());
});

const at = (path, credential) => fetch(alone.base + path, {
  headers: credential ? { authorization: `Bearer ${credential}` } : {},
});

test("discovery and the signing keys are answered from what was published", async () => {
  for (const path of ["/.well-known/openid-configuration", "/v1/iam/.well-known/jwks"]) {
    const answer = await at(path);
    assert.equal(answer.status, 200, path);
  }
  const { keys } = await (await at("/.well-known/jwks")).json();
  assert.ok(keys.length >= 2);
});

test("tokens and keys are verified without the origin", async () => {
  assert.equal((await at("/v1/echo/x", token)).status, 200);
  assert.equal((await at("/v1/echo/x", key)).status, 200);
});

test("a key that may be new is not refused as unknown while nobody can confirm it", async () => {
  const store = await alone.snapshots();
  for (const { name } of (await store.list({ prefix: "key:" })).keys) await store.delete(name);
  const other = world.key("acme");
  const answer = await at("/v1/echo/x", other);
  assert.equal(answer.status, 503);
});

test("what only the origin can answer is an honest JSON refusal", async () => {
  const answer = await at("/v1/iam/users", key);
  assert.ok([502, 503].includes(answer.status), String(answer.status));
  assert.match(answer.headers.get("content-type"), /json/);
  assert.ok(answer.headers.get("x-request-id"));
});
