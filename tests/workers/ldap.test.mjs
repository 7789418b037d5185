// Directories over cloudflare:sockets: real slapd, LDAPS, StartTLS and plain TCP on this machine; sign-in through
// the page to a token, and a synchronization of thousands of people over several ticks of the schedule.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { Agent } from "../support/peers/agent.mjs";
import { start as startSlapd } from "../support/peers/slapd.mjs";

/** LDAP_PEOPLE=100000 is a directory as large as they come; a run then takes minutes. */
const PEOPLE = Number(process.env.LDAP_PEOPLE ?? 3000);
const present = existsSync("/usr/sbin/slapd");

describe("a directory", { skip: !present && "slapd is not installed (scripts/peers)" }, () => {
  let slapd, stranger, world, CALLBACK, claimsOf, pkce;

  before(async () => {
    slapd = await startSlapd({ entries: PEOPLE });
    stranger = await startSlapd(); // its certificate is of another authority
    process.env.NODE_EXTRA_CA_CERTS = slapd.caPath; // miniflare reads it when it is loaded
    const support = await import("../support/world.mjs");
    ({ CALLBACK, claimsOf, pkce } = support);
    const hosts = [slapd.port, slapd.ldapsPort, stranger.ldapsPort].map((port) => `localhost:${port}`);
    const bindings = { DANGER_FEDERATION_HOSTS: hosts.join(","), QUOTAS: JSON.stringify({ users: 2 * PEOPLE }) };
    world = await support.startWorld({ origin: { bindings } });
    for (const [name, port, sslMode] of [
      ["ldaps", slapd.ldapsPort, "LDAPS"], ["starttls", slapd.port, "StartTLS"], ["plain", slapd.port, "None"],
      ["stranger", stranger.ldapsPort, "LDAPS"],
    ]) {
      await world.administer("POST", "providers", {
        owner: "hanzo", name, displayName: name, category: "LDAP", type: "OpenLDAP", host: "localhost", port, sslMode,
        isLocal: true, baseDn: slapd.base, username: slapd.reader.dn, password: slapd.reader.password,
        filterFields: ["uid", "mail"], groupSource: "memberOf", syncDisablePercent: 50,
      });
    }
  });

  after(async () => {
    await world?.close();
    await slapd?.stop();
    await stranger?.stop();
  });

  /** The application offers that provider and no other. */
  const offer = (name) => world.administer("PUT", "applications/admin/hanzo-app", {
    providers: [{ name, canSignIn: true, canSignUp: true }],
  });

  const get = (path) => world.administer("GET", path);

  const attempts = async (name) => (await get(`providers/hanzo/${name}/attempts`)).attempts;

  /** Signs in on the page. Returns where it leads, or the page with the error. */
  const signIn = async (username, password) => {
    const { verifier, challenge } = pkce();
    const request = new URLSearchParams({
      client_id: "hanzo-app", redirect_uri: CALLBACK, response_type: "code", scope: "openid", state: "s", nonce: "n",
      code_challenge: challenge, code_challenge_method: "S256",
    });
    const agent = new Agent();
    const page = await agent.go(`${world.base}/v1/iam/oauth/authorize?${request}`);
    const form = page.forms.find(({ fields }) => "password" in fields);
    const answer = await agent.go(form.action, {
      method: "POST", body: { ...form.fields, username, password },
      headers: { origin: world.base, "sec-fetch-site": "same-origin" }, until: (at) => at.startsWith(CALLBACK),
    });
    const onward = answer.location ?? /url=([^"]+)"/.exec(answer.text)?.[1]?.replaceAll("&amp;", "&");
    const code = onward?.startsWith(CALLBACK) && new URL(onward).searchParams.get("code");
    return { answer, code, verifier };
  };

  for (const [name, uid] of [["ldaps", "u000001"], ["starttls", "u000002"], ["plain", "u000003"]]) {
    test(`signs a person in through the page to a token: ${name}`, async () => {
      await offer(name);
      const done = await signIn(uid, `correct-${uid}`);
      assert.ok(done.code, `${done.answer.status} ${JSON.stringify(await attempts(name))}`);
      const tokens = await world.redeem(done);
      assert.ok(tokens.id_token, JSON.stringify(tokens));
      assert.equal(claimsOf(tokens.id_token).nonce, "n");
      assert.deepEqual(claimsOf(tokens.id_token).amr, ["pwd"]);
      const wrong = await signIn(uid, "wrong password");
      assert.equal(wrong.answer.status, 401);
      assert.ok((await attempts(name)).some(({ check }) => check === "password"));
    });
  }

  test("a certificate of another authority is refused before any password is sent", async () => {
    await offer("stranger");
    const { answer, code } = await signIn("alice", "correct-alice");
    assert.ok(!code);
    assert.equal(answer.status, 502);
    assert.match(answer.text, /could not be verified/);
    const [last] = await attempts("stranger");
    assert.equal(last.check, "connection");
    assert.doesNotMatch(stranger.output(), /BIND dn="uid=/);
  });

  test("a filter in the login name finds no one", async () => {
    await offer("ldaps");
    for (const name of ["*", "u00000*", "u000001)(uid=*", "*)(|(uid=*"]) {
      const { answer, code } = await signIn(name, "correct-u000001");
      assert.ok(!code, name);
      assert.equal(answer.status, 401, name);
    }
  });

  test("thousands of people are synchronized over several ticks, and who leaves is disabled", async (t) => {
    const run = async (options = {}) => {
      let { ldapSync: sync } = await world.administer("POST", "ldap-syncs", { owner: "hanzo", provider: "ldaps", ...options });
      let ticks = 0;
      const began = performance.now();
      while (sync.state === "running" && ticks < 60 + PEOPLE / 100) {
        await world.pair.scheduled();
        ticks += 1;
        sync = (await get(`ldap-syncs/hanzo/${sync.id}`)).ldapSync;
      }
      const { people, created, disabled } = sync.report;
      const took = Math.round((performance.now() - began) / 1000);
      t.diagnostic(`${people} people, ${created} created, ${disabled} disabled: ${ticks} ticks, ${took} s`);
      return { ...sync, ticks };
    };
    const rehearsed = await run({ dryRun: true });
    assert.equal(rehearsed.state, "done", JSON.stringify(rehearsed));
    const first = await run();
    assert.equal(first.state, "done", JSON.stringify(first));
    assert.ok(first.ticks > 1, "one tick has read everything");
    assert.ok(first.report.people > PEOPLE, JSON.stringify(first.report));
    assert.equal(first.report.created, rehearsed.report.created);
    assert.ok(first.report.created >= PEOPLE - 10, JSON.stringify(first.report));
    await slapd.modify(`dn: uid=u000009,ou=people,${slapd.base}\nchangetype: delete\n`);
    const second = await run();
    assert.equal(second.report.disabled, 1, JSON.stringify(second));
    assert.equal(second.report.created, 0);
    assert.equal((await get("users/hanzo/u000009")).isForbidden, true);
  });
});
