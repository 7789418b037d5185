// The real peers against each other: each works before our own endpoints are tested with it.
//
// What they prove of us is in the tests of our workers. `scripts/test` leaves this file out; run it when a peer
// changes: node --test tests/support/peers/peers.test.mjs
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, describe as group, test } from "node:test";
import { decodeJwt } from "jose";
import { skip } from "../skip.mjs";
import { Agent } from "./agent.mjs";
import * as gssapi from "./gssapi.mjs";
import * as kdc from "./kdc.mjs";
import * as mellon from "./mellon.mjs";
import * as misbehaving from "./misbehaving_provider.mjs";
import * as oidcProvider from "./oidc_provider.mjs";
import * as relyingParty from "./openid_client.mjs";
import { certificate, folder, missing, run } from "./process.mjs";
import * as pytestIam from "./pytest_iam.mjs";
import { nodeSaml, pysaml2Idp, pysaml2Sp } from "./saml_clients.mjs";
import * as shibboleth from "./shibboleth.mjs";
import * as simplesamlphp from "./simplesamlphp.mjs";
import * as slapd from "./slapd.mjs";

const describe = missing.length > 0 ? () => {} : group;
if (missing.length > 0) {
  test("the real peers", (t) => skip(t, `SKIPPED: NO PEERS. scripts/peers installs ${missing.join(", ")}.`));
}

const BASE = "http://127.0.0.1:9/v1/iam"; // nothing listens there: redirects to it are not followed
const CALLBACK = `${BASE}/oauth/callback`;
const sp = (name) => ({
  entityId: `${BASE}/saml/sp/acme/${name}/metadata`, acs: `${BASE}/saml/sp/acme/${name}/acs`, slo: `${BASE}/saml/sp/acme/${name}/slo`,
});
const ours = { until: (url) => url.startsWith(BASE) };
const ATTRIBUTES = { uid: ["alice"], mail: ["alice@hanzo.test"], displayName: ["Alice Adams"], groups: ["admins", "engineering"] };
const pick = (object, names) => Object.fromEntries(names.map((name) => [name, object[name]]));
const xml = ({ fields }) => Buffer.from(fields.SAMLResponse, "base64").toString();

/** Starts a peer for the tests of one `describe`. */
function during(start) {
  const held = {};
  before(async () => { held.peer = await start(); });
  after(() => held.peer?.stop());
  return new Proxy({}, { get: (_, name) => held.peer[name] });
}

describe("slapd with ldapsearch", () => {
  const server = during(() => slapd.start());
  const as = (dn, password) => ["-D", dn, "-w", password, "-b", slapd.BASE];
  const reader = () => as(server.reader.dn, server.reader.password);

  test("finds a person and her groups by ldap, StartTLS and ldaps", async () => {
    for (const [args, at] of [[[], server.url], [["-ZZ"], server.url], [[], server.ldapsUrl]]) {
      const found = await server.search([...args, ...reader(), "(uid=alice)", "mail", "memberOf"], { at });
      assert.match(found, /^mail: alice@hanzo\.test$/m);
      assert.match(found, /^memberOf: cn=engineering,ou=groups,dc=hanzo,dc=test$/m);
    }
  });

  test("binds with the right password only", async () => {
    const alice = "uid=alice,ou=people,dc=hanzo,dc=test";
    assert.match(await server.search([...as(alice, "correct-alice"), "(uid=bob)", "cn"]), /^cn: Bob Stone$/m);
    await assert.rejects(server.search([...as(alice, "wrong"), "(uid=bob)"]), /Invalid credentials \(49\)/);
    await assert.rejects(run("ldapsearch", ["-x", "-H", server.url, "-b", slapd.BASE, "(uid=alice)"]), /Insufficient|No such object/i);
  });

  test("deletes a person, also from her group", async () => {
    const multi = "uid=multi,ou=people,dc=hanzo,dc=test";
    const groups = `(member=${multi})`;
    assert.match(await server.search([...reader(), groups, "cn"]), /^cn: everyone$/m);
    await server.modify(`dn: ${multi}\nchangetype: delete\n`);
    assert.doesNotMatch(await server.search([...reader(), groups, "cn"]), /everyone/);
  });

  test("refuses StartTLS without a certificate", async () => {
    const plain = await slapd.start({ tls: false });
    try {
      await assert.rejects(plain.search(["-ZZ", ...reader(), "(uid=alice)"]), /unsupported extended operation|Protocol error/);
    } finally {
      await plain.stop();
    }
  });

  test("returns 100,000 generated people by pages, and 500 without", async () => {
    const large = await slapd.start({ entries: 100_000, ldif: REFERRAL });
    try {
      const people = "(uid=u*)";
      const all = await large.search(["-E", "pr=1000/noprompt", ...reader(), people, "uid"]);
      assert.equal(all.match(/^uid: u\d{6}$/gm).length, 100_000);
      await assert.rejects(large.search([...reader(), people, "uid"]), /Size limit exceeded/);
      const last = await large.search([...as("uid=u100000,ou=people,dc=hanzo,dc=test", "correct-u100000"), "(uid=u100000)", "memberOf"]);
      assert.match(last, /^memberOf: cn=team100,ou=groups,dc=hanzo,dc=test$/m);
      await assert.rejects(large.search(["-s", "base", "-D", large.reader.dn, "-w", large.reader.password,
        "-b", "ou=partners,dc=hanzo,dc=test"]), /Referral \(10\)/);
    } finally {
      await large.stop();
    }
  });
});

const REFERRAL = `dn: ou=partners,dc=hanzo,dc=test
objectClass: referral
objectClass: extensibleObject
ou: partners
ref: ldap://partners.hanzo.test/ou=people,dc=partners,dc=test
`;

describe("the MIT KDC with curl and mod_auth_gssapi", () => {
  const ETYPES = {
    17: "aes128-cts-hmac-sha1-96", 18: "aes256-cts-hmac-sha1-96", 19: "aes128-cts-hmac-sha256-128", 20: "aes256-cts-hmac-sha384-192",
  };
  for (const [number, etypes] of Object.entries(ETYPES)) {
    test(`a ticket of etype ${number} signs in`, async () => {
      const realm = await kdc.start({ etypes, principals: { alice: "correct-alice", bob: "correct-bob" } });
      const acceptor = await gssapi.start({ kdc: realm });
      try {
        const alice = await realm.kinit("alice", "correct-alice");
        const signedIn = await kdc.curlNegotiate(acceptor.protectedUrl, alice, ["--anyauth"]);
        assert.equal(signedIn.status, 200, acceptor.output());
        assert.equal(acceptor.variables(signedIn.body).REMOTE_USER, "alice@HANZO.TEST");
        assert.equal(signedIn.challenges[0], "Negotiate");
        assert.match(signedIn.challenges.at(-1), /^Negotiate oY/); // the answer for mutual authentication
        assert.match(realm.output(), new RegExp(`tkt=${etypes}\\(${number}\\)`));
        assert.equal((await kdc.curlNegotiate(acceptor.protectedUrl, realm.env)).status, 401);
        await assert.rejects(realm.kinit("bob", "wrong"), /Password incorrect/);
      } finally {
        await acceptor.stop();
        await realm.stop();
      }
    });
  }

  test("a client of a trusted realm signs in", async () => {
    const home = await kdc.start();
    const partner = await kdc.start({ realm: "PARTNER.TEST", principals: { carol: "correct-carol" }, services: [], pac: false });
    const acceptor = await gssapi.start({ kdc: home });
    try {
      await partner.trust(home);
      const url = acceptor.protectedUrl.replace("127.0.0.1", "localhost"); // a numeric address is never of another realm
      const { status, body } = await kdc.curlNegotiate(url, await partner.kinit("carol", "correct-carol"));
      assert.equal(status, 200, `${acceptor.output()}${partner.output()}${home.output()}`);
      assert.equal(acceptor.variables(body).REMOTE_USER, "carol@PARTNER.TEST");
    } finally {
      await acceptor.stop();
      await partner.stop();
      await home.stop();
    }
  });

  test("the KDC also makes RC4 tickets, for acceptors that must refuse them", async () => {
    const realm = await kdc.start({ etypes: "arcfour-hmac" });
    const acceptor = await gssapi.start({ kdc: realm });
    try {
      const { status } = await kdc.curlNegotiate(acceptor.protectedUrl, await realm.kinit("alice", "correct-alice"));
      assert.equal(status, 200, acceptor.output()); // the acceptor has the realm's own settings
      assert.match(realm.output(), /tkt=(DEPRECATED:)?arcfour-hmac\(23\)/);
    } finally {
      await acceptor.stop();
      await realm.stop();
    }
  });

  test("a ticket under a key that the acceptor lacks is refused", async () => {
    const realm = await kdc.start();
    const acceptor = await gssapi.start({ kdc: realm });
    try {
      const next = await realm.rotate("HTTP/127.0.0.1");
      assert.notDeepEqual(next, realm.keytab);
      const alice = await realm.kinit("alice", "correct-alice");
      assert.equal((await kdc.curlNegotiate(acceptor.protectedUrl, alice)).status, 401);
    } finally {
      await acceptor.stop();
      await realm.stop();
    }
  });
});

describe("SimpleSAMLphp as identity provider", () => {
  const idp = during(() => simplesamlphp.start());

  for (const [name, peer] of Object.entries({ mellon, shibboleth })) {
    test(`signs in at ${name}, and out from either side`, async () => {
      const service = await peer.start({ idpMetadata: idp.metadata, defaults: { signing: "true" } });
      try {
        await idp.trust({ metadata: service.metadata, "validate.authnrequest": true });
        assert.equal(await service.who(new Agent()), undefined);
        const signIn = () => service.signIn((page, agent) => idp.login(page, { agent }));
        const first = await signIn();
        assert.deepEqual(first.attributes, ATTRIBUTES);
        assert.ok(first.nameId);
        assert.equal((await service.signOut(first.agent)).text, "open\n");
        assert.equal(await service.who(first.agent), undefined);

        const second = await signIn();
        assert.ok(await service.who(second.agent));
        await second.agent.post(await second.agent.go(idp.logout()));
        assert.equal(await service.who(second.agent), undefined, "signed out by the identity provider");

        await assert.rejects(service.signIn((page, agent) => idp.login(page, { agent, password: "wrong" })), /no SAML response/);
      } finally {
        await service.stop();
      }
    });

    test(`sends ${name} an encrypted assertion`, async () => {
      const service = await peer.start({ idpMetadata: idp.metadata });
      try {
        await idp.trust({ metadata: service.metadata, "assertion.encryption": true });
        const { attributes } = await service.signIn(async (page, agent) => {
          const form = await idp.login(page, { agent });
          assert.match(xml(form), /EncryptedAssertion/);
          return form;
        });
        assert.deepEqual(attributes, ATTRIBUTES);
      } finally {
        await service.stop();
      }
    });

    test(`is refused by ${name} for a changed or a repeated response`, async () => {
      const service = await peer.start({ idpMetadata: idp.metadata });
      try {
        await idp.trust({ metadata: service.metadata });
        const changed = (form) => ({ ...form, fields: { ...form.fields,
          SAMLResponse: Buffer.from(xml(form).replaceAll(">alice<", ">admin<")).toString("base64") } });
        await assert.rejects(service.signIn(async (page, agent) => changed(await idp.login(page, { agent }))), /not signed in/);
        let form;
        await service.signIn(async (page, agent) => (form = await idp.login(page, { agent })));
        const again = await new Agent().submit(form);
        assert.notEqual(again.url, service.protectedUrl);
      } finally {
        await service.stop();
      }
    });
  }

  test("signs in at node-saml and out again", async () => {
    const dir = await folder("node-saml");
    try {
      const service = nodeSaml({ idpMetadata: idp.metadata, ...sp("node-saml"), keys: await certificate(dir, "sp") });
      await idp.trust({ metadata: service.metadata, "validate.authnrequest": true });
      const form = await idp.login(await service.authorizeUrl("state"));
      assert.equal(form.action, service.acs);
      assert.equal(form.fields.RelayState, "state");
      const profile = await service.validate(form.fields);
      assert.deepEqual([profile.uid, profile.groups], ["alice", ATTRIBUTES.groups]);
      await assert.rejects(service.validate(form.fields), /InResponseTo/);
      const out = await form.agent.go(await service.logoutUrl(profile, "bye"), ours);
      assert.equal((await service.validateRedirect(out.location)).loggedOut, true);
      await assert.rejects(service.validate((await idp.login(idp.unsolicited(service.entityId))).fields), /InResponseTo/);
    } finally {
      await dir.remove();
    }
  });

  test("signs in at pysaml2, and out from either side", async () => {
    const service = await pysaml2Sp({ idpMetadata: idp.metadata, ...sp("pysaml2") });
    try {
      await idp.trust({ metadata: service.metadata, "validate.authnrequest": true, "assertion.encryption": true });
      const signIn = async () => {
        const { id, url } = await service.request({ relayState: "state" });
        const form = await idp.login(url);
        return { form, id, person: await service.validate(form.fields) };
      };
      const { form, id, person } = await signIn();
      assert.deepEqual(person.attributes, ATTRIBUTES);
      assert.deepEqual(pick(person, ["issuer", "inResponseTo", "encrypted"]), { issuer: idp.entityId, inResponseTo: id, encrypted: true });
      await assert.rejects(service.validate(form.fields), /Unsolicited/);
      const out = await form.agent.go(await service.logout(), ours);
      assert.equal((await service.logoutResponse(out.location)).ok, true);

      const { form: { agent } } = await signIn();
      const asked = await agent.go(idp.logout(), ours);
      const end = await agent.go(await service.answerLogout(asked.location));
      assert.equal(end.status, 200, end.text);
    } finally {
      await service.stop();
    }
  });

  test("takes the settings of a service provider without metadata, and a NameID of the e-mail address; shows two keys", async () => {
    const email = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
    const other = await simplesamlphp.start({
      idp: { NameIDFormat: [email], authproc: { 3: { class: "saml:AttributeNameID", attribute: "mail", Format: email } } },
      serviceProviders: [{ ...sp("plain"), NameIDFormat: email, "saml20.sign.assertion": true }],
    });
    try {
      const form = await other.login(other.unsolicited(sp("plain").entityId, "state"));
      assert.match(xml(form), new RegExp(`<saml:NameID[^>]*${email}[^>]*>alice@hanzo.test<`));
      assert.equal(form.action, sp("plain").acs);
      await other.configure({ rollover: true, "metadata.sign.enable": true });
      const metadata = await (await fetch(other.entityId)).text();
      assert.equal(metadata.match(/use="signing"/g).length, 2);
      assert.match(metadata, /<ds:SignatureValue>/);
    } finally {
      await other.stop();
    }
  });
});

describe("pysaml2 as identity provider", () => {
  const address = { entityId: `${BASE}/saml/idp/acme/app/metadata`, sso: `${BASE}/saml/idp/acme/app/sso`, slo: `${BASE}/saml/idp/acme/app/slo` };
  const idp = during(() => pysaml2Idp(address));

  test("signs in at node-saml with AES-GCM, and out", async () => {
    const dir = await folder("node-saml");
    try {
      const service = nodeSaml({ idpMetadata: idp.metadata, ...sp("node-saml"), keys: await certificate(dir, "sp") });
      await idp.trust(service.metadata);
      const nameId = { format: "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress", text: "alice@hanzo.test" };
      const form = await idp.respond(await service.authorizeUrl("state"), { nameId, sign_response: true, encrypt_assertion: true });
      assert.match(xml(form), /xmlenc11#aes256-gcm/);
      assert.equal(form.requestSigned, true);
      const profile = await service.validate(form.fields);
      assert.equal(profile.nameID, nameId.text);
      const { url } = await idp.answerLogout(await service.logoutUrl(profile));
      assert.equal((await service.validateRedirect(url)).loggedOut, true);
      const unsolicited = await idp.unsolicited(service.entityId);
      await assert.rejects(service.validate(unsolicited.fields), /InResponseTo/);
    } finally {
      await dir.remove();
    }
  });

  for (const [name, peer] of Object.entries({ mellon, shibboleth })) {
    test(`sends ${name} an assertion by AES-GCM`, async () => {
      const attributes = { "urn:oid:0.9.2342.19200300.100.1.1": "uid", "urn:oid:0.9.2342.19200300.100.1.3": "mail" };
      const service = await peer.start({ idpMetadata: idp.metadata, attributes });
      try {
        await idp.trust(service.metadata);
        const found = await service.signIn(async (page) => {
          const form = await idp.respond(page.location, { encrypt_assertion: true });
          assert.match(xml(form), /xmlenc11#aes256-gcm/);
          return { method: "POST", ...form };
        }, ours);
        assert.deepEqual(pick(found.attributes, ["uid", "mail"]), { uid: ["alice"], mail: ["alice@hanzo.test"] });
      } finally {
        await service.stop();
      }
    });
  }
});

describe("OpenID Connect issuers with openid-client", () => {
  test("oidc-provider signs in with each algorithm", async () => {
    for (const alg of ["RS256", "PS256", "ES256", "ES384", "Ed25519"]) {
      const issuer = await oidcProvider.start({ redirectUris: [CALLBACK], client: { id_token_signed_response_alg: alg } });
      try {
        const { claims, userinfo } = await relyingParty.signIn(issuer, { metadata: { id_token_signed_response_alg: alg } });
        assert.equal(claims.sub, "alice");
        assert.equal(userinfo.email, "alice@hanzo.test");
      } finally {
        await issuer.stop();
      }
    }
  });

  test("oidc-provider answers by form_post, and tells the client of a sign-out", async () => {
    const told = createServer();
    await new Promise((resolve) => told.listen(0, "127.0.0.1", resolve));
    const uri = `http://127.0.0.1:${told.address().port}/v1/iam/logout`;
    const issuer = await oidcProvider.start({ redirectUris: [CALLBACK], client: { backchannel_logout_uri: uri } });
    try {
      const url = issuer.authorizeUrl({ redirect_uri: CALLBACK, state: "s", nonce: "n", response_mode: "form_post",
        code_challenge: "x".repeat(43), code_challenge_method: "S256" });
      const form = await issuer.signIn(url);
      assert.deepEqual([form.action, form.fields.state, form.fields.iss], [CALLBACK, "s", issuer.issuer]);

      const { agent } = await relyingParty.signIn(issuer);
      const arrived = once(told, "request", { signal: AbortSignal.timeout(10_000) });
      const signedOut = issuer.signOut(agent);
      const [request, response] = await arrived;
      let body = "";
      for await (const chunk of request) body += chunk;
      response.end();
      await signedOut;
      const claims = decodeJwt(new URLSearchParams(body).get("logout_token"));
      assert.deepEqual(pick(claims, ["iss", "sub"]), { iss: issuer.issuer, sub: "alice" });
    } finally {
      await issuer.stop();
      told.closeAllConnections();
      told.close();
    }
  });

  test("pytest-iam signs in with its own pages", async () => {
    const issuer = await pytestIam.start({ redirectUris: [CALLBACK] });
    try {
      const { claims, userinfo } = await relyingParty.signIn(issuer);
      assert.equal(claims.iss, issuer.issuer);
      assert.deepEqual(pick(userinfo, ["sub", "email", "name"]), { sub: "alice", email: "alice@hanzo.test", name: "Alice Adams" });
      await assert.rejects(relyingParty.signIn(issuer, { password: "wrong" }), /not signed in/);
    } finally {
      await issuer.stop();
    }
  });

  // Where openid-client 6.9 differs from what `FAULTS` expects of us: it leaves these checks to its caller, or
  // fetches keys again only after five minutes, and sends no request twice.
  const LENIENT = ["azp_wrong", "iat_future", "iat_old", "sub_long", "at_hash_wrong", "userinfo_huge"];
  const STRICT = ["key_rotated", "userinfo_reset_once", "jwks_reset_once", "discovery_reset_once"];

  test("the misbehaving issuer is right without a fault, and each fault shows", async (t) => {
    const issuer = await misbehaving.start({ redirectUris: [CALLBACK] });
    try {
      assert.equal((await relyingParty.signIn(issuer)).userinfo.name, "Alice Adams");
      for (const [name, { expected }] of Object.entries(misbehaving.FAULTS)) {
        issuer.fault = name;
        const got = await relyingParty.signIn(issuer, { seconds: name.endsWith("slow") ? 10 : 1 }).then(() => "accept", () => "refuse");
        const wanted = LENIENT.includes(name) ? "accept" : STRICT.includes(name) ? "refuse" : expected;
        if (wanted !== "either") assert.equal(got, wanted, name);
        if (/^callback_(iss|state)/.test(name)) assert.equal(issuer.fetched.token, undefined, `${name}: the code was not sent`);
      }
      t.diagnostic(`${Object.keys(misbehaving.FAULTS).length} faults`);
    } finally {
      await issuer.stop();
    }
  });
});
