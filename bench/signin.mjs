// `scripts/bench signin`: what signing in takes, by a password, a passkey and a wallet; and its page.
//
//     scripts/bench signin [--rounds 3] [--seconds 3] [--json FILE]
//
// Both workers and the database run in one workerd without a proxy in front; the clients, and the passkeys and
// wallets that they sign with, in this process. Beside it, in turns: npm `better-auth` on Node, a
// password sign-in with its default hash (bench/signin/package.json). Exits with 1 if a target is missed.
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../scripts/local/pair.mjs";
import { hasBrowser, startBrowser } from "../tests/support/browser.mjs";
import { authorization, startSignin } from "../tests/support/signin.mjs";
import { median } from "./generator.mjs";
import { children } from "./process.mjs";
import { atMost, machine, print, save } from "./report.mjs";
import { betterAuth, ours } from "./signin/clients.mjs";

const { values: options } = parseArgs({
  options: { json: { type: "string" }, rounds: { type: "string", default: "3" }, seconds: { type: "string", default: "3" } },
});
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);

const MIB = 1024 * 1024;
/** People that sign in, and how many of them at the same time. */
const [PEOPLE, AT_ONCE] = [20, 4];
/** Sign-ins by which the memory is judged (that of the peer by fewer), how many of them at the same time in the
 * end, and loads of the page. */
const [MANY, FEWER, BURST, LOADS] = [1_000, 200, 20, 9];
/** MiB of one argon2id hash; MiB by which the process may grow in a burst; bytes of a page. */
const [HASH, GROWTH, PAGE] = [19, 19, 50_000];

process.env.MINIFLARE_WORKERD_V8_FLAGS ??= "--max-heap-size=128"; // as Workers give an isolate
const world = await startSignin({
  origin: { ...await measured(), bindings: { SIGNIN_ATTEMPTS: "1000000/600", SIGNIN_FAILURES: "1000000/600" } },
});
let peer;
try {
  const people = Array.from({ length: PEOPLE }, (_, i) => ({
    owner: "hanzo", name: `person-${i}`, displayName: "Person", email: `person-${i}@hanzo.example`, emailVerified: true,
    password: randomBytes(18).toString("base64url"), isAdmin: false,
  }));
  await world.add({ users: people });
  await world.administer("PUT", "applications/admin/hanzo-app", { enableWeb3: true, enableSignUp: true });
  const ways = await ours(world, people);
  const [server] = await children("workerd");
  peer = await betterAuth(PEOPLE).catch((error) => console.error(`\nSKIPPED: better-auth: ${error.message}`));
  const runs = {
    "password": { signIn: ways.password, server },
    "passkey": { signIn: ways.passkey, server },
    "wallet": { signIn: ways.wallet, server },
    ...(peer && { "better-auth, password": { signIn: peer.password, server: peer.process } }),
  };

  const wasm = async () => (await fetch(`${world.pair.originUrl}/memory`)).json();
  const memory = await measureMemory(server, ways.password, MANY, wasm);
  const peers = peer && await measureMemory(peer.process, peer.password, FEWER);
  const rows = await measureTimes(runs);
  const page = await measurePage();

  print.machine(machine(), `${AT_ONCE} at a time, ${rounds} rounds of ${seconds} s`);
  print.section({
    title: "Signing in",
    table: [["", "sign-ins/s", "p50 ms", "p99 ms", "CPU ms/sign-in"], ...Object.entries(rows).map(([name, row]) =>
      [name, row.rate.toFixed(1), row.p50.toFixed(1), row.p99.toFixed(1), row.cpu.toFixed(1)])],
    notes: [
      "A passkey and a wallet take two requests; their times include the client's signature. CPU is that of the",
      "whole process of the server: both workers, the database and the platform; Node and SQLite in memory.",
    ],
  });
  const shown = (bytes) => (bytes / MIB).toFixed(0);
  print.section({
    title: "Memory over sign-ins by password, in MiB",
    table: [
      ["", "sign-ins", "before", "after half", "after all", `${BURST} at once: before`, "most"],
      ["origin, WebAssembly", MANY.toLocaleString("en"), ...[...memory.wasm, memory.wasm.at(-1)].map(shown)],
      ...[["workerd, resident", memory, MANY], ["better-auth, resident", peers, FEWER]].filter(([, it]) => it)
        .map(([name, { resident, burst }, many]) => [name, many.toLocaleString("en"), ...resident.map(shown), shown(burst)]),
    ],
    notes: [
      `A hash takes ${HASH} MiB (argon2id). What else grows is the platform's: requests that hash nothing do the same. The last of ${BURST} at once waited ${memory.last.toFixed(0)} ms`
      + `${peers ? `, that of better-auth ${peers.last.toFixed(0)} ms` : ""}.`,
    ],
  });
  if (page) {
    print.section({
      title: "The sign-in page in Chromium",
      table: [
        ["", "bytes", "requests", "first byte ms", "first contentful paint ms"],
        ["sign-in page", page.bytes.toLocaleString("en"), page.requests, page.firstByte.toFixed(0), page.paint.toFixed(0)],
      ],
      notes: [`Medians of ${LOADS} loads in new contexts.`],
    });
  }
  const targets = [
    atMost("MiB of the origin's WebAssembly that all these sign-ins add", (memory.wasm.at(-1) - memory.wasm[0]) / MIB, 1),
    atMost(`MiB that ${BURST} sign-ins at once add (${BURST} hashes are ${BURST * HASH})`, (memory.burst - memory.resident.at(-1)) / MIB, GROWTH),
    ...(page ? [atMost("bytes of the sign-in page", page.bytes, PAGE)] : []),
  ];
  print.targets(targets);
  await save(options.json, { machine: machine(), settings: { rounds, seconds }, rows, memory, betterAuth: peers, page, targets });
  if (targets.some(({ met }) => !met)) process.exitCode = 1;
} finally {
  peer?.stop();
  await world.close();
}

/** Runs `signIn` by `atOnce` clients while `goesOn(started)`; returns the milliseconds of each. */
async function repeat(signIn, atOnce, goesOn) {
  const took = [];
  let begun = 0;
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (goesOn(begun++)) {
      const before = performance.now();
      await signIn();
      took.push(performance.now() - before);
    }
  }));
  return took;
}

async function measureTimes(runs) {
  const samples = Object.fromEntries(Object.keys(runs).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const order = Object.keys(runs);
    if (round % 2 === 1) order.reverse();
    for (const name of order) {
      process.stderr.write(`\rround ${round + 1} of ${rounds}: ${name}            `);
      const { signIn, server } = runs[name];
      await repeat(signIn, AT_ONCE, (begun) => begun < 2 * AT_ONCE);
      const [cpu, started] = [await server.cpu(), performance.now()];
      const took = await repeat(signIn, AT_ONCE, () => performance.now() - started < seconds * 1000);
      const elapsed = (performance.now() - started) / 1000;
      took.sort((a, b) => a - b);
      const at = (share) => took[Math.min(took.length - 1, Math.floor(took.length * share))];
      samples[name].push({
        rate: took.length / elapsed, p50: at(0.5), p99: at(0.99), cpu: ((await server.cpu() - cpu) / took.length) * 1000,
      });
    }
  }
  process.stderr.write("\n");
  return Object.fromEntries(Object.entries(samples).map(([name, rows]) => [name, Object.fromEntries(
    Object.keys(rows[0]).map((measure) => [measure, median(rows.map((row) => row[measure]))]))]));
}

/** The memory before, after half of `many` sign-ins, after all, and in a burst, in bytes; `last`: the milliseconds
 * of the slowest in the burst. `wasm` returns that of the WebAssembly, if there is one. */
async function measureMemory(server, signIn, many, wasm = () => NaN) {
  process.stderr.write(`\r${many} sign-ins            `);
  await repeat(signIn, AT_ONCE, (begun) => begun < PEOPLE);
  const sizes = { resident: [await server.resident()], wasm: [await wasm()] };
  for (let half = 0; half < 2; half++) {
    await repeat(signIn, AT_ONCE, (begun) => begun < many / 2);
    sizes.resident.push(await server.resident());
    sizes.wasm.push(await wasm());
  }
  await server.forget();
  sizes.resident.push(await server.resident());
  const took = await repeat(signIn, BURST, (begun) => begun < BURST);
  sizes.wasm.push(await wasm());
  return { ...sizes, burst: await server.peak(), last: Math.max(...took) };
}

/** The origin, which tells the size of its WebAssembly memory. */
async function measured() {
  const [build, workers] = [join(ROOT, "build/origin"), join(ROOT, "bench/workers")];
  const module = async (name) => ({
    type: "ESModule", path: join(build, name), contents: await readFile(join(workers, name), "utf8"),
  });
  return {
    modules: [
      await module("memory.js"), await module("instances.js"),
      { type: "ESModule", path: join(build, "index.js") }, { type: "CompiledWasm", path: join(build, "index.wasm") },
    ],
  };
}

async function measurePage() {
  if (!hasBrowser) return undefined;
  const browser = await startBrowser();
  const samples = [];
  try {
    for (let load = 0; load < LOADS; load++) {
      const tab = await (await browser.newContext()).newPage();
      const responses = [];
      tab.on("response", (response) => responses.push(response));
      await tab.goto((await authorization(world)).url, { waitUntil: "load" });
      const [paint, firstByte] = await tab.evaluate(() => new Promise((resolve) => {
        const { responseStart } = performance.getEntriesByType("navigation")[0];
        new PerformanceObserver((list) => resolve([list.getEntriesByName("first-contentful-paint")[0].startTime, responseStart]))
          .observe({ type: "paint", buffered: true });
      }));
      const good = responses.filter((response) => response.status() === 200);
      const sizes = (await Promise.all(good.map((response) => response.body()))).map((body) => body.length);
      samples.push({ paint, firstByte, bytes: sizes.reduce((sum, size) => sum + size, 0), requests: sizes.length });
      await tab.context().close();
    }
  } finally {
    await browser.close();
  }
  return Object.fromEntries(Object.keys(samples[0]).map((measure) => [measure, median(samples.map((sample) => sample[measure]))]));
}
