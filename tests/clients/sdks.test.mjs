// Every call of the published SDKs against the real workers, held against the tables of `sdks/calls`.
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { createPublicKey } from "node:crypto";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { ROOT } from "../../scripts/local/pair.mjs";
import { skip } from "../support/skip.mjs";
import { CALLBACK, startWorld } from "../support/world.mjs";
import { counted, differences, malformed, read, update } from "./sdks/tables.mjs";

const COMPATIBILITY = readFileSync(`${ROOT}/docs/COMPATIBILITY.md`, "utf8");
const { paths } = JSON.parse(readFileSync(`${ROOT}/docs/openapi.json`, "utf8"));
const OPERATIONS = new Set(Object.values(paths).flatMap(Object.values).map(({ operationId }) => operationId));
const FOLDER = `${ROOT}/tests/clients/sdks`;
const python = `${ROOT}/.venv/bin/python`;
const has = (module, path = "") => existsSync(python)
  && spawnSync(python, ["-c", `import ${module}`], { env: { ...process.env, PYTHONPATH: path } }).status === 0;

/** Casdoor's programs redeem a code by their secret alone. */
const WITHOUT_PKCE = { code_challenge: "", code_challenge_method: "" };

/** A world of its own for a test, with what the calls need. */
async function start(t) {
  const world = await startWorld();
  t.after(() => world.close());
  // `hanzoai` administers with a token for this resource (RFC 8707).
  await world.administer("PATCH", "applications/admin/hanzo-cloud", {
    resources: ["https://api.hanzo.ai", `${world.base}/v1/iam`],
  });
  await world.administer("POST", "roles", { owner: "hanzo", name: "demo-role", displayName: "Demo", users: ["hanzo/bob"] });
  await world.administer("POST", "permissions", {
    owner: "hanzo", name: "demo-permission", displayName: "Demo", roles: ["hanzo/demo-role"], resources: ["reports"],
    actions: ["Read"], effect: "Allow",
  });
  await world.administer("POST", "providers", {
    owner: "hanzo", name: "provider-demo", displayName: "Demo", category: "OAuth", type: "GitHub", clientId: "id",
    clientSecret: "a provider's secret",
  });
  const site = await world.administer("POST", "applications", {
    owner: "hanzo", organization: "hanzo", name: "hanzo-site", displayName: "Site", redirectUris: [CALLBACK],
    grantTypes: ["authorization_code", "refresh_token"],
  });
  world.demo.applications.push(site);
  return world;
}

/** The world as a program sees it, with tokens and codes of its own. */
async function context(world) {
  const many = async (count, make) => Promise.all(Array.from({ length: count }, make));
  return {
    base: world.base,
    client: world.client("hanzo-cloud"),
    users: world.demo.users,
    platformKey: world.key("admin"),
    tokens: {
      alice: await world.tokens("alice"), bob: await world.tokens("bob"), dave: await world.tokens("dave", "acme-cloud"),
    },
    refresh: (await many(4, () => world.tokens("alice"))).map((tokens) => tokens.refresh_token),
    codes: await many(2, () => world.code("alice", "hanzo-cloud")),
    site: { ...world.client("hanzo-site"), code: (await world.code("alice", "hanzo-site", WITHOUT_PKCE)).code },
    ...await certificates(world),
  };
}

/** The public keys as programs are configured with them: the certificates, and the RSA key alone. */
async function certificates(world) {
  const { certs } = await (await world.as(world.key(), "/v1/iam/certs")).json();
  const of = (algorithm) => certs.find(({ cryptoAlgorithm }) => cryptoAlgorithm === algorithm).certificate;
  const publicKey = createPublicKey(of("RS256")).export({ type: "spki", format: "pem" });
  return { certificates: { access: of("ES256"), id: of("RS256") }, publicKey };
}

/** The outcomes that a program prints, one JSON object a line. */
async function outcomes(t, command, args, env = {}) {
  const seen = JSON.stringify(await context(await start(t)));
  const { stdout, stderr } = await promisify(execFile)(command, args, {
    env: { ...process.env, ...env, WORLD: seen }, maxBuffer: 16 * 1024 * 1024,
  }).catch((error) => error);
  const tried = (stdout ?? "").split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  assert.ok(tried.length > 0 && !/Traceback/.test(stderr), `${stdout}\n${stderr}`);
  return tried;
}

function hold(name, tried) {
  const counts = counted(tried);
  console.log(`${name}: ${counts.tried} calls tried, ${counts.works} work`);
  if (process.env.UPDATE_GOLDEN) update(name, read(name), tried);
  const table = read(name);
  assert.ok(table.rows.size > 0, `${name} has no table: UPDATE_GOLDEN=1 writes it; review it`);
  assert.deepEqual(differences(table, tried), []);
  assert.deepEqual(malformed(table, OPERATIONS), []);
  const row = `| ${table.title} | ${counts.tried} | ${counts.works} | ${counts.refused} |`;
  assert.ok(COMPATIBILITY.includes(row), `docs/COMPATIBILITY.md must have the row\n${row}`);
}

test("each refusal of the documentation is tried", () => {
  const [, section] = COMPATIBILITY.split("## What is refused, and why");
  const rows = section.split("\n## ")[0].split("\n").filter((line) => line.startsWith("| ")).slice(1);
  assert.ok(rows.length > 20);
  for (const row of rows) {
    const [name, call] = row.split("|").at(-2).trim().split(": ");
    const { outcome } = read(name).rows.get(call) ?? {};
    assert.match(outcome ?? "", /^(refused|later): /, row);
  }
});

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
    hold(name, await outcomes(t, python, [`${FOLDER}/${script}`], { PYTHONPATH: path }));
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
    hold(name, await outcomes(t, process.execPath, [`${FOLDER}/${name}.mjs`]));
  });
}
