// Calls that need permission (a route's `requires`): the edge decides by the policy that the origin publishes,
// and a changed role or permission is in force within the revocation bound.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ANSWERING, json, startWorld } from "../support/world.mjs";

const BOUND = 5_000; // milliseconds: docs/ARCHITECTURE.md, revocation
const MODEL = "/v1/answer/models/zen5";
const requires = [
  { path: "/models/*", methods: ["GET"], action: "models:read" },
  { path: "/models/*", methods: ["POST"], action: "models:write" },
];

let world, admin, bob;
before(async () => {
  const [route] = ANSWERING.routes;
  world = await startWorld({ ...ANSWERING, routes: [{ ...route, requires }] });
  admin = (await world.tokens("alice")).access_token;
  bob = (await world.tokens("bob")).access_token;
});
after(() => world.close());

const status = async (credential, method = "GET", path = MODEL) =>
  (await world.as(credential, path, { method })).status;

/** A change of the directory by the organization's administrator, which must succeed. */
async function change(method, path, body) {
  const answer = await world.send(admin, method, `/v1/iam/${path}`, body);
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
  return json(answer);
}

/** Waits until `ask` returns `wanted`, no longer than the bound. */
async function within(ask, wanted) {
  const deadline = Date.now() + BOUND;
  let found;
  do found = await ask(); while (found !== wanted && Date.now() < deadline);
  assert.equal(found, wanted);
}

test("a call without the permission is refused, and one that requires nothing is not", async () => {
  assert.equal(await status(bob), 403);
  assert.equal(await status(bob, "GET", "/v1/answer/other"), 200);
  assert.equal(await status(undefined), 401);
});

test("a granted role opens exactly its action, by token and by key", async () => {
  await change("POST", "roles", { name: "reader", users: ["hanzo/bob"] });
  await change("POST", "permissions", {
    name: "read-models", resourceType: "path", resources: ["/v1/answer/models/*"], actions: ["models:read"],
    effect: "Allow", roles: ["hanzo/reader"],
  });
  await within(() => status(bob), 200);
  assert.equal(await status(bob, "POST"), 403);
  const { key } = await json(await world.send(bob, "POST", "/v1/account/keys", { name: "ci", limit: ["product:answer"] }));
  assert.match(key, /^hk-/);
  assert.equal(await status(key), 200);
  assert.equal(await status(key, "POST"), 403);
});

test("a Deny takes precedence over the role, and its removal restores what was allowed", async () => {
  await change("POST", "permissions", {
    name: "no-zen5", resourceType: "path", resources: [MODEL], actions: ["models:read"], effect: "Deny",
    users: ["hanzo/bob"],
  });
  await within(() => status(bob), 403);
  await within(() => status(bob, "GET", "/v1/answer/models/other"), 200);
  await change("DELETE", "permissions/hanzo/no-zen5");
  await within(() => status(bob), 200);
});

test("a role that is taken away closes the call within the bound", async () => {
  await change("PATCH", "roles/hanzo/reader", { users: [] });
  await within(() => status(bob), 403);
});

test("a path in another spelling needs the same permission", async () => {
  for (const path of [
    "/v1/answer/models%2Fzen5", "/v1/answer//models/zen5", "/v1/answer/x/../models/zen5", "/v1/answer/./models/zen5",
    "/v1/answer/MODELS/../models/zen5", "/v1/answer/%6dodels/zen5",
  ]) {
    const found = await status(bob, "GET", path);
    assert.ok([400, 403, 404].includes(found), `${path}: ${found}`);
  }
});
