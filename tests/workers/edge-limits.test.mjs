// Limits at the edge: its own counters, what it reports to the origin, and the platform's limiter.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { callOrigin, ratelimit } from "../../scripts/local/pair.mjs";
import { startWorld } from "../support/world.mjs";

let world, keys;
before(async () => {
  world = await startWorld({
    edge: {
      bindings: { LIMIT_USER: "1000/60", LIMIT_ANONYMOUS: "1000/60" },
      // No LIMIT_KEYS: what is not bound is not asked.
      ratelimits: { LIMIT_USERS: ratelimit("1002", 3), LIMIT_ADDRESSES: ratelimit("1003", 3) },
    },
  });
  const made = await callOrigin(world.pair, "POST", "/internal/bootstrap", {
    keys: [
      { owner: "hanzo", user: "bob", name: "slow", rate: 5 },
      { owner: "hanzo", user: "bob", name: "poor", budget: { total: 3 } },
    ],
  });
  keys = Object.fromEntries((await made.json()).keys.map(({ name, key }) => [name, key]));
});
after(() => world.close());

/** Waits until what follows falls into one minute. */
async function inOneMinute() {
  const left = 60_000 - Date.now() % 60_000;
  if (left < 10_000) await sleep(left + 50);
}

const seconds = (answer, name, pattern) => {
  const found = pattern.exec(answer.headers.get(name) ?? "");
  assert.ok(found, `${name}: ${answer.headers.get(name)}`);
  return Number(found[1]);
};

test("the sixth call within a minute of a key with a rate of five is 429 and told when to come back", async () => {
  await inOneMinute();
  for (let left = 4; left >= 0; left--) {
    const answer = await world.as(keys.slow, "/v1/echo/x");
    assert.equal(answer.status, 200, await answer.text());
    assert.equal(answer.headers.get("ratelimit-policy"), '"key";q=5;w=60');
    seconds(answer, "ratelimit", new RegExp(`^"key";r=${left};t=(\\d+)$`));
    assert.ok(answer.headers.get("x-request-id"));
  }
  const received = world.echo.requests.length;
  const refused = await world.as(keys.slow, "/v1/echo/x");
  assert.equal(refused.status, 429);
  assert.equal((await refused.json()).error, "too_many_requests");
  const wait = seconds(refused, "retry-after", /^(\d+)$/);
  assert.ok(wait >= 1 && wait <= 60, `${wait}`);
  assert.equal(seconds(refused, "ratelimit", /^"key";r=0;t=(\d+)$/), wait);
  assert.equal(refused.headers.get("ratelimit-policy"), '"key";q=5;w=60');
  assert.equal(world.echo.requests.length, received, "the service is spared");
});

test("a key that has spent its budget is 402, and the origin learns of each call once", async () => {
  for (let call = 0; call < 3; call++) {
    const answer = await world.as(keys.poor, "/v1/echo/x");
    assert.equal(answer.status, 200, await answer.text());
    assert.equal(answer.headers.get("ratelimit"), null, "it has no rate");
  }
  const refused = await world.as(keys.poor, "/v1/echo/x");
  assert.equal(refused.status, 402);
  const { error, message, user } = await refused.json();
  assert.deepEqual([error, typeof message, user], ["insufficient_balance", "string", "hanzo/bob"]);
  assert.equal(refused.headers.get("retry-after"), null);

  const spent = async () =>
    (await (await world.as(world.key(), "/v1/iam/keys/hanzo/poor")).json()).spend.total;
  // Any request of the isolate takes the report along, once that is due.
  const until = Date.now() + 15_000;
  while (await spent() === 0 && Date.now() < until) await sleep(250);
  assert.equal(await spent(), 3);
  await sleep(3000);
  assert.equal((await world.as(keys.poor, "/v1/echo/x")).status, 402);
  assert.equal(await spent(), 3, "not twice");
});

/** How many calls there are before the first 429, and that answer. */
async function untilRefused(call) {
  for (let admitted = 0; admitted < 20; admitted++) {
    const answer = await call();
    if (answer.status === 429) return [admitted, answer];
    assert.equal(answer.status, 200, await answer.text());
    await sleep(20); // the limiter is asked behind the response
  }
  throw new Error("not refused");
}

test("an anonymous network that is too much for the location is refused, and no other", async () => {
  await inOneMinute();
  const from = (address) =>
    world.fetch("/v1/echo/public/x", { headers: { "cf-connecting-ip": address } });
  const [admitted, refused] = await untilRefused(() => from("192.0.2.1"));
  assert.ok(admitted >= 3 && admitted < 1000, `${admitted}`);
  assert.equal(refused.headers.get("ratelimit-policy"), '"address";q=1000;w=60');
  const wait = seconds(refused, "retry-after", /^(\d+)$/);
  assert.ok(wait <= 60, `${wait}`);
  assert.equal((await from("192.0.2.2")).status, 200);
});

test("so is a user with whichever token, and no other", async () => {
  await inOneMinute();
  const [one, other] = [await world.tokens("alice"), await world.tokens("alice")];
  const [admitted, refused] =
    await untilRefused(() => world.as(one.access_token, "/v1/echo/x"));
  assert.ok(admitted >= 3, `${admitted}`);
  assert.equal(refused.headers.get("ratelimit-policy"), '"user";q=1000;w=60');
  assert.equal((await world.as(other.access_token, "/v1/echo/x")).status, 429);
  const bob = await world.tokens("bob");
  assert.equal((await world.as(bob.access_token, "/v1/echo/x")).status, 200);
});
