// Requests a second: hot credentials, new ones, and a mixture.
//
// Two processes of one worker differ by up to a tenth for as long as they live, so each round starts
// new ones.
import { randomInt } from "node:crypto";
import { takeTurns } from "../generator.mjs";
import { atLeast } from "../report.mjs";
import { list, MODEST } from "../world.mjs";

const TOKENS = 10_000;
const NEW_SHARE = 0.1;
const SERVERS = ["answer", "forward", "amend", "jose", "joseAll", "edge"];

export async function throughput(bench) {
  const { variants, lists, world, seconds } = bench;
  const servers = {};
  const [answer, forward, amend, jose, joseAll, edge] = SERVERS.map((name) => () => servers[name]);
  const run = (server, work, prepare) => ({ server, work, prepare });
  const hot = { list: lists.hot, seconds };
  const key = { list: lists.key, seconds };
  const fresh = ({ fresh }) => ({ list: fresh, count: TOKENS });
  const mixed = ({ mixture }) => mixture.requests;
  // Tokens that are to be hot are sent right before: other runs may have evicted them since the warm-up.
  const known = ({ mixture }) => mixture.known;
  const other = ({ other }) => ({ list: other, count: TOKENS, path: MODEST });
  const runs = {
    "answer-only worker": run(answer, hot),
    "forward-only": run(forward, hot),
    "forward-only, hk- key": run(forward, key),
    "amend-only": run(amend, hot),
    "jose gateway, hot token": run(jose, hot),
    "jose gateway, all headers, hot token": run(joseAll, hot),
    "edge, hot token": run(edge, hot),
    "edge, hot hk- key": run(edge, key),
    "edge, two headers, hot token": run(edge, { ...hot, path: MODEST }),
    "edge, two headers, hot hk- key": run(edge, { ...key, path: MODEST }),
    "jose gateway, new tokens": run(jose, fresh),
    "jose gateway, all headers, new tokens": run(joseAll, fresh),
    "edge, new tokens": run(edge, fresh),
    "edge, two headers, new tokens": run(edge, other),
    "jose gateway, 90 % hot": run(jose, mixed, known),
    "edge, 90 % hot": run(edge, mixed, known),
  };

  const nextMixture = newMixture(world);
  const warmUp = async () => {
    for (const { server, work } of Object.values(runs).filter(({ work }) => typeof work !== "function")) {
      await bench.generator.run(server(), { ...work, seconds: 1 });
    }
    // The path of a new token.
    const fresh = await list("warm", world.mint(TOKENS / 2));
    for (const server of [jose, joseAll, edge]) {
      await bench.generator.run(server(), { list: fresh, count: TOKENS / 2 });
    }
  };
  const { rows, ratio } = await takeTurns(bench, runs, {
    async beforeRound() {
      await bench.stop(...Object.values(servers));
      for (const name of SERVERS) servers[name] = await bench.start(variants[name]);
      await warmUp();
      return {
        fresh: await list("fresh", world.mint(TOKENS)),
        other: await list("other", world.mint(TOKENS)), // the edge has just seen those of `fresh`
        mixture: await nextMixture(),
      };
    },
  });

  const [token, key_, modest, modestKey] = [
    "edge, hot token", "edge, hot hk- key", "edge, two headers, hot token", "edge, two headers, hot hk- key",
  ];
  const ratios = Object.fromEntries([
    [token, "forward-only"], [key_, "forward-only, hk- key"], [token, "amend-only"], [key_, "amend-only"],
    [modest, "forward-only"], [modestKey, "forward-only, hk- key"],
    [token, "jose gateway, hot token"], [key_, "jose gateway, hot token"],
    [modest, "jose gateway, hot token"], [modestKey, "jose gateway, hot token"],
    [token, "jose gateway, all headers, hot token"], [key_, "jose gateway, all headers, hot token"],
    ["edge, new tokens", "jose gateway, new tokens"],
    ["edge, two headers, new tokens", "jose gateway, new tokens"],
    ["edge, new tokens", "jose gateway, all headers, new tokens"],
    ["edge, 90 % hot", "jose gateway, 90 % hot"],
    ["jose gateway, hot token", "forward-only"], ["amend-only", "forward-only"],
    ["amend-only", "jose gateway, hot token"],
  ].map(([x, y]) => [`${x} / ${y}`, { requests: ratio(x, y), cpu: 1 / ratio(x, y, "cpu_us_per_request") }]));
  const target = (x, y, bound) => atLeast(`${x} / ${y}`, ratios[`${x} / ${y}`].requests, bound);
  return {
    title: "Requests a second",
    rows, ratios,
    notes: [
      "answer-only worker: no gateway. forward-only: forwards the request as it is, the ceiling of any",
      "gateway. amend-only: reads the headers, sets the edge's as constants, adds a request id; it verifies",
      "nothing. jose gateway: verifies with jose against one JWKS, imported once, and sets two headers.",
      "all headers: it sets the headers that the edge sets by default. two headers: the edge's route names",
      "the same two that the jose gateway sets. new tokens: 10,000 tokens once each, the same for all, new in",
      "every round. 90 % hot: lists of 20,000 requests, the same for both, in which 2,000 tokens are new and",
      "each other request has one drawn evenly from those 2,000 and 8,000 seen before.",
    ],
    targets: [
      target(token, "forward-only", 0.9),
      target(key_, "forward-only, hk- key", 0.9),
      target(token, "jose gateway, hot token", 1.75),
      target(key_, "jose gateway, hot token", 1.75),
      target(modest, "jose gateway, hot token", 1.75),
      target("edge, two headers, new tokens", "jose gateway, new tokens", 1.1),
      target("edge, new tokens", "jose gateway, new tokens", 1.1),
      target("edge, 90 % hot", "jose gateway, 90 % hot", 1.6),
      target("edge, new tokens", "jose gateway, all headers, new tokens", 0.9),
    ],
  };
}

/**
 * Makes lists of requests over a window of `TOKENS` tokens that moves on by a fifth with each:
 * `requests`, and before them `known`, the tokens of the window that they repeat.
 */
function newMixture(world) {
  const fresh = TOKENS / 5;
  let seen = world.mint(TOKENS - fresh);
  return async () => {
    const known = { list: await list("known", seen), count: seen.length };
    const requests = [];
    for (const token of world.mint(fresh)) {
      // A block of ten: one is new, nine repeat what came before.
      const block = Array.from({ length: 1 / NEW_SHARE - 1 }, () => seen[randomInt(seen.length)]);
      block.splice(randomInt(block.length + 1), 0, token);
      requests.push(...block);
      seen.push(token);
    }
    seen = seen.slice(fresh);
    return { known, requests: { list: await list("mixed", requests), count: requests.length } };
  };
}
