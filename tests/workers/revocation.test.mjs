// Revocation as several isolates see it that share nothing but the origin, under traffic.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startFleet } from "../support/fleet.mjs";
import { BOUND, measure, rotate, told } from "../support/revocations.mjs";

let fleet, measured, rotated;
before(async () => {
  fleet = await startFleet();
  [measured, rotated] = await Promise.all([measure(fleet), rotate(fleet)]);
});
after(() => fleet?.close());

test("every edge refuses what is revoked, of each kind, within five seconds", (t) => {
  for (const line of told(measured.samples)) t.diagnostic(line);
  for (const { kind, edge, ms, arrived, statuses, refused } of measured.samples) {
    const where = `${kind} at ${edge}: ${JSON.stringify({ ms, arrived, statuses })}`;
    assert.ok(statuses[200] > 0, `never granted: ${where}`);
    assert.ok(refused && statuses[401] > 0, `never refused: ${where}`);
    assert.deepEqual(Object.keys(statuses), ["200", "401"], where);
    assert.ok(ms <= BOUND, `too long: ${where}`);
  }
});

test("when a signing key was dropped, every edge grants the tokens of the next one at once", () => {
  assert.equal(measured.successors.length, fleet.edges.length);
  for (const { edge, statuses } of measured.successors) {
    assert.deepEqual(Object.keys(statuses), ["200"], `${edge}: ${JSON.stringify(statuses)}`);
  }
});

test("a rotation of the signing keys under traffic causes no refused request", () => {
  assert.notEqual(rotated.old, rotated.successor);
  assert.equal(rotated.signedBy.at(-1), rotated.successor, "the new key signs");
  assert.ok(rotated.edges.every(({ statuses }) => statuses[200] > 0));
  for (const { edge, statuses } of rotated.edges) {
    assert.deepEqual(Object.keys(statuses), ["200"], `${edge}: ${JSON.stringify(statuses)}`);
  }
});
