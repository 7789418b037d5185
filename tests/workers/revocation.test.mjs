// The promise: what is revoked is refused by every edge within five seconds. Four edges, each a
// process of its own, under traffic, before one origin.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { distribution, revokeUnderTraffic, startFleet } from "../support/fleet.mjs";
import { startWorld } from "../support/world.mjs";

const BOUND = 5000; // ms

let world, fleet;
before(async () => {
  world = await startWorld({ echo: { binding: "ECHO" } });
  fleet = await startFleet(world, 4);
});
after(async () => {
  await fleet?.close();
  await world.close();
});

async function measured(kinds) {
  const all = await Promise.all(kinds.map(async ([kind, credential, end]) =>
    [kind, await revokeUnderTraffic(fleet.bases, credential, end)]));
  for (const [kind, times] of all) {
    console.log(`${kind.padEnd(14)} last yes after ${times.map((ms) => `${Math.round(ms)} ms`).join(", ")}`);
  }
  console.log(`all: ${distribution(all.flatMap(([, times]) => times))}`);
  for (const [kind, each] of all) for (const ms of each) assert.ok(ms <= BOUND, `${kind}: ${ms} ms`);
}

test("a token, a grant, a key, a user, an application and an organization are refused everywhere within five seconds", async () => {
  const [one, other, bob] = [await world.tokens(), await world.tokens(), await world.tokens("bob")];
  const app = await world.redeem(await world.code("carol"));
  const made = await world.administer("POST", "keys", { owner: "hanzo", name: "short-lived", type: "Organization" });
  const key = Object.values(made).find((value) => typeof value === "string" && /^hk-\w{55}$/.test(value));
  await measured([
    ["token", one.access_token, () => world.revoke(one.access_token)],
    ["grant", other.access_token, () => world.revoke(other.refresh_token)],
    ["key", key, () => world.administer("DELETE", "keys/hanzo/short-lived")],
    ["user", bob.access_token, () => world.administer("PUT", "users/hanzo/bob", { isForbidden: true })],
    ["application", app.access_token, () => world.administer("PUT", "applications/admin/hanzo-app", { isDisabled: true })],
    ["organization", world.key("acme"), () => world.administer("PUT", "organizations/admin/acme", { isDisabled: true })],
  ]);
});

test("a token of a signing key that was dropped is refused everywhere within five seconds", async () => {
  const { access_token: token } = await world.tokens();
  const { kid } = JSON.parse(Buffer.from(token.split(".")[0], "base64url"));
  await measured([["signing key", token, () => world.administer("DELETE", `signing-keys/${kid}`)]]);
});
