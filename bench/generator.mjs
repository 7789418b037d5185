// The bench's side of the load generator (load.mjs), and how several runs take turns.
import { fork } from "node:child_process";
import { cpus } from "node:os";
import { machineCpu } from "./process.mjs";
import { PATH } from "./world.mjs";

/** Starts the generator. `run(server, command)` gives it work; one at a time. */
export function startGenerator(connections) {
  const child = fork(new URL("load.mjs", import.meta.url), { stdio: "inherit" });
  return {
    run(server, { onProgress, ...command }) {
      return new Promise((resolve, reject) => {
        const receive = (message) => {
          if (message.progress) return onProgress?.(message.progress);
          child.off("message", receive);
          if (message.error) reject(new Error(message.error));
          else resolve(message);
        };
        child.on("message", receive);
        child.send({ port: server.port, path: PATH, connections, ...command });
      });
    },
    stop: () => child.kill(),
  };
}

/**
 * Measures runs in turns, in rounds, because machines are noisy: medians are reported, and a ratio is
 * taken within each round, in which both sides had the same machine. A run is
 * `{ server, work, prepare, upstream }`: `server` may be a function that returns the one of a round,
 * `work` is a command of the generator or a function that makes one for a round, `prepare` makes one
 * that is run before and not measured, `upstream` is a second process that works for the first.
 */
export async function takeTurns(bench, runs, { rounds = bench.rounds, beforeRound } = {}) {
  const samples = Object.fromEntries(Object.keys(runs).map((id) => [id, []]));
  for (let round = 0; round < rounds; round++) {
    bench.say(`round ${round + 1} of ${rounds}`);
    const shared = await beforeRound?.(round);
    // Every other round backwards, so that no run always comes after the same one.
    const order = Object.keys(runs);
    if (round % 2 === 1) order.reverse();
    for (const id of order) {
      const { work, prepare, upstream } = runs[id];
      const server = typeof runs[id].server === "function" ? runs[id].server() : runs[id].server;
      if (prepare) await bench.generator.run(server, prepare(shared));
      const before = await spent(server, upstream);
      const result = await bench.generator.run(server, typeof work === "function" ? work(shared) : work)
        .catch((error) => { throw new Error(`${id}: ${error.message}`); });
      const [cpu, beside, machine] = (await spent(server, upstream)).map((now, i) => now - before[i]);
      const others = machine - cpu - beside - result.busy * result.elapsed;
      samples[id].push({
        requests_per_second: result.requests / result.elapsed,
        p50_ms: result.p50, p99_ms: result.p99,
        cpu_us_per_request: (cpu / result.requests) * 1e6,
        generator_busy: result.busy,
        // The share of the machine that other processes used.
        others: Math.max(0, others / result.elapsed / cpus().length),
        ...(result.lag !== undefined && { generator_lag_ms: result.lag }),
      });
    }
  }
  return {
    /** The medians of each run. */
    rows: Object.fromEntries(Object.keys(runs).map((id) => [id, medians(samples[id])])),
    /** The median over the rounds of `measure` of `x` by that of `y`. */
    ratio(x, y, measure = "requests_per_second") {
      return median(samples[x].map((sample, round) => sample[measure] / samples[y][round][measure]));
    },
  };
}

async function spent(server, upstream) {
  return [await server.cpu(), (await upstream?.cpu()) ?? 0, await machineCpu()];
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function medians(samples) {
  return Object.fromEntries(Object.keys(samples[0]).map((measure) =>
    [measure, median(samples.map((sample) => sample[measure]))]));
}
