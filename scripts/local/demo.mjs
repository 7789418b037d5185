// The demo: three organizations, their people, the applications and keys that the examples use.
import { randomBytes } from "node:crypto";

const LOOPBACK = "http://127.0.0.1/callback"; // any port (RFC 8252 §7.3)
/** The origins of the demo's pages, the default of `IAM_SESSION_ORIGINS`. A browser sends the session's
 * cookie for pages of the same site only, which are those at 127.0.0.1. */
export const PAGE_ORIGINS = ["http://localhost:3000", "http://127.0.0.1:3000"];
const DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code";
// Tokens of the platform's own applications carry all roles of the person; with `platformAccess` also
// platform authority.
const FIRST_PARTY = { isFirstParty: true, scopes: ["iam"] };
// Hexadecimal: a password that contains the username, by chance too, is refused.
const secret = (bytes = 24) => randomBytes(bytes).toString("hex");

/** A demo with fresh passwords and secrets, in the shape of `POST /internal/bootstrap`. */
export function newDemo() {
  const user = (owner, name, role, displayName) => ({
    owner, name, displayName, email: `${name}@${owner}.example`, emailVerified: true,
    password: secret(), isAdmin: role === "admin",
  });
  const application = (organization, name, more) => ({
    owner: "admin", organization, name, clientId: name, displayName: name, ...more,
  });
  return {
    organizations: [
      { name: "admin", displayName: "Platform" },
      { name: "hanzo", displayName: "Hanzo AI" },
      { name: "acme", displayName: "Acme" },
    ],
    users: [
      user("admin", "root", "admin", "Root"),
      user("hanzo", "alice", "admin", "Alice Hanzo"),
      user("hanzo", "bob", "member", "Bob Hanzo"),
      user("hanzo", "carol", "member", "Carol Hanzo"),
      user("acme", "dave", "admin", "Dave Acme"),
      user("acme", "erin", "member", "Erin Acme"),
      user("acme", "frank", "member", "Frank Acme"),
    ],
    applications: [
      application("hanzo", "hanzo-cloud", {
        ...FIRST_PARTY,
        clientSecret: secret(),
        redirectUris: ["http://localhost:3000/callback", LOOPBACK],
        postLogoutRedirectUris: ["http://localhost:3000/"],
        grantTypes: [
          "authorization_code", "refresh_token", "client_credentials", "password",
          "urn:ietf:params:oauth:grant-type:token-exchange",
        ],
        resources: ["https://api.hanzo.ai"],
        capabilities: [
          "directory", "key-resolve", "publishable-resolve", "key-mint", "token-exchange", "token-issue",
        ],
      }),
      application("hanzo", "hanzo-app", {
        ...FIRST_PARTY,
        clientSecret: null,
        redirectUris: ["http://localhost:3000/callback", LOOPBACK],
        postLogoutRedirectUris: ["http://localhost:3000/"],
        grantTypes: ["authorization_code", "refresh_token", DEVICE_CODE],
      }),
      application("hanzo", "hanzo-cli", {
        ...FIRST_PARTY,
        platformAccess: true,
        clientSecret: null,
        redirectUris: [LOOPBACK],
        grantTypes: ["authorization_code", "refresh_token", DEVICE_CODE],
      }),
      application("admin", "admin-console", {
        ...FIRST_PARTY,
        platformAccess: true,
        clientSecret: secret(),
        redirectUris: ["http://localhost:3000/callback", LOOPBACK],
        grantTypes: ["authorization_code", "refresh_token", "client_credentials", "password"],
      }),
      application("acme", "acme-cloud", {
        ...FIRST_PARTY,
        clientSecret: secret(),
        redirectUris: [LOOPBACK],
        grantTypes: ["authorization_code", "refresh_token", "client_credentials", "password"],
      }),
      // A tenant's application: its tokens carry the role in acme and nothing else.
      application("acme", "acme-portal", {
        owner: "acme",
        clientSecret: secret(),
        redirectUris: ["http://localhost:3000/callback", LOOPBACK],
        grantTypes: ["authorization_code", "refresh_token", "client_credentials", "password"],
      }),
    ],
    keys: [
      { owner: "hanzo", user: "alice", name: "demo", scope: "" },
      { owner: "acme", user: "dave", name: "demo", scope: "" },
      { owner: "admin", user: "root", name: "demo", scope: "", platform: true },
    ],
  };
}

/** The credentials as `.dev/bootstrap.json` lists them, the superadmin first. */
export function credentials({ base, issuer }, seed, keys) {
  return {
    base,
    issuer,
    users: seed.users.map(({ owner, name, email, password, isAdmin }) => ({
      owner, username: name, email, password,
      role: owner === "admin" ? "superadmin" : isAdmin ? "admin" : "member",
    })),
    keys: keys.map(({ owner, user, key }) => ({ owner, user, key })),
    clients: seed.applications.map(({ clientId, clientSecret, redirectUris }) => ({
      client_id: clientId, client_secret: clientSecret, redirect_uris: redirectUris,
    })),
  };
}
