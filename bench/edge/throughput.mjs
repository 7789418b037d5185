// How many requests a second: hot, new, and the mixture of both.
//
// Two processes of one worker differ by up to a tenth, for as long as they live. So each round has
// processes of its own.
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
  const run = (label, server, work, prepare) => ({ label, server, work, prepare });
  const hot = { list: lists.hot, seconds };
  const key = { list: lists.key, seconds };
  const fresh = ({ fresh }) => ({ list: fresh, count: TOKENS });
  const mixed = ({ mixture }) => mixture.requests;
  // What is to be hot was seen last: since the warm-up other runs may have pushed it out.
  const known = ({ mixture }) => mixture.known;
  const runs = {
    "0": run("(0) a worker that only answers", answer, hot),
    "E": run("(E) forwards only, JavaScript", forward, hot),
    "E key": run("(E) with an hk- key in the request", forward, key),
    "F": run("(F) amends as the edge does, verifies nothing", amend, hot),
    "J": run("(J) verifies with jose and forwards, one token", jose, hot),
    "J+": run("(J+) tells what the edge tells, signs nothing", joseAll, hot),
    "token": run("our edge, one hot token", edge, hot),
    "key": run("our edge, one hot hk- key", edge, key),
    "token, two": run("our edge, one hot token, two headers told", edge, { ...hot, path: MODEST }),
    "key, two": run("our edge, one hot hk- key, two headers told", edge, { ...key, path: MODEST }),
    "J new": run("(J), 10,000 tokens once each", jose, fresh),
    "J+ new": run("(J+), 10,000 tokens once each", joseAll, fresh),
    "new": run("our edge, 10,000 tokens once each", edge, fresh),
    "new, two": run("our edge, 10,000 once each, two headers told", edge,
      ({ other }) => ({ list: other, count: TOKENS, path: MODEST })),
    "J 90 %": run("(J), 90 % hot among 10,000 tokens", jose, mixed, known),
    "90 %": run("our edge, 90 % hot among 10,000 tokens", edge, mixed, known),
  };

  const nextMixture = newMixture(world);
  const warmUp = async () => {
    for (const { server, work } of Object.values(runs).filter(({ work }) => typeof work !== "function")) {
      await bench.generator.run(server(), { ...work, seconds: 1 });
    }
    // The way of a new token.
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

  const ratios = Object.fromEntries([
    ["token", "E"], ["key", "E key"], ["token", "J"], ["key", "J"], ["new", "J new"], ["90 %", "J 90 %"],
    ["token, two", "E"], ["token, two", "J"], ["key, two", "E key"], ["key, two", "J"], ["new, two", "J new"],
    ["token", "J+"], ["key", "J+"], ["new", "J+ new"],
    ["J", "E"], ["F", "E"], ["F", "J"], ["token", "F"], ["key", "F"],
  ].map(([x, y]) => [`${x} / ${y}`, { requests: ratio(x, y), cpu: 1 / ratio(x, y, "cpu_us_per_request") }]));
  const reached = (name) => ratios[name].requests;
  return {
    title: "Requests a second",
    rows, ratios,
    notes: [
      "(F): reads the headers, sets the edge's by constants, names the answer; (F) is what the hot",
      "targets leave for a worker that knew the answer without looking.",
      "Two headers told: by a route that says what its service needs, the same two that (J) sets.",
      "(J+): the other way round, (J) with the headers that the edge sets by default; like for like as well.",
      "(J): one JWKS of the published keys, imported once. New: the same 10,000 tokens for both, new in",
      "every round. 90 %: lists of 20,000 requests, the same for both, in which 2,000 tokens are new and",
      "each other request is of one drawn evenly from those 2,000 and the 8,000 before them, once seen.",
    ],
    targets: [
      atLeast("one hot token / (E)", reached("token / E"), 0.9),
      atLeast("one hot key / (E)", reached("key / E key"), 0.9),
      atLeast("one hot token / (J)", reached("token / J"), 1.75),
      atLeast("one hot key / (J)", reached("key / J"), 1.75),
      atLeast("one hot token, two headers told / (J)", reached("token, two / J"), 1.75),
      atLeast("every token new, two headers told / (J)", reached("new, two / J new"), 1.1),
      atLeast("every token new / (J)", reached("new / J new"), 1.1),
      atLeast("90 % hot / (J)", reached("90 % / J 90 %"), 1.6),
      atLeast("earlier: one hot token / (J)", reached("token / J"), 1.4),
      atLeast("earlier: every token new / (J)", reached("new / J new"), 0.9),
      atLeast("earlier, like for like: every token new, two headers told / (J)", reached("new, two / J new"), 0.9),
      atLeast("earlier, like for like: every token new / (J+)", reached("new / J+ new"), 0.9),
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
