// `scripts/bench cost`: what calls, sign-ins and tokens ask of the platform, and what it bills.
//
//     scripts/bench cost [--check] [--json FILE]
//
// Both workers run with counters around their bindings (bench/workers/counted.js), so that every
// read of KV, round trip to D1, row and call between workers is counted, not estimated. The result
// is compared with BUDGETS; with `--check` only what has a budget is measured, and the exit status is
// 1 if one of them is exceeded.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { ROOT } from "../scripts/local/pair.mjs";
import { offer, recordOf, startFederation, Visitor } from "../tests/support/federation.mjs";
import * as issuers from "../tests/support/peers/misbehaving_provider.mjs";
import { ANSWERING } from "../tests/support/world.mjs";
import { childrenCpu } from "./process.mjs";
import { machine, print, save } from "./report.mjs";

const { values: options } = parseArgs({ options: { json: { type: "string" }, check: { type: "boolean" } } });

/**
 * US dollars for a million, beyond what the plan includes (Workers Paid). Calls between workers,
 * the Cache API and the limiter are not billed.
 */
const PRICES = {
  "requests": 0.3, "CPU ms": 0.02, "KV reads": 0.5, "KV writes": 5, "KV deletes": 5, "KV lists": 5,
  "D1 rows read": 0.001, "D1 rows written": 1,
};

/** The actions that have a budget. */
const SIGN_IN = "a sign-in (login, code, tokens)";
const FEDERATED = "a sign-in by an OpenID provider (page to tokens)";
const REDEMPTION = "the redemption of a code";
const REFRESH = "a refresh";
const CLIENT_TOKEN = "a token for a client";
const INTROSPECTION = "an introspection";
const USERINFO = "userinfo";
const USERS_BY_TOKEN = "a list of users, by a token";
const USERS_BY_KEY = "a list of users, by a key";
const NEW_USER = "a new user, by a key";

/**
 * The most that an action may take: D1 round trips and rows written, which most runs must keep (the
 * median), and US dollars for a million, for which all runs count (the mean).
 */
const BUDGETS = {
  [SIGN_IN]: { trips: 5, written: 12, dollars: 15 },
  [FEDERATED]: { trips: 17, written: 15, dollars: 19 },
  [REDEMPTION]: { trips: 2, written: 4, dollars: 5 },
  [REFRESH]: { trips: 2, written: 2, dollars: 3 },
  [CLIENT_TOKEN]: { trips: 1, written: 0, dollars: 0.7 },
  [INTROSPECTION]: { trips: 1 },
  [USERINFO]: { trips: 1 },
  [NEW_USER]: { trips: 3, written: 8, dollars: 9 },
  [USERS_BY_TOKEN]: { trips: 2 },
  [USERS_BY_KEY]: { trips: 2 },
};

const FIGURES = { trips: "D1 round trips", written: "D1 rows written", dollars: "US dollars a million" };

/** The columns of the table, each the sum of some counts. */
const COLUMNS = {
  "requests": ["edge: requests"],
  "CPU ms": ["CPU ms"],
  "KV reads": ["edge: KV reads", "origin: KV reads", "origin: for the edge: KV reads"],
  "D1 rows read": ["origin: D1 rows read", "origin: for the edge: D1 rows read"],
};

/** Runs of an action of the origin that are measured, and that come before, to fill its caches. */
const RUNS = 30;
const WARM_UP = 2;

/** Milliseconds after which an edge reports calls of keys behind the next response, and a little more. */
const REPORTED = 2_500;

/** Milliseconds for work behind a response. */
const BEHIND = 300;

/** Seconds for which the work behind the requests is counted. */
const WATCHED = 30;

const PROVIDER = "peer";
const world = await startFederation(
  async (callbackOf) => ({ [PROVIDER]: await issuers.start({ redirectUris: [callbackOf(PROVIDER)] }) }),
  { ...ANSWERING, edge: { ...ANSWERING.edge, ...await counted("edge") }, origin: await counted("origin") });

const results = [];
const times = (count, what) => Promise.all(Array.from({ length: count }, (_, i) => what(i)));
let hot;
try {
  ({ access_token: hot } = ok(await world.machineTokens()));
  if (!options.check) await measureEdge();
  await measureOriginActions();
} finally {
  await world.close();
}

print.machine(machine());
print.section({
  title: "What a million take and cost",
  table: [["a million of", ...Object.keys(COLUMNS), "D1 trips", "in sequence", "rows written", "US dollars"], ...results.map(row)],
  notes: [
    "Means of one action, what the edge asks for itself included; for actions of the origin the medians of",
    "D1 round trips (a batch is one), of those that wait for each other, and of rows written. --json has all.",
  ],
});
const judged = results.flatMap(judge);
print.section({
  title: `Budgets: ${judged.filter(({ met }) => met).length} of ${judged.length} met`,
  table: [["action", "figure", "measured", "budget", ""], ...judged.map(({ name, figure, value, budget, met }) =>
    [name, figure, value, budget, met ? "met" : "**over**"])],
});
await save(options.json, { machine: machine(), prices: PRICES, results, budgets: judged });
if (options.check && judged.some(({ met }) => !met)) process.exitCode = 1;

/** Measures calls at the edge. */
async function measureEdge() {
  const tokens = await times(99, async () => (await world.machineTokens()).access_token);
  const { keys } = await world.add({ keys: await times(50, (i) => ({ owner: "hanzo", name: `key-${i}` })) });
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
}

/** Measures the actions of the origin that have a budget. */
async function measureOriginActions() {
  await measureOrigin(SIGN_IN, async () => ok(await world.redeem(await world.code())));
  const codes = [];
  for (let i = 0; i < RUNS + WARM_UP; i++) codes.push(await world.code());
  await measureOrigin(REDEMPTION, async () => ok(await world.redeem(codes.pop())));
  let { refresh_token: refresh } = await world.redeem(await world.code());
  await measureOrigin(REFRESH, async () => {
    const parameters = { grant_type: "refresh_token", refresh_token: refresh };
    ({ refresh_token: refresh } = ok(await world.token(parameters, "hanzo-app")));
  });
  await measureOrigin(CLIENT_TOKEN, async () => ok(await world.machineTokens()));
  const { access_token: access } = ok(await world.tokens("alice", "hanzo-cloud", "openid profile email iam"));
  await measureOrigin(INTROSPECTION, async () => {
    const body = new URLSearchParams({ token: access });
    const headers = { authorization: world.basic() };
    const { active } = await read("/v1/iam/oauth/introspect", { method: "POST", headers, body });
    if (!active) throw new Error("a good token is not active");
  });
  const by = (credential) => ({ headers: { authorization: `Bearer ${credential}` } });
  await measureOrigin(USERINFO, () => read("/v1/iam/oauth/userinfo", by(access)));
  await measureOrigin(USERS_BY_TOKEN, () => read("/v1/iam/users?owner=hanzo", by(access)));
  await measureOrigin(USERS_BY_KEY, () => read("/v1/iam/users?owner=hanzo", by(world.key("hanzo"))));
  let made = 0;
  await measureOrigin(NEW_USER, async () => {
    const answer = await world.send(world.key("hanzo"), "POST", "/v1/iam/users", { name: `made-${made++}` });
    if (answer.status !== 200) throw new Error(`no user: ${answer.status} ${await answer.text()}`);
  });
  await offer(world, [recordOf(PROVIDER, world.peers[PROVIDER])]);
  await measureOrigin(FEDERATED, async () => {
    const visitor = new Visitor(world);
    const { onward } = await visitor.choose(await visitor.open(), PROVIDER);
    const { url } = await world.peers[PROVIDER].signIn(onward);
    await visitor.redeem(await visitor.go(url));
  });
}

/** The row of an action in the table. */
function row({ name, counts, requests, dollars }) {
  const mean = (...measures) => shown(measures.reduce((sum, measure) => sum + (counts[measure] ?? 0), 0));
  const { trips, depth, written } = requests ?? {
    trips: mean("origin: for the edge: D1 trips"), depth: "", written: mean("origin: for the edge: D1 rows written"),
  };
  const columns = Object.values(COLUMNS).map((measures) => mean(...measures));
  return [name, ...columns, trips, depth, written, dollars.toFixed(2)];
}

/** A mean with two significant decimals, or none if it is large. */
function shown(value) {
  return value >= 10 ? Math.round(value) : Number(value.toFixed(2));
}

/** The figures of an action that have a budget, each compared with it. */
function judge({ name, requests, dollars }) {
  const measured = { ...requests, dollars: Number(dollars.toFixed(2)) };
  return Object.entries(BUDGETS[name] ?? {}).map(([figure, budget]) =>
    ({ name, figure: FIGURES[figure], value: measured[figure], budget, met: measured[figure] <= budget }));
}

/** Makes a call that must be forwarded. */
async function call(credential) {
  const answer = await world.fetch("/v1/answer/x", { headers: { authorization: `Bearer ${credential}` } });
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`a good credential got ${answer.status}`);
}

/** Waits until earlier calls are reported, which would otherwise count for the next action. */
async function settle() {
  await sleep(REPORTED);
  await call(hot);
  await sleep(BEHIND);
}

/** Returns the JSON of a response that must be 200. */
async function read(path, init) {
  const answer = await world.fetch(path, init);
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

/** Returns `tokens`; throws an error if they were not issued. */
function ok(tokens) {
  if (tokens.status !== 200) throw new Error(`no tokens: ${JSON.stringify(tokens)}`);
  return tokens;
}

/** Measures an action whose requests all reach the origin: its medians too. */
async function measureOrigin(name, what) {
  for (let i = 0; i < WARM_UP; i++) await what(i);
  await measure(name, RUNS, what);
  const result = results.at(-1);
  result.requests = medians(result.perRequest, RUNS);
}

/** The medians over `runs` of the figures of the requests that each run has made. */
function medians(requests, runs) {
  const each = requests.length / runs;
  if (!Number.isInteger(each)) throw new Error(`${requests.length} requests in ${runs} runs`);
  const totals = (figure) => Array.from({ length: runs }, (_, run) =>
    requests.slice(run * each, (run + 1) * each).reduce((sum, request) => sum + request[figure], 0));
  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  return Object.fromEntries(["trips", "depth", "written"].map((figure) => [figure, median(totals(figure))]));
}

/** Measures `runs` runs of `what`, one after the other, which are `count` actions; saves the means. */
async function measure(name, count, what, { runs = count, first = settle } = {}) {
  await first();
  const [before, cpu] = [await asked(), await childrenCpu()];
  for (let i = 0; i < runs; i++) await what(i);
  await sleep(BEHIND);
  const [after, used] = [await asked(), (await childrenCpu()) - cpu];
  const counts = { "CPU ms": used * 1000 / count };
  for (const [what, times] of Object.entries(after.totals)) {
    counts[what] = (times - (before.totals[what] ?? 0)) / count;
  }
  const dollars = Object.entries(counts).reduce((sum, [what, value]) => sum + value * priceOf(what), 0);
  results.push({ name, counts, dollars, perRequest: after.requests.slice(before.requests.length) });
}

/** US dollars for a million of `what`. The edge alone calls the origin, which is no billed request. */
function priceOf(what) {
  if (/^origin: .*requests$/.test(what)) return 0;
  return PRICES[what.split(": ").at(-1)] ?? 0;
}

/** The counts of both workers so far: `totals`, as `{ "edge: KV reads": … }`, and the origin's `requests`. */
async function asked() {
  const all = { totals: {} };
  for (const name of ["edge", "origin"]) {
    const worker = await world.pair.miniflare.getWorker(name);
    const { totals, requests } = await (await worker.fetch("http://worker/counts")).json();
    for (const [what, times] of Object.entries(totals)) all.totals[`${name}: ${what}`] = times;
    if (name === "origin") all.requests = requests;
  }
  return all;
}

/** The options of a worker that has the counters as its entry. */
async function counted(name) {
  const folder = join(ROOT, "build", name);
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
