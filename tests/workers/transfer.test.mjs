// An organization moves from one deployment to another one: export, import, export again, over D1.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startWorld } from "../support/world.mjs";

const PATH = "organizations/admin/lamp";

let first, second;
before(async () => {
  first = await startWorld();
  // A key has a MAC under the root key: it works where that is the same.
  second = await startWorld({ rootKey: first.pair.rootKey });
});
after(async () => { await first?.close(); await second?.close(); });

async function lines(world) {
  const answer = await world.fetch(`/v1/iam/${PATH}/export?secrets=true&limit=500`, {
    headers: { authorization: `Bearer ${world.key("admin")}` },
  });
  assert.equal(answer.status, 200);
  return (await answer.text()).trimEnd().split("\n").map((line) => JSON.parse(line));
}

test("an organization with agents, keys, invitations and webhooks is the same in another deployment", async () => {
  const make = (path, body) => first.administer("POST", path, body);
  await make("organizations", { name: "lamp", displayName: "Lamp" });
  await make("users", { owner: "lamp", name: "ada", isAdmin: true, password: "a long enough password" });
  const account = { organization: "lamp", name: "bot", user: "ada" };
  const { data: agent } = await make("service-accounts", account);
  await make("teams", { owner: "lamp", name: "bots", users: ["lamp/lamp-bot"] });
  await make("invitations", { owner: "lamp", name: "guests", quota: 3 });
  await make("webhooks", { owner: "lamp", name: "audit", url: "https://hooks.lamp.example/in" });

  const exported = await lines(first);
  const answer = await second.fetch(`/v1/iam/${PATH}/import`, {
    method: "POST", body: exported.map((line) => JSON.stringify(line)).join("\n"),
    headers: { authorization: `Bearer ${second.key("admin")}`, "content-type": "application/x-ndjson" },
  });
  const report = await answer.json();
  assert.equal(report.refused, 0, JSON.stringify(report));
  const again = await lines(second);
  delete exported[0].exported;
  delete again[0].exported;
  assert.deepEqual(again, exported);
  // The agent's key works there, for the same account.
  const whoami = async (world) => {
    const answer = await world.fetch("/v1/iam/whoami", { headers: { authorization: `Bearer ${agent.accessSecret}` } });
    assert.equal(answer.status, 200);
    return answer.json();
  };
  assert.deepEqual(await whoami(second), await whoami(first));
});
