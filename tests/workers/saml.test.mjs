// SAML 2.0 on both sides through both workers. Identity providers are SimpleSAMLphp and pysaml2; service providers are
// node-saml, pysaml2, mod_auth_mellon and Shibboleth.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { asAdministrator, attempts, rows, startFederation, textOf, Visitor } from "../support/federation.mjs";
import { Agent, forms, samlForm } from "../support/peers/agent.mjs";
import * as mellon from "../support/peers/mellon.mjs";
import { certificate, folder, freePort, missing } from "../support/peers/process.mjs";
import { nodeSaml, pysaml2Idp, pysaml2Sp } from "../support/peers/saml_clients.mjs";
import * as shibboleth from "../support/peers/shibboleth.mjs";
import * as simplesamlphp from "../support/peers/simplesamlphp.mjs";
import { skip } from "../support/skip.mjs";

const PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const BASIC = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic";

/** The programs of each peer that this machine lacks. */
const LACKING = Object.fromEntries(Object.entries({
  simplesamlphp: /php/, pysaml2: /xmlsec1|python/, mellon: /sbin\/apache2|mellon/, shibboleth: /sbin\/apache2|shib/,
}).map(([peer, pattern]) => [peer, missing.filter((path) => pattern.test(path))]));

/** A test that is skipped, loudly, where a program of these peers is missing. */
function peerTest(peers, name, body, options = {}) {
  test(name, options, (t) => {
    const lacking = peers.flatMap((peer) => LACKING[peer]);
    if (lacking.length > 0) return skip(t, `SKIPPED: NO PEERS. scripts/peers installs ${lacking.join(", ")}.`);
    return body(t);
  });
}

/** At SimpleSAMLphp, a person for each provider here: an address is one account's. */
const people = Object.fromEntries(["ada", "cyd", "mia", "una"].map((uid) => [uid, {
  password: `correct-${uid}`,
  attributes: { uid: [uid], mail: [`${uid}@corp.test`], displayName: [`${uid} of Corp`], groups: ["engineering"] },
}]));

/** The records for SimpleSAMLphp: `trusted` are its options for us. */
const RECORDS = {
  ssp: {},
  "ssp-encrypting": { trusted: { "assertion.encryption": true } },
  "ssp-cbc": { more: { danger_cbc: true }, trusted: { "assertion.encryption": true } },
  "ssp-unasked": { more: { allowUnsolicited: true } },
};

let world;
before(async () => {
  world = await startFederation(async () => {
    const peers = {};
    if (LACKING.simplesamlphp.length === 0) {
      const ssp = await simplesamlphp.start({ users: people });
      peers.ssp = { ...ssp, issuer: ssp.url };
    }
    if (LACKING.pysaml2.length === 0) {
      const issuer = `http://127.0.0.1:${await freePort()}`; // it answers to no URL
      const py = await pysaml2Idp({ entityId: `${issuer}/metadata`, sso: `${issuer}/sso`, slo: `${issuer}/slo` });
      peers.py = { ...py, issuer };
    }
    return peers;
  });
  const { ssp, py } = world.peers;
  const records = [
    ...ssp ? Object.entries(RECORDS).map(([name, { more }]) => record(name, { metadataUrl: ssp.entityId, ...more })) : [],
    ...py ? [record("py", { metadata: py.metadata, wantAssertionsSigned: true })] : [],
  ];
  for (const each of records) {
    const made = await world.send(world.key(), "POST", "/v1/iam/providers", each);
    assert.equal(made.status, 200, await made.text());
  }
  const offered = records.map(({ name }) => ({ name, canSignIn: true, canSignUp: true }));
  await world.administer("PUT", "applications/admin/hanzo-app", { providers: offered });
  if (ssp) {
    for (const [name, { trusted }] of Object.entries(RECORDS)) {
      await ssp.trust({ metadata: await metadataOf(`sp/hanzo/${name}`), "validate.authnrequest": true, ...trusted });
    }
  }
  await py?.trust(await metadataOf("sp/hanzo/py"));
});
after(() => world?.close());

const record = (name, more) => ({
  owner: "hanzo", name, displayName: `Peer ${name}`, category: "SAML", type: "Custom", nameIdFormat: PERSISTENT, ...more,
});

/** Our metadata, as a partner fetches it. */
async function metadataOf(path) {
  const answer = await world.fetch(`/v1/iam/saml/${path}/metadata`);
  const text = await answer.text();
  assert.equal(answer.status, 200, `${path}: ${text}`);
  return text;
}

const messageOf = (fields) => Buffer.from(fields.SAMLResponse, "base64").toString();
const acsOf = (name) => `${world.base}/v1/iam/saml/sp/hanzo/${name}/acs`;

/** Posts a response to us as the provider's page does: a browser sends no cookie of ours with it, and says so. */
async function post({ action, fields }, origin = world.peers.ssp.url) {
  const answer = await fetch(action, {
    method: "POST", redirect: "manual", body: new URLSearchParams(fields), headers: { origin, "sec-fetch-site": "cross-site" },
  });
  const location = answer.headers.get("location");
  return { status: answer.status, headers: answer.headers, text: await answer.text(), onward: location && new URL(location, action).href };
}

/** The last page of a visitor who brings a response. */
async function bring(visitor, form) {
  const answer = await post(form);
  return answer.onward ? visitor.go(answer.onward) : answer;
}

/** The form with SimpleSAMLphp's response about a person. */
async function responseOf(visitor, name, user) {
  const form = await world.peers.ssp.login(await visitor.leave(name), { user, agent: visitor.agent });
  assert.equal(form.action, acsOf(name));
  return form;
}

/** The whole way by SimpleSAMLphp: the claims of the ID token. */
async function signIn(name, user, visitor = new Visitor(world)) {
  const page = await bring(visitor, await responseOf(visitor, name, user));
  return visitor.redeem(page, `${name}: ${JSON.stringify((await attempts(world, name))[0])}`);
}

/** The page says that it could not be verified, and the provider's administrators read which check failed. */
async function isRefused(page, name, check, detail) {
  assert.equal(page.status, 403, `${page.location} ${textOf(page)}`);
  const id = page.headers.get("x-request-id");
  assert.match(page.text, /could not be verified/);
  const attempt = (await attempts(world, name)).find(({ requestId }) => requestId === id);
  assert.ok(attempt, `no attempt ${id}: ${JSON.stringify(await attempts(world, name))}`);
  assert.deepEqual([attempt.outcome, attempt.check], ["refused", check], attempt.detail);
  assert.match(attempt.detail, detail);
}

/** Whether the browser has a session here. */
async function isSignedIn(agent) {
  const { text } = await agent.go(`${world.base}/v1/iam/account`);
  return JSON.parse(text).status === "ok";
}

describe("SimpleSAMLphp as identity provider", () => {
  const sspTest = (name, body) => peerTest(["simplesamlphp"], name, body);

  sspTest("signs a person in by a signed request to a code and a token, and again to the same account", async () => {
    const first = await signIn("ssp", "ada");
    assert.deepEqual([first.preferred_username, first.displayName, first.email], ["ada", "ada of Corp", "ada@corp.test"]);
    assert.ok(!first.email_verified, "the record does not say that addresses are verified");
    const second = await signIn("ssp", "ada");
    assert.equal(second.sub, first.sub);
    const last = await attempts(world, "ssp");
    assert.deepEqual(last.slice(0, 2).map(({ outcome, check }) => [outcome, check]), [["accepted", ""], ["accepted", ""]]);
    const linked = await rows(world, "SELECT subject FROM identities WHERE provider = 'hanzo/ssp'");
    assert.equal(linked.length, 1);
    assert.match(linked[0].subject, /^persistent:/);
  });

  sspTest("is checked by the address of its metadata, which is on the public Internet or admitted by the operator", async () => {
    const right = await asAdministrator(world, "POST", "ssp", "check");
    assert.ok(right.ok, JSON.stringify(right));
    const made = await world.send(world.key(), "POST", "/v1/iam/providers", record("private", { metadataUrl: "http://127.0.0.1:9/metadata" }));
    assert.equal(made.status, 200, await made.text());
    const { ok, checks } = await asAdministrator(world, "POST", "private", "check");
    assert.ok(!ok);
    assert.match(checks.find((check) => !check.ok).detail, /must begin with https|public Internet/);
  });

  sspTest("is refused for a response that another browser brings", async () => {
    const visitor = new Visitor(world);
    const form = await responseOf(visitor, "ssp", "mia");
    const victim = new Visitor(world);
    await victim.leave("ssp");
    const page = await bring(victim, form);
    assert.equal(page.status, 403, `${page.location} ${textOf(page)}`);
    assert.match(textOf(page), /Please start again/);
    assert.ok(!await isSignedIn(victim.agent));
    assert.deepEqual(await rows(world, "SELECT id FROM users WHERE email = 'mia@corp.test'"), []);
  });

  sspTest("is refused for a response that was changed", async () => {
    const visitor = new Visitor(world);
    const { action, fields } = await responseOf(visitor, "ssp", "mia");
    const changed = messageOf(fields).replaceAll(">mia@corp.test<", ">ada@corp.test<");
    assert.notEqual(changed, messageOf(fields));
    const forged = { ...fields, SAMLResponse: Buffer.from(changed).toString("base64") };
    await isRefused(await bring(visitor, { action, fields: forged }), "ssp", "response", /digest|signature/i);
  });

  sspTest("is refused for an assertion by AES-CBC, unless the record has danger_cbc", async () => {
    const visitor = new Visitor(world);
    const form = await responseOf(visitor, "ssp-encrypting", "cyd");
    assert.match(messageOf(form.fields), /EncryptedAssertion[\s\S]*xmlenc#aes128-cbc/);
    await isRefused(await bring(visitor, form), "ssp-encrypting", "response", /cbc|algorithm|decrypt/i);
    assert.deepEqual(await rows(world, "SELECT subject FROM identities WHERE provider = 'hanzo/ssp-encrypting'"), []);

    const admitted = new Visitor(world);
    const encrypted = await responseOf(admitted, "ssp-cbc", "cyd");
    assert.match(messageOf(encrypted.fields), /EncryptedAssertion[\s\S]*xmlenc#aes128-cbc/);
    const claims = await admitted.redeem(await bring(admitted, encrypted), JSON.stringify((await attempts(world, "ssp-cbc"))[0]));
    assert.equal(claims.displayName, "cyd of Corp");
  });

  sspTest("ends our session when the person signs out there", async () => {
    const [visitor, other] = [new Visitor(world), new Visitor(world)];
    await signIn("ssp", "ada", visitor);
    await signIn("ssp", "mia", other);
    assert.ok(await isSignedIn(visitor.agent));
    const end = await visitor.agent.post(await visitor.agent.go(world.peers.ssp.logout()));
    assert.equal(end.url, `${world.peers.ssp.url}/logout.php`, `${end.status} ${textOf(end)} ${JSON.stringify((await attempts(world, "ssp"))[0])}`);
    assert.ok(!await isSignedIn(visitor.agent));
    assert.ok(await isSignedIn(other.agent), "another person's session goes on");
  });

  sspTest("is told of a sign-out here, and signs the person out", async () => {
    const visitor = new Visitor(world);
    const back = await bring(visitor, await responseOf(visitor, "ssp", "ada"));
    const code = new URL(back.location).searchParams.get("code");
    const { id_token: hint } = await world.redeem({ code, verifier: visitor.verifier });
    const target = "http://localhost:3000/";
    const query = new URLSearchParams({ id_token_hint: hint, post_logout_redirect_uri: target, state: "out" });
    const page = await visitor.agent.go(`${world.base}/v1/iam/oauth/logout?${query}`, { until: (url) => url.startsWith(target) });
    assert.equal(page.location, `${target}?state=out`, `${page.status} ${page.url} ${textOf(page)}`);
    assert.ok(!await isSignedIn(visitor.agent));
    const asked = await visitor.agent.go(await visitor.leave("ssp"));
    assert.ok(asked.forms.some(({ fields }) => "username" in fields), "it still knows the person");
  });

  sspTest("is refused for a response that is replayed", async () => {
    const visitor = new Visitor(world);
    const form = await responseOf(visitor, "ssp", "mia");
    const [one, two] = await Promise.all([post(form), post(form)]); // in whichever isolate
    const [taken, refused] = one.onward ? [one, two] : [two, one];
    await visitor.redeem(await visitor.go(taken.onward));
    await isRefused(refused, "ssp", "response", /another request/);
    await isRefused(await bring(visitor, form), "ssp", "response", /another request/);
    const another = new Visitor(world);
    await another.leave("ssp");
    await isRefused(await bring(another, form), "ssp", "response", /another request/);
  });

  sspTest("begins a sign-in that the person confirms, if the record allows it, and once with each response", async () => {
    const entityId = (name) => acsOf(name).replace(/acs$/, "metadata");
    const { ssp } = world.peers;
    const unwanted = await ssp.login(ssp.unsolicited(entityId("ssp")), { user: "una" });
    await isRefused(await post(unwanted), "ssp", "response", /unsolicited|InResponseTo|request/i);

    await signIn("ssp-unasked", "una");
    const visitor = new Visitor(world);
    const form = await ssp.login(ssp.unsolicited(entityId("ssp-unasked")), { user: "una", agent: visitor.agent });
    const confirm = await visitor.go((await post(form)).onward);
    assert.ok(!await isSignedIn(visitor.agent), "without having been asked");
    assert.match(textOf(confirm), /una of Corp/);
    await isRefused(await post(form), "ssp-unasked", "replay", /before/);
    const page = await visitor.agent.submit(confirm.forms.find(({ fields }) => fields.ticket));
    assert.ok(onwardOf(page), textOf(page));
    const last = await visitor.go(onwardOf(page));
    assert.ok(await isSignedIn(visitor.agent), `${last.status} ${last.url} ${textOf(last)}`);
  });
});

describe("pysaml2 as identity provider", () => {
  peerTest(["pysaml2"], "signs a person in by an assertion that is encrypted by AES-256-GCM, once", async () => {
    const { py } = world.peers;
    const subs = [];
    for (let time = 0; time < 2; time++) {
      const visitor = new Visitor(world);
      const form = await py.respond(await visitor.leave("py"), {
        nameId: { format: PERSISTENT, text: "alice-of-py" }, sign_assertion: true, encrypt_assertion: true,
        attributes: { uid: "pia", mail: "pia@py.test", displayName: "Pia of Py" },
      });
      assert.ok(form.requestSigned, "our request is signed, which pysaml2 has verified");
      assert.equal(form.action, acsOf("py"));
      assert.match(messageOf(form.fields), /EncryptedAssertion[\s\S]*xmlenc11#aes256-gcm/);
      const answer = await post(form, py.issuer);
      assert.ok(answer.onward, JSON.stringify((await attempts(world, "py"))[0]));
      const claims = await visitor.redeem(await visitor.go(answer.onward), JSON.stringify((await attempts(world, "py"))[0]));
      assert.deepEqual([claims.preferred_username, claims.displayName, claims.email], ["pia", "Pia of Py", "pia@py.test"]);
      await isRefused(await post(form, py.issuer), "py", "response", /another request/);
      subs.push(claims.sub);
    }
    assert.equal(subs[0], subs[1]);
    const [{ subject }] = await rows(world, "SELECT subject FROM identities WHERE provider = 'hanzo/py'");
    assert.equal(subject, "persistent:alice-of-py");
  });
});

/** What assertions say to the service providers. */
const SAID = ["name", "email", "displayName"].map((member) => ({ name: `our-${member}`, nameFormat: BASIC, value: `$user.${member}` }));
const RENAMED = { "our-name": "uid", "our-email": "mail", "our-displayName": "displayName" };
const ATTRIBUTES = { uid: ["bob"], mail: ["bob@hanzo.example"], displayName: ["Bob Hanzo"] };
const SAID_OF_BOB = { "our-name": "bob", "our-email": "bob@hanzo.example", "our-displayName": "Bob Hanzo" };

/**
 * Makes an application, starts its service provider with our metadata, and gives the application that of the service
 * provider. `start(idpMetadata)`; `more` are members of the record.
 */
async function application(name, { entityId, acs }, start, more = {}) {
  const path = `/v1/iam/applications/admin/${name}`;
  const made = await world.send(world.key("admin"), "POST", "/v1/iam/applications", {
    owner: "admin", organization: "hanzo", name, clientId: name, displayName: name, isFirstParty: true, scopes: [],
    redirectUris: [], grantTypes: ["authorization_code"], samlEntityId: entityId, samlReplyUrl: acs, samlAttributes: SAID,
  });
  assert.equal(made.status, 200, await made.text());
  const service = await start(await metadataOf(`idp/admin/${name}`));
  const changed = await world.send(world.key("admin"), "PUT", path, { samlMetadata: service.metadata, ...more });
  assert.equal(changed.status, 200, await changed.text());
  return service;
}

/** Where a page leads without scripts, in a browser. */
function onwardOf({ text, url }) {
  const [, address] = /<meta http-equiv="refresh" content="\d+;url=([^"]+)"/.exec(text) ?? [];
  return address && new URL(address.replaceAll("&amp;", "&"), url).href;
}

/** Signs bob in on our page, if it asks: the page with the response. */
async function identify(page, agent) {
  const form = page.forms.find(({ fields }) => "password" in fields);
  let last = form ? await agent.submit(form, { username: "bob", password: world.user("bob").password }) : page;
  for (let onward; (onward = onwardOf(last));) last = await agent.go(onward);
  assert.ok(samlForm(last), `no response: ${last.status} ${last.url} ${textOf(last)}`);
  return last;
}

/** Follows a request to our page, where bob signs in: the form with the response. */
async function answered(url, agent, options) {
  return samlForm(await identify(await agent.go(url, options), agent));
}

describe("our identity provider", () => {
  const nowhere = "http://127.0.0.1:9"; // redirects to it are not followed
  const at = (name) => ({ entityId: `${nowhere}/${name}/metadata`, acs: `${nowhere}/${name}/acs`, slo: `${nowhere}/${name}/slo` });
  const there = { until: (url) => url.startsWith(nowhere) };
  const stops = [];
  after(() => Promise.all(stops.map((stop) => stop())));

  test("signs a person in at node-saml by a signed request, and refuses one that is not signed; logout there ends our session", async () => {
    const dir = await folder("node-saml");
    stops.push(() => dir.remove());
    const keys = await certificate(dir, "sp");
    let unsigned, posting;
    const service = await application("wiki-node", at("node-saml"), (idpMetadata) => {
      unsigned = nodeSaml({ idpMetadata, ...at("node-saml") });
      // Otherwise it deflates what it posts, which is for redirects alone.
      posting = nodeSaml({ idpMetadata, ...at("node-saml"), keys, options: { skipRequestCompression: true } });
      return nodeSaml({ idpMetadata, ...at("node-saml"), keys, options: { wantAuthnResponseSigned: true } });
    }, { samlRequireSignedRequests: true });
    const agent = new Agent();
    const refused = await agent.go(await unsigned.authorizeUrl("state"));
    assert.equal(refused.status, 400);
    assert.match(textOf(refused), /not signed/);

    const form = await answered(await service.authorizeUrl("state"), agent);
    assert.deepEqual([form.action, form.fields.RelayState], [service.acs, "state"]);
    assert.match(messageOf(form.fields), /EncryptedAssertion[\s\S]*xmlenc11#aes256-gcm/);
    const profile = await service.validate(form.fields);
    assert.equal(profile.nameIDFormat, PERSISTENT);
    assert.ok(profile.nameID && profile.sessionIndex && !profile.nameID.includes("bob"));
    for (const [name, value] of Object.entries(SAID_OF_BOB)) assert.equal(profile[name], value);
    await assert.rejects(service.validate(form.fields), /InResponseTo/, "a response counts once");

    // The same by a form, as service providers send it: bob is signed in, and is not asked again.
    const [byPost] = forms(await posting.authorizeForm("posted"), nowhere);
    const again = samlForm(await identify(await agent.submit(byPost), agent));
    assert.equal(again.fields.RelayState, "posted");
    assert.equal((await posting.validate(again.fields)).nameID, profile.nameID);

    const out = await agent.go(await service.logoutUrl(profile, "bye"), there);
    assert.ok(out.location, `${out.status} ${textOf(out)}`);
    assert.equal(new URL(out.location).searchParams.get("RelayState"), "bye");
    assert.equal((await service.validateRedirect(out.location)).loggedOut, true);
    assert.ok(!await isSignedIn(agent));
  });

  peerTest(["pysaml2"], "signs a person in at pysaml2 by the e-mail address; logout there ends our session", async () => {
    const service = await application("wiki-py", at("pysaml2"), (idpMetadata) => pysaml2Sp({
      idpMetadata, ...at("pysaml2"), service: { want_response_signed: true },
    }), { samlNameIdFormat: EMAIL });
    stops.push(service.stop);
    const agent = new Agent();
    const { id, url } = await service.request({ relayState: "state" });
    const form = await answered(url, agent);
    const person = await service.validate(form.fields);
    assert.deepEqual([person.nameId, person.format, person.inResponseTo], ["bob@hanzo.example", EMAIL, id]);
    assert.equal(person.issuer, `${world.base}/v1/iam/saml/idp/admin/wiki-py/metadata`);
    assert.equal(person.encrypted, true);
    assert.deepEqual(person.attributes, Object.fromEntries(Object.entries(SAID_OF_BOB).map(([name, value]) => [name, [value]])));
    await assert.rejects(service.validate(form.fields), /Unsolicited/);
    const out = await agent.go(await service.logout(), there);
    assert.ok(out.location, `${out.status} ${textOf(out)}`);
    assert.deepEqual(await service.logoutResponse(out.location).then(({ ok, signed }) => [ok, signed]), [true, true]);
    assert.ok(!await isSignedIn(agent));
  });

  /** Signs bob in, and out again at the service provider. */
  async function signsOut(service) {
    const { agent } = await service.signIn(identify);
    assert.ok(await isSignedIn(agent));
    const end = await service.signOut(agent);
    assert.ok(!await isSignedIn(agent), `${end.status} ${textOf(end)}`);
    assert.equal(await service.who(agent), undefined);
    assert.equal(end.text, "open\n", `${end.status} ${end.url} ${textOf(end)}`);
  }

  // mellon asks for a transient name.
  for (const [name, staysSame] of Object.entries({ mellon: false, shibboleth: true })) {
    peerTest([name], `signs a person in at ${name} with attributes and a NameID by an encrypted assertion`, async () => {
      const service = await started(name);
      const signIn = () => service.signIn(async (page, agent) => {
        const last = await identify(page, agent);
        assert.match(messageOf(samlForm(last).fields), /EncryptedAssertion[\s\S]*xmlenc11#aes256-gcm/);
        return last;
      });
      const [first, second] = [await signIn(), await signIn()];
      for (const { attributes, nameId } of [first, second]) {
        assert.deepEqual(pick(attributes), ATTRIBUTES);
        assert.ok(nameId && !nameId.includes("bob"), nameId);
      }
      assert.equal(first.nameId === second.nameId, staysSame);
    });
  }

  peerTest(["mellon"], "ends our session by a logout at mellon", async () => signsOut(await started("mellon")));

  peerTest(["shibboleth"], "ends our session by a logout at a Shibboleth that encrypts no names", async () => {
    await signsOut(await started("shibboleth", "plain", { encryption: "false" }));
  });

  // Without md:EncryptionMethod in our metadata (src/core/saml/describe.rs) it would encrypt the name by AES-256-CBC.
  peerTest(["shibboleth"], "ends our session by a logout at a Shibboleth as it comes", async () => {
    await signsOut(await started("shibboleth"));
  });

  peerTest(["mellon", "shibboleth"], "tells the other service provider, when the person signs out at one", async () => {
    const [from, other] = await Promise.all([started("mellon"), started("shibboleth")]);
    const { agent } = await from.signIn(identify);
    const there = await other.signIn((page) => page, { agent }); // our page does not ask again
    assert.deepEqual(pick(there.attributes), ATTRIBUTES);
    const page = await from.signOut(agent);
    const frames = [...page.text.matchAll(/<iframe [^>]*src="([^"]+)"/g)].map(([, src]) => src.replaceAll("&amp;", "&"));
    assert.equal(frames.length, 1, `${page.status} ${page.url} ${textOf(page)}`);
    assert.ok(frames[0].startsWith(new URL(other.slo).origin), frames[0]);
    const framed = await agent.go(frames[0]);
    assert.deepEqual([framed.status, new URL(framed.url).pathname], [200, "/v1/iam/saml/idp/admin/wiki-shibboleth-usual/slo"], framed.text);
    assert.equal((await agent.go(onwardOf(page))).text, "open\n");
    for (const service of [from, other]) assert.equal(await service.who(agent), undefined);
    assert.ok(!await isSignedIn(agent));
  });

  const running = {};
  const MODULES = {
    mellon: { peer: mellon, metadata: "mellon/metadata", acs: "mellon/postResponse" },
    shibboleth: { peer: shibboleth, metadata: "Shibboleth.sso/Metadata", acs: "Shibboleth.sso/SAML2/POST" },
  };

  /** The service provider on Apache, which is started by the first test that needs it. */
  function started(module, variant = "usual", defaults = {}) {
    const name = `wiki-${module}-${variant}`;
    running[name] ??= (async () => {
      const port = await freePort();
      const { peer, metadata, acs } = MODULES[module];
      const base = `http://127.0.0.1:${port}`;
      const service = await application(name, { entityId: `${base}/${metadata}`, acs: `${base}/${acs}` },
        (idpMetadata) => peer.start({ idpMetadata, port, attributes: RENAMED, defaults }));
      stops.push(service.stop);
      return service;
    })();
    return running[name];
  }

  const pick = (attributes) => Object.fromEntries(Object.keys(ATTRIBUTES).map((name) => [name, attributes[name]]));
});
