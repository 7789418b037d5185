// Sign-in by OpenID Connect and OAuth 2.0 through both workers at other issuers: npm `oidc-provider`, PyPI
// `pytest-iam`, one that breaks a rule at a time, and one that answers as GitHub does.
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { exportJWK } from "jose";
import { startPages } from "../support/browser.mjs";
import { asAdministrator, attempts, callbackPath, offer, recordOf, rows, startFederation, textOf, Visitor } from "../support/federation.mjs";
import * as misbehaving from "../support/peers/misbehaving_provider.mjs";
import * as oidcProvider from "../support/peers/oidc_provider.mjs";
import { freePort, PYTHON } from "../support/peers/process.mjs";
import * as pytestIam from "../support/peers/pytest_iam.mjs";
import { skip } from "../support/skip.mjs";

const ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "Ed25519"];
const KEYS = {
  ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  RS256: generateKeyPairSync("rsa", { modulusLength: 2048 }),
};
const UNVERIFIED = "The sign-in could not be verified. Try again, or sign in in another way.";
const WITHOUT_PYTHON = "SKIPPED: NO pytest-iam. scripts/peers installs it.";

/** The metadata of a client that signs its assertions, and the members of our record of it. */
async function assertions(alg) {
  const { publicKey, privateKey } = KEYS[alg];
  const jwk = { ...await exportJWK(publicKey), kid: "ours", alg, use: "sig" };
  return {
    client: { token_endpoint_auth_method: "private_key_jwt", token_endpoint_auth_signing_alg: alg, jwks: { keys: [jwk] } },
    record: {
      clientSecret: undefined, tokenEndpointAuthMethod: "private_key_jwt", keyId: "ours", privateKeyAlgorithm: alg,
      privateKey: privateKey.export({ format: "pem", type: "pkcs8" }),
    },
  };
}

let world, deadPort;
before(async () => {
  deadPort = await freePort();
  const signed = Object.fromEntries(await Promise.all(Object.keys(KEYS).map(async (alg) => [alg, await assertions(alg)])));
  world = await startFederation(async (callbackOf) => {
    const peers = {};
    const start = async (name, module, settings) => { peers[name] = await module.start({ redirectUris: [callbackOf(name)], ...settings }); };
    // An address is one account's: at each issuer alice has another one.
    const issuer = (name, client) => start(name, oidcProvider, {
      client, accounts: { alice: { email: `alice@${name}.test`, email_verified: true, name: "Alice Adams", preferred_username: name } },
    });
    for (const alg of ALGORITHMS) await issuer(`op-${alg.toLowerCase()}`, { id_token_signed_response_alg: alg });
    for (const alg of Object.keys(KEYS)) await issuer(`jwt-${alg.toLowerCase()}`, signed[alg].client);
    await start("misbehaving", misbehaving, { claims: { email: "alice@misbehaving.test" } });
    if (existsSync(PYTHON)) await start("canaille", pytestIam);
    peers.github = await startGitHub(callbackOf("github"));
    return peers;
  }, { hosts: [`127.0.0.1:${deadPort}`] });
  const more = {
    // Canaille signs by RS512 with a key that names no algorithm.
    canaille: () => ({ idTokenAlgorithm: "RS512" }),
    github: ({ issuer }) => ({
      issuerUrl: undefined, customAuthUrl: `${issuer}/login/oauth/authorize`, customTokenUrl: `${issuer}/login/oauth/access_token`,
      customUserInfoUrl: `${issuer}/user`, scopes: "read:user user:email",
      userMapping: { id: "id", username: "login", displayName: "name", email: "email", avatarUrl: "avatar_url" },
    }),
    ...Object.fromEntries(Object.keys(KEYS).map((alg) => [`jwt-${alg.toLowerCase()}`, () => signed[alg].record])),
  };
  const records = Object.entries(world.peers).map(([name, peer]) => recordOf(name, peer, more[name]?.(peer)));
  await offer(world, records);
});
after(() => world?.close());

/** A provider that speaks plain OAuth 2.0 as GitHub does: the token response is a form, and the person has a number. */
async function startGitHub(callback) {
  const client = { client_id: "Iv1.0123456789abcdef", client_secret: randomBytes(20).toString("hex") };
  const codes = new Map(), tokens = new Set();
  const server = await startPages(async (request, response) => {
    const url = new URL(request.url, server.base);
    const parameters = Object.fromEntries(url.searchParams);
    let body = "";
    for await (const chunk of request) body += chunk;
    const send = (status, type, text) => response.writeHead(status, { "content-type": type }).end(text);
    if (url.pathname === "/login/oauth/authorize" && parameters.redirect_uri === callback && parameters.client_id === client.client_id) {
      const code = randomBytes(10).toString("hex");
      codes.set(code, parameters);
      response.writeHead(302, { location: `${callback}?${new URLSearchParams({ code, state: parameters.state })}` }).end();
    } else if (url.pathname === "/login/oauth/access_token" && request.method === "POST") {
      const form = new URLSearchParams(body);
      const asked = codes.get(form.get("code"));
      codes.delete(form.get("code"));
      const basic = Buffer.from(request.headers.authorization?.replace(/^Basic /, "") ?? "", "base64").toString();
      const challenge = createHash("sha256").update(form.get("code_verifier") ?? "").digest("base64url");
      const isOurs = [basic, `${form.get("client_id")}:${form.get("client_secret")}`].includes(`${client.client_id}:${client.client_secret}`);
      if (!asked || asked.code_challenge !== challenge || !isOurs) { // as GitHub does: an error with 200
        return send(200, "application/x-www-form-urlencoded", "error=bad_verification_code&error_description=The+code+is+wrong.");
      }
      const token = `gho_${randomBytes(18).toString("hex")}`;
      tokens.add(token);
      send(200, "application/x-www-form-urlencoded; charset=utf-8", `access_token=${token}&scope=read%3Auser%2Cuser%3Aemail&token_type=bearer`);
    } else if (url.pathname === "/user" && tokens.has(request.headers.authorization?.replace(/^Bearer /, ""))) {
      send(200, "application/json; charset=utf-8", JSON.stringify({
        id: 583231, login: "octocat", name: "The Octocat", email: "octocat@github.example", avatar_url: "https://avatars.example/u/583231",
      }));
    } else {
      send(404, "application/json", JSON.stringify({ message: "Not Found" }));
    }
  });
  return {
    issuer: server.base, client, stop: server.close,
    async signIn(url) {
      const response = await fetch(url, { redirect: "manual" });
      assert.equal(response.status, 302, `${url} ${await response.text()}`);
      return { url: response.headers.get("location") };
    },
  };
}

/** Signs in twice, in two browsers: the claims of the one account. */
async function signsInTwice(name) {
  const first = await new Visitor(world).signIn(name);
  const second = await new Visitor(world).signIn(name);
  assert.equal(second.sub, first.sub, "the second sign-in has the same account");
  const [latest, earlier] = await attempts(world, name);
  assert.deepEqual([latest, earlier].map(({ outcome, check }) => [outcome, check]), [["accepted", ""], ["accepted", ""]]);
  return first;
}

describe("oidc-provider", () => {
  for (const alg of ALGORITHMS) {
    test(`signs a person in by an ID token of ${alg}, and again to the same account`, async () => {
      const name = `op-${alg.toLowerCase()}`;
      const { preferred_username: username, displayName, email, email_verified: verified } = await signsInTwice(name);
      assert.deepEqual([username, displayName, email], [name, "Alice Adams", `alice@${name}.test`]);
      assert.ok(!verified, "the record does not say that the provider's word about addresses counts");
    });
  }

  for (const alg of Object.keys(KEYS)) {
    test(`takes our assertion of ${alg} in place of a secret (private_key_jwt)`, async () => {
      await signsInTwice(`jwt-${alg.toLowerCase()}`);
    });
  }

  test("answers by form_post, which is led to the same address by GET", async () => {
    const visitor = new Visitor(world);
    const away = await visitor.leave("op-rs256");
    const { action, fields } = await world.peers["op-rs256"].signIn(`${away}&response_mode=form_post`);
    assert.equal(action, world.base + callbackPath("op-rs256"));
    // Another site's form: a browser sends no cookie with it, and says so.
    const posted = await fetch(action, {
      method: "POST", redirect: "manual", body: new URLSearchParams(fields),
      headers: { origin: world.peers["op-rs256"].issuer, "sec-fetch-site": "cross-site" },
    });
    assert.equal(posted.status, 303, await posted.text());
    const location = new URL(posted.headers.get("location"), world.base);
    assert.equal(location.origin + location.pathname, action);
    assert.deepEqual(Object.fromEntries(location.searchParams), fields);
    assert.equal((await visitor.redeem(await visitor.go(location.href))).displayName, "Alice Adams");
  });

  test("is refused for an answer that another browser brings", async () => {
    const visitor = new Visitor(world);
    const { url } = await world.peers["op-rs256"].signIn(await visitor.leave("op-rs256"));
    const victim = new Visitor(world);
    await victim.leave("op-rs256");
    await isRefused(await victim.go(url), "op-rs256", "callback");
    await isRefused(await visitor.go(url), undefined);
  });
});

test("pytest-iam (Canaille) signs a person in, and again to the same account", async (t) => {
  if (!world.peers.canaille) return skip(t, WITHOUT_PYTHON);
  assert.equal((await signsInTwice("canaille")).displayName, "Alice Adams");
});

test("a provider of plain OAuth 2.0 signs a person in by a form-encoded token response and a mapped number", async () => {
  const { preferred_username: username, displayName } = await signsInTwice("github");
  assert.deepEqual([username, displayName], ["octocat", "The Octocat"]);
  const [identity] = await rows(world, "SELECT subject FROM identities WHERE provider = 'hanzo/github'");
  assert.equal(identity.subject, "583231");
});

/**
 * The page says that the answer could not be verified, with the request's id, and nothing of why; the provider's
 * administrators read why, under the id. `name` is undefined where no provider is known: then the log alone says why.
 */
async function isRefused(page, name, expected, context = "") {
  assert.equal(page.status, 403, `${context} ${page.location} ${textOf(page)}`);
  const id = page.headers.get("x-request-id");
  const [, main] = /<main>([\s\S]*)<\/main>/.exec(page.text);
  const paragraphs = [...main.matchAll(/<p class="([^"]*)"[^>]*>([^<]*)<\/p>/g)].map(([, kind, text]) => [kind, text]);
  assert.deepEqual(paragraphs, [["alert", UNVERIFIED], ["note key", id]], context);
  assert.ok(await logged(id), `${context}: not in the log`);
  if (!name) return undefined;
  const attempt = (await attempts(world, name)).find(({ requestId }) => requestId === id);
  assert.ok(attempt, `${context}: no attempt`);
  assert.equal(attempt.outcome, "refused");
  assert.ok(attempt.check && attempt.detail, `${context}: the attempt names no check: ${JSON.stringify(attempt)}`);
  if (expected) assert.equal(attempt.check, expected, context);
  assert.ok(!page.text.includes(attempt.detail), `${context}: the page says why`);
  return attempt;
}

/** The line of the log about a request, which the workers print behind the response. */
async function logged(id) {
  for (let tries = 0; tries < 100; tries++) {
    const line = world.logs.text.split("\n").find((text) => text.includes(id));
    if (line) return line;
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
  return undefined;
}

describe("the issuer that breaks one rule", () => {
  const NAME = "misbehaving";
  // Not for the page that could not be verified: the person has said no, and chooses another way.
  const DECLINED = "callback_denied";
  // Which provider it was is not known without the state.
  const STATELESS = ["callback_state_wrong", "callback_state_missing"];
  const counted = async () => {
    const tables = ["users", "sessions", "identities", "codes"];
    return (await rows(world, `SELECT ${tables.map((table) => `(SELECT COUNT(*) FROM ${table}) AS ${table}`)}`))[0];
  };

  /** What the last fault has left: kept documents, and the account of one that is accepted. */
  async function forget() {
    const statements = ["DELETE FROM federation_documents", "DELETE FROM federation_attempts"];
    for (const { user_id } of await rows(world, `SELECT user_id FROM identities WHERE provider = 'hanzo/${NAME}'`)) {
      statements.push(`DELETE FROM users WHERE id = '${user_id}'`);
    }
    for (const sql of statements) await rows(world, sql);
  }

  /** Leaves for the issuer and comes back; what ends before it leaves, ends on our page. */
  async function sentAway(visitor) {
    const away = await visitor.choose(await visitor.open(), NAME);
    if (!away.onward) return away;
    const { url } = await world.peers[NAME].signIn(away.onward);
    return visitor.go(url);
  }

  async function isAccepted(visitor, page) {
    assert.equal((await visitor.redeem(page, JSON.stringify((await attempts(world, NAME))[0]))).displayName, "Alice Adams");
  }

  /** The sign-in page says that it could not be verified, and no more: the browser has not left. */
  async function isNotLeft(page, fault) {
    assert.equal(page.status, 502, textOf(page));
    const [, alert] = /<p class="alert"[^>]*>([^<]*)<\/p>/.exec(page.text);
    assert.equal(alert, `${UNVERIFIED} (${page.headers.get("x-request-id")})`);
    const [attempt] = await attempts(world, NAME);
    assert.deepEqual([attempt.outcome, attempt.check], ["refused", "discovery"], fault);
    assert.equal(attempt.requestId, page.headers.get("x-request-id"));
    assert.ok(attempt.detail && !page.text.includes(attempt.detail), fault);
    assert.ok(page.text.includes(attempt.requestId), "the page does not name the request");
    assert.ok(await logged(attempt.requestId), "not in the log");
    return attempt;
  }

  test("without a fault it signs in", async () => {
    world.peers[NAME].fault = undefined;
    await signsInTwice(NAME);
  });

  for (const [fault, kind] of [["discovery_not_json", "metadata"], ["discovery_issuer_other", "metadata"], ["jwks_not_json", "a key set"], ["jwks_empty", "a key set"]]) {
    test(`what is not ${kind} of the provider is not kept: the next sign-in succeeds (${fault})`, async () => {
      await forget();
      world.peers[NAME].fault = fault;
      await sentAway(new Visitor(world));
      world.peers[NAME].fault = undefined;
      const visitor = new Visitor(world);
      await isAccepted(visitor, await sentAway(visitor));
    });
  }

  for (const [fault, kind] of [["discovery_not_json", "metadata"], ["jwks_not_json", "a key set"]]) {
    test(`what cannot be read does not replace ${kind} that is kept (${fault})`, async () => {
      await forget();
      world.peers[NAME].fault = undefined;
      await asAdministrator(world, "POST", NAME, "check");
      await rows(world, "UPDATE federation_documents SET fetched_at = fetched_at - 3601");
      world.peers[NAME].fault = fault;
      const visitor = new Visitor(world);
      await isAccepted(visitor, await sentAway(visitor));
    });
  }

  for (const [fault, { expected, what }] of Object.entries(misbehaving.FAULTS)) {
    test(`${expected}: ${what} (${fault})`, async (t) => {
      const peer = world.peers[NAME];
      await forget();
      peer.fault = fault;
      if (fault === "key_rotated") { // a set is fetched again a minute after the last time
        await asAdministrator(world, "POST", NAME, "check");
        await rows(world, "UPDATE federation_documents SET fetched_at = fetched_at - 61");
      }
      const before = await counted();
      const visitor = new Visitor(world);
      const page = await sentAway(visitor);
      const isSignedIn = page.location !== undefined;
      if (expected === "accept" || (expected === "either" && isSignedIn)) return isAccepted(visitor, page);
      assert.deepEqual(await counted(), before, "an account, an identity, a session or a code was made");
      if (fault === DECLINED) {
        assert.equal(page.status, 200);
        assert.ok(page.forms.some(({ fields }) => fields.step === "provider"), page.text);
        assert.deepEqual(await attempts(world, NAME), []);
        return undefined;
      }
      const attempt = fault.startsWith("discovery")
        ? await isNotLeft(page, fault)
        : await isRefused(page, STATELESS.includes(fault) ? undefined : NAME, undefined, fault);
      if (/^callback_/.test(fault)) assert.equal(peer.fetched.token, fault === "callback_code_unknown" ? 1 : undefined, "the code was sent");
      assert.ok(!(peer.fetched.token > 1), "a code was sent twice");
      assert.equal(peer.fetched.elsewhere ?? peer.fetched.other_jwks, undefined, "a redirect or a header was followed");
      assert.ok(!page.text.includes("<script>alert"), page.text);
      if (attempt) t.diagnostic(`${attempt.check}: ${attempt.detail}`);
    });
  }
});

describe("the check of a record", () => {
  const failing = ({ checks }) => checks.filter(({ ok }) => !ok).map(({ name }) => name);

  test("finds nothing wrong with a right record, and tells what it has found", async () => {
    world.peers.misbehaving.fault = undefined;
    for (const name of ["op-rs256", "jwt-es256", "misbehaving", "github"]) {
      const result = await asAdministrator(world, "POST", name, "check");
      assert.deepEqual([result.ok, failing(result)], [true, []], `${name}: ${JSON.stringify(result)}`);
      const settings = result.checks.find((check) => check.name === "settings");
      assert.match(settings.detail, new RegExp(`register the redirect URI ${world.base}${callbackPath(name)}`));
    }
    const { checks } = await asAdministrator(world, "POST", "op-rs256", "check");
    assert.deepEqual(checks.map(({ name }) => name), ["mapping", "discovery", "settings", "key set"]);
  });

  test("names the check that a wrong record fails, and why", async () => {
    const { issuer, client } = world.peers["op-rs256"];
    const dead = `http://127.0.0.1:${deadPort}`;
    for (const [name, more, check, why] of [
      ["unknown", { issuerUrl: "https://issuer.invalid" }, "discovery", /^https:\/\/issuer\.invalid\/\.well-known/],
      ["elsewhere", { issuerUrl: `${issuer}/tenant` }, "discovery", /answered 404/],
      ["slash", { issuerUrl: `${issuer}/` }, "discovery", /is of issuer "http:[^"]+", not "http:[^"]+\/"/],
      ["dead", { issuerUrl: dead }, "discovery", new RegExp(dead)],
      ["private", { issuerUrl: "http://127.0.0.1:9" }, "discovery", /must begin with https|public Internet/],
      ["plain", { issuerUrl: "http://issuer.example" }, "settings", /https/],
      ["no-client", { clientId: "" }, "settings", /clientId/],
      ["no-secret", { clientSecret: undefined }, "settings", /clientSecret/],
      ["no-issuer", { issuerUrl: undefined }, "settings", /customAuthUrl/],
      ["no-key", { tokenEndpointAuthMethod: "private_key_jwt" }, "settings", /privateKey/],
      ["a-key-that-is-none", { privateKey: "-----BEGIN NOTHING-----" }, "settings", /privateKey/],
    ]) {
      const record = recordOf(`wrong-${name}`, { issuer, client }, more);
      const made = await world.send(world.key(), "POST", "/v1/iam/providers", record);
      assert.equal(made.status, 200, await made.text());
      const result = await asAdministrator(world, "POST", record.name, "check");
      assert.deepEqual([result.ok, failing(result)], [false, [check]], `${name}: ${JSON.stringify(result)}`);
      assert.match(result.checks.find(({ ok }) => !ok).detail, why, name);
    }
  });

  for (const [fault, check, why] of [
    ["discovery_issuer_other", "discovery", /"https:\/\/other\.hanzo\.test", not "http:\/\/127/],
    ["discovery_no_jwks", "discovery", /jwks_uri/],
    ["discovery_not_json", "discovery", /malformed|something else/],
    ["discovery_500", "discovery", /500/],
    ["jwks_500", "key set", /500/],
    ["jwks_empty", "key set", /no key of the set/],
    ["jwks_enc_only", "key set", /no key of the set/],
  ]) {
    test(`names what a provider publishes wrongly (${fault})`, async () => {
      await rows(world, "DELETE FROM federation_documents");
      world.peers.misbehaving.fault = fault;
      const result = await asAdministrator(world, "POST", "misbehaving", "check");
      assert.deepEqual([result.ok, failing(result)], [false, [check]], JSON.stringify(result));
      assert.match(result.checks.find(({ ok }) => !ok).detail, why);
    });
  }

  test("is for administrators of the organization", async () => {
    const bob = (await world.tokens("bob")).access_token;
    for (const [credential, status] of [[bob, 403], [world.key("acme"), 403]]) {
      const answer = await world.send(credential, "POST", "/v1/iam/providers/hanzo/op-rs256/check");
      assert.ok([status, 404].includes(answer.status), `${answer.status} ${await answer.text()}`);
    }
  });
});
