// The revocation feed on the real database: what each change appends, and what becomes of a
// database that is restored from a backup. Which tokens die of it is tested natively.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { callOrigin } from "../../scripts/local/pair.mjs";
import { claimsOf, startWorld } from "../support/world.mjs";

let world;
before(async () => {
  world = await startWorld();
});
after(() => world.close());

/** A page of the feed (`src/core/revocation/page.rs`). */
async function page(epoch, after) {
  const path = `/internal/revocations?epoch=${epoch}&after=${after}`;
  const answer = await callOrigin(world.pair, "GET", path);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), "application/octet-stream");
  const bytes = Buffer.from(await answer.arrayBuffer());
  const entries = [];
  assert.equal(bytes[0], 2, "the format");
  for (let at = 18; at < bytes.length; at += 20) {
    entries.push({
      subject: bytes.subarray(at, at + 8).toString("hex"),
      sequence: Number(bytes.readBigUInt64BE(at + 8)),
      until: bytes.readUInt32BE(at + 16) * 60,
    });
  }
  const [epochOfPage, next] = [bytes.readBigUInt64BE(1), bytes.readBigUInt64BE(9)].map(Number);
  return { epoch: epochOfPage, next, more: bytes[17] === 1, entries };
}

const fingerprint = (kind, id) =>
  createHash("sha256").update(`${kind}:${id}`).digest("hex").slice(0, 16);

test("every kind of revocation is appended and copied to KV", async () => {
  const start = await page(0, 0);
  const tokens = await world.tokens("bob");
  const { sub, gid } = claimsOf(tokens.access_token);
  await world.revoke(tokens.refresh_token);
  await world.administer("PUT", "users/hanzo/bob", { isForbidden: true });
  await world.administer("PUT", "users/hanzo/bob", { isForbidden: false });
  const key = await world.administer("POST", "keys", { owner: "hanzo", name: "k", type: "Organization" });
  await world.administer("PUT", "keys/hanzo/k", { state: "Disabled" });
  await world.administer("DELETE", "keys/hanzo/k");
  await world.administer("PUT", "applications/admin/hanzo-app", { isDisabled: true });
  await world.administer("PUT", "applications/admin/hanzo-app", { isDisabled: false });
  await world.administer("POST", "organizations", { name: "side" });
  await world.administer("PUT", "organizations/admin/side", { isDisabled: true });
  await world.administer("DELETE", "organizations/admin/side");
  const { signingKeys } = await world.administer("GET", "signing-keys");
  const [{ kid }] = signingKeys.filter(({ algorithm }) => algorithm === "RS256");
  await world.administer("DELETE", `signing-keys/${kid}`);

  const now = await page(start.epoch, start.next);
  const expected = [
    ["grant", gid], ["user", sub], ["user", sub], ["key", key.id], ["key", key.id], ["application", "hanzo-app"],
    ["organization", "side"], ["organization", "side"], ["policy", "side"], ["signing-key", kid],
  ].map(([kind, id]) => fingerprint(kind, id));
  assert.deepEqual(now.entries.map(({ subject }) => subject), expected);
  assert.deepEqual(now.entries.map(({ sequence }) => sequence), expected.map((_, i) => start.next + i + 1));
  assert.equal(now.next, start.next + expected.length);
  const snapshots = await world.pair.snapshots();
  const { keys } = await snapshots.list({ prefix: "revoked:" });
  assert.equal(keys.length, expected.length);
  const head = JSON.parse(await snapshots.get("revocation-head"));
  assert.deepEqual([head.epoch, head.seq], [now.epoch, now.next]);
});

test("a token of the very second in which the account was ended before is good", async () => {
  await world.administer("PUT", "users/hanzo/bob", { isForbidden: true });
  await world.administer("PUT", "users/hanzo/bob", { isForbidden: false });
  const { access_token } = await world.tokens("bob");
  assert.equal((await world.as(access_token, "/v1/iam/oauth/userinfo")).status, 200);
});

test("a restored backup is found by an edge that knows more, and healed once", async () => {
  const kept = await page(0, 0);
  const database = await world.pair.database();
  // A backup from before all of it.
  await database.batch([
    database.prepare("DELETE FROM revocations"),
    database.prepare("DELETE FROM sqlite_sequence WHERE name = 'revocations'"),
    database.prepare("UPDATE keys SET state = 'Active' WHERE name = 'k'"),
  ]);
  const healed = await Promise.all([page(kept.epoch, kept.next), page(kept.epoch, kept.next)]);
  for (const { epoch, entries } of healed) {
    assert.equal(epoch, kept.epoch + 1);
    const subjects = new Set(entries.map(({ subject }) => subject));
    for (const { subject } of kept.entries) assert.ok(subjects.has(subject));
    const everything = entries.filter(({ subject }) => subject === fingerprint("everything", ""));
    assert.equal(everything.length, 1);
  }
  const { state } = await database.prepare("SELECT state FROM keys WHERE name = 'k'").first();
  assert.equal(state, "Revoked");
  await world.pair.scheduled();
  assert.equal((await page(kept.epoch + 1, 0)).epoch, kept.epoch + 1);
});
