// The edge and the origin in miniflare, with an embedded D1 and KV, for `scripts/dev` and the tests.
import { createHmac, hkdfSync, randomBytes, randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Log, LogLevel, Miniflare } from "miniflare";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const COMPATIBILITY_DATE = "2026-07-01"; // as in wrangler.toml

export const newRootKey = () => randomBytes(32).toString("base64url");

/**
 * Starts both workers.
 *
 * - `port`: where the edge listens on 127.0.0.1 (0: any free port)
 * - `host`: the name of that address in its base (browsers use passkeys at `localhost`, and at no address)
 * - `issuer`: the `iss` of every token (by default the edge's own base)
 * - `https`: `{ key, certificate }` in PEM, to listen with TLS
 * - `sessionOrigins`: the origins of pages that sign in with cookies (`IAM_SESSION_ORIGINS`)
 * - `persist`: a folder for D1 and KV (by default they live in memory)
 * - `routes`: the services behind the gateway, as the origin's `ROUTES`
 * - `databases`: how many D1 databases the origin has (`DB`, `DB_1`, …)
 * - `edge`, `origin`: further miniflare options of that worker; `bindings` are added to those here, and
 *   `edge.beside` are further workers
 * - `verbose`: show the output of the workers; otherwise `output` is called with it
 */
export async function startPair({
  port = 0, host = "127.0.0.1", issuer, persist, rootKey = newRootKey(), routes = [], environment = "development",
  https, sessionOrigins = [], databases = 1, edge = {}, origin = {}, verbose = false, output = () => {},
} = {}) {
  if (port === 0) port = await freePort();
  const base = `${https ? "https" : "http"}://${host}:${port}`;
  const bindings = Array.from({ length: databases }, (_, number) => (number === 0 ? "DB" : `DB_${number}`));
  const common = {
    ROOT_KEY: rootKey,
    ENVIRONMENT: environment,
    IAM_ISSUER: issuer ?? base,
    IAM_SESSION_ORIGINS: sessionOrigins.join(","),
  };
  const miniflare = new Miniflare({
    log: new Log(verbose ? LogLevel.WARN : LogLevel.ERROR),
    handleRuntimeStdio: verbose ? undefined : (...streams) => {
      for (const stream of streams) stream.setEncoding("utf8").on("data", output);
    },
    cf: false, // no download of an example of `request.cf`
    defaultPersistRoot: persist,
    ...(https && { host: "127.0.0.1", port, httpsKey: https.key, httpsCert: https.certificate }),
    workers: [
      {
        ...worker("edge"),
        kvNamespaces: { SNAPSHOTS: "SNAPSHOTS" },
        ratelimits: { // as in wrangler.toml
          LIMIT_KEYS: ratelimit("1001", 1_000_000),
          LIMIT_USERS: ratelimit("1002", 6000),
          LIMIT_ADDRESSES: ratelimit("1003", 600),
        },
        ...edge,
        serviceBindings: { ORIGIN: "origin", ...edge.serviceBindings },
        // Sign-in and services on one host, for development only; the edge logs a warning.
        bindings: { ...common, DANGER_GATEWAY_ON_ISSUER_HOST: host, ...edge.bindings },
        // Bypasses miniflare's front proxy, which adds headers and milliseconds; only the proxy has TLS.
        unsafeDirectSockets: [{ host: "127.0.0.1", port: https ? 0 : port }],
      },
      {
        ...worker("origin"),
        kvNamespaces: { SNAPSHOTS: "SNAPSHOTS" },
        d1Databases: Object.fromEntries(bindings.map((name) => [name, name])),
        ...origin,
        bindings: { ...common, ROUTES: JSON.stringify(routes), ...origin.bindings },
        unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
      },
      ...(edge.beside ?? []).map((beside) => ({ modules: true, compatibilityDate: COMPATIBILITY_DATE, ...beside })),
    ],
  });
  await miniflare.ready;
  const pair = {
    base, issuer: issuer ?? base, rootKey, environment, miniflare,
    /** The origin's own address; in production it has none. */
    originUrl: (await miniflare.unsafeGetDirectURL("origin")).origin,
    database: (number = 0) => miniflare.getD1Database(bindings[number], "origin"),
    snapshots: () => miniflare.getKVNamespace("SNAPSHOTS", "edge"),
    /** Runs the origin's schedule. */
    scheduled: async () => (await miniflare.getWorker("origin")).scheduled({ cron: "* * * * *" }),
    close: () => miniflare.dispose(),
  };
  for (const number of bindings.keys()) await migrate(await pair.database(number));
  return pair;
}

function worker(name) {
  const folder = join(ROOT, "build", name);
  return {
    name,
    rootPath: folder,
    modules: [
      { type: "ESModule", path: join(folder, "index.js") },
      { type: "CompiledWasm", path: join(folder, "index.wasm") },
    ],
    compatibilityDate: COMPATIBILITY_DATE,
  };
}

/** A binding of the platform's limiter: `limit` calls of a subject a minute. */
export const ratelimit = (namespaceId, limit) =>
  ({ namespace_id: namespaceId, simple: { limit, period: 60 } });

/** Applies the migrations that are missing, recorded in the table of `wrangler d1 migrations`. */
export async function migrate(database) {
  await database.prepare(
    `CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT,
     name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`,
  ).run();
  const { results } = await database.prepare("SELECT name FROM d1_migrations").all();
  const applied = new Set(results.map((row) => row.name));
  const folder = join(ROOT, "migrations");
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  const missing = names.filter((name) => !applied.has(name));
  for (const name of missing) {
    const sql = await readFile(join(folder, name), "utf8");
    await database.batch([
      ...statements(sql).map((statement) => database.prepare(statement)),
      database.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name),
    ]);
  }
  return missing;
}

/** The statements of a migration: no semicolons inside texts, `END;` of a trigger on a line of its own. */
function statements(sql) {
  const found = sql.replace(/--.*$/gm, "").match(/\s*CREATE TRIGGER[^]*?^END;|[^;]+/gm) ?? [];
  return found.map((text) => text.trim()).filter((text) => text && text !== ";");
}

/** Calls the origin as an edge does, with a proof that only holders of the root key can make. */
export async function callOrigin(pair, method, path, body) {
  const origin = await pair.miniflare.getWorker("origin");
  return origin.fetch(pair.base + path, {
    method,
    headers: { ...hopHeaders(pair, method, path), "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

/** The headers of an edge proof (`src/core/edge_proof.rs`). */
export function hopHeaders({ rootKey, environment, base }, method, path, at = Date.now()) {
  const key = hkdfSync("sha256", Buffer.from(rootKey, "base64url"), "",
    `hanzo-iam/1/hop/${environment}`, 32);
  const time = Math.floor(at / 1000);
  const address = "127.0.0.1";
  const requestId = randomUUID();
  const mac = createHmac("sha256", Buffer.from(key))
    .update([time, method, path, base, address, requestId].join("\n"))
    .digest("base64url");
  return {
    "x-hanzo-base": base,
    "x-hanzo-client-ip": address,
    "x-request-id": requestId,
    "x-hanzo-hop": `${time}.${mac}`,
  };
}

/** Creates the objects of `seed` that do not exist; returns the credentials of the new ones. */
export async function bootstrap(pair, seed) {
  const answer = await callOrigin(pair, "POST", "/internal/bootstrap", seed);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`bootstrap: ${answer.status} ${text}`);
  return JSON.parse(text);
}

async function freePort() {
  const { createServer } = await import("node:net");
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
