// `scripts/dev` after the build: starts the pair, seeds the demo, prints how to use it.
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { certificateIn } from "./certificate.mjs";
import { credentials, newDemo, PAGE_ORIGINS } from "./demo.mjs";
import { startEcho } from "./echo.mjs";
import { startOutbox } from "./outbox.mjs";
import { mergeRoutes, parseOptions, routeList } from "./options.mjs";
import { ROOT, bootstrap, newRootKey, startPair } from "./pair.mjs";
import { everyMinute } from "./schedule.mjs";

process.chdir(ROOT);
const options = attempt(() => parseOptions(process.argv.slice(2)));
const { port } = options;

const FOLDER = options.state ? resolve(options.state) : ".dev";
// The one of `wrangler dev` by default, so that both serve the same demo.
const STATE = options.state ? join(FOLDER, "workers") : ".wrangler/state/v3";
const DEMO = join(FOLDER, "demo.json");
await portIsFree(port).catch(() => quit(`port ${port} is taken: stop what runs there, or --port`));

if (options.fresh || !existsSync(DEMO)) {
  step(options.fresh ? "forgetting the local state" : "a fresh local state");
  for (const path of [STATE, DEMO, join(FOLDER, "bootstrap.json"), join(FOLDER, "tls")]) {
    await rm(path, { recursive: true, force: true });
  }
}
await mkdir(FOLDER, { recursive: true });
const demo = existsSync(DEMO)
  ? JSON.parse(await readFile(DEMO, "utf8"))
  : { rootKey: newRootKey(), seed: newDemo(), keys: [] };
demo.routes = mergeRoutes(demo.routes, options.routes);
demo.sessionOrigins = [...new Set([...(demo.sessionOrigins ?? PAGE_ORIGINS), ...options.sessionOrigins])];
demo.providerHosts = [...new Set([...(demo.providerHosts ?? []), ...options.providerHosts])];
await writePrivately(DEMO, demo);
const https = options.https ? await certificateIn(join(FOLDER, "tls")).catch(quit) : undefined;

step("starting the edge, the origin and an echo service");
const echo = await startEcho(port + 1).catch(() => startEcho());
const outbox = await startOutbox(port + 2).catch(() => startOutbox());
// Tokens of the tenant's client are for that client; the echo service accepts them by name.
const echoRoute = {
  service: "echo", upstream: { url: echo.url }, public: ["/public/*"], audiences: ["acme-portal"],
};
const routes = [echoRoute]
  .filter(({ service }) => !(service in demo.routes)).concat(routeList(demo.routes));
const federationHosts = demo.providerHosts.join(",");
const pair = await startPair({
  port, issuer: options.issuer, rootKey: demo.rootKey, routes, persist: STATE, verbose: true,
  https, sessionOrigins: demo.sessionOrigins,
  origin: {
    serviceBindings: { MAIL: outbox.accept, SMS: outbox.accept },
    bindings: { DANGER_FEDERATION_HOSTS: federationHosts },
  },
});

step("seeding the demo");
const made = await bootstrap(pair, demo.seed);
for (const key of made.keys) {
  if (key.key) demo.keys = [...demo.keys.filter((known) => known.owner !== key.owner), key];
}
await writePrivately(DEMO, demo);
await writePrivately(join(FOLDER, "bootstrap.json"), credentials(pair, demo.seed, demo.keys));
if (!options.state) { // what `wrangler dev` needs to start the same pair
  await writePrivately(".dev.vars", [
    `ROOT_KEY=${pair.rootKey}`, `ENVIRONMENT=${pair.environment}`, `IAM_ISSUER=${pair.issuer}`,
    "DANGER_GATEWAY_ON_ISSUER_HOST=127.0.0.1",
    `ROUTES='${JSON.stringify(routes)}'`, `IAM_SESSION_ORIGINS=${demo.sessionOrigins.join(",")}`,
    `DANGER_FEDERATION_HOSTS=${federationHosts}`, "",
  ].join("\n"));
}
await pair.scheduled(); // publishes what changed since the last start (the routes)
const stopSchedule = everyMinute(async () => {
  const { outcome } = await pair.scheduled();
  if (outcome !== "ok") throw new Error(`the run ended with ${outcome}`);
}, (error) => console.error(`dev: the schedule failed, and runs again in a minute: ${error.message}`));

// Registered before the output: a signal that arrives while miniflare's listeners are replaced is lost.
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.removeAllListeners(signal); // miniflare's own, which exits before it is closed
  process.once(signal, async () => {
    stopSchedule();
    await Promise.allSettled([pair.close(), echo.close(), outbox.close()]);
    process.exit(0);
  });
}

const key = demo.keys.find(({ owner }) => owner === "hanzo")?.key;
const client = demo.seed.applications.find(({ clientId }) => clientId === "hanzo-cloud");
const alice = demo.seed.users.find(({ name }) => name === "alice");
// The pair of RFC 7636, Appendix B.
const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const curl = https ? `curl --cacert ${https.file}` : "curl";
const token = `$(${curl} -s -u ${client.clientId}:${client.clientSecret} -d grant_type=client_credentials `
  + `${pair.base}/v1/iam/oauth/token | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`;
console.log(`
Hanzo IAM is at ${pair.base} (issuer ${pair.issuer})

An API key lists the users of its organization:
  ${curl} ${pair.base}/v1/iam/users -H "Authorization: Bearer ${key}"

The same key reaches a service through the gateway, with the identity of the caller:
  ${curl} ${pair.base}/v1/echo/hello -H "Authorization: Bearer ${key}"

A token, issued by the origin and verified at the edge, does so too:
  ${curl} ${pair.base}/v1/echo/hello -H "Authorization: Bearer ${token}"

Sign in as ${alice.name} of hanzo (password ${alice.password}):
  ${pair.base}/v1/iam/oauth/authorize?client_id=hanzo-app&response_type=code&scope=openid%20profile%20email&redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fcallback&code_challenge=${challenge}&code_challenge_method=S256&state=demo

The browser then goes to http://localhost:3000/callback?code=…. Within five minutes, redeem its code:
  ${curl} ${pair.base}/v1/iam/oauth/token -d grant_type=authorization_code -d client_id=hanzo-app -d redirect_uri=http://localhost:3000/callback -d code_verifier=${verifier} -d code=CODE

E-mail and SMS that it sends, with their codes:
  ${outbox.url}

Services behind the gateway (--route SERVICE=ADDRESS adds one):
${routes.map(({ service, upstream }) => `  ${pair.base}/v1/${service}/… → ${upstream.url}`).join("\n")}

Pages that may sign in with cookies: ${demo.sessionOrigins.join(", ")}
Identity providers that may be private or without https (--provider-host HOST:PORT adds one): ${demo.providerHosts.join(", ") || "none"}
All credentials of the demo: ${join(FOLDER, "bootstrap.json")}. Ctrl-C stops.`);

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

function attempt(action) {
  try {
    return action();
  } catch (error) {
    return quit(error);
  }
}

function quit(reason) {
  console.error(`\x1b[1;31mfailed:\x1b[0m ${reason.message ?? reason}`);
  process.exit(1);
}
