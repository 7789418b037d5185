// Two D1 databases under the real workers: organizations in both, one edge over both revocation feeds, and the
// move of an organization from one to the other while people, programs and administrators go on working.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { ROOT } from "../../scripts/local/pair.mjs";
import { claimsOf, json, startWorld } from "../support/world.mjs";

/** The bound of the project, in milliseconds. */
const BOUND = 5_000;

let world;
before(async () => {
  world = await startWorld({ databases: 2 });
  // The schedule makes the new database one of two, and copies to it what each has.
  await world.pair.scheduled();
});
after(() => world.close());

/** Runs the operator's command; returns the state that it reported last. */
async function move(organization, database) {
  const { stdout } = await promisify(execFile)(
    join(ROOT, "scripts/move"), [organization, String(database), world.base],
    { env: { ...process.env, IAM_KEY: world.key("admin") } });
  return JSON.parse(stdout.trim().split("\n").at(-1));
}

async function count(number, from) {
  const database = await world.pair.database(number);
  return database.prepare(`SELECT count(*) AS count FROM ${from}`).first("count");
}

const call = async (credential) => (await world.as(credential, "/v1/echo/x")).status;

/** Waits until a service answers `wanted` to the credential; returns how long that took. */
async function until(credential, wanted) {
  const start = performance.now();
  let status;
  do status = await call(credential); while (status !== wanted && performance.now() - start < BOUND);
  assert.equal(status, wanted, `after ${Math.round(performance.now() - start)} ms`);
  return performance.now() - start;
}

/** The number of the database that issued a token: six bits of its `seq` (`core::revocation::Sequence`). */
const issuedIn = (token) => Number((BigInt(claimsOf(token).seq) >> 34n) & 63n);

test("an organization moves to the second database, and people of both sign in", async () => {
  const before = await world.tokens("dave", "acme-cloud");
  const moved = await move("acme", 1);
  assert.deepEqual([moved.state, moved.organization ?? "acme"], ["done", "acme"], JSON.stringify(moved));
  assert.deepEqual([await count(0, "users WHERE owner = 'acme'"), await count(1, "users WHERE owner = 'acme'")], [0, 3]);

  const [acme, hanzo] = [await world.tokens("dave", "acme-cloud"), await world.tokens("alice")];
  assert.deepEqual([issuedIn(acme.access_token), issuedIn(hanzo.access_token)], [1, 0]);
  await until(acme.access_token, 200);
  await until(hanzo.access_token, 200);
  await until(before.access_token, 200);
  await until(world.key("acme"), 200);
  // In a browser too: the session and its code are in the second database.
  const portal = await world.code("erin", "acme-portal");
  assert.equal((await world.redeem(portal, "acme-portal")).status, 200);
  assert.equal(await count(1, "sessions"), 1);
});

test("a revocation in either database reaches the edge within the bound", async () => {
  const of = {
    0: await world.tokens("bob"), // hanzo
    1: await world.tokens("erin", "acme-cloud"),
  };
  for (const { access_token } of Object.values(of)) await until(access_token, 200);
  await world.administer("PUT", "users/acme/erin", { isForbidden: true });
  await until(of[1].access_token, 401);
  assert.equal(await call(of[0].access_token), 200);
  await world.administer("PUT", "users/hanzo/bob", { isForbidden: true });
  await until(of[0].access_token, 401);
  // What concerns every database: an application that is disabled in one is revoked in the other's feed.
  const { access_token } = await world.tokens("dave", "acme-cloud");
  await until(access_token, 200);
  await world.administer("PUT", "applications/admin/acme-cloud", { isDisabled: true });
  await until(access_token, 401);
  await world.administer("PUT", "applications/admin/acme-cloud", { isDisabled: false });
});

test("an organization moves under traffic, and no acknowledged write is lost", async (t) => {
  const people = ["hanna", "hugo", "heidi"];
  await world.add({ users: people.map((name) => (
    { owner: "hanzo", name, email: `${name}@hanzo.example`, password: "a long password of the tests" })) });
  const old = { tokens: await world.tokens("alice"), key: world.key(), machine: await world.machineTokens() };
  const signedIn = await world.code("carol");
  for (const credential of [old.tokens.access_token, old.key, old.machine.access_token]) await until(credential, 200);

  const traffic = new Traffic();
  traffic.run("sign-in", async (n) => {
    const answer = await world.token({
      grant_type: "password", username: people[n % 3], password: "a long password of the tests", scope: "openid offline_access",
    });
    return accepted(answer.status, answer) && { refresh: answer.refresh_token, access: answer.access_token };
  });
  let family = (await world.tokens("hanna")).refresh_token;
  traffic.run("refresh", async () => {
    const answer = await world.token({ grant_type: "refresh_token", refresh_token: family });
    if (!accepted(answer.status, answer)) return false;
    family = answer.refresh_token;
    return { access: answer.access_token };
  });
  traffic.run("user", async (n) => {
    const name = `made-${n}`;
    const answer = await world.send(old.key, "POST", "/v1/iam/users", { owner: "hanzo", name });
    return accepted(answer.status, await json(answer)) && { name };
  });
  traffic.run("key", async (n) => {
    const answer = await world.send(old.key, "POST", "/v1/iam/keys", { owner: "hanzo", name: `key-${n}`, type: "Organization" });
    const body = await json(answer);
    return accepted(answer.status, body) && { id: body.id, name: body.name, text: body.accessSecret };
  });
  traffic.run("revocation", async (n) => {
    const key = n % 2 ? undefined : traffic.done.get("key").find(({ revoked }) => !revoked);
    if (!key) return undefined;
    const answer = await world.as(old.key, `/v1/iam/keys/hanzo/${key.name}`, { method: "DELETE" });
    if (!accepted(answer.status, await json(answer))) return false;
    key.revoked = true;
    return { id: key.id };
  });
  traffic.run("reader", async () => {
    // Reads are not interrupted.
    const answer = await world.as(old.key, "/v1/iam/users/hanzo/alice");
    assert.equal(answer.status, 200, await answer.text());
    assert.equal(await call(old.key), 200);
    return {};
  });
  traffic.run("others", async (n) => {
    const body = { owner: "acme", name: `other-${n}` };
    const answer = await world.send(world.key("acme"), "POST", "/v1/iam/users", body);
    assert.equal(answer.status, 200, await answer.text());
    return body;
  });
  await sleep(1_500);
  const moved = await move("hanzo", 1);
  assert.equal(moved.state, "done");
  await sleep(1_500);
  await traffic.stop();
  t.diagnostic(traffic.told());

  for (const kind of ["sign-in", "refresh", "user", "key", "revocation", "reader", "others"]) {
    assert.ok(traffic.done.get(kind).length > 3, `${kind}: ${traffic.told()}`);
  }
  assert.ok(traffic.waited.get("user") > 0, `writes waited: ${traffic.told()}`);
  assert.equal(traffic.waited.get("reader") + traffic.waited.get("others"), 0, traffic.told());

  // Every acknowledged write is there, in the new database only.
  const second = await world.pair.database(1);
  const all = async (sql) => (await second.prepare(sql).all()).results;
  const users = new Set((await all("SELECT name FROM users WHERE owner = 'hanzo'")).map(({ name }) => name));
  for (const { name } of traffic.done.get("user")) assert.ok(users.has(name), name);
  const keys = new Map((await all("SELECT id, state FROM keys WHERE owner = 'hanzo'")).map(({ id, state }) => [id, state]));
  for (const { id, revoked } of traffic.done.get("key")) {
    assert.equal(keys.get(id), revoked ? "Revoked" : "Active", id);
  }
  for (const table of ["users", "keys", "teams", "roles"]) {
    assert.equal(await count(0, `${table} WHERE owner = 'hanzo'`), 0, table);
  }
  assert.deepEqual(await all("PRAGMA foreign_key_check"), []);

  // Credentials of the time before, during and after the move.
  for (const { text, revoked } of traffic.done.get("key")) await until(text, revoked ? 401 : 200);
  const { access, refresh } = traffic.done.get("sign-in")[0];
  for (const credential of [old.key, old.tokens.access_token, old.machine.access_token, access]) {
    await until(credential, 200);
  }
  for (const refresh_token of [old.tokens.refresh_token, refresh, family]) {
    const answer = await world.token({ grant_type: "refresh_token", refresh_token });
    assert.equal(answer.status, 200, JSON.stringify(answer));
    assert.equal(issuedIn(answer.access_token), 1);
    await until(answer.access_token, 200);
  }
  assert.equal((await world.redeem(signedIn)).status, 200, "a code of the old database");
  // A session of the old database, and a token of it that is revoked in the new one.
  const whoami = await world.fetch("/v1/iam/whoami", { headers: { cookie: signedIn.cookie } });
  assert.equal((await json(whoami)).status, "ok");
  await world.revoke(access);
  await until(access, 401);
  await world.administer("PUT", "users/hanzo/alice", { isForbidden: true });
  await until(old.tokens.access_token, 401);
  await until(old.key, 401);
});

/** Whether a write was made; `false`: it has to wait for the move. */
function accepted(status, body) {
  if (status === 503) return false;
  assert.equal(status, 200, JSON.stringify(body));
  return true;
}

/** Clients that go on with one kind of request each. `done` has what was acknowledged, `waited` how often 503 was. */
class Traffic {
  done = new Map();
  waited = new Map();
  #running = [];
  #stopped = false;

  run(kind, request) {
    this.done.set(kind, []);
    this.waited.set(kind, 0);
    const loop = async () => {
      for (let n = 0; !this.#stopped; n++) {
        const result = await request(n);
        if (result) this.done.get(kind).push(result);
        if (result === false) this.waited.set(kind, this.waited.get(kind) + 1);
        await sleep(100);
      }
    };
    this.#running.push(loop().catch((error) => {
      throw Object.assign(error, { message: `${kind}: ${error.message}` });
    }));
    this.#running.at(-1).catch(() => {}); // `stop` reports it
  }

  async stop() {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  told() {
    return [...this.done].map(([kind, done]) => `${kind} ${done.length} done, ${this.waited.get(kind)} waited`).join("; ");
  }
}
