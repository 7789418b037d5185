// Skipping for want of a program that the machine may lack.
import assert from "node:assert/strict";

/** Skips the test `t` loudly; on CI, which has all that is needed, the test fails. */
export function skip(t, why) {
  assert.ok(!process.env.CI, why);
  console.error(`\n\n    ${why}\n\n`);
  t.skip(why);
}
