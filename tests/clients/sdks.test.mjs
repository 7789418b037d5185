// Every call of the published SDKs against the real workers, held against the tables of `sdks/calls`.
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { after, before, test } from "node:test";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { ROOT } from "../../scripts/local/pair.mjs";
import { skip } from "../support/skip.mjs";
import { startWorld } from "../support/world.mjs";
import { differences, read, update } from "./sdks/tables.mjs";

const FOLDER = `${ROOT}/tests/clients/sdks`;
const python = `${ROOT}/.venv/bin/python`;
const has = (module, path = "") => existsSync(python)
  && spawnSync(python, ["-c", `import ${module}`], { env: { ...process.env, PYTHONPATH: path } }).status === 0;

let world;
let context;
before(async () => {
  world = await startWorld();
  const refresh = [];
  for (let i = 0; i < 12; i++) refresh.push((await world.tokens("alice")).refresh_token);
  context = {
    base: world.base,
    client: world.client("hanzo-cloud"),
    page: world.client("hanzo-app"),
    users: world.demo.users,
    platformKey: world.key("admin"),
    tokens: { alice: await world.tokens("alice"), bob: await world.tokens("bob") },
    refresh,
    codes: [await world.code("alice", "hanzo-cloud"), await world.code("alice", "hanzo-cloud")],
  };
});
after(() => world?.close());

/** The outcomes that a program prints, one JSON object a line. */
async function outcomes(command, args, env = {}) {
  const { stdout, stderr } = await promisify(execFile)(command, args, {
    env: { ...process.env, ...env, WORLD: JSON.stringify(context) }, maxBuffer: 16 * 1024 * 1024,
  }).catch((error) => error);
  const tried = (stdout ?? "").split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  assert.ok(tried.length > 0 && !/Traceback/.test(stderr), `${stdout}\n${stderr}`);
  return tried;
}

function hold(name, tried) {
  const table = read(name);
  const works = tried.filter(({ outcome }) => outcome === "works").length;
  console.log(`${name}: ${tried.length} calls tried, ${works} work`);
  if (process.env.UPDATE_GOLDEN) update(name, table, tried);
  else if (table.rows.size === 0) console.log(`${name}: NO TABLE YET. UPDATE_GOLDEN=1 writes it; review it`);
  else assert.deepEqual(differences(table, tried), []);
}

for (const [name, script, module, path] of [
  ["casdoor", "casdoor_sync.py", "casdoor", ""],
  ["casdoor-async", "casdoor_async.py", "casdoor", ""],
  ["hanzo-iam", "hanzo_iam_calls.py", "hanzo_iam", ""],
  ["hanzoai-iam", "hanzo_iam_calls.py", "hanzo_iam", `${ROOT}/.venv/hanzoai-iam`],
  ["hanzoai", "hanzoai_calls.py", "hanzoai", ""],
]) {
  test(`PyPI ${name}: each call does what its table says`, async (t) => {
    if (!has(module, path)) {
      skip(t, `SKIPPED: NO PYTHON SDK. Python 3 with venv (and PyPI) is needed to test ${name}.`);
      return;
    }
    hold(name, await outcomes(python, [`${FOLDER}/${script}`], { PYTHONPATH: path }));
  });
}

for (const name of ["casdoor-nodejs-sdk", "casdoor-js-sdk"]) {
  test(`npm ${name}: each call does what its table says`, async (t) => {
    try {
      createRequire(import.meta.url).resolve(name);
    } catch {
      skip(t, `SKIPPED: NO NPM SDK. ${name} is not installed.`);
      return;
    }
    hold(name, await outcomes(process.execPath, [`${FOLDER}/${name}.mjs`]));
  });
}
