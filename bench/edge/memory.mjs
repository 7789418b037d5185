// Whether an isolate's memory stays constant over many requests of all kinds.
//
// The heap is limited as on Workers. Without a limit V8 collects so late that a forward-only worker
// uses half a gigabyte after 100,000 requests, which hides any leak.
import { junk as make, shuffled, times } from "../credentials.mjs";
import { atMost, unjudged } from "../report.mjs";
import { scratch } from "../world.mjs";

/** More than the edge caches (2 × 8,192), so that a repeated token has been evicted. */
const NEW_TOKENS = 50_000;
/** MB of JavaScript heap that Workers give an isolate. */
const HEAP = 128;
/** MiB by which the fitted line may rise over the second half of the requests. */
const BOUND = 8;
/** With fewer requests the caches are not full after the first half. */
const ENOUGH = 500_000;
const MIB = 1024 * 1024;

export async function memory(bench) {
  const { world, requests } = bench;
  bench.say("making tokens and keys");
  const tokens = world.mint(NEW_TOKENS);
  const good = (count, credential) => times(count, (i) => `200 ${credential(i)}\n`);
  const bad = (count, credential) => times(count, (i) => `401 ${credential(i)}\n`);
  const lines = shuffled([
    ...good(NEW_TOKENS, (i) => tokens[i]),
    ...good(15_000, () => world.hot),
    ...good(10_000, () => world.key),
    ...good(10_000, (i) => world.keys[i % world.keys.length]),
    ...bad(20_000, (i) => make.signature(tokens[i])),
    ...bad(15_000, make.form), ...bad(15_000, make.checksum), ...bad(15_000, make.mac),
  ]);
  const edge = await bench.start(bench.variants.edge, { heap: HEAP });
  bench.say(`${requests.toLocaleString("en")} requests`);
  const samples = [];
  const sample = async (at) => samples.push({ requests: at, mib: (await edge.resident()) / MIB });
  await sample(0);
  const result = await bench.generator.run(edge, {
    list: await scratch("memory", lines.join("")), count: requests, onProgress: sample,
  });
  await sample(requests);
  samples.sort((a, b) => a.requests - b.requests);

  const half = samples.filter((one) => one.requests >= requests / 2);
  const growth = slope(half) * (requests / 2);
  const at = (share) => samples[Math.round((samples.length - 1) * share)].mib.toFixed(0);
  const target = atMost("growth of memory over the second half (fitted line)", Math.max(0, growth), BOUND, " MiB");
  return {
    title: `Memory over ${requests.toLocaleString("en")} requests`,
    requests_per_second: result.requests / result.elapsed, growth_mib: growth, samples,
    notes: [
      "Of 15 requests, in random order: 5 tokens of 50,000 in turn (more than are remembered), 1.5 one hot",
      "token, 1 one hot key, 1 key of 5,000, 2 tokens with a random signature, 4.5 made-up keys (a third each",
      `of wrong form, checksum, MAC). Heap limited to ${HEAP} MB, as on Workers. Resident memory of the whole`,
      `process, MiB: ${at(0)} at first, ${at(0.25)}, ${at(0.5)}, ${at(0.75)} after each quarter, ${at(1)} at the end`,
    ],
    targets: [requests >= ENOUGH ? target : unjudged(target, "too few requests")],
  };
}

/** Of the least-squares line: MiB a request. */
function slope(samples) {
  const mean = (of) => samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [x, y] = [mean((sample) => sample.requests), mean((sample) => sample.mib)];
  return mean((sample) => (sample.requests - x) * (sample.mib - y))
    / mean((sample) => (sample.requests - x) ** 2);
}
