// The credentials that customers and operators make for themselves, on the real workers: the account's own
// keys, agents, sessions and tokens.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { json, startWorld } from "../support/world.mjs";

let world, admin;
before(async () => {
  world = await startWorld();
  admin = (await world.tokens("alice")).access_token;
});
after(() => world.close());

const call = (key, path = "/v1/echo/x", init) => world.as(key, path, init);

async function sent(credential, method, path, body) {
  const answer = await world.send(credential, method, path, body);
  return { status: answer.status, ...(await json(answer)) };
}

/** Waits until `ask` answers `wanted`, within the bound of the project's revocations. */
async function within(ask, wanted) {
  const deadline = Date.now() + 5000;
  let status;
  do ({ status } = await ask()); while (status !== wanted && Date.now() < deadline);
  assert.equal(status, wanted);
}

test("a customer's key is made, used at a service and ended by its id", async () => {
  const key = await sent(admin, "POST", "/v1/account/keys", { name: "ci", limit: ["product:echo"] });
  assert.equal(key.status === "active" || key.status === 200, true, JSON.stringify(key));
  assert.match(key.key, /^hk-/);
  assert.equal((await call(key.key)).status, 200);
  const { keys } = await (await world.as(admin, "/v1/account/keys")).json();
  // The demo made alice a key in the same second, perhaps: the order of the two is that of their ids.
  assert.equal(keys.find(({ id }) => id === key.id)?.name, "ci", JSON.stringify(keys));
  assert.equal((await world.as(admin, `/v1/account/keys/${key.id}`, { method: "DELETE" })).status, 200);
  await within(() => call(key.key), 401);
});

test("an agent's key works at services while its person is not disabled", async () => {
  const person = await sent(admin, "POST", "/v1/iam/users", { name: "sponsor", isAdmin: true });
  assert.equal(person.name, "sponsor", JSON.stringify(person));
  const agent = await sent(admin, "POST", "/v1/iam/service-accounts", {
    organization: "hanzo", name: "builder", user: "sponsor",
  });
  const key = agent.data.accessSecret;
  assert.equal((await call(key)).status, 200);
  const next = await sent(admin, "POST", "/v1/iam/service-accounts/hanzo-builder/keys", { overlap: 60 });
  assert.equal((await call(next.data.accessSecret)).status, 200);
  assert.equal((await call(key)).status, 200);
  await sent(admin, "PUT", "/v1/iam/users/hanzo/sponsor", { isForbidden: true });
  await within(() => call(key), 401);
  await within(() => call(next.data.accessSecret), 401);
  await sent(admin, "PUT", "/v1/iam/users/hanzo/sponsor", { isForbidden: false });
  await within(() => call(key), 200);
  await within(() => call(next.data.accessSecret), 200);
});

test("a token that is deleted by an administrator dies at the edge", async () => {
  const { access_token: token } = await world.tokens("bob");
  assert.equal((await call(token)).status, 200);
  const { tokens } = await (await world.as(admin, "/v1/iam/tokens?user=bob")).json();
  assert.ok(tokens.length > 0 && !JSON.stringify(tokens).includes(token));
  for (const { id } of tokens) {
    assert.equal((await world.as(admin, `/v1/iam/tokens/hanzo/${id}`, { method: "DELETE" })).status, 200);
  }
  await within(() => call(token), 401);
});
