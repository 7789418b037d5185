// What refusing costs: it must be cheap, and nobody else may be asked because of junk.
import { junk as make, shuffled, times } from "../credentials.mjs";
import { takeTurns } from "../generator.mjs";
import { atLeast, atMost } from "../report.mjs";
import { list } from "../world.mjs";

/** Made-up keys of each kind. Each is refused for itself: nothing need be remembered of them. */
const KEYS = 10_000;
/** Tokens with a wrong signature, all of them seen before the measurement. */
const TOKENS = 100;

const floorOf = (kind) => `floor, ${kind}`;

export async function junk(bench) {
  const { variants, world, seconds } = bench;
  const signatures = times(TOKENS, () => make.signature(world.hot));
  const kinds = {
    form: ["wrong form", times(KEYS, make.form)],
    checksum: ["wrong checksum", times(KEYS, make.checksum)],
    mac: ["wrong MAC", times(KEYS, make.mac)],
    signature: ["wrong signature, seen before", signatures],
  };
  kinds.mixed = ["all four mixed", shuffled([
    ...kinds.form[1], ...kinds.checksum[1], ...kinds.mac[1], ...times(KEYS, (i) => signatures[i % TOKENS]),
  ])];

  const floor = await bench.start(variants.refuse, { status: 401 });
  const edge = await bench.start(variants.edge);
  const lists = {};
  for (const [kind, [, credentials]] of Object.entries(kinds)) lists[kind] = await list(`junk-${kind}`, credentials, 401);
  bench.say("warming up");
  await bench.generator.run(floor, { list: lists.mixed, seconds: 1 });
  await bench.generator.run(edge, { list: lists.signature, count: 10 * TOKENS });
  await bench.generator.run(edge, { list: lists.mixed, seconds: 1 });

  const before = await edge.calls();
  const { rows, ratio } = await takeTurns(bench, {
    ...Object.fromEntries(Object.entries(kinds).flatMap(([kind, [label]]) => {
      const work = { list: lists[kind], seconds };
      return [
        [floorOf(kind), { label: `a worker that only refuses, ${label}`, server: floor, work }],
        [kind, { label: `our edge, ${label}`, server: edge, work }],
      ];
    })),
  });
  const after = await edge.calls();
  const grown = (worker, what) => after[worker][what] - before[worker][what];
  const asked = {
    upstream: grown("answer", "requests"), records: grown("snapshots", "records"),
    origin: grown("origin", "unexpected"),
  };
  const caused = Object.values(asked).reduce((sum, count) => sum + count);

  const ratios = Object.fromEntries(Object.keys(kinds).map((kind) =>
    [`${kind} / floor`, {
      requests: ratio(kind, floorOf(kind)), cpu: 1 / ratio(kind, floorOf(kind), "cpu_us_per_request"),
    }]));
  return {
    title: "Junk refused (401)",
    rows, ratios, sub_requests: asked,
    notes: [
      "The floor gets the same requests, and answers each with the same status, headers (but for",
      "x-request-id) and body.",
      `Sub-requests because of junk: upstream ${asked.upstream}, key records ${asked.records}, origin `
      + `${asked.origin}. (By the clock, whoever calls: snapshot read ${grown("snapshots", "edge")} times, feed of `
      + `revocations ${grown("origin", "revocations")} times.)`,
    ],
    targets: [
      ...Object.entries(kinds).map(([kind, [label]]) =>
        atLeast(`junk, ${label} / a worker that only refuses`, ratio(kind, floorOf(kind)), 0.85)),
      atMost("sub-requests because of junk", caused, 0),
    ],
  };
}
