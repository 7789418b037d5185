// `scripts/dev`, once everything is built: starts the pair, seeds the demo, says how to use it.
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { parseArgs } from "node:util";
import { credentials, newDemo } from "./demo.mjs";
import { startEcho } from "./echo.mjs";
import { ROOT, bootstrap, newRootKey, startPair } from "./pair.mjs";

process.chdir(ROOT);
const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "8787" },
    fresh: { type: "boolean", default: false },
    issuer: { type: "string" },
  },
});
const port = Number(options.port);
if (!Number.isInteger(port) || port < 1 || port > 65534) quit(`--port ${options.port} is no port`);
if (options.issuer && !/^https?:\/\/[^/?#]+$/.test(options.issuer)) {
  quit(`--issuer ${options.issuer} is not scheme://host (without a trailing slash)`);
}

const STATE = ".wrangler/state/v3"; // the one of `wrangler dev`, so that both serve the same demo
const DEMO = ".dev/demo.json";
await portIsFree(port).catch(() => quit(`port ${port} is taken: stop what runs there, or --port`));

if (options.fresh || !existsSync(DEMO)) {
  step(options.fresh ? "forgetting the local state" : "a fresh local state");
  await rm(STATE, { recursive: true, force: true });
  await rm(".dev", { recursive: true, force: true });
}
await mkdir(".dev", { recursive: true });
const demo = existsSync(DEMO)
  ? JSON.parse(await readFile(DEMO, "utf8"))
  : { rootKey: newRootKey(), seed: newDemo(), keys: [] };
await writePrivately(DEMO, demo);

step("starting the edge, the origin and an echo service");
const echo = await startEcho(port + 1).catch(() => startEcho());
const routes = [{ service: "echo", upstream: { url: echo.url }, public: ["/public/*"] }];
const pair = await startPair({
  port, issuer: options.issuer, rootKey: demo.rootKey, routes, persist: STATE, verbose: true,
});

step("seeding the demo");
const made = await bootstrap(pair, demo.seed);
for (const key of made.keys) {
  if (key.key) demo.keys = [...demo.keys.filter((known) => known.owner !== key.owner), key];
}
await writePrivately(DEMO, demo);
await writePrivately(".dev/bootstrap.json", credentials(pair, demo.seed, demo.keys));
// What `wrangler dev` needs to start the same pair.
await writePrivately(".dev.vars", [
  `ROOT_KEY=${pair.rootKey}`, `ENVIRONMENT=${pair.environment}`, `IAM_ISSUER=${pair.issuer}`,
  `ROUTES='${JSON.stringify(routes)}'`, "",
].join("\n"));
await pair.scheduled(); // publishes what changed since the last start (the routes)

const key = demo.keys.find(({ owner }) => owner === "hanzo")?.key;
const client = demo.seed.applications.find(({ clientId }) => clientId === "hanzo-cloud");
const alice = demo.seed.users.find(({ name }) => name === "alice");
const token = `$(curl -s -u ${client.clientId}:${client.clientSecret} -d grant_type=client_credentials `
  + `${pair.base}/v1/iam/oauth/token | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`;
console.log(`
Hanzo IAM is at ${pair.base} (issuer ${pair.issuer})

An API key lists the users of its organization:
  curl ${pair.base}/v1/iam/users -H "Authorization: Bearer ${key}"

The same key reaches a service through the gateway, which tells it who calls:
  curl ${pair.base}/v1/echo/hello -H "Authorization: Bearer ${key}"

A token, issued by the origin and verified at the edge, does so too:
  curl ${pair.base}/v1/echo/hello -H "Authorization: Bearer ${token}"

Sign in as ${alice.name} of hanzo (password ${alice.password}):
  ${pair.base}/v1/iam/oauth/authorize?client_id=hanzo-app&response_type=code&scope=openid%20profile%20email&redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fcallback&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256&state=demo

All credentials of the demo: .dev/bootstrap.json. Ctrl-C stops.`);

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.removeAllListeners(signal); // miniflare's own, which exits before it is closed
  process.once(signal, async () => {
    await Promise.allSettled([pair.close(), echo.close()]);
    process.exit(0);
  });
}

async function writePrivately(path, content) {
  const text = typeof content === "string" ? content : JSON.stringify(content, null, 2) + "\n";
  await writeFile(path, text, { mode: 0o600 });
  await chmod(path, 0o600); // also when it was there already
}

function portIsFree(number) {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(number, "127.0.0.1", () => probe.close(resolve));
  });
}

function step(text) {
  console.error(`\n\x1b[1m── dev: ${text}\x1b[0m`);
}

function quit(text) {
  console.error(`\x1b[1;31mfailed:\x1b[0m ${text}`);
  process.exit(1);
}
