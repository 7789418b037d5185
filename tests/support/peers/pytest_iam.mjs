// PyPI `pytest-iam` (Canaille) as OpenID Connect issuer, with a user and a client.
import { join } from "node:path";
import { Agent } from "./agent.mjs";
import { authorizeUrl } from "./oidc_provider.mjs";
import { folder, freePort, HERE, launch, PYTHON } from "./process.mjs";

const USERS = {
  alice: {
    password: "correct-alice", formatted_name: "Alice Adams", given_name: "Alice", family_name: "Adams",
    display_name: "Alice Adams", emails: ["alice@hanzo.test"],
  },
};

/**
 * Starts the issuer. Settings: `users` (name → fields of Canaille's user), `redirectUris`, `client` (further fields).
 * Returns `{ issuer, client, authorizeUrl(), signIn(), output(), stop() }`.
 */
export async function start({ users = USERS, redirectUris, client = {} } = {}) {
  const dir = await folder("pytest-iam");
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const own = {
    client_id: "hanzo-iam", client_secret: "correct-horse-battery-staple", client_name: "Hanzo IAM", client_uri: "https://iam.hanzo.test",
    redirect_uris: redirectUris, grant_types: ["authorization_code", "refresh_token"], response_types: ["code"],
    scope: ["openid", "profile", "email", "groups"], token_endpoint_auth_method: "client_secret_basic", ...client,
  };
  const server = await launch(PYTHON, [join(HERE, "python/pytest_iam_server.py")], {
    cwd: dir.path, env: { PEER: JSON.stringify({ port, users, client: own }), PYTHONUNBUFFERED: "1" },
    ready: async () => (await fetch(`${issuer}/.well-known/openid-configuration`)).ok,
  });
  return {
    issuer, client: own, output: server.output,
    authorizeUrl: (parameters) => authorizeUrl(`${issuer}/oauth/authorize`, own.client_id, parameters),
    /** Drives the pages for name, password and consent from an authorization URL to the redirect: `{ url, agent }`. */
    async signIn(from, { user = "alice", password = users[user]?.password, agent = new Agent(), redirectUri = own.redirect_uris[0] } = {}) {
      const until = (url) => url.startsWith(redirectUri);
      let page = await agent.go(from, { until });
      for (let i = 0; i < 4 && !page.location; i++) {
        const form = page.forms.find(({ fields }) => "login" in fields || "password" in fields) ??
          page.forms.find(({ method }) => method === "POST");
        if (!form) throw new Error(`no form: ${page.status} ${page.url}\n${page.text}\n${server.output()}`);
        const fields = "login" in form.fields ? { login: user } : "password" in form.fields ? { password } : { answer: "accept" };
        page = await agent.submit(form, fields, { until });
      }
      if (!page.location) throw new Error(`not signed in: ${page.status} ${page.url}\n${page.text}\n${server.output()}`);
      return { url: page.location, agent };
    },
    async stop() {
      await server.stop();
      await dir.remove();
    },
  };
}
