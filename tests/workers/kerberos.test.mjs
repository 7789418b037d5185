// Sign-in by tickets of MIT's KDC, with curl as the browser, through both workers to a token.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { skip } from "../support/skip.mjs";
import { curlNegotiate, start } from "../support/peers/kdc.mjs";
import { run } from "../support/peers/process.mjs";
import { CALLBACK, claimsOf, startWorld } from "../support/world.mjs";

const REALM = "HANZO.TEST";
const PAGE = "/login/oauth/authorize";

let world, kdc;

const present = existsSync("/usr/sbin/krb5kdc");

if (!present) test("tickets of a KDC", (t) => skip(t, "there is no krb5-kdc (scripts/peers)"));

describe("a KDC", { skip: !present }, () => {
before(async () => {
  [kdc, world] = await Promise.all([
    start({ realm: REALM, principals: { bob: "ticket-of-bob", nemo: "ticket-of-nemo", "bob/admin": "ticket-of-admin" } }),
    startWorld(),
  ]);
  const provider = {
    owner: "hanzo", name: "ad", displayName: "Hanzo AD", category: "Kerberos", type: "Active Directory", realm: REALM,
    principals: ["HTTP/127.0.0.1"], keytab: kdc.keytab.toString("base64"), networks: ["192.0.2.0/24"],
    principalMapping: [{ realm: REALM, username: "{primary}", existing: true }],
  };
  const made = await world.send(world.key(), "POST", "/v1/iam/providers", provider);
  const text = await made.text();
  assert.equal(made.status, 200, text);
  assert.equal(JSON.parse(text).provider.keytab, "***");
  await world.administer("PUT", "applications/admin/hanzo-app", { providers: [{ name: "ad" }] });
});
after(async () => {
  await Promise.all([world?.close(), kdc?.stop()]);
});

/** The query of an authorization request of `hanzo-app`, and its PKCE verifier. */
function request(more = {}) {
  const verifier = randomBytes(32).toString("base64url");
  const query = new URLSearchParams({
    client_id: "hanzo-app", redirect_uri: CALLBACK, response_type: "code", scope: "openid profile", state: "s",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"), code_challenge_method: "S256", ...more,
  });
  return { verifier, query };
}

const ticketOf = (name) => kdc.kinit(name, `ticket-of-${name.split("/").at(-1)}`);

/** Exchanges the code of a redirect; returns the claims of the ID token. */
async function redeemed({ headers }, verifier) {
  const code = new URL(headers.get("location")).searchParams.get("code");
  const tokens = await world.token(
    { grant_type: "authorization_code", code, redirect_uri: CALLBACK, code_verifier: verifier }, "hanzo-app");
  assert.equal(tokens.status, 200, JSON.stringify(tokens));
  return claimsOf(tokens.id_token);
}

test("a ticket leads to an ID token, and we prove ourselves to the client", async () => {
  const env = await ticketOf("bob");
  for (const path of ["/v1/iam/spnego", PAGE]) {
    // curl sends its ticket at once, or when it is asked: with cookies as browsers do.
    for (const args of [[], ["--anyauth", "--cookie", ""]]) {
      const { verifier, query } = request({ kerberos: "1" });
      const answer = await curlNegotiate(`${world.base}${path}?${query}`, env, args);
      assert.equal(answer.status, 303, `${path} ${answer.body}`);
      assert.match(answer.challenges.at(-1), /^Negotiate \S{40,}$/);
      if (args.length) assert.equal(answer.challenges[0], "Negotiate");
      assert.equal((await redeemed(answer, verifier)).name, "bob");
    }
  }
});

test("the authorization endpoint leads to the question, and others are not asked", async () => {
  const { query } = request({ kerberos: "1" });
  const to = (await world.fetch(`/v1/iam/oauth/authorize?${query}`)).headers.get("location");
  const asked = await world.fetch(to);
  assert.equal(asked.status, 401);
  assert.equal(asked.headers.get("www-authenticate"), "Negotiate");
  assert.match(await asked.text(), /name="username"/);
  const other = await world.fetch(`${PAGE}?${request().query}`);
  assert.deepEqual([other.status, other.headers.get("www-authenticate")], [200, null]);
  const silent = await world.fetch(`/v1/iam/oauth/authorize?${request({ kerberos: "1", prompt: "none" }).query}`);
  assert.match(silent.headers.get("location"), /error=login_required/);
});

test("who is no user, or comes without a ticket, gets the page", async () => {
  for (const name of ["nemo", "bob/admin"]) {
    const { query } = request();
    const answer = await curlNegotiate(`${world.base}/v1/iam/spnego?${query}`, await ticketOf(name));
    assert.equal(answer.status, 403, name);
    assert.match(answer.body, /name="username"/);
  }
  const none = { ...kdc.env, KRB5CCNAME: "FILE:/nonexistent/cache" };
  const answer = await curlNegotiate(`${world.base}/v1/iam/spnego?${request().query}`, none, ["--anyauth"]);
  assert.equal(answer.status, 401);
});

test("a token counts once, in whichever isolate", async () => {
  const env = await ticketOf("bob");
  const trace = await run("curl", ["-sS", "-v", "-o", "/dev/null", "--negotiate", "-u", ":",
    `${world.base}/v1/iam/spnego?${request().query}`, "--stderr", "-"], { env });
  const token = /^> Authorization: (Negotiate \S+)/m.exec(trace)[1];
  const again = await world.fetch(`/v1/iam/spnego?${request().query}`, { headers: { authorization: token } });
  assert.equal(again.status, 403);
  assert.equal(again.headers.get("www-authenticate"), null);
});

test("the keys of a service are replaced while tickets of the old ones are in use", async () => {
  const old = await ticketOf("bob");
  await curlNegotiate(`${world.base}/v1/iam/spnego?${request().query}`, old);
  const keytab = await kdc.rotate("HTTP/127.0.0.1");
  const changed = await world.send(world.key(), "PUT", "/v1/iam/providers/hanzo/ad", { keytab: keytab.toString("base64") });
  const { provider } = await changed.json();
  const kvnos = new Set(provider.keytabKeys.map(({ kvno }) => kvno));
  assert.equal(kvnos.size, 2, JSON.stringify(provider.keytabKeys));
  for (const env of [old, await ticketOf("bob")]) {
    const answer = await curlNegotiate(`${world.base}/v1/iam/spnego?${request().query}`, env);
    assert.equal(answer.status, 303);
  }
});

/** `MaxTokenSize` of Windows is 48,000 bytes; 64 KiB are read. */
test("the largest tokens reach the check", async () => {
  for (const bytes of [48_000, 64 * 1024]) {
    const token = Buffer.alloc(bytes, 0x60).toString("base64");
    const answer = await curlNegotiate(`${world.base}/v1/iam/spnego?${request().query}`, kdc.env,
      ["--no-negotiate", "-H", `Authorization: Negotiate ${token}`]);
    assert.equal(answer.status, 403, answer.body);
    assert.match(answer.body, /name="username"/);
  }
});
});
