// `scripts/bench edge`: what verifying and forwarding costs at the edge, against JavaScript that
// does the same. Every variant is a bare workerd of its own with the same upstream in it; they
// take turns in rounds, and medians are reported, because machines are noisy.
import { fork } from "node:child_process";
import { createHash, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { bootstrap, newRootKey, ROOT, startPair } from "../scripts/local/pair.mjs";
import { newDemo } from "../scripts/local/demo.mjs";
import { firstAnswer, serve } from "./workerd.mjs";

const { values: options } = parseArgs({
  options: {
    json: { type: "string" },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "3" },
    connections: { type: "string", default: "16" },
  },
});
const ROUNDS = Number(options.rounds);
const SECONDS = Number(options.seconds);
const CONNECTIONS = Number(options.connections);
const TOKENS = 10_000;
const PATH = "/v1/echo/hello";
const ISSUER = "https://hanzo.id";
const AUDIENCE = "hanzo-cloud";

const folder = await mkdtemp(join(tmpdir(), "bench-edge-"));
const running = [];
const load = fork(new URL("load.mjs", import.meta.url), { stdio: "inherit" });
try {
  const report = await measure();
  print(report);
  if (options.json) await writeFile(options.json, JSON.stringify(report, null, 2) + "\n");
} finally {
  load.kill();
  await Promise.allSettled(running.map((server) => server.stop()));
  await rm(folder, { recursive: true, force: true });
}

async function measure() {
  say("making keys, tokens and snapshots with the real origin");
  const world = await publishedWorld();
  const jose = await bundled("jose.js");
  const answer = { modules: { "answer.js": join(ROOT, "bench/workers/answer.js") } };
  const variants = {
    answer: ["answer", { answer }],
    forward: ["forward", { answer, forward: {
      modules: { "forward.js": join(ROOT, "bench/workers/forward.js") },
      bindings: { ECHO: { service: "answer" } },
    } }],
    jose: ["jose", { answer, jose: {
      modules: { "jose.js": jose },
      bindings: { ECHO: { service: "answer" }, JWK: JSON.stringify(world.jwk), IAM_ISSUER: ISSUER, AUDIENCE },
    } }],
    edge: ["edge", {
      answer,
      snapshots: {
        modules: { "snapshots.js": join(ROOT, "bench/workers/snapshots.js") },
        bindings: { VALUES: JSON.stringify(world.snapshots) },
      },
      origin: { modules: { "origin.js": join(ROOT, "bench/workers/origin.js") } },
      edge: {
        modules: {
          "index.js": join(ROOT, "build/edge/index.js"),
          "index.wasm": join(ROOT, "build/edge/index.wasm"),
        },
        bindings: {
          ECHO: { service: "answer" }, ORIGIN: { service: "origin" }, SNAPSHOTS: { kv: "snapshots" },
          ROOT_KEY: world.rootKey, ENVIRONMENT: "production", IAM_ISSUER: ISSUER,
        },
      },
    }],
  };

  say("cold starts");
  const startUp = { jose: [], edge: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of ["jose", "edge"]) {
      const server = await started(variants[name]);
      startUp[name].push(await firstAnswer(server, PATH, world.hot));
      await server.stop();
      running.splice(running.indexOf(server), 1);
    }
  }

  const servers = {};
  for (const name of Object.keys(variants)) {
    servers[name] = await started(variants[name]);
    await firstAnswer(servers[name], PATH, world.hot);
  }
  const hot = await lines("hot", [world.hot]);
  const key = await lines("key", [world.key]);
  const runs = [
    ["(0) a worker that only answers", "answer", hot],
    ["(a) forwards only, JavaScript", "forward", hot],
    ["(b) verifies with jose and forwards", "jose", hot],
    ["(c) our edge, one hot token", "edge", hot],
    ["(b') jose, 10,000 tokens once each", "jose", null],
    ["(d) our edge, 10,000 tokens once each", "edge", null],
    ["(e) our edge, one hk- key", "edge", key],
  ];
  const samples = runs.map(() => []);
  for (const [, server, file] of runs) await ask(servers[server], { credentials: file ?? hot, seconds: 1 });
  for (let round = 0; round < ROUNDS; round++) {
    say(`round ${round + 1} of ${ROUNDS}`);
    const fresh = await lines(`fresh-${round}`, world.mint(TOKENS));
    // Every other round backwards, so that no variant always runs after the same one.
    const order = runs.map((_, i) => i);
    if (round % 2 === 1) order.reverse();
    for (const i of order) {
      const [label, server, file] = runs[i];
      const work = file ? { seconds: SECONDS } : { count: TOKENS };
      const before = await servers[server].cpu();
      const result = await ask(servers[server], { credentials: file ?? fresh, ...work });
      const cpu = await servers[server].cpu() - before;
      const refused = Object.entries(result.statuses).filter(([status]) => status !== "200");
      if (refused.length > 0) throw new Error(`${label}: not only 200: ${JSON.stringify(result.statuses)}`);
      samples[i].push({
        rps: result.requests / result.elapsed,
        p50: result.p50, p99: result.p99, cpu: (cpu / result.requests) * 1e6,
      });
    }
  }
  const variantsMeasured = Object.fromEntries(runs.map(([label], i) => [
    /\((.+?)\)/.exec(label)[1],
    {
      label,
      requests_per_second: Math.round(median(samples[i].map(({ rps }) => rps))),
      p50_ms: round3(median(samples[i].map(({ p50 }) => p50))),
      p99_ms: round3(median(samples[i].map(({ p99 }) => p99))),
      cpu_us_per_request: Math.round(median(samples[i].map(({ cpu }) => cpu))),
    },
  ]));
  // A ratio is taken within each round, where both sides met the same machine.
  const ratio = (x, y) => {
    const [i, j] = [x, y].map((id) => runs.findIndex(([label]) => label.startsWith(`(${id})`)));
    return round3(median(samples[i].map(({ rps }, round) => rps / samples[j][round].rps)));
  };
  const ratios = {
    "c/b": ratio("c", "b"), "d/b": ratio("d", "b'"), "e/b": ratio("e", "b"),
    "c/a": ratio("c", "a"), "b/a": ratio("b", "a"),
  };
  const sizes = {};
  for (const service of ["edge", "origin"]) {
    const wasm = await readFile(join(ROOT, "build", service, "index.wasm"));
    const glue = await readFile(join(ROOT, "build", service, "index.js"));
    sizes[service] = {
      wasm: wasm.length, wasm_gzip: gzipSync(wasm, { level: 9 }).length,
      js: glue.length, js_gzip: gzipSync(glue, { level: 9 }).length,
    };
  }
  const cold = { jose_ms: Math.round(median(startUp.jose)), edge_ms: Math.round(median(startUp.edge)) };
  return {
    machine: { cpu: cpus()[0]?.model, cpus: cpus().length, node: process.version },
    settings: { rounds: ROUNDS, seconds: SECONDS, connections: CONNECTIONS },
    variants: variantsMeasured, ratios, sizes, cold_start: cold,
    targets: [
      target("(c) at least 1.4 × (b)", ratios["c/b"], ratios["c/b"] >= 1.4),
      target("(d) at least 0.9 × (b) on the same tokens", ratios["d/b"], ratios["d/b"] >= 0.9),
      target("edge wasm at most 300 KB gzip", sizes.edge.wasm_gzip, sizes.edge.wasm_gzip <= 300_000),
      target("origin wasm at most 1.5 MB gzip", sizes.origin.wasm_gzip, sizes.origin.wasm_gzip <= 1_500_000),
    ],
  };
}

/** What the real origin publishes, with a signing key of the bench added to it. */
async function publishedWorld() {
  const rootKey = newRootKey();
  const pair = await startPair({
    rootKey, issuer: ISSUER, environment: "production",
    routes: [{ service: "echo", upstream: { binding: "ECHO" }, public: [] }],
  });
  try {
    const seed = newDemo();
    const made = await bootstrap(pair, seed);
    await pair.scheduled();
    const client = seed.applications.find(({ clientId }) => clientId === AUDIENCE);
    const alice = seed.users.find(({ name }) => name === "alice");
    const answer = await fetch(`${pair.base}/v1/iam/oauth/token`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`${client.clientId}:${client.clientSecret}`)}` },
      body: new URLSearchParams({
        grant_type: "password", username: alice.name, password: alice.password, scope: "openid profile email",
      }),
    });
    const { access_token: token } = await answer.json();
    if (!token) throw new Error(`the origin gave no token: ${answer.status}`);
    const [, payload] = token.split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url"));

    const store = await pair.snapshots();
    const snapshots = {};
    for (const { name } of (await store.list()).keys) snapshots[name] = await store.get(name);

    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const { x, y } = publicKey.export({ format: "jwk" });
    const kid = createHash("sha256").update(JSON.stringify({ crv: "P-256", kty: "EC", x, y })).digest("base64url");
    const jwk = { kty: "EC", crv: "P-256", x, y, kid, alg: "ES256", use: "sig" };
    const published = JSON.parse(snapshots.edge);
    published.keys.unshift(jwk);
    published.published_at = Math.floor(Date.now() / 1000);
    snapshots.edge = JSON.stringify(published);

    const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const header = encode({ alg: "ES256", typ: "at+jwt", kid });
    const mint = (count) => Array.from({ length: count }, () => {
      const input = `${header}.${encode({ ...claims, exp: claims.iat + 3600, jti: randomUUID() })}`;
      const signature = sign("sha256", Buffer.from(input), { key: privateKey, dsaEncoding: "ieee-p1363" });
      return `${input}.${signature.toString("base64url")}`;
    });
    const key = made.keys.find(({ owner }) => owner === "hanzo").key;
    return { rootKey, jwk, snapshots, mint, hot: mint(1)[0], key };
  } finally {
    await pair.close();
  }
}

async function started([main, workers]) {
  const server = await serve(main, workers);
  running.push(server);
  return server;
}

/** One command to the load generator. */
function ask(server, command) {
  return new Promise((resolve, reject) => {
    load.once("message", (answer) => (answer.error ? reject(new Error(answer.error)) : resolve(answer)));
    load.send({ port: server.port, path: PATH, connections: CONNECTIONS, ...command });
  });
}

async function bundled(name) {
  const outfile = join(folder, name);
  await build({
    entryPoints: [join(ROOT, "bench/workers", name)], bundle: true, format: "esm", minify: true,
    conditions: ["workerd", "worker", "browser"], outfile, logLevel: "error",
  });
  return outfile;
}

async function lines(name, credentials) {
  const file = join(folder, name);
  await writeFile(file, credentials.join("\n") + "\n");
  return file;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function round3(value) {
  return Math.round(value * 1000) / 1000;
}

function target(name, value, met) {
  return { name, value, met };
}

function say(text) {
  console.error(`   ${text}`);
}

function print({ machine, settings, variants, ratios, sizes, cold_start: cold, targets }) {
  console.log(`\n${machine.cpu}, ${machine.cpus} processors; bare workerd, ${settings.connections} connections, `
    + `median of ${settings.rounds} rounds\n`);
  console.log("                                        requests/s   p50 ms   p99 ms   CPU µs/request");
  for (const v of Object.values(variants)) {
    console.log(`${v.label.padEnd(40)}${String(v.requests_per_second).padStart(10)}`
      + `${v.p50_ms.toFixed(2).padStart(9)}${v.p99_ms.toFixed(2).padStart(9)}${String(v.cpu_us_per_request).padStart(17)}`);
  }
  console.log(`\nratios of requests/s: ${Object.entries(ratios).map(([name, value]) => `${name} ${value.toFixed(2)}`).join(", ")}`);
  for (const [service, size] of Object.entries(sizes)) {
    console.log(`${service} wasm: ${size.wasm} bytes, ${size.wasm_gzip} gzipped (and ${size.js_gzip} of JavaScript)`);
  }
  console.log(`cold start, process start to first verified answer: edge ${cold.edge_ms} ms, jose ${cold.jose_ms} ms\n`);
  for (const { name, value, met } of targets) console.log(`${met ? "met   " : "MISSED"} ${name}: ${value}`);
}
