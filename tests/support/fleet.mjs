// Edges in processes of their own before one origin: what a cloud of locations is, in small.
import { createServer } from "node:http";
import { join } from "node:path";
import { serve } from "../../bench/workerd.mjs";
import { ROOT } from "../../scripts/local/pair.mjs";

/** Starts `count` edges over the origin and the KV of `world`; each is a workerd. */
export async function startFleet(world, count) {
  const { rootKey, environment, issuer, originUrl } = world.pair;
  const store = await world.pair.snapshots();
  // The protocol of the KV binding over the real KV.
  const kv = createServer(async (request, response) => {
    const name = decodeURIComponent(new URL(request.url, "http://kv").pathname.slice(1));
    const value = await store.get(name);
    response.writeHead(value === null ? 404 : 200).end(value ?? "missing");
  });
  await new Promise((resolve) => kv.listen(0, "127.0.0.1", resolve));
  const workers = {
    origin: { external: new URL(originUrl).host },
    snapshots: { external: `127.0.0.1:${kv.address().port}` },
    internet: { external: new URL(world.echo.url).host },
    edge: {
      modules: Object.fromEntries(["index.js", "index.wasm"].map((file) => [file, join(ROOT, "build/edge", file)])),
      bindings: {
        ORIGIN: { service: "origin" }, SNAPSHOTS: { kv: "snapshots" }, ECHO: { service: "internet" },
        ROOT_KEY: rootKey, ENVIRONMENT: environment, IAM_ISSUER: issuer,
      },
    },
  };
  const edges = await Promise.all(Array.from({ length: count }, () => serve("edge", workers)));
  return {
    bases: edges.map(({ port }) => `http://127.0.0.1:${port}`),
    async close() {
      await Promise.all(edges.map((edge) => edge.stop()));
      kv.closeAllConnections();
      await new Promise((resolve) => kv.close(resolve));
    },
  };
}

/**
 * Calls every edge with `credential` all the time, revokes it, and answers for each edge how many
 * milliseconds after the revocation was answered it was last asked and still said yes.
 */
export async function revokeUnderTraffic(bases, credential, revoke) {
  const yes = new Set();
  let revokedAt = Infinity;
  const lastYes = async (base) => {
    let last = 0;
    for (let refused = 0; refused < 10;) {
      const sent = performance.now();
      const since = sent - revokedAt;
      if (since > 10_000) return since;
      const answer = await fetch(`${base}/v1/echo/x`, { headers: { authorization: `Bearer ${credential}` } });
      await answer.arrayBuffer();
      if (answer.status === 200) {
        refused = 0;
        last = Math.max(last, since);
        yes.add(base);
      } else if (answer.status === 401) {
        refused += 1;
      } else {
        throw new Error(`${base}: ${answer.status}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    if (!yes.has(base)) throw new Error(`${base} never said yes`);
    return last;
  };
  const traffic = Promise.all(bases.map(lastYes));
  while (yes.size < bases.length) {
    await Promise.race([traffic, new Promise((resolve) => setTimeout(resolve, 20))]);
  }
  await revoke();
  revokedAt = performance.now();
  return traffic;
}

/** Median, 95th percentile and maximum of milliseconds, as a line. */
export function distribution(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share) => Math.round(sorted[Math.floor((sorted.length - 1) * share)]);
  return `median ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${at(1)} ms`;
}
