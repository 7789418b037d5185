// `scripts/bench cost`: what a verified call and a sign-in ask of the platform, and what it bills.
//
//     scripts/bench cost [--json FILE]
//
// Both workers run with counters around their bindings (bench/workers/counted.js), so that every
// read of KV, row of D1 and call between workers is counted, not estimated.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { ROOT } from "../scripts/local/pair.mjs";
import { ANSWERING, startWorld } from "../tests/support/world.mjs";
import { childrenCpu } from "./process.mjs";
import { machine, print, save } from "./report.mjs";

const { values: options } = parseArgs({ options: { json: { type: "string" } } });

/**
 * US dollars for a million, beyond what the plan includes (Workers Paid). Calls between workers,
 * the Cache API and the limiter are not billed.
 */
const PRICES = {
  "requests": 0.3, "CPU ms": 0.02, "KV reads": 0.5, "KV writes": 5, "KV deletes": 5, "KV lists": 5,
  "D1 rows read": 0.001, "D1 rows written": 1,
};

/** Milliseconds after which an edge reports calls of keys behind the next response, and a little more. */
const REPORTED = 2_500;

/** Milliseconds for what is done behind a response. */
const BEHIND = 300;

/** Seconds for which the work behind the requests is watched. */
const WATCHED = 30;

const world = await startWorld({
  ...ANSWERING,
  edge: { ...ANSWERING.edge, modules: await counted("edge") },
  origin: { modules: await counted("origin") },
});

const results = [];
let hot;
try {
  const times = (count, what) => Promise.all(Array.from({ length: count }, (_, i) => what(i)));
  const tokens = await times(100, async () => (await world.machineTokens()).access_token);
  const { keys } = await world.add({ keys: await times(50, (i) => ({ owner: "hanzo", name: `key-${i}` })) });
  hot = tokens.pop();
  const { key } = keys.pop();
  await call(hot);
  await measure("a minute of an isolate, its calls included", WATCHED / 60, async () => {
    for (const end = performance.now() + WATCHED * 1000; performance.now() < end;) {
      await call(hot);
      await sleep(250);
    }
  }, { runs: 1 });
  await call(key);
  await measure("a call, hot token", 2000, () => call(hot));
  await measure("a call, hot key", 2000, () => call(key));
  await measure("a call, new token", tokens.length, (i) => call(tokens[i]));
  await measure("a call, new key", keys.length, (i) => call(keys[i].key));
  await measure("a report of a key's calls", keys.length, () => call(hot), { runs: 1, first: () => sleep(REPORTED) });
  let refresh;
  await measure("a sign-in (login, code, tokens)", 30, async () => {
    ({ refresh_token: refresh } = await world.redeem(await world.code()));
  });
  await measure("a refresh", 30, async () => {
    const parameters = { grant_type: "refresh_token", refresh_token: refresh, client_id: "hanzo-app" };
    const body = new URLSearchParams(parameters);
    const answer = await world.fetch("/v1/iam/oauth/token", { method: "POST", body });
    if (answer.status !== 200) throw new Error(`not refreshed: ${await answer.text()}`);
    refresh = (await answer.json()).refresh_token;
  });
  await measure("a token for a client", 30, () => world.machineTokens());
} finally {
  await world.close();
}

print.machine(machine());
for (const { name, counts, dollars } of results) {
  const listed = Object.entries(counts).filter(([, value]) => value >= 0.0005);
  console.log(`\n── ${name}: $${dollars.toFixed(2)} a million`);
  for (const [what, value] of listed) console.log(`   ${what.padEnd(28)} ${value.toFixed(3)}`);
}
await save(options.json, { machine: machine(), prices: PRICES, results });

/** A call that is granted. */
async function call(credential) {
  const answer = await world.fetch("/v1/answer/x", { headers: { authorization: `Bearer ${credential}` } });
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`a good credential got ${answer.status}`);
}

/** Has what was done before reported, which would be counted with what comes next. */
async function settle() {
  await sleep(REPORTED);
  await call(hot);
  await sleep(BEHIND);
}

/** What each of `count` asks on average, when `what` is done `runs` times in turn. */
async function measure(name, count, what, { runs = count, first = settle } = {}) {
  await first();
  const [before, cpu] = [await asked(), await childrenCpu()];
  for (let i = 0; i < runs; i++) await what(i);
  await sleep(BEHIND);
  const [after, used] = [await asked(), (await childrenCpu()) - cpu];
  const counts = { "CPU ms": used * 1000 / count };
  for (const what of Object.keys(after)) counts[what] = (after[what] - (before[what] ?? 0)) / count;
  const bill = Object.entries(counts).reduce((sum, [what, value]) => sum + value * priceOf(what), 0);
  results.push({ name, counts, dollars: bill });
}

/** US dollars for a million of `what`. The edge alone calls the origin, which is no billed request. */
function priceOf(what) {
  if (what === "origin: requests") return 0;
  return PRICES[what.replace(/^(edge|origin): /, "")] ?? 0;
}

/** What both workers have asked so far: `{ "edge: KV reads": … }`. */
async function asked() {
  const all = {};
  for (const name of ["edge", "origin"]) {
    const worker = await world.pair.miniflare.getWorker(name);
    const counts = await (await worker.fetch("http://worker/counts")).json();
    for (const [what, times] of Object.entries(counts)) all[`${name}: ${what}`] = times;
  }
  return all;
}

/** The modules of a worker, with the counters as its entry. */
async function counted(name) {
  const folder = join(ROOT, "build", name);
  const contents = await readFile(join(ROOT, "bench/workers/counted.js"), "utf8");
  return [
    { type: "ESModule", path: join(folder, "counted.js"), contents },
    { type: "ESModule", path: join(folder, "index.js") },
    { type: "CompiledWasm", path: join(folder, "index.wasm") },
  ];
}
