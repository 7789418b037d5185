// `scripts/bench revocation`: how long after a revocation an edge still says yes. Four edges, each a
// workerd of its own, before one origin, called all the time; a token is revoked each round.
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { distribution, revokeUnderTraffic, startFleet } from "../tests/support/fleet.mjs";
import { startWorld } from "../tests/support/world.mjs";

const { values: options } = parseArgs({
  options: { json: { type: "string" }, rounds: { type: "string", default: "10" }, edges: { type: "string", default: "4" } },
});

const world = await startWorld({ echo: { binding: "ECHO" } });
const fleet = await startFleet(world, Number(options.edges));
const times = [];
try {
  for (let round = 1; round <= Number(options.rounds); round++) {
    const { access_token: token } = await world.tokens();
    const each = await revokeUnderTraffic(fleet.bases, token, () => world.revoke(token));
    times.push(...each);
    console.log(`round ${round}: last yes after ${each.map((ms) => `${Math.round(ms)} ms`).join(", ")}`);
  }
} finally {
  await fleet.close();
  await world.close();
}
console.log(`\n${fleet.bases.length} edges, ${options.rounds} revocations: ${distribution(times)}`);
const met = Math.max(...times) <= 5000;
console.log(`${met ? "met   " : "MISSED"} refused everywhere within 5,000 ms`);
if (options.json) await writeFile(options.json, JSON.stringify({ edges: fleet.bases.length, times, met }, null, 2) + "\n");
