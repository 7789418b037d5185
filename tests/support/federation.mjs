// Sign-in at identity providers: a world that may ask peers on this machine, their records, and a person's way
// through our pages, the provider's and back.
import assert from "node:assert/strict";
import { ratelimit } from "../../scripts/local/pair.mjs";
import { Agent } from "./peers/agent.mjs";
import { freePort } from "./peers/process.mjs";
import { CALLBACK, claimsOf, pkce, startWorld } from "./world.mjs";

/** Where the provider of that name of `hanzo` leads back to. */
export const callbackPath = (name) => `/v1/iam/oauth/callback/hanzo/${name}`;

const LIMITS = { // the limits have tests of their own
  LIMIT_KEYS: ratelimit("1001", 1_000_000), LIMIT_USERS: ratelimit("1002", 1_000_000), LIMIT_ADDRESSES: ratelimit("1003", 1_000_000),
};

/**
 * Starts peers and a world that may ask them: `startPeers(callbackOf)` returns the peers by name, each with `issuer`,
 * `client` and `stop()`. `start` is `startWorld` or another function with its options. What is returned has
 * `peers`, and ends them when it is closed.
 */
export async function startFederation(startPeers, { start = startWorld, host = "127.0.0.1", hosts = [], ...options } = {}) {
  const port = await freePort();
  const peers = await startPeers((name) => `http://${host}:${port}${callbackPath(name)}`);
  const admitted = [...Object.values(peers).map(({ issuer }) => new URL(issuer).host), ...hosts];
  const stop = () => Promise.all(Object.values(peers).map((peer) => peer.stop()));
  const world = await start({
    port, host, ...options,
    edge: { ratelimits: LIMITS, ...options.edge },
    origin: { ...options.origin, bindings: { DANGER_FEDERATION_HOSTS: admitted.join(","), ...options.origin?.bindings } },
  }).catch(async (error) => {
    await stop();
    throw error;
  });
  const close = world.close.bind(world);
  return Object.assign(world, {
    peers,
    async close() {
      await stop();
      await close();
    },
  });
}

/** The record of a provider of `hanzo` for a peer; `more` are further members. */
export const recordOf = (name, { issuer, client }, more = {}) => ({
  owner: "hanzo", name, displayName: `Peer ${name}`, category: "OAuth", type: "Custom",
  clientId: client.client_id, clientSecret: client.client_secret, issuerUrl: issuer, ...more,
});

/** Makes the providers of these records, and has `hanzo-app` offer them: a person without an account gets one. */
export async function offer(world, records) {
  for (const record of records) {
    const made = await world.send(world.key(), "POST", "/v1/iam/providers", record);
    assert.equal(made.status, 200, await made.text());
  }
  const items = records.map(({ name }) => ({ name, canSignIn: true, canSignUp: true }));
  await world.administer("PUT", "applications/admin/hanzo-app", { providers: items });
}

/** The JSON of a provider's sub-resource, as its administrator reads it. */
export async function asAdministrator(world, method, name, path) {
  const answer = await world.send(world.key(), method, `/v1/iam/providers/hanzo/${name}/${path}`);
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  return JSON.parse(text);
}

/** The last sign-ins by a provider, the latest first. */
export const attempts = async (world, name) => (await asAdministrator(world, "GET", name, "attempts")).attempts;

/** The rows of a query to the database. */
export async function rows(world, sql) {
  return (await (await world.pair.database()).prepare(sql).all()).results;
}

/** A person without scripts who signs in to `hanzo-app`. */
export class Visitor {
  agent = new Agent();

  constructor(world) {
    this.world = world;
  }

  /** Opens the sign-in page. */
  async open(more = {}) {
    // Of one network, twenty refusals are noted in an hour.
    await rows(this.world, "DELETE FROM attempts");
    const { verifier, challenge } = pkce();
    this.verifier = verifier;
    const query = new URLSearchParams({
      client_id: "hanzo-app", response_type: "code", redirect_uri: CALLBACK, scope: "openid profile email", state: "of the client",
      code_challenge: challenge, code_challenge_method: "S256", ...more,
    });
    return this.go(`${this.world.base}/v1/iam/oauth/authorize?${query}`);
  }

  /** Requests an address of ours, until one leads to the client. */
  go(url) {
    return this.agent.go(url, { until: atClient });
  }

  /** Chooses a provider on the page; returns the page that leads there, whose `onward` is where to. */
  async choose(page, name) {
    const form = page.forms.find(({ fields }) => fields.step === "provider");
    assert.ok(form && page.text.includes(`value="hanzo/${name}"`), `no button for ${name}: ${page.status} ${textOf(page)}`);
    const away = await this.agent.submit(form, { provider: `hanzo/${name}` });
    const [, address] = /<meta http-equiv="refresh" content="0;url=([^"]+)"/.exec(away.text) ?? [];
    return { ...away, onward: address?.replaceAll("&amp;", "&") };
  }

  /** Opens the sign-in page and leaves it for the provider; returns where to. */
  async leave(name) {
    const { onward, ...away } = await this.choose(await this.open(), name);
    assert.ok(onward, `no way to ${name}: ${away.status} ${textOf(away)} ${JSON.stringify(await attempts(this.world, name))}`);
    return onward;
  }

  /** The claims of the ID token for the code with which `page` leads to the client. */
  async redeem(page, why = "") {
    assert.ok(page.location && atClient(page.location), `${why}: ${page.status} ${page.location} ${textOf(page)}`);
    const { code, state } = Object.fromEntries(new URL(page.location).searchParams);
    assert.equal(state, "of the client");
    const tokens = await this.world.redeem({ code, verifier: this.verifier });
    assert.equal(tokens.status, 200, JSON.stringify(tokens));
    return claimsOf(tokens.id_token);
  }

  /** The whole way: our page, the pages of `peer`, and back; returns the claims of the ID token. */
  async signIn(name, peer = this.world.peers[name], options = {}) {
    const { url } = await peer.signIn(await this.leave(name), options);
    const page = await this.go(url);
    return this.redeem(page, `${name}: ${page.location ? "" : JSON.stringify((await attempts(this.world, name))[0])}`);
  }
}

const atClient = (url) => url.startsWith(CALLBACK);

/** What a person reads on a page. */
export const textOf = ({ text }) => text.replace(/<(style|script)\b[\s\S]*?<\/\1>|<[^>]+>/g, " ").replace(/\s+/g, " ").trim();
