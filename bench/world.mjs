// The fixture of the benches: keys, tokens and snapshots of the real origin, and the workers around
// the measured one.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { bootstrap, newRootKey, ROOT, startPair } from "../scripts/local/pair.mjs";
import { newDemo } from "../scripts/local/demo.mjs";
import { keyMinter, keyRecordName, signer } from "./credentials.mjs";

export const ISSUER = "https://hanzo.id";
export const AUDIENCE = "hanzo-cloud";
export const PATH = "/v1/echo/hello";
/** The same service with a route that names two identity headers, those that the jose gateway sets. */
export const MODEST = "/v1/modest/hello";
export const ENVIRONMENT = "production";

/** How many `hk-` keys have a record, besides the one of the demo. */
const KEYS = 5_000;

/**
 * The snapshots of the real origin, with a signing key of the bench added:
 * `rootKey`, `jwks`, `snapshots`, `hot` (a token), `key` (an `hk-` key), `keys` (more of them) and
 * `mint(count)`, which makes new tokens.
 */
export async function publishedWorld() {
  const rootKey = newRootKey();
  const pair = await startPair({
    rootKey, issuer: ISSUER, environment: ENVIRONMENT,
    routes: [
      { service: "echo", upstream: { binding: "ECHO" }, public: [] },
      { service: "modest", upstream: { binding: "ECHO" }, public: [], identity: ["x-user-id", "x-org-id"] },
    ],
  });
  try {
    const seed = newDemo();
    const made = await bootstrap(pair, seed);
    await pair.scheduled();
    const claims = await claimsOfAlice(pair, seed);

    const store = await pair.snapshots();
    const snapshots = {};
    for (const { name } of (await store.list()).keys) snapshots[name] = await store.get(name);

    const { jwk, mint } = signer();
    const published = JSON.parse(snapshots.edge);
    published.keys.unshift(jwk);
    published.published_at = Math.floor(Date.now() / 1000);
    snapshots.edge = JSON.stringify(published);

    const { key } = made.keys.find(({ owner }) => owner === "hanzo");
    return {
      rootKey, snapshots, key,
      jwks: { keys: published.keys },
      keys: Array.from({ length: KEYS }, keyMinter(rootKey, ENVIRONMENT)),
      keyRecord: snapshots[keyRecordName(key)],
      hot: mint(claims, 1)[0],
      mint: (count) => mint(claims, count),
    };
  } finally {
    await pair.close();
  }
}

/** The claims of an access token of the origin. */
async function claimsOfAlice(pair, seed) {
  const client = seed.applications.find(({ clientId }) => clientId === AUDIENCE);
  const alice = seed.users.find(({ name }) => name === "alice");
  const answer = await fetch(`${pair.base}/v1/iam/oauth/token`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${client.clientId}:${client.clientSecret}`)}` },
    body: new URLSearchParams({
      grant_type: "password", username: alice.name, password: alice.password, scope: "openid profile email",
    }),
  });
  const { access_token: token } = await answer.json();
  if (!token) throw new Error(`the origin gave no token: ${answer.status}`);
  return JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
}

/**
 * The variants, each as the arguments of `serve`. Around every one is the same upstream: a worker
 * of the same process, or `upstream` (`host:port`) over TCP.
 */
export async function variantsOf(world, { upstream } = {}) {
  const worker = (name) => ({ modules: { [`${name}.js`]: join(ROOT, "bench/workers", `${name}.js`) } });
  const answer = upstream ? { external: upstream } : { ...worker("answer"), counts: true };
  const ECHO = { service: "answer" };
  const modules = { "jose.js": await bundled("jose.js") };
  const bindings = { ECHO, JWKS: JSON.stringify(world.jwks), IAM_ISSUER: ISSUER, AUDIENCE };
  return {
    answer: ["answer", { answer: { ...worker("answer"), counts: true } }],
    refuse: ["refuse", { refuse: worker("refuse") }],
    forward: ["forward", { answer, forward: { ...worker("forward"), bindings: { ECHO } } }],
    amend: ["amend", { answer, amend: { ...worker("amend"), bindings: { ECHO } } }],
    jose: ["jose", { answer, jose: { modules, bindings } }],
    joseAll: ["jose", { answer, jose: { modules, bindings: { ...bindings, TELLS: "all" } } }],
    edge: ["edge", {
      answer,
      snapshots: {
        ...worker("snapshots"), counts: true,
        bindings: {
          VALUES: JSON.stringify(world.snapshots),
          KEYS: JSON.stringify(world.keys.map(keyRecordName)), KEY_RECORD: world.keyRecord,
        },
      },
      origin: { ...worker("origin"), counts: true },
      edge: {
        modules: {
          "index.js": join(ROOT, "build/edge/index.js"),
          "index.wasm": join(ROOT, "build/edge/index.wasm"),
        },
        bindings: {
          ECHO, ORIGIN: { service: "origin" }, SNAPSHOTS: { kv: "snapshots" },
          ROOT_KEY: world.rootKey, ENVIRONMENT, IAM_ISSUER: ISSUER, GATEWAY_HOSTS: "127.0.0.1",
        },
      },
    }],
  };
}

let folder;

/** Writes a file that lives as long as the bench. */
export async function scratch(name, text) {
  folder ??= await mkdtemp(join(tmpdir(), "bench-"));
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

/** Removes what `scratch` wrote. */
export async function tidy() {
  if (folder) await rm(folder, { recursive: true, force: true });
}

/** A list for the load generator: each credential with the status that it must get. */
export function list(name, credentials, status = 200) {
  return scratch(name, credentials.map((credential) => `${status} ${credential}\n`).join(""));
}

async function bundled(name) {
  const outfile = await scratch(name, "");
  await build({
    entryPoints: [join(ROOT, "bench/workers", name)], bundle: true, format: "esm", minify: true,
    conditions: ["workerd", "worker", "browser"], outfile, logLevel: "error",
  });
  return outfile;
}
