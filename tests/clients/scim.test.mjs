// SCIM as PyPI `scim-sanity` and `scim2-tester` probe it: unchanged, in an environment of their own
// (`.tools/scim`). A finding that is not listed fails, and so does a listed one that is not found any more.
import { execFile, spawnSync } from "node:child_process";
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { ROOT, ratelimit } from "../../scripts/local/pair.mjs";
import { skip } from "../support/skip.mjs";
import { startWorld } from "../support/world.mjs";

const bin = `${ROOT}/.tools/scim/bin`;
const usable = existsSync(`${bin}/scim-sanity`)
  && spawnSync(`${bin}/python`, ["-c", "import scim2_tester, httpx2"]).status === 0;
const WHY = "SKIPPED: NO SCIM PROBERS. Python 3 with venv (and PyPI) is needed to probe SCIM.";

/** Milliseconds in which a prober must end, however busy the machine is. */
const BOUND = 240_000;

let world;
before(async () => {
  if (!usable) return;
  world = await startWorld({ edge: { ratelimits: { // the limits have tests of their own
    LIMIT_KEYS: ratelimit("1001", 1_000_000), LIMIT_USERS: ratelimit("1002", 1_000_000),
    LIMIT_ADDRESSES: ratelimit("1003", 1_000_000),
  } } });
});
after(() => world?.close());

/** What `scim-sanity` is wrong about, with the RFC. */
const EXPECTED = {
  // It adds a member whose id it made up. RFC 7643 §4.2: the `value` of a member is the id of a resource.
  "PATCH /Groups/{id} add member": "Expected 200, got 400",
};

test("scim-sanity finds nothing in its strict mode, but that a member must exist", async (t) => {
  if (!usable) return skip(t, WHY);
  const { stdout, stderr } = await promisify(execFile)(`${bin}/scim-sanity`, [
    "probe", `${world.base}/v1/iam/scim/v2`, "--token", world.key(), "--strict", "--json-output",
    "--i-accept-side-effects",
  ], { timeout: BOUND, maxBuffer: 1 << 24 }).catch((error) => error);
  assert.match(stdout ?? "", /^\s*\{/, `${stdout}\n${stderr}`);
  const { results } = JSON.parse(stdout);
  const found = results.filter(({ status }) => !["pass", "skip"].includes(status));
  assert.deepEqual(Object.fromEntries(found.map(({ name, message }) => [name, message])), EXPECTED);
  // Agents and their applications are an extension that the service does not have.
  const skipped = results.filter(({ status, name }) => status === "skip" && !/Agent/.test(name));
  assert.deepEqual(skipped, []);
  assert.ok(results.filter(({ status }) => status === "pass").length >= 25, stdout);
});

test("scim2-tester finds nothing, but what is listed in scim.py", async (t) => {
  if (!usable) return skip(t, WHY);
  const demo = JSON.stringify({ base: world.base, key: world.key() });
  const { stdout, stderr } = await promisify(execFile)(`${bin}/python`, [
    `${ROOT}/tests/clients/python/scim.py`,
  ], { env: { ...process.env, DEMO: demo }, timeout: BOUND, maxBuffer: 1 << 26 }).catch((error) => error);
  assert.equal(stdout, "", `${stdout}\n${stderr}`);
  const made = Number(/(\d+) checks/.exec(stderr)?.[1]);
  assert.ok(made >= 120, stderr);
});
