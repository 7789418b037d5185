// What it costs to refuse junk, and that junk causes no sub-request.
import { junk as make, shuffled, times } from "../credentials.mjs";
import { takeTurns } from "../generator.mjs";
import { atLeast, atMost } from "../report.mjs";
import { list } from "../world.mjs";

/** Made-up keys of each kind, each of which is refused without a cache. */
const KEYS = 10_000;
/** Tokens with a wrong signature, all of which the edge has seen before the measurement. */
const TOKENS = 100;

/** What is wrong with the credentials of each kind. */
const kinds = {
  form: "wrong form", checksum: "wrong checksum", mac: "wrong MAC", signature: "wrong signature, seen before",
  mixed: "all four mixed",
};

const floorOf = (kind) => `refuse-only, ${kinds[kind]}`;
const edgeOf = (kind) => `edge, ${kinds[kind]}`;

export async function junk(bench) {
  const { variants, world, seconds } = bench;
  const signatures = times(TOKENS, () => make.signature(world.hot));
  const credentials = {
    form: times(KEYS, make.form), checksum: times(KEYS, make.checksum), mac: times(KEYS, make.mac), signature: signatures,
  };
  credentials.mixed = shuffled([
    ...credentials.form, ...credentials.checksum, ...credentials.mac, ...times(KEYS, (i) => signatures[i % TOKENS]),
  ]);

  const floor = await bench.start(variants.refuse, { status: 401 });
  const edge = await bench.start(variants.edge);
  const lists = {};
  for (const kind of Object.keys(kinds)) lists[kind] = await list(`junk-${kind}`, credentials[kind], 401);
  bench.say("warming up");
  await bench.generator.run(floor, { list: lists.mixed, seconds: 1 });
  await bench.generator.run(edge, { list: lists.signature, count: 10 * TOKENS });
  await bench.generator.run(edge, { list: lists.mixed, seconds: 1 });

  const before = await edge.calls();
  const { rows, ratio } = await takeTurns(bench, {
    ...Object.fromEntries(Object.keys(kinds).flatMap((kind) => {
      const work = { list: lists[kind], seconds };
      return [[floorOf(kind), { server: floor, work }], [edgeOf(kind), { server: edge, work }]];
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
    [`${edgeOf(kind)} / refuse-only`, {
      requests: ratio(edgeOf(kind), floorOf(kind)), cpu: 1 / ratio(edgeOf(kind), floorOf(kind), "cpu_us_per_request"),
    }]));
  return {
    title: "Junk refused (401)",
    rows, ratios, sub_requests: asked,
    notes: [
      "refuse-only: gets the same requests, and returns the same status, headers (but for x-request-id) and body.",
      `Sub-requests because of junk: upstream ${asked.upstream}, key records ${asked.records}, origin `
      + `${asked.origin}. (By the clock and not by junk: snapshot read ${grown("snapshots", "edge")} times, `
      + `revocation feed ${grown("origin", "revocations")} times.)`,
    ],
    targets: [
      ...Object.entries(ratios).map(([name, { requests }]) => atLeast(name, requests, 0.85)),
      atMost("sub-requests because of junk", caused, 0),
    ],
  };
}
