// API keys at the edge, from creation to revocation (issue: API keys; ATTACKS F-82…F-85).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { json, raw, startWorld } from "../support/world.mjs";

let world, admin;
before(async () => {
  world = await startWorld();
  admin = (await world.tokens("alice")).access_token;
});
after(() => world.close());

const call = (key, path = "/v1/echo/x", init) => world.as(key, path, init);

async function create(body, credential = admin) {
  const answer = await world.send(credential, "POST", "/v1/iam/keys", body);
  return { status: answer.status, ...(await json(answer)) };
}

/** The full text of a key in the answer that created it. */
const textOf = (created) => created.accessSecret ?? created.key ?? created.accessKey;

test("the seed's example: curl with an hk- key lists the users of its organization", async () => {
  const answer = await call(world.key(), "/v1/iam/users");
  assert.equal(answer.status, 200);
  const { users, total } = await answer.json();
  assert.deepEqual(users.map(({ name }) => name).sort(), ["alice", "bob", "carol"]);
  assert.equal(total, 3);
  const text = JSON.stringify(users);
  assert.ok(!/argon2|password_hash|"password":"[^"*]/.test(text), "no secret in a list");
});

test("a key has the form that the issue asks for", () => {
  assert.match(world.key(), /^hk-[0-9A-Za-z]{55}$/);
});

test("a key works the moment it is created, and dies the moment it is revoked", async () => {
  const created = await create({ owner: "hanzo", name: "fresh" });
  assert.ok([200, 201].includes(created.status), JSON.stringify(created));
  const key = textOf(created);
  assert.match(key, /^hk-/);
  assert.equal((await call(key)).status, 200);

  const list = await (await world.as(admin, "/v1/iam/keys?owner=hanzo")).text();
  assert.ok(!list.includes(key), "shown once");
  assert.ok(list.includes(key.slice(-4)), "its last characters are kept");

  const gone = await world.as(admin, "/v1/iam/keys/hanzo/fresh", { method: "DELETE" });
  assert.equal(gone.status, 200);
  const deadline = Date.now() + 5000; // the bound of the project's revocations
  let status;
  do ({ status } = await call(key)); while (status !== 401 && Date.now() < deadline);
  assert.equal(status, 401);
  assert.equal((await call(key, "/v1/iam/users")).status, 401);
});

test("F-84: a key that was asked for before it existed works when it does", async () => {
  // The text of a key is known before its record: take one, remove its record everywhere, ask, and
  // put the record back.
  const created = await create({ owner: "hanzo", name: "early" });
  const key = textOf(created);
  const database = await world.pair.database();
  const { results: [row] } = await database.prepare("SELECT * FROM keys WHERE name = 'early'").all();
  const store = await world.pair.snapshots();
  const name = `key:${row.digest}`;
  const record = await store.get(name);
  assert.ok(record, "the record is published in the request that creates it");
  await store.delete(name);
  await database.prepare("DELETE FROM keys WHERE name = 'early'").run();
  assert.equal((await call(key)).status, 401);
  const columns = Object.keys(row);
  await database.prepare(
    `INSERT INTO keys (${columns}) VALUES (${columns.map(() => "?")})`).bind(...Object.values(row)).run();
  let status;
  const deadline = Date.now() + 5000;
  do ({ status } = await call(key)); while (status !== 200 && Date.now() < deadline);
  assert.equal(status, 200, "although KV may still remember the miss");
});

test("F-82: wrong form, checksum, MAC, environment: one and the same refusal", async () => {
  const key = world.key();
  const flip = (at) => key.slice(0, at) + (key[at] === "a" ? "b" : "a") + key.slice(at + 1);
  const bodies = new Set();
  for (const wrong of [
    flip(5), flip(20), flip(45), flip(57), key.slice(0, -1), `${key}0`, key.replace("hk-", "hk_"), key.toLowerCase(),
    "hk-", `hk-${"0".repeat(55)}`, `hk-${"a".repeat(5000)}`, "hk-00000000-0000-4000-8000-000000000000",
    `sk-live-${"0".repeat(32)}`, `pk-test-${"0".repeat(32)}`,
  ]) {
    const answer = await call(wrong);
    assert.equal(answer.status, 401, wrong.slice(0, 30));
    bodies.add(await answer.text());
  }
  assert.equal(bodies.size, 1);
  // Homoglyphs cannot stand in a header as text; as bytes they are refused too.
  const bytes = await raw(world.base, `GET /v1/echo/x HTTP/1.1\r\nHost: ${new URL(world.base).host}\r\nAuthorization: Bearer ${key.slice(0, -1)}\xd0\xb0\r\n\r\n`);
  assert.ok([400, 401].includes(bytes.status));
});

test("F-83: a key in a URL is refused with 400, and its exposure recorded", async () => {
  const created = await create({ owner: "hanzo", name: "exposed" });
  const key = textOf(created);
  for (const path of [`/v1/echo/x?key=${key}`, `/v1/echo/x?api_key=${key}&a=1`, `/v1/iam/users?access_token=${key}`]) {
    const answer = await world.fetch(path);
    assert.equal(answer.status, 400, path.slice(0, 30));
    assert.ok(!(await answer.text()).includes(key));
  }
  const database = await world.pair.database();
  let exposed;
  const deadline = Date.now() + 3000;
  do {
    exposed = await database.prepare("SELECT exposed_at FROM keys WHERE name = 'exposed'").first("exposed_at");
  } while (!exposed && Date.now() < deadline);
  assert.ok(exposed);
});

test("F-83: a key in a cookie is refused with 400", async () => {
  const answer = await world.fetch("/v1/echo/x", { headers: { cookie: `hanzo_token=${world.key()}` } });
  assert.equal(answer.status, 400);
});

test("a read-only key may read, and not write", async () => {
  const key = textOf(await create({ owner: "hanzo", name: "reader", scope: "read:*" }));
  assert.equal((await call(key)).status, 200);
  assert.equal((await call(key, "/v1/iam/users")).status, 200);
  assert.equal((await call(key, "/v1/echo/x", { method: "POST", body: "x" })).status, 403);
  const made = await world.send(key, "POST", "/v1/iam/keys", { owner: "hanzo", name: "beyond" });
  assert.equal(made.status, 403);
});

test("a publishable key may call what is public, and nothing else", async () => {
  const created = await create({ owner: "hanzo", name: "public", scope: "publish" });
  const key = textOf(created);
  assert.equal((await call(key, "/v1/echo/public/x")).status, 200);
  assert.equal((await call(key)).status, 403);
  assert.ok([401, 403].includes((await call(key, "/v1/iam/users")).status));
});

test("F-85: a key of one organization reaches nothing of another", async () => {
  const key = world.key();
  for (const path of ["/v1/iam/users?owner=acme", "/v1/iam/users/acme/dave", "/v1/iam/keys?owner=acme", "/v1/iam/organizations/admin/acme"]) {
    const answer = await call(key, path);
    assert.ok([403, 404].includes(answer.status), `${path}: ${answer.status}`);
  }
  const made = await world.send(key, "POST", "/v1/iam/keys", { owner: "acme", name: "foreign" });
  assert.equal(made.status, 403);
});

test("the resolver endpoints answer", async () => {
  const key = world.key();
  const answer = await world.fetch(`/v1/iam/keys/principal?accessKey=${key}`, { headers: { authorization: world.basic() } });
  assert.equal(answer.status, 200);
  const { status, data } = await answer.json();
  assert.equal(status, "ok");
  assert.equal(data.owner, "hanzo");
  assert.equal(data.name, "alice");
  const unknown = await world.fetch("/v1/iam/keys/principal?accessKey=hk-nothing", { headers: { authorization: world.basic() } });
  const body = await unknown.json();
  assert.equal(body.status, "error");
  assert.equal(body.code, "key_unknown");
});

test("userinfo takes a key", async () => {
  const answer = await call(world.key(), "/v1/iam/oauth/userinfo");
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get("content-type"), /json/);
  const { owner, sub } = await answer.json();
  assert.equal(owner, "hanzo");
  assert.ok(sub);
});
