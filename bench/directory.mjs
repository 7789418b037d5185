// `scripts/bench directory`: what a large directory costs more than a small one.
//
//     scripts/bench directory [--rounds 60] [--fresh] [--json FILE]
//
// Two pairs of workers run beside each other. The database of one has 1,000 organizations, 1,000,000 users
// and 100,000 keys, that of the other 1,000 users. Each request goes to both in turn, so that a
// disturbance meets both. Every statement that the origin ran is explained, and none may read a whole table that
// grows. The databases stay in build/bench/ for the next run; `--fresh` makes them again. Exits with 1
// if a target is missed.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { newDemo } from "../scripts/local/demo.mjs";
import { bootstrap, callOrigin, migrate, newRootKey, ROOT, startPair } from "../scripts/local/pair.mjs";
import { atMost, machine, print, save } from "./report.mjs";

const { values: options } = parseArgs({
  options: { json: { type: "string" }, rounds: { type: "string", default: "60" }, fresh: { type: "boolean" } },
});

/** The sizes. The first organization, whose requests are measured, has `first` of the users. */
const WORLDS = {
  small: { organizations: 3, users: 1_000, keys: 100, first: 500 },
  large: { organizations: 1_000, users: 1_000_000, keys: 100_000, first: 100_000 },
};

/** How much longer a request may take in the large directory. */
const TARGET = 2;

/** The number of the organization of user `n`: the first has `first` users, the others share the rest. */
const ORGANIZATION = "iif(n < ?3, 0, 1 + (n - ?3) % max(?4 - 1, 1))";

/** How many rows one statement inserts. */
const CHUNK = 25_000;

/** How many users a page has. */
const PAGE = 50;

/** Tables whose size depends on neither organizations, people nor calls. */
const FIXED = ["signing_keys", "token_horizon", "revocation_history", "attempts", "purges", "topology"];

/** Statements that may read a whole table or index: see tests/native/plans.rs. */
const REASONS = [
  "SELECT 1 FROM keys WHERE state <> 'Revoked' AND (true)", // stops at the first row
  "|| '-org-' || organizations.name", // the snapshot of the edges names every organization
  "FROM revocations WHERE is_copied = 0", // the index has only what is not copied yet
];

const worlds = {};
try {
  for (const [name, sizes] of Object.entries(WORLDS)) worlds[name] = await start(name, sizes);
  const results = await measure();
  const scans = await explained(worlds.large);
  print.machine(machine(), ...Object.entries(WORLDS).map(([name, { organizations, users, keys }]) => {
    const [o, u, k] = [organizations, users, keys].map((number) => number.toLocaleString("en"));
    return `${name}: ${o} organizations, ${u} users, ${k} keys`;
  }));
  print.section({
    title: "One request, in milliseconds (medians) and D1 rows read",
    table: [
      ["", "small", "large", "ratio", "rows, small", "rows, large", "trips", "rows written"],
      ...results.map(({ name, small, large, ratio }) =>
        [name, small.ms.toFixed(2), large.ms.toFixed(2), ratio.toFixed(2), small.read, large.read, large.trips, large.written]),
    ],
    notes: ["The ratio is the median of those of the pairs: each request goes to both worlds, one after the other."],
  });
  print.section({
    title: "Query plans",
    notes: scans.length > 0 ? scans : ["No statement reads a whole table that grows."],
  });
  const targets = [
    ...results.map(({ name, ratio }) => atMost(name, ratio, TARGET, " × of its time in the small directory")),
    atMost("statements that read a whole table", scans.length, 0),
  ];
  print.targets(targets);
  await save(options.json, { machine: machine(), worlds: WORLDS, results, scans });
  if (targets.some(({ met }) => !met)) process.exitCode = 1;
} finally {
  for (const world of Object.values(worlds)) await world.pair.close();
}

/** Starts a pair over the database of that name, which is made if it does not exist. */
async function start(name, sizes) {
  const schema = createHash("sha256");
  for (const file of (await readdir(join(ROOT, "migrations"))).sort()) schema.update(await readFile(join(ROOT, "migrations", file)));
  schema.update(JSON.stringify(sizes)).update(await readFile(import.meta.filename));
  const folder = join(ROOT, "build/bench", `directory-${name}-${schema.digest("hex").slice(0, 12)}`);
  if (options.fresh) await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const noted = join(folder, "made.json");
  let made = await readFile(noted, "utf8").then(JSON.parse).catch(() => undefined);
  if (!made) await rm(folder, { recursive: true, force: true });
  const rootKey = made?.rootKey ?? newRootKey();
  const pair = await startPair({ rootKey, persist: folder, issuer: "https://hanzo.id", origin: await counted() });
  const world = { name, pair, sizes };
  if (!made) {
    const demo = newDemo();
    const { keys } = await bootstrap(pair, demo);
    await fill(await pair.database(), sizes, name);
    made = { rootKey, root: keys.find(({ owner }) => owner === "admin").key, ...await credentials(pair) };
    await writeFile(noted, JSON.stringify(made));
  }
  return { ...world, ...made };
}

/** The origin with counters around its database. */
async function counted() {
  const folder = join(ROOT, "build/origin");
  const contents = await readFile(join(ROOT, "bench/workers/counted.js"), "utf8");
  return {
    compatibilityFlags: ["nodejs_als"],
    modules: [
      { type: "ESModule", path: join(folder, "counted.js"), contents },
      { type: "ESModule", path: join(folder, "index.js") },
      { type: "CompiledWasm", path: join(folder, "index.wasm") },
    ],
  };
}

/** Fills the database, the same way each time. */
async function fill(database, { organizations, users, keys, first }, name) {
  const started = Date.now();
  const numbers = (from, to) => `WITH RECURSIVE number (n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM number WHERE n + 1 < ${to})`;
  await database.prepare(`${numbers(0, organizations)} INSERT INTO organizations (id, name, display_name, attributes, created_at, updated_at)
    SELECT printf('00000000-0000-4000-8000-%012x', n), printf('org-%06d', n), printf('Organization %d', n), '{"quotas":{"users":10000000,"keys":10000000}}', 1700000000, 1700000000 FROM number`).run();
  for (let from = 0; from < users; from += CHUNK) {
    await database.prepare(`${numbers("?1", "?2")}
      INSERT INTO users (id, owner, name, display_name, email, email_verified, phone, created_at, updated_at)
      SELECT printf('11111111-1111-4111-8111-%012x', n), printf('org-%06d', ${ORGANIZATION}), printf('user-%07d', n),
        printf('Person %d of the Bench', n), printf('user-%07d@bench.example', n), 1, '', 1700000000 + n % 1000000, 1700000000 FROM number`)
      .bind(from, Math.min(from + CHUNK, users), first, organizations).run();
    if (users > CHUNK) process.stderr.write(`\r${name}: ${from.toLocaleString("en")} users`);
  }
  for (let from = 0; from < keys; from += 5_000) {
    const digests = Array.from({ length: Math.min(5_000, keys - from) }, (_, i) =>
      [from + i, createHash("sha256").update(`bench-key-${from + i}`).digest("base64url")]);
    const n = "(entry.value ->> 0)";
    await database.prepare(`INSERT INTO keys (id, owner, name, kind, user_id, digest, prefix, last_four, created_at, updated_at)
      SELECT printf('bench-%08d', ${n}), users.owner, printf('key-%d', ${n}), 'secret', users.id, entry.value ->> 1, 'hk-', 'last', 1700000000, 1700000000
      FROM json_each(?1) AS entry JOIN users ON users.id = printf('11111111-1111-4111-8111-%012x', ${n} * ?2)`)
      .bind(JSON.stringify(digests), Math.floor(users / keys)).run();
  }
  if (users > CHUNK) console.error(`\r${name}: made in ${Math.round((Date.now() - started) / 1000)} s        `);
}

/** An administrator of the first organization with a key. */
async function credentials(pair) {
  const owner = "org-000000";
  const { keys } = await bootstrap(pair, {
    organizations: [], applications: [],
    users: [{ owner, name: "admin", displayName: "Administrator", isAdmin: true }],
    keys: [{ owner, user: "admin", name: "admin" }],
  });
  return { owner, key: keys[0].key };
}

/** The cursor after the user in the middle of the first organization. */
function deep(world) {
  const name = `user-${String(world.sizes.first / 2).padStart(7, "0")}`;
  return Buffer.from(JSON.stringify(["name", world.owner, name])).toString("base64url");
}

/** The requests that are compared. Each is given the world, the number of the round, and what `prepare` made. */
function actions() {
  const digest = (key) => createHash("sha256").update(key).digest("base64url");
  const list = (world, query) => get(world, `/v1/iam/users?owner=${world.owner}&limit=${PAGE}${query}`);
  return {
    "reading one user": (world, round) =>
      get(world, `/v1/iam/users/${world.owner}/user-${String(1 + round).padStart(7, "0")}`),
    "a page of users": (world) => list(world, ""),
    "a page of users, deep in": (world) => list(world, `&cursor=${deep(world)}`),
    "users that `q` finds": (world, round) => list(world, `&q=user-${String(1 + round).padStart(7, "0")}`),
    "a page of keys": (world) => get(world, `/v1/iam/keys?owner=${world.owner}&limit=${PAGE}`),
    "resolving a key": async (world) => checked(world, await callOrigin(world.pair, "GET", `/internal/keys/${digest(world.key)}`)),
    "deciding a permission": (world) => post(world, "/v1/iam/enforce",
      [`${world.owner}/user-0000001`, "document", "read"]),
    "creating a user": (world, round) => post(world, "/v1/iam/users",
      { owner: world.owner, name: `new-${Date.now().toString(36)}-${round}`, displayName: "New" }),
  };
}

async function measure() {
  const results = [];
  for (const [name, run] of Object.entries(actions())) {
    const taken = { small: [], large: [] };
    const ratios = [];
    const before = {};
    for (let round = -5; round < Number(options.rounds); round++) {
      if (round === 0) for (const world of Object.values(worlds)) before[world.name] = await counts(world);
      const order = round % 2 === 0 ? ["small", "large"] : ["large", "small"];
      const times = {};
      for (const which of order) {
        const start = performance.now();
        await run(worlds[which], round + 5);
        times[which] = performance.now() - start;
      }
      if (round < 0) continue;
      for (const which of order) taken[which].push(times[which]);
      ratios.push(times.large / times.small);
    }
    const result = { name, ratio: median(ratios) };
    for (const world of Object.values(worlds)) {
      const now = await counts(world);
      const mean = (what) => Math.round(((now[what] ?? 0) - (before[world.name][what] ?? 0)) / Number(options.rounds) * 10) / 10;
      result[world.name] = {
        ms: median(taken[world.name]), read: mean("D1 rows read"), trips: mean("D1 trips"), written: mean("D1 rows written"),
      };
    }
    results.push(result);
  }
  return results;
}

/** The statements of a world that read a whole table that grows, each with its step. */
async function explained({ pair }) {
  const database = await pair.database();
  const { results } = await database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const growing = results.map(({ name }) => name).filter((name) => !FIXED.includes(name));
  const worker = await pair.miniflare.getWorker("origin");
  const { statements } = await (await worker.fetch("http://worker/counts")).json();
  const scans = [];
  for (const sql of Object.keys(statements)) {
    if (REASONS.some((part) => sql.includes(part))) continue;
    const parameters = Math.max(0, ...[...sql.matchAll(/\?(\d+)/g)].map(([, number]) => Number(number)));
    const plan = await database.prepare(`EXPLAIN QUERY PLAN ${sql}`).bind(...Array(parameters).fill(null)).all();
    for (const { detail } of plan.results) {
      const [, table] = detail.match(/^SCAN (\w+)/) ?? [];
      const aliased = growing.some((name) => sql.includes(`${name} AS ${table}`));
      if (table && !detail.includes("VIRTUAL TABLE") && (growing.includes(table) || aliased)) scans.push(`${detail}: ${sql}`);
    }
  }
  return scans;
}

/** The counts of the origin so far, those for the edge included. */
async function counts({ pair }) {
  const worker = await pair.miniflare.getWorker("origin");
  const { totals } = await (await worker.fetch("http://worker/counts")).json();
  const sums = {};
  for (const [what, times] of Object.entries(totals)) {
    const name = what.replace("for the edge: ", "");
    sums[name] = (sums[name] ?? 0) + times;
  }
  return sums;
}

/** Sends the request to the origin itself, with an edge proof. */
async function get(world, path) {
  return send(world, path, { headers: { authorization: `Bearer ${world.key}` } });
}

async function post(world, path, body) {
  const headers = { authorization: `Bearer ${world.key}`, "content-type": "application/json" };
  return send(world, path, { method: "POST", headers, body: JSON.stringify(body) });
}

async function send(world, path, init) {
  return checked(world, await fetch(world.pair.base + path, init));
}

async function checked(world, answer) {
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${world.name}: ${answer.url}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
