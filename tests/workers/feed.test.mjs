// The revocation feed on the real database: what each change appends, and what becomes of a
// database that is restored from a backup. Which tokens die of it is tested natively.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { callOrigin } from "../../scripts/local/pair.mjs";
import { startWorld } from "../support/world.mjs";

const FOREVER = 0xffffffff;

let world, root;
before(async () => {
  world = await startWorld();
  root = world.key("admin");
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
  for (let at = 17; at < bytes.length; at += 16) {
    entries.push({
      subject: bytes.subarray(at, at + 8).toString("hex"),
      through: bytes.readUInt32BE(at + 8),
      until: bytes.readUInt32BE(at + 12),
    });
  }
  const [epochOfPage, next] = [bytes.readBigUInt64BE(0), bytes.readBigUInt64BE(8)].map(Number);
  return { epoch: epochOfPage, next, more: bytes[16] === 1, entries };
}

const fingerprint = (kind, id) =>
  createHash("sha256").update(`${kind}:${id}`).digest("hex").slice(0, 16);

async function change(method, path, body) {
  const answer = await world.send(root, method, `/v1/iam/${path}`, body);
  assert.equal(answer.status, 200, `${path}: ${await answer.clone().text()}`);
  return answer.json();
}

const claims = ({ access_token }) =>
  JSON.parse(Buffer.from(access_token.split(".")[1], "base64url"));

test("every kind of revocation is appended and copied to KV", async () => {
  const start = await page(0, 0);
  const tokens = await world.tokens("bob");
  const { sub, gid } = claims(tokens);
  const revoked = await world.fetch("/v1/iam/oauth/revoke", {
    method: "POST",
    headers: { authorization: world.basic() },
    body: new URLSearchParams({ token: tokens.refresh_token }),
  });
  assert.equal(revoked.status, 200, await revoked.clone().text());
  await change("PUT", "users/hanzo/bob", { isForbidden: true });
  await change("PUT", "users/hanzo/bob", { isForbidden: false });
  const key = await change("POST", "keys", { owner: "hanzo", name: "k", type: "Organization" });
  await change("PUT", "keys/hanzo/k", { state: "Disabled" });
  await change("DELETE", "keys/hanzo/k");
  await change("PUT", "applications/admin/hanzo-app", { isDisabled: true });
  await change("PUT", "applications/admin/hanzo-app", { isDisabled: false });
  await change("POST", "organizations", { name: "side" });
  await change("PUT", "organizations/admin/side", { isDisabled: true });
  await change("DELETE", "organizations/admin/side");
  const { signingKeys } = await change("GET", "signing-keys");
  const [{ kid }] = signingKeys.filter(({ algorithm }) => algorithm === "RS256");
  await change("DELETE", `signing-keys/${kid}`);

  const now = await page(start.epoch, start.next);
  const expected = [
    ["grant", gid], ["user", sub], ["key", key.id], ["key", key.id], ["application", "hanzo-app"],
    ["organization", "side"], ["organization", "side"], ["signing-key", kid],
  ].map(([kind, id]) => fingerprint(kind, id));
  assert.deepEqual(now.entries.map(({ subject }) => subject), expected);
  const forGood = now.entries.map(({ through }) => through === FOREVER);
  assert.deepEqual(forGood, [true, false, false, true, false, false, false, true]);
  assert.equal(now.next, start.next + expected.length);
  const snapshots = await world.pair.snapshots();
  const { keys } = await snapshots.list({ prefix: "revocation:" });
  assert.equal(keys.length, expected.length);
  const head = JSON.parse(await snapshots.get("revocations"));
  assert.deepEqual([head.epoch, head.seq], [now.epoch, now.next]);
});

test("a token of the very second in which the account was ended before is good", async () => {
  await change("PUT", "users/hanzo/bob", { isForbidden: true });
  await change("PUT", "users/hanzo/bob", { isForbidden: false });
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
