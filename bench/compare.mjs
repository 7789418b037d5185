// `scripts/bench compare`: two or more builds of the edge against each other, in paired rounds.
//
//     scripts/bench compare --build before=DIR --build after=build/edge [--rounds 7] [--seconds 1]
//                           [--connections 16] [--json FILE]
//
// Each round starts a process per build and sends all of them the same requests in turn; a ratio is
// taken within each round. CPU time per request is the steadier figure on a busy machine. A change
// that is meant to be faster stays only if its ratio differs from 1 by more than that of a build
// compared with itself (name the same folder twice).
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { startGenerator, takeTurns } from "./generator.mjs";
import { machine, print, save } from "./report.mjs";
import { firstAnswer, serve } from "./workerd.mjs";
import { list, PATH, publishedWorld, tidy, variantsOf } from "./world.mjs";

const TOKENS = 5_000;

const { values: options } = parseArgs({
  options: {
    build: { type: "string", multiple: true, default: [] },
    json: { type: "string" },
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "1" },
    connections: { type: "string", default: "16" },
  },
});
const builds = options.build.map((text) => text.split("="));
if (builds.length < 2 || builds.some((parts) => parts.length !== 2)) {
  console.error("usage: scripts/bench compare --build NAME=FOLDER --build NAME=FOLDER [OPTIONS]");
  process.exit(2);
}

const rounds = Number(options.rounds);
const seconds = Number(options.seconds);
const bench = {
  rounds,
  generator: startGenerator(Number(options.connections)),
  say: (text) => console.error(`   ${text}`),
};
let servers = {};
const stop = async () => {
  await Promise.allSettled(Object.values(servers).map((server) => server.stop()));
  servers = {};
};

try {
  const world = await publishedWorld();
  const [main, workers] = (await variantsOf(world)).edge;
  const lists = { token: await list("token", [world.hot]), key: await list("key", [world.key]) };
  const works = {
    token: { list: lists.token, seconds },
    key: { list: lists.key, seconds },
    new: ({ fresh, build }) => ({ list: fresh, count: TOKENS, build }),
  };
  const runs = Object.fromEntries(builds.flatMap(([build]) => Object.entries(works).map(([name, work]) =>
    [`${name} ${build}`, { label: `${name}, ${build}`, server: () => servers[build], work }])));
  const { rows, ratio } = await takeTurns(bench, runs, {
    async beforeRound() {
      await stop();
      for (const [build, folder] of builds) {
        const modules = Object.fromEntries(["index.js", "index.wasm"].map((file) => [file, join(resolve(folder), file)]));
        const server = await serve(main, { ...workers, edge: { ...workers.edge, modules } });
        servers[build] = server;
        await firstAnswer(server, PATH, world.hot, 200);
        for (const warm of [works.token, works.key]) await bench.generator.run(server, warm);
        const fresh = await list("warm", world.mint(TOKENS));
        await bench.generator.run(server, { list: fresh, count: TOKENS });
      }
      return { fresh: await list("fresh", world.mint(TOKENS)) };
    },
  });
  const [[first], ...others] = builds;
  const ratios = Object.fromEntries(others.flatMap(([other]) => Object.keys(works).map((name) => {
    const pair = [`${name} ${other}`, `${name} ${first}`];
    return [`${name}: ${other} / ${first}`, { requests: ratio(...pair), cpu: 1 / ratio(...pair, "cpu_us_per_request") }];
  })));
  const report = { machine: machine(), settings: { rounds, seconds }, rows, ratios };
  print.machine(report.machine, "bare workerd", `medians of ${rounds} rounds`);
  print.section({ title: "Builds of the edge", rows, ratios });
  await save(options.json, report);
} finally {
  bench.generator.stop();
  await stop();
  await tidy();
}
