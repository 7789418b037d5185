// `scripts/bench platform`: the time of single operations of the platform.
//
//     scripts/bench platform [--json FILE] [--rounds 5] [--times 50000]
//
// Bare workerd; one request repeats an operation many times, so that the request itself hardly counts.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../scripts/local/pair.mjs";
import { median } from "./generator.mjs";
import { machine, print, save } from "./report.mjs";
import { firstAnswer, serve } from "./workerd.mjs";

const { values: options } = parseArgs({
  options: {
    json: { type: "string" }, rounds: { type: "string", default: "5" }, times: { type: "string", default: "50000" },
  },
});
const rounds = Number(options.rounds);
const times = Number(options.times);

const server = await serve("platform", {
  platform: { modules: { "platform.js": join(ROOT, "bench/workers/platform.js") } },
});
try {
  await firstAnswer(server, "/", "none");
  const base = `http://127.0.0.1:${server.port}/`;
  const microseconds = {};
  for (const what of await (await fetch(base)).json()) {
    const address = `${base}?${new URLSearchParams({ what, times })}`;
    const samples = [];
    for (let round = 0; round <= rounds; round++) {
      const before = performance.now();
      const answer = await fetch(address);
      if (await answer.text() !== "done") throw new Error(`${what}: ${answer.status}`);
      if (round > 0) samples.push(((performance.now() - before) * 1000) / times); // the first warms up
    }
    microseconds[what] = median(samples);
  }
  print.machine(machine(), `bare workerd, medians of ${rounds} rounds of ${times.toLocaleString("en")}`);
  print.section({
    title: "Microseconds of single operations of the platform",
    notes: Object.entries(microseconds).map(([what, took]) => `${took.toFixed(2).padStart(6)}  ${what}`),
  });
  await save(options.json, { machine: machine(), settings: { rounds, times }, microseconds });
} finally {
  await server.stop();
}
