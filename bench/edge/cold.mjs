// From the start of a process to its first verified answer.
//
// A process makes the isolates of all its workers before it listens. On the platform neither the
// origin nor KV is in the edge's process; here they are, so the other variants get them too.
import { median } from "../generator.mjs";
import { atMost } from "../report.mjs";

const VARIANTS = { forward: "forward-only", jose: "jose gateway", edge: "edge" };

export async function cold(bench) {
  const { snapshots, origin } = bench.variants.edge[1];
  const variants = Object.fromEntries(Object.keys(VARIANTS).map((name) => {
    const [main, workers] = bench.variants[name];
    return [name, [main, { snapshots, origin, ...workers }]];
  }));
  const first = Object.fromEntries(Object.keys(VARIANTS).map((name) => [name, []]));
  const rounds = 3 * bench.rounds; // a start is short and noisy
  for (let round = 0; round < rounds; round++) {
    const order = Object.keys(VARIANTS);
    if (round % 2 === 1) order.reverse();
    for (const name of order) {
      const server = await bench.start(variants[name]);
      first[name].push(server.first);
      await bench.stop(server);
    }
  }
  const paired = (combine) => median(first.edge.map((edge, round) => combine(edge, first.jose[round], first.forward[round])));
  return {
    title: "Cold isolate: from the start of the process to the first verified answer",
    milliseconds: Object.fromEntries(Object.entries(first).map(([name, values]) => [name, median(values)])),
    notes: [
      Object.entries(VARIANTS).map(([name, label]) => `${label} ${median(first[name]).toFixed(1)} ms`).join(", ")
      + ` (medians of ${rounds}), each with the same other isolates in its process`,
      `Beyond forward-only, which has all that workerd itself takes: edge ${paired((edge, _, floor) => edge - floor).toFixed(1)} ms, `
      + `jose gateway ${paired((_, jose, floor) => jose - floor).toFixed(1)} ms`,
    ],
    targets: [atMost("cold isolate to first verified answer, edge / jose gateway", paired((edge, jose) => edge / jose), 1.5)],
  };
}
