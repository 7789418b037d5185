// `scripts/bench feed`: memory and time that a feed of a million live entries takes at an edge.
//
//     scripts/bench feed [--entries 1000000] [--json FILE]
//
// The entries are written into the origin's database; an edge in a workerd of its own, which has
// an empty feed and is called continuously, reads them. A token that is revoked after them is refused
// once the edge has read them all.
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startFleet } from "../tests/support/fleet.mjs";
import { atMost, machine, print, save } from "./report.mjs";

const { values: options } = parseArgs({
  options: { json: { type: "string" }, entries: { type: "string", default: "1000000" } },
});
const entries = Number(options.entries);

const MIB = 1024 * 1024;
/** MiB that Workers give an isolate, less the most that the caches of the edge take (`CALLERS` and three times
 * `REFUSED` in src/edge/verify, `IDENTITIES` in src/edge/gateway). */
const ROOM = 128 - 24 - 3 * 2 - 4;
/** Entries that one statement inserts. */
const AT_ONCE = 100_000;
/** Seconds until they leave the feed. */
const LIFE = 7 * 24 * 3600;
/** Milliseconds in which the edge must have read all, and between two samples. */
const [PATIENCE, APART] = [120_000, 20];

const fleet = await startFleet({ edges: 2 });
try {
  const { world, servers: [server], edges: [, edge] } = fleet;
  const { access_token: good } = await world.machineTokens();
  const { access_token: doomed } = await world.tokens();
  const statuses = async () => [await edge.call(good), await edge.call(doomed)].join(" ");
  if (await statuses() !== "200 200") throw new Error("the edge refuses good tokens");
  const before = await server.resident();

  await fill(await world.pair.database(), entries);
  await world.revoke(doomed);
  const revoked = performance.now();
  let [peak, asked, longest, seen] = [0, 0, 0, ""];
  while ((seen = await statuses()) !== "200 401") {
    if (performance.now() - revoked > PATIENCE) throw new Error(`after ${PATIENCE} ms: ${seen}`);
    peak = Math.max(peak, await server.resident());
    await sleep(APART);
    const call = performance.now();
    await edge.call(good);
    longest = Math.max(longest, performance.now() - call);
    asked++;
  }
  const ms = performance.now() - revoked;
  const after = await server.resident();
  peak = Math.max(peak, after);

  const grown = (bytes) => (bytes - before) / MIB;
  const target = atMost(`MiB that ${entries.toLocaleString("en")} entries take, at their most`, grown(peak), ROOM);
  print.machine(machine());
  console.log(`${entries.toLocaleString("en")} entries; resident memory of the whole process, MiB:`);
  console.log(`   ${(before / MIB).toFixed(1)} with an empty feed, ${(after / MIB).toFixed(1)} with all, `
    + `${(peak / MIB).toFixed(1)} at most while they were read`);
  console.log(`   ${((after - before) / entries).toFixed(1)} bytes an entry`);
  console.log(`   read in ${(ms / 1000).toFixed(1)} s; of ${asked} calls meanwhile the slowest took ${Math.round(longest)} ms`);
  print.targets([target]);
  await save(options.json, { machine: machine(), entries, before, after, peak, ms, asked, longest, target });
} finally {
  await fleet.close();
}

/** Writes `count` revoked tokens into the feed, marked as copied to KV. */
async function fill(database, count) {
  const now = Math.floor(Date.now() / 1000);
  for (let from = 0; from < count; from += AT_ONCE) {
    await database.prepare(`
      WITH RECURSIVE numbers (n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?2)
      INSERT INTO revocations (kind, id, until, is_copied, recorded_at)
      SELECT 'token', 'spent-' || n, ?3, 1, ?4 FROM numbers`,
    ).bind(from, Math.min(from + AT_ONCE, count), now + LIFE, now).run();
  }
}
