// Latency under a fixed load: half the requests a second that forward-only can serve.
import { takeTurns } from "../generator.mjs";
import { atMost, unjudged } from "../report.mjs";

/** Enough that a request that is due seldom waits for a connection of the generator. */
const CONNECTIONS = 64;
/** The share of the load that forward-only must have served; below it the machine was disturbed. */
const KEPT = 0.95;

export async function latency(bench) {
  const { variants, lists, seconds } = bench;
  const servers = {};
  for (const name of ["forward", "jose", "edge"]) servers[name] = await bench.start(variants[name]);
  for (const server of Object.values(servers)) await bench.generator.run(server, { list: lists.hot, seconds: 1 });
  const ceiling = await takeTurns(bench, {
    "forward-only": { server: servers.forward, work: { list: lists.hot, seconds } },
  }, { rounds: Math.min(3, bench.rounds) });
  const rate = Math.round(ceiling.rows["forward-only"].requests_per_second / 2);

  const work = { list: lists.hot, rate, seconds, connections: CONNECTIONS };
  const { rows, ratio } = await takeTurns(bench, {
    "forward-only": { server: servers.forward, work },
    "jose gateway, hot token": { server: servers.jose, work },
    "edge, hot token": { server: servers.edge, work },
  });
  const target = atMost("p99 under that load, edge / jose gateway", ratio("edge, hot token", "jose gateway, hot token", "p99_ms"), 1);
  const kept = rows["forward-only"].requests_per_second >= KEPT * rate;
  return {
    title: `Latency under ${rate.toLocaleString("en")} requests/s, half of what forward-only serves`,
    rate, rows,
    notes: [
      `Open loop: requests are due every ${Math.round(1e6 / rate)} µs and latency counts from then. The generator itself`,
      `was late by at most ${Math.max(...Object.values(rows).map((row) => row.generator_lag_ms)).toFixed(2)} ms in `
      + "99 of 100 requests; it polls, so that it is always busy.",
    ],
    targets: [kept ? target : unjudged(target, "forward-only did not keep up either: the machine was disturbed")],
  };
}
