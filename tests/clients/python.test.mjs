// PyPI `hanzo-iam` 1.30.2, unchanged, in a virtual environment of the project's own.
import { spawnSync } from "node:child_process";
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { execFile } from "node:child_process";
import { ROOT } from "../../scripts/local/pair.mjs";
import { skip } from "../support/skip.mjs";
import { startWorld } from "../support/world.mjs";

const python = `${ROOT}/.venv/bin/python`;
const usable = existsSync(python) && spawnSync(python, ["-c", "import hanzo_iam, cryptography"]).status === 0;

let world;
before(async () => { if (usable) world = await startWorld(); });
after(() => world?.close());

test("the published Python client works unchanged", async (t) => {
  if (!usable) {
    skip(t, "SKIPPED: NO PYTHON CLIENT. Python 3 with venv (and PyPI) is needed to test hanzo-iam.");
    return;
  }
  const demo = JSON.stringify({
    base: world.base,
    client: world.client("hanzo-cloud"),
    users: world.demo.users,
    tokens: {
      alice: await world.tokens("alice"),
      bob: await world.tokens("bob"),
    },
    code: await world.code("alice", "hanzo-cloud"),
  });
  const script = `${ROOT}/tests/clients/python/client.py`;
  const { stdout, stderr } = await promisify(execFile)(python, [script], { env: { ...process.env, DEMO: demo } })
    .catch((error) => error);
  assert.match(stderr ?? "", /\nOK\n$/, `${stdout}\n${stderr}`);
});
