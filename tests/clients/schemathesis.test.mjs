// The OpenAPI document is valid (`openapi-spec-validator`) and true (`schemathesis`, both of PyPI): every
// operation is called on the real workers with values that the document allows and values that it forbids.
// No response is a server error, and each has a status, headers, content type and body that the document
// declares. No operation is left out.
import { execFile, spawnSync } from "node:child_process";
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { ROOT, ratelimit } from "../../scripts/local/pair.mjs";
import { skip } from "../support/skip.mjs";
import { startWorld } from "../support/world.mjs";

const command = `${ROOT}/.venv/bin/schemathesis`;
const validator = `${ROOT}/.venv/bin/openapi-spec-validator`;
const usable = [command, validator].every((path) => existsSync(path) && spawnSync(path, ["--version"]).status === 0);

const WHY = "SKIPPED: NO SCHEMATHESIS. Python 3 with venv (and PyPI) is needed to test the OpenAPI document.";

/** Where schemathesis finds schemathesis_hooks.py. */
const hooks = { SCHEMATHESIS_HOOKS: "schemathesis_hooks", PYTHONPATH: `${ROOT}/tests/clients/python` };

/** Milliseconds in which a run must end, however busy the machine is: alone on two cores it takes a third. */
const BOUND = 400_000;

/** Cases of an operation beside those of its examples and its boundaries. */
const CASES = 5;

const CHECKS = [
  "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
  "response_schema_conformance", "allow_header_conformance",
];

let world, folder;
before(async () => {
  if (!usable) return;
  folder = await mkdtemp(join(tmpdir(), "schemathesis-")); // it writes its cases where it runs
  world = await startWorld({ edge: { // the limits have tests of their own
    bindings: { LIMIT_ANONYMOUS: "none", LIMIT_KEY_LOOKUPS: "none", REVOCATION_GRACE: "300" },
    ratelimits: {
      LIMIT_KEYS: ratelimit("1001", 1_000_000), LIMIT_USERS: ratelimit("1002", 1_000_000),
      LIMIT_ADDRESSES: ratelimit("1003", 1_000_000),
    },
  } });
  await world.pair.scheduled(); // makes the signing keys and publishes the snapshot
});
after(async () => {
  await world?.close();
  if (folder) await rm(folder, { recursive: true });
});

test("the OpenAPI document is valid", (t) => {
  if (!usable) return skip(t, WHY);
  const { status, stdout, stderr } = spawnSync(validator, [`${ROOT}/docs/openapi.json`], { encoding: "utf8" });
  assert.equal(status, 0, stdout + stderr);
});

const callers = {
  "a platform administrator": () => world.key("admin"),
  "a signed-out client": () => undefined,
};

for (const [name, credential] of Object.entries(callers)) {
  test(`the OpenAPI document is true for ${name}`, async (t) => {
    if (!usable) return skip(t, WHY);
    const key = credential();
    const { stdout, failed } = await promisify(execFile)(command, [
      "run", `${world.base}/v1/iam/openapi.json`,
      "--checks", CHECKS.join(","),
      "--phases", "examples,coverage,fuzzing", "--max-examples", String(CASES), "--continue-on-failure",
      "--seed", "1", "--generation-deterministic",
      "--generation-with-security-parameters", "false", "--suppress-health-check", "all",
      // It cannot make lines of NDJSON, each an object; tests/native/transfer and iam.test.mjs send them.
      "--exclude-operation-id", "importOrganization",
      "--no-color", "--warnings", "off",
      ...(key ? ["--header", `Authorization: Bearer ${key}`] : []),
    ], { cwd: folder, timeout: BOUND, maxBuffer: 1 << 26, env: { ...process.env, ...hooks } })
      .catch((error) => ({ stdout: `${error.stdout}\n${error.stderr}`, failed: error.killed ? `not done in ${BOUND} ms` : `status ${error.code}` }));
    assert.equal(failed, undefined, stdout);
    assert.match(stdout, /[1-9]\d* generated/, stdout);
  });
}
