// `scripts/bench federation`: what signing in by another identity system takes, each beside a library that does it.
//
//     scripts/bench federation [--times 60] [--only oidc|saml|ldap|kerberos]… [--json FILE]
//
// Both workers and the database run in one workerd. The peers (`scripts/peers`) run on this machine: one OpenID Connect
// issuer for both sides, SimpleSAMLphp, slapd by LDAPS, MIT's KDC. The two sides take turns, one sign-in at a time.
// Ours is the HTTP request with all that follows from it: the account, its session, the code for the application.
// A library only checks the answer.
import assert from "node:assert/strict";
import diagnostics from "node:diagnostics_channel";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import * as oidc from "openid-client";
import { Agent } from "../tests/support/peers/agent.mjs";
import { startApache } from "../tests/support/peers/apache.mjs";
import * as kdcs from "../tests/support/peers/kdc.mjs";
import * as issuers from "../tests/support/peers/misbehaving_provider.mjs";
import { folder, freePort, run } from "../tests/support/peers/process.mjs";
import { nodeSaml } from "../tests/support/peers/saml_clients.mjs";
import * as simplesamlphp from "../tests/support/peers/simplesamlphp.mjs";
import * as directories from "../tests/support/peers/slapd.mjs";
import { children } from "./process.mjs";
import { machine, print, save } from "./report.mjs";

const { values: options } = parseArgs({
  options: { json: { type: "string" }, times: { type: "string", default: "60" }, only: { type: "string", multiple: true } },
});
const times = Number(options.times);
/** Sign-ins before those that count: the first one makes the account, and fetches keys. */
const WARM_UP = 5;
/** People in the directory, and who signs in. */
const [PEOPLE, PERSON, PASSWORD] = [1_000, "u000500", "correct-u000500"];
const REALM = "HANZO.TEST";
const ORIGIN_LIMITS = { SIGNIN_ATTEMPTS: "1000000/600", SIGNIN_FAILURES: "1000000/600" };
/** What a section needs of `scripts/peers`. */
const NEEDED = { saml: "/usr/share/simplesamlphp/www/index.php", ldap: "/usr/sbin/slapd", kerberos: "/usr/sbin/krb5kdc" };

const SECTIONS = { oidc: measureOidc, saml: measureSaml, ldap: measureLdap, kerberos: measureKerberos };
const wanted = Object.keys(SECTIONS).filter((name) => !options.only || options.only.includes(name));
const before = loadavg();
const closing = [];
const closed = (it) => (closing.push(() => it.stop()), it);

const slapd = wanted.includes("ldap") && existsSync(NEEDED.ldap) && closed(await directories.start({ entries: PEOPLE }));
if (slapd) process.env.NODE_EXTRA_CA_CERTS = slapd.caPath; // miniflare reads it when it is loaded
const { callbackPath, recordOf, startFederation, textOf, Visitor } = await import("../tests/support/federation.mjs");
const { CALLBACK } = await import("../tests/support/world.mjs");

const world = await startFederation(
  async (callbackOf) => ({ oidc: await issuers.start({ redirectUris: [callbackOf("oidc"), CALLBACK] }) }),
  { hosts: slapd ? [`localhost:${slapd.ldapsPort}`] : [], origin: { bindings: ORIGIN_LIMITS } });
closing.push(() => world.close());
const issuer = watch(new URL(world.peers.oidc.issuer).port);

const [workerd] = await children("workerd");

const results = {};
const missing = [];
try {
  for (const name of wanted) {
    process.stderr.write(`\r${name}            `);
    if (NEEDED[name] && !existsSync(NEEDED[name])) missing.push(`${name}: there is no ${NEEDED[name]} (scripts/peers)`);
    else await SECTIONS[name]().then((rows) => { results[name] = rows; }, (error) => missing.push(`${name}: ${error.stack}`));
  }
} finally {
  process.stderr.write("\n");
  for (const close of closing.reverse()) await close();
}

const load = { before, after: loadavg() };
const wasm = Object.fromEntries(await Promise.all(["edge", "origin"].map(async (name) => {
  const bytes = await readFile(join(import.meta.dirname, "../build", name, "index.wasm"));
  return [name, { bytes: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length }];
})));

const ms = (value) => value.toFixed(2);
const told = (them) => them.map((value) => value.toFixed(1)).join(" ");
print.machine(machine(), `load ${told(load.before)} before and ${told(load.after)} after`, `${times} times each`);
print.section({
  title: "Signing in by another identity system",
  table: [
    ["", "median ms", "p95 ms", "CPU ms of workerd", "of this process", "the issuer's ms", "its calls"],
    ...Object.values(results).flat().map(({ name, median, p95, cpu, issuer: its, calls }) =>
      [name, ms(median), ms(p95), ms(cpu.workerd), ms(cpu.here), calls ? ms(its) : "", calls ?? ""]),
  ],
  notes: [
    "One at a time; medians. Ours has HTTP, the database and the session in it; of the peers only that of Apache is a",
    "request. This process has the clients, the libraries and the issuer, whose milliseconds are part of the wall time of",
    "both sides. A password is compared with a hash of ours before a directory is asked.",
    ...missing.map((each) => `MISSING: ${each}`),
  ],
});
print.section({
  title: "The modules",
  table: [["", "bytes", "gzip -9"], ...Object.entries(wasm).map(([name, its]) =>
    [`${name}, wasm`, its.bytes.toLocaleString("en"), its.gzip.toLocaleString("en")])],
});
await save(options.json, { machine: machine(), load, settings: { times }, results, wasm, missing });
if (missing.length > 0) process.exitCode = 1;

/**
 * Times the sides in turns. Each is a function that prepares a sign-in and returns its steps, by the name of their
 * row, in the order in which they run.
 */
async function compare(...sides) {
  const samples = {};
  for (let i = -WARM_UP; i < times; i++) {
    for (const prepare of i % 2 ? sides : sides.toReversed()) {
      for (const [name, step] of Object.entries(await prepare())) {
        issuer.forget();
        const [server, here, started] = [await cpuOf(workerd), process.cpuUsage(), performance.now()];
        await step();
        const took = performance.now() - started;
        const { user, system } = process.cpuUsage(here);
        const cpu = { workerd: await cpuOf(workerd) - server, here: (user + system) / 1e3 };
        samples[name] ??= [];
        if (i >= 0) samples[name].push({ took, ...cpu, issuer: issuer.spent, calls: issuer.calls.join(", ") });
      }
    }
  }
  return Object.entries(samples).map(([name, list]) => {
    const at = (share, measure = "took") => list.map((each) => each[measure]).sort((a, b) => a - b)[Math.ceil(list.length * share) - 1];
    const cpu = { workerd: at(0.5, "workerd"), here: at(0.5, "here") };
    return { name, median: at(0.5), p95: at(0.95), cpu, ...list[0].calls && { issuer: at(0.5, "issuer"), calls: list[0].calls } };
  });
}

/** Milliseconds of processor time that the threads of a process have used. */
async function cpuOf({ pid }) {
  const folder = `/proc/${pid}/task`;
  const texts = await Promise.all((await readdir(folder)).map((thread) => readFile(`${folder}/${thread}/schedstat`, "utf8").catch(() => "0")));
  return texts.reduce((sum, text) => sum + Number(text.split(" ")[0]) / 1e6, 0);
}

/** What a server of this process, at that port, is asked: its `calls`, and the milliseconds `spent` on them. */
function watch(port) {
  const self = { forget: () => Object.assign(self, { spent: 0, calls: [] }) };
  self.forget();
  const begun = new WeakMap();
  const isIts = ({ server }) => String(server.address()?.port) === port;
  diagnostics.subscribe("http.server.request.start", (event) => isIts(event) && begun.set(event.request, performance.now()));
  diagnostics.subscribe("http.server.response.finish", ({ request }) => {
    if (!begun.has(request)) return;
    self.spent += performance.now() - begun.get(request);
    self.calls.push(request.url.split("?")[0]);
  });
  return self;
}

/** Makes a provider of `hanzo`, which the application offers instead of the one before. */
async function offer(record) {
  await world.administer("POST", "providers", { owner: "hanzo", displayName: record.name, ...record });
  await world.administer("PUT", "applications/admin/hanzo-app", {
    providers: [{ name: record.name, canSignIn: true, canSignUp: true }],
  });
}

/** Where a page leads to, which must be the application with a code. */
function signedIn(page) {
  const { location, status, text } = page;
  const onward = location ?? /url=([^"]+)"/.exec(text)?.[1]?.replaceAll("&amp;", "&");
  assert.ok(onward?.startsWith(CALLBACK) && new URL(onward).searchParams.has("code"), `${status} ${location} ${textOf(page)}`);
}

/** The two steps of ours after the provider: the answer is taken, and then the page that the browser came from goes on. */
function ourSteps(name, visitor, ...answer) {
  let page;
  return {
    [`${name}, ours: 1. the answer is checked`]: async () => {
      page = await visitor.agent.go(answer[0], { ...answer[1], until: () => true });
      assert.ok(page.location, `${page.status} ${textOf(page)}`);
    },
    [`${name}, ours: 2. the page signs in`]: async () => signedIn(await visitor.go(page.location)),
  };
}

async function measureOidc() {
  const peer = world.peers.oidc;
  await offer(recordOf("oidc", peer));
  const config = await oidc.discovery(new URL(peer.issuer), peer.client.client_id, peer.client.client_secret, undefined,
    { execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks] });
  return compare(
    async () => {
      const visitor = new Visitor(world);
      const { url } = await peer.signIn(await visitor.leave("oidc"));
      assert.ok(url.includes(callbackPath("oidc")), url);
      return ourSteps("OIDC", visitor, url);
    },
    async () => {
      const [verifier, state, nonce] = [oidc.randomPKCECodeVerifier(), oidc.randomState(), oidc.randomNonce()];
      const { url } = await peer.signIn(oidc.buildAuthorizationUrl(config, {
        redirect_uri: CALLBACK, scope: "openid profile email", state, nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
      }).href);
      return {
        "OIDC, openid-client: authorizationCodeGrant and fetchUserInfo": async () => {
          const tokens = await oidc.authorizationCodeGrant(config, new URL(url),
            { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true });
          await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
        },
      };
    },
    async () => ({ "for comparison, the sign-in page, ours": () => new Visitor(world).open() }));
}

async function measureSaml() {
  // One signature, on the assertion: both sides check that one.
  // An address is one account's, and the issuer has said alice@hanzo.test.
  const attributes = { uid: ["alice"], mail: ["alice@saml.test"], displayName: ["Alice Adams"], groups: ["admins", "engineering"] };
  const idp = closed(await simplesamlphp.start({
    users: { alice: { password: "correct-alice", attributes } }, idp: { "saml20.sign.response": false },
  }));
  await offer({ name: "saml", category: "SAML", type: "SimpleSAMLphp", metadata: idp.metadata });
  await idp.trust({ metadata: await (await world.fetch("/v1/iam/saml/sp/hanzo/saml/metadata")).text() });
  const service = nodeSaml({
    idpMetadata: idp.metadata, entityId: "https://sp.hanzo.test", acs: "https://sp.hanzo.test/acs", slo: "https://sp.hanzo.test/slo",
  });
  await idp.trust({ metadata: service.metadata });
  const agent = new Agent(); // signed in at the identity provider
  return compare(
    async () => {
      const visitor = new Visitor(world);
      const { action, fields } = await idp.login(await visitor.leave("saml"), { agent });
      return ourSteps("SAML", visitor, action, { method: "POST", body: fields, headers: { "sec-fetch-site": "cross-site" } });
    },
    async () => {
      const { fields } = await idp.login(await service.authorizeUrl(), { agent });
      return { "SAML, node-saml: validatePostResponseAsync": () => service.validate(fields) };
    });
}

async function measureLdap() {
  const ldapts = await import("./signin/ldapts.mjs"); // `scripts/setup --bench` installs it
  await offer({
    name: "ldap", category: "LDAP", type: "OpenLDAP", host: "localhost", port: slapd.ldapsPort, sslMode: "LDAPS",
    isLocal: true, baseDn: slapd.base, username: slapd.reader.dn, password: slapd.reader.password,
    filterFields: ["uid", "mail"], groupSource: "memberOf",
  });
  const byForm = (row, username, password) => async () => {
    const visitor = new Visitor(world);
    const form = (await visitor.open()).forms.find(({ fields }) => "password" in fields);
    return {
      [row]: async () => signedIn(await visitor.agent.go(form.action, {
        method: "POST", body: { ...form.fields, username, password },
        headers: { origin: world.base, "sec-fetch-site": "same-origin" }, until: (url) => url.startsWith(CALLBACK),
      })),
    };
  };
  return compare(
    byForm("LDAP, ours: the password to the code", PERSON, PASSWORD),
    byForm("the same form, for a password of ours (argon2id)", "alice", world.user("alice").password),
    async () => ({ "LDAP, ldapts: connect, bind, search, bind": () => ldapts.signIn(slapd, PERSON, PASSWORD) }));
}

async function measureKerberos() {
  const kdc = closed(await kdcs.start({ realm: REALM, principals: { bob: "ticket-of-bob" } }));
  const dir = await folder("gssapi");
  closing.push(() => dir.remove());
  const apache = closed(await startApache(dir, await freePort(), {
    modules: ["auth_gssapi"], env: kdc.env,
    config: `<Location /open>\n  AuthType GSSAPI\n  GssapiCredStore keytab:${kdc.keytabPath}\n  Require valid-user\n</Location>`,
  }));
  await offer({
    name: "ad", category: "Kerberos", type: "Active Directory", realm: REALM, principals: ["HTTP/127.0.0.1"],
    keytab: kdc.keytab.toString("base64"), networks: ["192.0.2.0/24"],
    principalMapping: [{ realm: REALM, username: "{primary}", existing: true }],
  });
  const tokens = await newTokens(await kdc.kinit("bob", "ticket-of-bob"), 2 * (times + WARM_UP));
  const token = () => ({ authorization: tokens.pop() });
  return compare(
    async () => {
      const visitor = new Visitor(world);
      const { url } = await visitor.open({ kerberos: "1" });
      const address = `${world.base}/v1/iam/spnego${new URL(url).search}`;
      const headers = token();
      return {
        "Kerberos, ours: the token to the code": async () =>
          signedIn(await visitor.agent.go(address, { headers, until: (to) => to.startsWith(CALLBACK) })),
      };
    },
    async () => {
      const headers = token();
      return {
        "Kerberos, mod_auth_gssapi: a file": async () => {
          const answer = await fetch(`${apache.url}/open`, { headers });
          assert.equal(answer.status, 200, `${await answer.text()} ${apache.output()}`);
        },
      };
    });
}

/** So many tokens of `env` (as of `kinit`), each different, for a service at 127.0.0.1: a server here keeps what curl sends. */
async function newTokens(env, count) {
  const tokens = [];
  const server = createServer((request, response) => {
    tokens.push(request.headers.authorization);
    response.writeHead(200, { connection: "close" }).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}/`;
  await run("curl", ["-sS", "--negotiate", "-u", ":", ...Array(count).fill(url)], { env });
  server.close();
  assert.equal(new Set(tokens.filter((each) => each?.startsWith("Negotiate "))).size, count);
  return tokens;
}
