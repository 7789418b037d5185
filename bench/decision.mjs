// `scripts/bench decision`: the time of a decision of the edge in wasm, by itself.
//
//     scripts/bench decision [--json FILE] [--rounds 1500]
//
// In Node, which has workerd's engine. Each decision is timed twice: repeated, and after the processor's
// caches have been filled with other data, as the platform does between two requests. The first measures
// the computation; the second also the code and memory that it needs, which is most of a call's cost.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../scripts/local/pair.mjs";
import { machine, print, save } from "./report.mjs";
import origin from "./workers/origin.js";
import { ENVIRONMENT, ISSUER, PATH, publishedWorld } from "./world.mjs";

const { values: options } = parseArgs({
  options: { json: { type: "string" }, rounds: { type: "string", default: "1500" } },
});
const rounds = Number(options.rounds);
const WARM_UP = 20_000;
const REPEATED = 20;

/** Evicts the edge from the processor's caches: 1.5 MiB of memory, and 1,500 functions. */
const memory = new Float64Array((1.5 * 1024 * 1024) / 8);
const functions = Array.from({ length: 1500 }, (_, i) => new Function("a", "b", `
  let sum = a * ${i};
  for (let j = 0; j < 2; j++) sum ^= (b + ${i} * j) ^ (sum >>> ${i % 31});
  return sum;
`));
function evict() {
  let sum = 0;
  for (let at = 0; at < memory.length; at += 8) sum += memory[at];
  for (const [i, work] of functions.entries()) sum += work(i, 7);
  return sum;
}

const encoder = new TextEncoder();
const microseconds = (since) => Number(process.hrtime.bigint() - since) / 1000;
/** The first quartile, because a disturbance can only lengthen a sample. */
const typical = (samples) => samples.sort((a, b) => a - b)[samples.length >> 2];

const world = await publishedWorld();
globalThis.caches = { default: { match: async () => undefined, put: async () => {} } };
globalThis.scheduler ??= { wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref()) };
const env = {
  ROOT_KEY: world.rootKey, ENVIRONMENT, IAM_ISSUER: ISSUER, ECHO: {},
  GATEWAY_HOSTS: "127.0.0.1",
  SNAPSHOTS: { get: async (name) => world.snapshots[name] ?? null },
  ORIGIN: { fetch: async (url, init) => origin.fetch(new Request(url, init)) },
};
const wasm = await import(join(ROOT, "build/edge/glue/glue.js"));
wasm.initSync({ module: await readFile(join(ROOT, "build/edge/index.wasm")) });
wasm.configure(env, (message) => { throw new Error(message); });

const head = [
  "GET", `http://127.0.0.1:8787${PATH}`, "",
  "accept", "*/*", "host", "127.0.0.1:8787", "user-agent", "bench",
].join("\n");
let ticket = 0;
let room;

/** Writes a request into wasm's memory, and decides it. */
function decide(authorization) {
  if (!room?.length) room = wasm.room(16 * 1024); // wasm's memory has grown
  const length = encoder.encodeInto(head, room).written;
  const { written } = encoder.encodeInto(authorization, room.subarray(length));
  if (wasm.decide(length, written, ++ticket) === 0) throw new Error("the credential is not hot");
}

const measured = {};
for (const [name, credential] of [["a hot token", world.hot], ["a hot key", world.key]]) {
  const authorization = `Bearer ${credential}`;
  await wasm.renew();
  await wasm.resolve(head, authorization);
  for (let i = 0; i < WARM_UP; i++) decide(authorization);
  const again = [], anew = [];
  for (let round = 0; round < rounds; round++) {
    if (round % 100 === 0) await wasm.renew(); // a feed that is too old is waited for
    evict();
    let since = process.hrtime.bigint();
    decide(authorization);
    anew.push(microseconds(since));
    since = process.hrtime.bigint();
    for (let i = 0; i < REPEATED; i++) decide(authorization);
    again.push(microseconds(since) / REPEATED);
  }
  measured[name] = { again: typical(again), "after others": typical(anew) };
}
print.machine(machine(), `first quartiles of ${rounds} rounds`);
print.section({
  title: "Microseconds of a decision",
  notes: Object.entries(measured).flatMap(([name, its]) =>
    Object.entries(its).map(([how, took]) => `${took.toFixed(2).padStart(6)}  ${name}, ${how}`)),
});
await save(options.json, { machine: machine(), settings: { rounds }, microseconds: measured });
