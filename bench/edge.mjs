// `scripts/bench edge`: the cost of verifying and forwarding a call at the edge.
//
//     scripts/bench edge [--only SECTION]… [--json FILE] [--rounds 5] [--seconds 3]
//                        [--connections 16] [--requests 1000000]
//
// It compares the edge with a worker that only forwards ("forward-only"), with one that changes headers
// as the edge does and verifies nothing ("amend-only"), with a gateway in JavaScript ("jose gateway"), and
// with Envoy. Every variant is a bare workerd of its own with the same upstream in it, gets the same
// requests, and must answer each as expected, or nothing is reported.
// Sections: throughput, junk, latency, cold, memory, size, envoy (all, in this order).
import { parseArgs } from "node:util";
import { cold } from "./edge/cold.mjs";
import { envoy } from "./edge/envoy.mjs";
import { junk } from "./edge/junk.mjs";
import { latency } from "./edge/latency.mjs";
import { memory } from "./edge/memory.mjs";
import { size } from "./edge/size.mjs";
import { throughput } from "./edge/throughput.mjs";
import { startGenerator } from "./generator.mjs";
import { machine, print, save } from "./report.mjs";
import { firstAnswer, serve } from "./workerd.mjs";
import { list, PATH, publishedWorld, tidy, variantsOf } from "./world.mjs";

const SECTIONS = { throughput, junk, latency, cold, memory, size, envoy };

const { values: options } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: [] },
    json: { type: "string" },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "3" },
    connections: { type: "string", default: "16" },
    requests: { type: "string", default: "1000000" },
  },
});
const wanted = options.only.flatMap((names) => names.split(","));
const unknown = wanted.filter((name) => !SECTIONS[name]);
if (unknown.length > 0) {
  console.error(`no section ${unknown.join(", ")}; there are: ${Object.keys(SECTIONS).join(", ")}`);
  process.exit(2);
}

const running = new Set();
const bench = {
  rounds: Number(options.rounds),
  seconds: Number(options.seconds),
  connections: Number(options.connections),
  requests: Number(options.requests),
  generator: startGenerator(Number(options.connections)),
  say: (text) => console.error(`   ${text}`),

  /** Starts a variant, and waits for its first response. */
  async start([main, workers], { status = 200, ...limits } = {}) {
    const server = await bench.keep(serve(main, workers, limits));
    server.first = await firstAnswer(server, PATH, bench.world.hot, status);
    return server;
  },
  /** Records a running server, so that it is stopped in any case. */
  async keep(starting) {
    const server = await starting;
    running.add(server);
    return server;
  },
  /** Stops servers; throws an error if the edge called its origin, which would falsify the figures. */
  async stop(...servers) {
    for (const server of servers) {
      const { origin } = (await server.calls?.()) ?? {};
      if (origin?.unexpected) throw new Error(`the edge asked its origin ${origin.unexpected} times`);
    }
    for (const server of servers) running.delete(server);
    await Promise.all(servers.map((server) => server.stop()));
  },
};

try {
  bench.say("making keys, tokens and snapshots with the real origin");
  bench.world = await publishedWorld();
  bench.variants = await variantsOf(bench.world);
  bench.lists = {
    hot: await list("hot", [bench.world.hot]),
    key: await list("key", [bench.world.key]),
  };
  const report = {
    machine: machine(),
    settings: {
      rounds: bench.rounds, seconds: bench.seconds, connections: bench.connections, requests: bench.requests,
    },
    sections: {},
  };
  print.machine(report.machine, `bare workerd, ${bench.connections} connections`, `medians of ${bench.rounds} rounds`);
  for (const [name, section] of Object.entries(SECTIONS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    bench.say(`${name}:`);
    report.sections[name] = await section(bench);
    await bench.stop(...running);
    print.section(report.sections[name]);
  }
  print.targets(Object.values(report.sections).flatMap(({ targets = [] }) => targets));
  await save(options.json, report);
} finally {
  bench.generator.stop();
  await Promise.allSettled([...running].map((server) => server.stop()));
  await tidy();
}
