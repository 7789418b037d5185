// `scripts/bench revocation`: the time from a revocation until every edge refuses.
//
//     scripts/bench revocation [--json FILE] [--rounds 1] [--edges 5]
//
// One origin and several edges, each a workerd of its own, which are called continuously with
// everything that can be revoked (tests/support/revocations.mjs).
import { parseArgs } from "node:util";
import { startFleet } from "../tests/support/fleet.mjs";
import { BOUND, distribution, measure, told } from "../tests/support/revocations.mjs";
import { atMost, machine, print, save } from "./report.mjs";

const { values: options } = parseArgs({
  options: {
    json: { type: "string" },
    rounds: { type: "string", default: "1" },
    edges: { type: "string", default: "5" },
  },
});
const [rounds, edges] = [Number(options.rounds), Number(options.edges)];

const fleet = await startFleet({ edges });
try {
  const [samples, successors] = [[], []];
  for (let round = 0; round < rounds; round++) {
    console.error(`   round ${round + 1} of ${rounds}`);
    const measured = await measure(fleet, { round });
    samples.push(...measured.samples);
    successors.push(...measured.successors);
  }
  const over = distribution(samples);
  const target = atMost("the longest time until every edge refuses, ms", over.max, BOUND);
  const strays = samples.filter(({ refused }) => !refused);
  print.machine(machine(), `${edges} edges`);
  console.log(`\n${told(samples).join("\n")}`);
  for (const { kind, edge, statuses } of strays) {
    console.log(`NOT GRANTED BEFORE AND REFUSED AFTER: ${kind} at ${edge}: ${JSON.stringify(statuses)}`);
  }
  console.log("\nTokens of the next signing key, after one was dropped:");
  for (const { edge, statuses, ms } of successors) {
    console.log(`   ${edge.padEnd(16)} ${JSON.stringify(statuses)}, not granted for ${Math.round(ms)} ms`);
  }
  print.targets([{ ...target, met: target.met && strays.length === 0 }]);
  await save(options.json, {
    machine: machine(), settings: { rounds, edges }, distribution: over, samples, successors,
  });
} finally {
  await fleet.close();
}
