// An OpenID Connect issuer that breaks one rule at a time: `FAULTS` lists the rules.
import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { base64url, exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";
import { authorizeUrl } from "./oidc_provider.mjs";

const AS_USUAL = Symbol("as usual");
const fault = (expected, what, hooks) => ({ expected, what, ...hooks });
const refuse = (what, hooks) => fault("refuse", what, hooks);
const claims = (what, change) => refuse(what, { claims: change });
const now = () => Math.floor(Date.now() / 1000);
const json = (status, value) => (response) => send(response, status, "application/json", JSON.stringify(value));
const answer = (status, type, body) => (response) => send(response, status, type, body);
const never = () => {};
const reset = (response) => response.socket.resetAndDestroy();
const resetOnce = (response, { fetched }, name) => (fetched[name] === 1 ? reset(response) : AS_USUAL);
const late = (response) => { response.writeHead(200, { "content-type": "application/json" }).write("{"); };
const huge = answer(200, "application/json", JSON.stringify({ sub: "alice", padding: "x".repeat(32 << 20) }));
const html = answer(200, "text/html", "<html>Sign in to the network</html>");

/**
 * Every fault: `expected` (`refuse`; `accept` where a right client must cope; `either` where the standard leaves
 * it open), `what` it is, and hooks. `claims(claims, issuer)` and `header(header)` change the id_token before it
 * is signed, `token(issuer, parts)` returns an id_token instead; `callback(parameters)` changes the redirect;
 * `discovery`, `jwks`, `tokens` and `userinfo` change what an endpoint returns; `at.…(response, issuer, name)` answers
 * instead of it, unless it returns `AS_USUAL`.
 */
export const FAULTS = {
  nonce_wrong: claims("nonce of another request", (c) => { c.nonce = "other"; }),
  nonce_missing: claims("no nonce", (c) => { delete c.nonce; }),
  aud_wrong: claims("made for another client", (c) => { c.aud = "other"; }),
  aud_missing: claims("no aud", (c) => { delete c.aud; }),
  aud_empty: claims("aud is an empty list", (c) => { c.aud = []; }),
  aud_several: claims("an untrusted audience besides ours, azp is the other", (c) => { c.aud = [c.aud, "other"]; c.azp = "other"; }),
  aud_several_without_azp: fault("either", "two audiences, no azp", { claims: (c) => { c.aud = [c.aud, "other"]; } }),
  aud_list_of_one: fault("accept", "aud as a list with our client only", { claims: (c) => { c.aud = [c.aud]; } }),
  azp_wrong: claims("azp is another client", (c) => { c.azp = "other"; }),
  iss_wrong: claims("another issuer", (c) => { c.iss = "https://other.hanzo.test"; }),
  iss_missing: claims("no iss", (c) => { delete c.iss; }),
  iss_slash: claims("the issuer with a slash at its end", (c) => { c.iss += "/"; }),
  sub_missing: claims("no sub", (c) => { delete c.sub; }),
  sub_empty: refuse("empty sub", { claims: (c) => { c.sub = ""; }, userinfo: (u) => { u.sub = ""; } }),
  sub_number: claims("sub is a number", (c) => { c.sub = 7; }),
  sub_long: refuse("sub of more than 255 characters", {
    claims: (c) => { c.sub = "a".repeat(256); }, userinfo: (u) => { u.sub = "a".repeat(256); },
  }),
  exp_missing: claims("no exp", (c) => { delete c.exp; }),
  exp_text: claims("exp is a string", (c) => { c.exp = String(c.exp); }),
  expired: claims("expired an hour ago", (c) => { c.iat -= 7200; c.exp = now() - 3600; }),
  iat_missing: claims("no iat", (c) => { delete c.iat; }),
  iat_future: claims("issued in an hour", (c) => { c.iat = now() + 3600; c.exp = now() + 7200; }),
  iat_old: claims("issued a day ago, not expired", (c) => { c.iat = now() - 86400; }),
  nbf_future: claims("valid in an hour", (c) => { c.nbf = now() + 3600; }),
  at_hash_wrong: claims("at_hash of another access token", (c) => { c.at_hash = base64url.encode(randomBytes(16)); }),
  at_hash_missing: fault("accept", "no at_hash, which the code flow allows", { claims: (c) => { delete c.at_hash; } }),

  alg_none: refuse("alg none, no signature", {
    token: (_, { claims: c }) => `${part({ alg: "none" })}.${part(c)}.`,
  }),
  alg_hs256_public_key: refuse("HS256 with the public key's PEM as secret", {
    token: async ({ keys: [key] }, { claims: c }) => new SignJWT(c).setProtectedHeader({ alg: "HS256", kid: key.kid })
      .sign(Buffer.from(await exportSPKI(key.publicKey))),
  }),
  alg_hs256_client_secret: refuse("HS256 with the client secret, where the issuer announces RS256", {
    token: ({ client }, { claims: c }) => new SignJWT(c).setProtectedHeader({ alg: "HS256" }).sign(Buffer.from(client.client_secret)),
  }),
  alg_of_other_key: refuse("header says ES256, the kid is an RSA key", {
    token: (_, { claims: c, header }) => `${part({ ...header, alg: "ES256" })}.${part(c)}.${base64url.encode(randomBytes(64))}`,
  }),
  signature_changed: refuse("a changed signature", {
    token: async (issuer, parts) => {
      const jwt = await issuer.sign(parts);
      const last = jwt.lastIndexOf(".") + 1;
      const bytes = base64url.decode(jwt.slice(last));
      bytes[10] ^= 1;
      return jwt.slice(0, last) + base64url.encode(bytes);
    },
  }),
  signature_missing: refuse("RS256 with an empty signature", {
    token: (_, { claims: c, header }) => `${part(header)}.${part(c)}.`,
  }),
  claims_changed: refuse("claims changed after they were signed", {
    token: async (issuer, parts) => {
      const [header, , signature] = (await issuer.sign(parts)).split(".");
      return `${header}.${part({ ...parts.claims, sub: "admin" })}.${signature}`;
    },
  }),
  key_unpublished: refuse("signed with a key that is not published, under a published kid", {
    token: ({ unpublished }, { claims: c, header }) => new SignJWT(c).setProtectedHeader(header).sign(unpublished.privateKey),
  }),
  kid_unknown: refuse("a kid that is not published", { header: (h) => { h.kid = "unknown"; } }),
  kid_missing: fault("accept", "no kid, one key published", { header: (h) => { delete h.kid; } }),
  kid_missing_two_keys: refuse("no kid, two keys published (OIDC Core §10.1: kid is required then)", {
    header: (h) => { delete h.kid; },
    jwks: (set, { other }) => { set.keys.push(other.jwk); },
  }),
  kid_of_other_key: refuse("the kid of the issuer's other key", {
    header: (h, { other }) => { h.kid = other.kid; },
    jwks: (set, { other }) => { set.keys.push(other.jwk); },
  }),
  key_rotated: fault("accept", "signed with a key that is published only after the first fetch", {
    token: ({ other }, { claims: c }) => new SignJWT(c).setProtectedHeader({ alg: "RS256", kid: other.kid }).sign(other.privateKey),
    jwks: (set, { other, fetched }) => { if (fetched.jwks > 1) set.keys = [other.jwk]; },
  }),
  header_jwk: refuse("the key in the header", {
    token: ({ unpublished }, { claims: c }) => new SignJWT(c)
      .setProtectedHeader({ alg: "RS256", jwk: unpublished.jwk }).sign(unpublished.privateKey),
  }),
  header_jku: refuse("the header names another key set", {
    token: ({ unpublished, issuer }, { claims: c }) => new SignJWT(c)
      .setProtectedHeader({ alg: "RS256", kid: unpublished.kid, jku: `${issuer}/other-jwks` }).sign(unpublished.privateKey),
  }),
  header_crit: refuse("a critical header that nobody knows", {
    token: ({ keys: [key] }, { claims: c, header }) => new SignJWT(c)
      .setProtectedHeader({ ...header, crit: ["x-unknown"], "x-unknown": true }).sign(key.privateKey, { crit: { "x-unknown": true } }),
  }),
  typ_logout: refuse("a logout token in place of an id_token", {
    header: (h) => { h.typ = "logout+jwt"; },
    claims: (c) => { c.events = { "http://schemas.openid.net/event/backchannel-logout": {} }; delete c.nonce; },
  }),
  not_a_jwt: refuse("the id_token is no JWT", { token: () => "not.a-jwt" }),

  jwks_empty: refuse("an empty key set", { jwks: (set) => { set.keys = []; } }),
  jwks_enc_only: refuse("the key is for encryption", { jwks: (set) => { set.keys = set.keys.map((key) => ({ ...key, use: "enc" })); } }),
  jwks_500: refuse("the key set fails", { at: { jwks: json(500, {}) } }),
  jwks_not_json: refuse("the key set is HTML", { at: { jwks: html } }),
  jwks_hangs: refuse("the key set never comes", { at: { jwks: never } }),

  callback_iss_other: refuse("mix-up: the callback names another issuer (RFC 9207)", { callback: (p) => { p.iss = "https://other.hanzo.test"; } }),
  callback_iss_missing: refuse("no iss in the callback, which the metadata announces", { callback: (p) => { delete p.iss; } }),
  callback_state_wrong: refuse("state of another request", { callback: (p) => { p.state = "other"; } }),
  callback_state_missing: refuse("no state", { callback: (p) => { delete p.state; } }),
  callback_no_code: refuse("no code", { callback: (p) => { delete p.code; } }),
  callback_code_unknown: refuse("a code of someone else", { callback: (p) => { p.code = "unknown"; } }),
  callback_denied: refuse("the person said no", { callback: (p) => { delete p.code; p.error = "access_denied"; } }),
  callback_script: refuse("an error with markup in its description", {
    callback: (p) => { delete p.code; p.error = "server_error"; p.error_description = "<script>alert(1)</script>"; },
  }),

  token_500: refuse("the token endpoint fails", { at: { token: json(500, { error: "server_error" }) } }),
  token_error: refuse("invalid_grant", { at: { token: json(400, { error: "invalid_grant" }) } }),
  token_not_json: refuse("the token endpoint returns HTML with 200", { at: { token: html } }),
  token_without_id_token: refuse("no id_token", { tokens: (t) => { delete t.id_token; } }),
  token_without_access_token: refuse("no access token", { tokens: (t) => { delete t.access_token; } }),
  token_type_other: refuse("a token type other than Bearer", { tokens: (t) => { t.token_type = "mac"; } }),
  token_reset: refuse("the connection breaks", { at: { token: reset } }),
  token_hangs: refuse("the token endpoint never answers", { at: { token: never } }),
  token_stalls: refuse("the token endpoint begins a body and never ends it", { at: { token: late } }),
  token_huge: refuse("a body of 32 MB", { at: { token: huge } }),
  token_redirect: refuse("the token endpoint redirects, which would resend the secret", {
    at: { token: (response, { issuer }) => response.writeHead(307, { location: `${issuer}/elsewhere` }).end() },
  }),
  token_slow: fault("accept", "the token endpoint takes two seconds", { slow: 2_000 }),

  userinfo_sub_other: refuse("userinfo of another person", { userinfo: (u) => { u.sub = "admin"; } }),
  userinfo_sub_missing: refuse("userinfo without sub", { userinfo: (u) => { delete u.sub; } }),
  userinfo_not_json: refuse("userinfo is HTML", { at: { userinfo: html } }),
  userinfo_broken_json: refuse("userinfo is cut off", { at: { userinfo: answer(200, "application/json", '{"sub":"ali') } }),
  userinfo_list: refuse("userinfo is a list", { at: { userinfo: json(200, ["alice"]) } }),
  userinfo_500: refuse("userinfo fails", { at: { userinfo: json(500, {}) } }),
  userinfo_401: refuse("userinfo refuses the token", { at: { userinfo: json(401, { error: "invalid_token" }) } }),
  userinfo_huge: refuse("userinfo of 32 MB", { at: { userinfo: huge } }),
  userinfo_reset: refuse("the connection to userinfo breaks, each time", { at: { userinfo: reset } }),
  userinfo_reset_once: fault("accept", "the connection to userinfo breaks once", { at: { userinfo: resetOnce } }),
  jwks_reset_once: fault("accept", "the connection to the key set breaks once", { at: { jwks: resetOnce } }),
  discovery_reset_once: fault("accept", "the connection to the metadata breaks once", { at: { discovery: resetOnce } }),
  userinfo_hangs: refuse("userinfo never answers", { at: { userinfo: never } }),

  discovery_issuer_other: refuse("the metadata is of another issuer", { discovery: (d) => { d.issuer = "https://other.hanzo.test"; } }),
  discovery_issuer_missing: refuse("metadata without issuer", { discovery: (d) => { delete d.issuer; } }),
  discovery_no_jwks: refuse("metadata without jwks_uri", { discovery: (d) => { delete d.jwks_uri; } }),
  discovery_no_token_endpoint: refuse("metadata without token endpoint", { discovery: (d) => { delete d.token_endpoint; } }),
  discovery_500: refuse("discovery fails", { at: { discovery: json(500, {}) } }),
  discovery_not_json: refuse("discovery is HTML", { at: { discovery: html } }),
  discovery_hangs: refuse("discovery never answers", { at: { discovery: never } }),
};

const part = (value) => base64url.encode(JSON.stringify(value));
const send = (response, status, type, body) =>
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(body);

/**
 * Starts the issuer, which approves every request at once. Settings: `redirectUris`, `fault` (a name of `FAULTS`),
 * `claims` (of the one person), `client`.
 *
 * Returns `{ issuer, client, fault, fetched, authorizeUrl(), signIn(), stop() }`; assign `fault` to change it, and
 * read in `fetched` how often each endpoint was called.
 */
export async function start({ redirectUris, fault: first, claims: person = {}, client = {} } = {}) {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const makeKey = async (kid) => {
    const pair = await generateKeyPair("RS256", { extractable: true });
    return { ...pair, kid, jwk: { ...await exportJWK(pair.publicKey), kid, alg: "RS256", use: "sig" } };
  };
  const self = {
    issuer, keys: [await makeKey("key-1")], other: await makeKey("key-2"), unpublished: await makeKey("key-3"),
    client: { client_id: "hanzo-iam", client_secret: "correct-horse-battery-staple-of-the-client", redirect_uris: redirectUris, ...client },
    person: { sub: "alice", email: "alice@hanzo.test", email_verified: true, name: "Alice Adams", ...person },
    fetched: {},
    sign: ({ claims: c, header }) => new SignJWT(c).setProtectedHeader(header).sign(self.keys[0].privateKey),
  };
  const codes = new Map();
  const tokens = new Set();
  let current;
  const peer = {
    issuer, client: self.client, fetched: self.fetched,
    get fault() { return current; },
    set fault(name) {
      if (name && !FAULTS[name]) throw new Error(`no fault ${name}`);
      current = name;
      for (const each of Object.keys(self.fetched)) delete self.fetched[each];
    },
    authorizeUrl: (parameters) => authorizeUrl(`${issuer}/authorize`, self.client.client_id, parameters),
    /** Requests an authorization URL and returns the redirect to the callback, as `{ url }`. */
    async signIn(url) {
      const response = await fetch(url, { redirect: "manual" });
      if (!response.headers.has("location")) throw new Error(`${response.status} ${await response.text()}`);
      return { url: response.headers.get("location") };
    },
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
  peer.fault = first;

  const endpoints = {
    "/.well-known/openid-configuration": ["discovery", () => changed("discovery", {
      issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`, jwks_uri: `${issuer}/jwks`, response_types_supported: ["code"],
      subject_types_supported: ["public"], id_token_signing_alg_values_supported: ["RS256"],
      code_challenge_methods_supported: ["S256"], authorization_response_iss_parameter_supported: true,
    })],
    "/jwks": ["jwks", () => changed("jwks", { keys: self.keys.map(({ jwk }) => jwk) })],
    "/other-jwks": ["other_jwks", () => ({ keys: [self.unpublished.jwk] })],
    "/elsewhere": ["elsewhere", () => ({})],
    "/token": ["token", async (request, body) => {
      const code = codes.get(body.get("code"));
      codes.delete(body.get("code"));
      const [id, secret] = credentials(request, body);
      const challenge = base64url.encode(createHash("sha256").update(body.get("code_verifier") ?? "").digest());
      if (id !== self.client.client_id || secret !== self.client.client_secret) throw new Refusal("invalid_client");
      if (!code || code.redirect_uri !== body.get("redirect_uri")) throw new Refusal("invalid_grant");
      if (code.code_challenge && code.code_challenge !== challenge) throw new Refusal("invalid_grant");
      if (FAULTS[current]?.slow) await sleep(FAULTS[current].slow);
      const accessToken = randomBytes(16).toString("hex");
      tokens.add(accessToken);
      return changed("tokens", {
        access_token: accessToken, token_type: "Bearer", expires_in: 3600, id_token: await idToken(code, accessToken),
      });
    }],
    "/userinfo": ["userinfo", (request) => {
      if (!tokens.has(/^Bearer (.+)$/.exec(request.headers.authorization)?.[1])) throw new Refusal("invalid_token", 401);
      return changed("userinfo", { ...self.person });
    }],
  };

  function changed(name, value) {
    FAULTS[current]?.[name]?.(value, self);
    return value;
  }

  async function idToken(code, accessToken) {
    const half = createHash("sha256").update(accessToken).digest().subarray(0, 16);
    const parts = {
      header: { alg: "RS256", kid: self.keys[0].kid },
      claims: {
        iss: issuer, sub: self.person.sub, aud: self.client.client_id, iat: now(), exp: now() + 300,
        at_hash: base64url.encode(half), email: self.person.email, email_verified: self.person.email_verified,
        ...code.nonce && { nonce: code.nonce },
      },
    };
    changed("claims", parts.claims);
    changed("header", parts.header);
    return FAULTS[current]?.token ? FAULTS[current].token(self, parts) : self.sign(parts);
  }

  server.on("request", async (request, response) => {
    const url = new URL(request.url, issuer);
    if (url.pathname === "/authorize") {
      const asked = Object.fromEntries(url.searchParams);
      if (!self.client.redirect_uris.includes(asked.redirect_uri)) return send(response, 400, "text/plain", "redirect_uri");
      const code = randomBytes(16).toString("hex");
      codes.set(code, asked);
      const parameters = { code, iss: issuer, ...asked.state && { state: asked.state } };
      const target = new URL(asked.redirect_uri);
      for (const [name, value] of Object.entries(changed("callback", parameters))) target.searchParams.set(name, value);
      return response.writeHead(303, { location: target.href }).end();
    }
    const [name, endpoint] = endpoints[url.pathname] ?? [];
    if (!endpoint) return send(response, 404, "text/plain", "not found");
    self.fetched[name] = (self.fetched[name] ?? 0) + 1;
    const instead = FAULTS[current]?.at?.[name] ?? (() => AS_USUAL);
    if (instead(response, self, name) !== AS_USUAL) return undefined;
    try {
      let body = "";
      for await (const chunk of request) body += chunk;
      json(200, await endpoint(request, new URLSearchParams(body)))(response);
    } catch (error) {
      if (error instanceof Refusal) json(error.status, { error: error.message })(response);
      else json(500, { error: "server_error", error_description: error.stack })(response);
    }
  });
  return peer;
}

class Refusal extends Error {
  constructor(error, status = 400) {
    super(error);
    this.status = status;
  }
}

/** Returns the client's identifier and secret, from the Authorization header or the body. */
function credentials(request, body) {
  const [, basic] = /^Basic (.+)$/.exec(request.headers.authorization ?? "") ?? [];
  if (!basic) return [body.get("client_id"), body.get("client_secret")];
  return Buffer.from(basic, "base64").toString().split(":").map((text) => decodeURIComponent(text.replaceAll("+", " ")));
}
