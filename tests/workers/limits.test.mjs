// What the edges report of keys, counted by a real D1.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { callOrigin } from "../../scripts/local/pair.mjs";
import { startWorld } from "../support/world.mjs";

let world, key;
before(async () => {
  world = await startWorld();
  const made = await callOrigin(world.pair, "POST", "/internal/bootstrap", {
    keys: [{ owner: "hanzo", user: "bob", name: "limited", rate: 100, budget: { month: 1000 } }],
  });
  const text = (await made.json()).keys[0].key;
  key = await (await world.as(text, "/v1/iam/keys/hanzo/limited")).json();
});
after(() => world.close());

const isolate = () => randomBytes(16).toString("base64url");
const batch = (isolate, number, calls) => ({
  isolate, number, since: Math.floor(Date.now() / 1000), counts: [[key.id, calls], ["nobody", 1]],
});
async function report(body) {
  const answer = await callOrigin(world.pair, "POST", "/internal/usage", body);
  assert.equal(answer.status, 200, await answer.clone().text());
  return (await answer.json()).keys[0];
}

// ATTACKS 93, better-auth #4023.
test("however often and in parallel batches come, each is counted once", async () => {
  assert.deepEqual([key.rate, key.budget, key.spend], [100, { month: 1000 }, { month: 0, total: 0 }]);
  const batches = Array.from({ length: 5 }, isolate).map((name) => batch(name, 1, 10));
  await Promise.all([...batches, ...batches, ...batches].map(report));
  const standing = await report(batches[0]);
  assert.equal(standing.spend.total, 50);
  assert.deepEqual([standing.over, standing.wait], [false, 0]);
});

test("a key that spends its budget is over it, and its record says so", async () => {
  const standing = await report(batch(isolate(), 1, 950));
  assert.deepEqual([standing.spend.month, standing.over], [1000, true]);
  assert.ok(standing.wait >= 0 && standing.wait <= 60);
  const store = await world.pair.snapshots();
  const { keys } = await store.list({ prefix: "key:" });
  const records = await Promise.all(keys.map(({ name }) => store.get(name, "json")));
  const record = records.find(({ id }) => id === key.id);
  assert.deepEqual([record.rate, record.budget, record.spend.month], [100, { month: 1000 }, 1000]);
});
