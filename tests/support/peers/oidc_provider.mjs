// npm `oidc-provider` as OpenID Connect issuer, with accounts and clients given.
import { createServer } from "node:http";
import { randomBytes } from "node:crypto";
import { exportJWK, generateKeyPair } from "jose";
import { Agent } from "./agent.mjs";

const ACCOUNTS = {
  alice: { email: "alice@hanzo.test", email_verified: true, name: "Alice Adams", preferred_username: "alice", groups: ["admins"] },
};

/**
 * Starts the issuer. Settings: `accounts` (subject → claims), `redirectUris` of the one client, `client` (its
 * further metadata, for example `id_token_signed_response_alg`, `token_endpoint_auth_method`, `jwks`,
 * `backchannel_logout_uri`), `configuration` (of oidc-provider).
 *
 * Returns `{ issuer, client, provider, authorizeUrl(), signIn(), signOut(), stop() }`.
 */
export async function start({ accounts = ACCOUNTS, redirectUris, client = {}, configuration = {} } = {}) {
  const { default: Provider } = await quietly(() => import("oidc-provider"));
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const keys = await Promise.all(["RS256", "PS256", "ES256", "ES384", "Ed25519"].map(async (alg) => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    return { ...await exportJWK(privateKey), alg, use: "sig", kid: `key-${alg}` };
  }));
  const own = {
    client_id: "hanzo-iam", client_secret: "correct-horse-battery-staple-of-the-client", redirect_uris: redirectUris,
    grant_types: ["authorization_code", "refresh_token"], response_types: ["code"], ...client,
  };
  const algorithms = ["RS256", "PS256", "ES256", "ES384", "Ed25519"];
  const provider = await quietly(() => new Provider(issuer, {
    clients: [own],
    jwks: { keys },
    cookies: { keys: [randomBytes(16).toString("hex")] },
    claims: {
      openid: ["sub"], email: ["email", "email_verified"],
      profile: ["name", "given_name", "family_name", "preferred_username", "groups", "picture"],
    },
    enabledJWA: { idTokenSigningAlgValues: algorithms, userinfoSigningAlgValues: algorithms },
    features: { devInteractions: { enabled: true }, backchannelLogout: { enabled: true } },
    findAccount: (_, id) => accounts[id] && { accountId: id, claims: () => ({ sub: id, ...accounts[id] }) },
    // Its own fetch refuses loopback addresses, where our back-channel logout is.
    fetch: (url, { dispatcher, ...options }) => fetch(url, { ...options, signal: AbortSignal.timeout(5_000) }),
    ttl: { AccessToken: 3600, AuthorizationCode: 60, Grant: 3600, IdToken: 3600, Interaction: 600, Session: 3600, RefreshToken: 3600 },
    ...configuration,
  }));
  const errors = [];
  provider.on("server_error", (_, error) => errors.push(error.stack));
  provider.on("backchannel.error", (_, error) => errors.push(error.stack));
  server.on("request", provider.callback());
  return {
    issuer, client: own, provider,
    output: () => errors.join("\n"),
    authorizeUrl: (parameters) => authorizeUrl(`${issuer}/auth`, own.client_id, parameters),
    /**
     * Drives the sign-in and consent pages from an authorization URL to the redirect to our callback. Returns
     * `{ url, agent }`, or `{ action, fields, agent }` where `response_mode=form_post` was asked.
     */
    async signIn(from, { user = "alice", agent = new Agent(), redirectUri = own.redirect_uris[0] } = {}) {
      const until = (url) => url.startsWith(redirectUri);
      let page = await agent.go(from, { until });
      for (let i = 0; i < 3 && !page.location; i++) {
        const form = page.forms.find(({ fields, action }) => fields.prompt || action.startsWith(redirectUri));
        if (!form) throw new Error(`no form: ${page.status} ${page.url}\n${page.text}\n${errors}`);
        if (form.action.startsWith(redirectUri)) return { ...form, agent };
        const fields = form.fields.prompt === "login" ? { login: user, password: `correct-${user}` } : {};
        page = await agent.submit(form, fields, { until });
      }
      return { url: page.location, agent };
    },
    /** Signs out at the issuer, which then calls the clients' back-channel logout URIs. */
    async signOut(agent, parameters = {}) {
      const page = await quietly(() => agent.go(`${issuer}/session/end?${new URLSearchParams({ client_id: own.client_id, ...parameters })}`));
      return quietly(() => agent.submit(page.forms[0], { logout: "yes" }, { until: (url) => !url.startsWith(issuer) }));
    },
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Returns an authorization URL of the code flow with the given parameters on top. */
export function authorizeUrl(endpoint, clientId, parameters) {
  const all = { client_id: clientId, response_type: "code", scope: "openid profile email", ...parameters };
  return `${endpoint}?${new URLSearchParams(all)}`;
}

// The package prints advice for production.
async function quietly(work) {
  const saved = ["info", "warn"].map((name) => [name, console[name]]);
  for (const [name] of saved) console[name] = () => {};
  try {
    return await work();
  } finally {
    for (const [name, original] of saved) console[name] = original;
  }
}
