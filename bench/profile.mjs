// `scripts/bench profile`: the parts of a call's processor time, by sampling.
//
//     scripts/bench profile [--json FILE] [--seconds 4]
//
// Needs Linux's `perf` (Debian: linux-perf) and the permission to use it. The parts of a row overlap:
// garbage collection or allocation within a `fetch` counts for both. V8's flag that names compiled code
// costs a little, so compare the rows with each other only.
import { execFile, spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { parseArgs, promisify } from "node:util";
import { junk as make, times } from "./credentials.mjs";
import { startGenerator } from "./generator.mjs";
import { machine, print, save } from "./report.mjs";
import { firstAnswer, serve } from "./workerd.mjs";
import { list, PATH, publishedWorld, scratch, tidy, variantsOf } from "./world.mjs";

const run = promisify(execFile);
/** New tokens, sent to a process that has warmed up with as many others. */
const TOKENS = 15_000;
const FREQUENCY = 2000;

/** The parts for which a sample counts, by its frames, innermost first: `symbol (object)`. */
const PARTS = {
  "wasm": ([leaf]) => leaf.includes("wasm-function"),
  "our JavaScript": ([leaf]) => /^(JS:|Builtins_)/.test(leaf) && !leaf.includes("wasm-function"),
  "fetch": (frames) => frames.some((frame) => frame.startsWith("workerd::api::Fetcher::fetch")),
  "Headers": (frames) => frames.some((frame) => frame.startsWith("workerd::api::Headers::")),
  "garbage collection": (frames) => frames.some((frame) => /^v8::internal::(Heap::CollectGarbage|MinorGCJob|Scavenge)/.test(frame)),
  "allocation": ([leaf]) => /tcmalloc|TCMalloc/.test(leaf),
  "kernel": ([leaf]) => leaf.includes("[kernel"),
  "signature": (frames) => frames.some((frame) => /ECDSA_do_verify|EVP_DigestVerify|ecdsa/i.test(frame)),
};

const { values: options } = parseArgs({
  options: { json: { type: "string" }, seconds: { type: "string", default: "4" } },
});
const seconds = Number(options.seconds);
const generator = startGenerator(16);

/** The microseconds of each part of a call of `work`, on a variant that is first called with `credential`. */
async function profile([main, workers], { credential, status }, { warm, work }) {
  const server = await serve(main, workers, { flags: ["--perf-basic-prof"] });
  const file = await scratch("samples", "");
  try {
    await firstAnswer(server, PATH, credential, status);
    await generator.run(server, warm);
    const perf = spawn("perf", ["record", "-e", "cpu-clock", "-F", FREQUENCY, "-g", "-o", file, "-p", server.pid], {
      stdio: "ignore",
    });
    await new Promise((resolve) => setTimeout(resolve, 300)); // until it has begun
    const before = await server.cpu();
    const { requests } = await generator.run(server, work);
    const microseconds = ((await server.cpu()) - before) * 1e6 / requests;
    perf.kill("SIGINT");
    await new Promise((resolve) => perf.once("exit", resolve));
    const { stdout } = await run("perf", ["script", "-i", file, "-F", "ip,sym,dso"], { maxBuffer: 1 << 30 });
    const samples = stdout.split("\n\n").map((stack) =>
      stack.split("\n").map((line) => line.trim().replace(/^[0-9a-f]+ /, "")).filter((line) => line !== ""))
      .filter((frames) => frames.length > 0);
    const shares = Object.entries(PARTS).map(([name, counts]) =>
      [name, (samples.filter(counts).length / samples.length) * microseconds]);
    return { microseconds, ...Object.fromEntries(shares) };
  } finally {
    await server.stop();
    // V8 writes the names of compiled code here, the only place where perf looks.
    await rm(`/tmp/perf-${server.pid}.map`, { force: true });
  }
}

try {
  await run("perf", ["--version"]).catch(() => {
    throw new Error("perf is missing (Debian: apt-get install linux-perf)");
  });
  const world = await publishedWorld();
  const variants = await variantsOf(world);
  const hot = await list("hot", [world.hot]);
  const key = await list("key", [world.key]);
  const junk = await list("junk", times(10_000, make.form), 401);
  const again = (list) => ({ warm: { list, seconds: 2 }, work: { list, seconds } });
  const anew = async () => ({
    warm: { list: await list("warm", world.mint(TOKENS)), count: TOKENS },
    work: { list: await list("new", world.mint(TOKENS)), count: TOKENS },
  });
  const rows = {
    "forward-only": [variants.forward, again(hot)],
    "amend-only": [variants.amend, again(hot)],
    "refuse-only": [variants.refuse, again(junk), 401],
    "edge, key of wrong form": [variants.edge, again(junk)],
    "edge, hot token": [variants.edge, again(hot)],
    "edge, hot hk- key": [variants.edge, again(key)],
    "jose gateway, new tokens": [variants.jose, await anew()],
    "edge, new tokens": [variants.edge, await anew()],
  };
  const measured = {};
  for (const [name, [variant, work, status]] of Object.entries(rows)) {
    measured[name] = await profile(variant, { credential: world.hot, status }, work);
  }
  const names = Object.keys(Object.values(measured)[0]);
  print.machine(machine(), "bare workerd, 16 connections");
  print.section({
    title: "Microseconds of processor time a call, and in what part of it",
    table: [
      ["", ...names.map((name) => (name === "microseconds" ? "all" : name))],
      ...Object.entries(measured).map(([row, its]) => [row, ...names.map((name) => Math.round(its[name]))]),
    ],
  });
  await save(options.json, { machine: machine(), microseconds: measured });
} finally {
  generator.stop();
  await tidy();
}
