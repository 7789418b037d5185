// The origin under workerd, with a real D1: races, hops, and input that hurts.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hopHeaders } from "../../scripts/local/pair.mjs";
import { CALLBACK, claimsOf, headerOf, json, raw, startWorld } from "../support/world.mjs";

let world;
before(async () => { world = await startWorld(); });
after(() => world.close());

const userinfo = async (token) => (await world.as(token, "/v1/iam/oauth/userinfo")).status;

// ATTACKS F-90.
test("a request that does not come through an edge is refused", async () => {
  const { originUrl } = world.pair;
  const path = "/internal/edge";
  const good = hopHeaders(world.pair, "GET", path);
  const ask = (headers, method = "GET", at = path) => fetch(originUrl + at, { method, headers });
  assert.equal((await ask(good)).status, 200, "the control: with the proof it answers");
  const [time, mac] = good["x-hanzo-hop"].split(".");
  for (const headers of [
    {}, { ...good, "x-hanzo-hop": "" }, { ...good, "x-hanzo-hop": `${time}.` },
    { ...good, "x-hanzo-hop": `${Number(time) + 1}.${mac}` }, { ...good, "x-hanzo-base": "https://evil.example" },
    { ...good, "x-hanzo-client-ip": "1.2.3.4" }, { ...good, "x-request-id": "other" },
    hopHeaders(world.pair, "GET", path, Date.now() - 120_000), hopHeaders(world.pair, "GET", path, Date.now() + 120_000),
    hopHeaders(world.pair, "POST", path), hopHeaders(world.pair, "GET", "/internal/other"),
    hopHeaders({ ...world.pair, rootKey: Buffer.alloc(32).toString("base64url") }, "GET", path),
  ]) {
    const answer = await ask(headers);
    assert.equal(answer.status, 403, JSON.stringify(headers));
    assert.match(answer.headers.get("content-type"), /json/);
  }
  for (const at of ["/v1/iam/users", "/.well-known/openid-configuration", "/v1/iam/oauth/token", "/"]) {
    assert.equal((await ask({}, "GET", at)).status, 403, at);
  }
});

test("a client's own hop headers change nothing", async () => {
  const answer = await world.fetch("/v1/iam/users", { headers: hopHeaders(world.pair, "GET", "/v1/iam/users") });
  assert.equal(answer.status, 401);
});

// ATTACKS D-58 (Keycloak CVE-2026-1035): on the real D1, not on a model of it.
test("of eight parallel redemptions of a code exactly one wins, and a replay revokes what it gave", async () => {
  const code = await world.code("alice");
  const answers = await Promise.all(Array.from({ length: 8 }, () => world.redeem(code)));
  const won = answers.filter(({ status }) => status === 200);
  assert.equal(won.length, 1, JSON.stringify(answers.map(({ status, error }) => [status, error])));
  for (const { status, error } of answers.filter((answer) => answer !== won[0])) {
    assert.equal(status, 400);
    assert.equal(error, "invalid_grant");
  }
  // D-56: the losers used the code a second time, so what it gave is dead.
  assert.equal(await userinfo(won[0].access_token), 401);
});

test("a code redeemed once gives tokens that live; used again, they die", async () => {
  const code = await world.code("alice");
  const first = await world.redeem(code);
  assert.equal(first.status, 200);
  assert.equal(await userinfo(first.access_token), 200);
  assert.equal((await world.redeem(code)).error, "invalid_grant");
  assert.equal(await userinfo(first.access_token), 401);
  const refreshed = await world.token({ grant_type: "refresh_token", refresh_token: first.refresh_token }, "hanzo-app");
  assert.equal(refreshed.error, "invalid_grant");
});

test("twenty parallel refreshes get one successor, and the family does not survive a replay", async () => {
  const { refresh_token: token } = await world.redeem(await world.code("bob"));
  const refresh = (value) => world.token({ grant_type: "refresh_token", refresh_token: value }, "hanzo-app");
  const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(token)));
  const successors = new Set(answers.map(({ refresh_token: next }) => next));
  assert.equal(successors.size, 1, JSON.stringify(answers.map(({ status, error }) => [status, error])));
  const [next] = successors;
  assert.notEqual(next, token);
  const { status, refresh_token: last } = await refresh(next);
  assert.equal(status, 200);
  assert.equal((await refresh(token)).error, "invalid_grant", "its successor has been used");
  assert.equal((await refresh(last)).error, "invalid_grant", "the family has ended");
});

test("refresh rotates: each new token works once", async () => {
  let { refresh_token: token } = await world.redeem(await world.code("carol"));
  for (let i = 0; i < 3; i++) {
    const answer = await world.token({ grant_type: "refresh_token", refresh_token: token }, "hanzo-app");
    assert.equal(answer.status, 200, JSON.stringify(answer));
    assert.notEqual(answer.refresh_token, token);
    token = answer.refresh_token;
  }
});

test("of parallel polls of an approved device code exactly one wins", async () => {
  const device = await json(await world.fetch("/v1/iam/oauth/device", {
    method: "POST", body: new URLSearchParams({ client_id: "hanzo-cli", scope: "openid" }),
  }));
  assert.ok(device.device_code, JSON.stringify(device));
  const login = await world.fetch("/v1/iam/login", {
    method: "POST", headers: { "content-type": "application/json" },
    body: JSON.stringify({ type: "login", application: "hanzo-cli", organization: "hanzo", username: "alice", password: world.user("alice").password }),
  });
  const cookie = login.headers.getSetCookie().map((line) => line.split(";")[0]).join("; ");
  assert.ok(cookie, await login.text());
  const approved = await world.fetch("/v1/iam/login", {
    method: "POST", headers: { "content-type": "application/json", cookie, origin: world.base },
    body: JSON.stringify({ type: "device", userCode: device.user_code, application: "hanzo-cli", organization: "hanzo" }),
  });
  assert.equal((await json(approved)).status, "ok");
  const poll = () => world.token({
    grant_type: "urn:ietf:params:oauth:grant-type:device_code", device_code: device.device_code,
  }, "hanzo-cli");
  const answers = await Promise.all(Array.from({ length: 6 }, poll));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1, JSON.stringify(answers.map(({ error }) => error)));
});

test("access tokens have the shape that the issue asks for", async () => {
  const { access_token: token, expires_in: lifetime, token_type: type, headers } = await world.tokens();
  assert.ok(token.length < 2048);
  assert.equal(type, "Bearer");
  assert.equal(typeof lifetime, "number");
  assert.equal(headers.get("cache-control"), "no-store");
  const { typ } = headerOf(token);
  assert.equal(typ, "at+jwt");
  const claims = claimsOf(token);
  assert.match(claims.sub, /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  assert.equal(claims.iss, world.base);
  assert.equal(claims.owner, "hanzo");
  assert.equal(claims.orgs[0].org, "hanzo");
});

// ATTACKS H-114 (workers-rs issue 166), D-68.
test("each malformed request is refused, and the next request on the isolate works", async () => {
  const { access_token: token } = await world.tokens();
  const host = new URL(world.base).host;
  const form = "content-type: application/x-www-form-urlencoded";
  const type = "content-type: application/json";
  const auth = `authorization: Bearer ${token}`;
  const requests = [
    ["POST", "/v1/iam/oauth/token", [form], "%"],
    ["POST", "/v1/iam/oauth/token", [form], "grant_type=%ff%fe"],
    ["POST", "/v1/iam/oauth/token", [form], "grant_type=authorization_code&grant_type=password"],
    ["POST", "/v1/iam/oauth/token", [form], `grant_type=${"x".repeat(100_000)}`],
    ["POST", "/v1/iam/oauth/token", [form], "&=&=&".repeat(10_000)],
    ["POST", "/v1/iam/oauth/token", [type], "["],
    ["POST", "/v1/iam/oauth/token", [type], "[".repeat(100_000)],
    ["POST", "/v1/iam/oauth/token", [type], '{"grant_type":{"a":1}}'],
    ["POST", "/v1/iam/oauth/token", [type], '{"grant_type":1e999}'],
    ["POST", "/v1/iam/oauth/token", [type], '{"grant_type":"password","grant_type":"x"}'],
    ["POST", "/v1/iam/oauth/token", ["content-type: text/xml"], "<a/>"],
    ["POST", "/v1/iam/oauth/token", [], "grant_type=password"],
    ["POST", "/v1/iam/oauth/token", [`${form}; charset=utf-16`], "grant_type=password"],
    ["GET", "/v1/iam/oauth/token", [], ""],
    ["PUT", "/v1/iam/oauth/token", [form], "a=b"],
    ["POST", "/v1/iam/oauth/token", [form, "authorization: Basic ////"], "grant_type=client_credentials"],
    ["POST", "/v1/iam/oauth/token", [form, `authorization: Basic ${btoa("a")}`], "grant_type=client_credentials"],
    ["POST", "/v1/iam/oauth/token", [form, `authorization: Basic ${btoa("%zz:%zz")}`], "grant_type=client_credentials"],
    ["GET", "/v1/iam/oauth/authorize?client_id=hanzo-app&client_id=hanzo-app", [], ""],
    ["GET", `/v1/iam/oauth/authorize?client_id=${"x".repeat(8000)}`, [], ""],
    ["GET", "/v1/iam/oauth/authorize?%00=%00&client_id=%ff", [], ""],
    ["POST", "/v1/iam/login", [type], "null"],
    ["POST", "/v1/iam/login", [type], '{"username":"alice","password":"\\u0000"}'],
    ["POST", "/v1/iam/login", [type], `{"username":"alice","password":"${"x".repeat(100_000)}"}`],
    ["POST", "/v1/iam/login", [type], '{"type":["code"]}'],
    ["GET", "/v1/iam/users?owner=%ff", [auth], ""],
    ["GET", "/v1/iam/users?limit=-1", [auth], ""],
    ["GET", "/v1/iam/users?limit=99999999999999999999&offset=-9", [auth], ""],
    ["GET", "/v1/iam/users/%00/%00", [auth], ""],
    ["GET", "/v1/iam/users/hanzo/' OR 1=1 --".replaceAll(" ", "%20"), [auth], ""],
    ["POST", "/v1/iam/users", [auth, type], '{"user":null}'],
    ["POST", "/v1/iam/users", [auth, type], '{"user":{"owner":"hanzo","name":{}}}'],
    ["POST", "/v1/iam/users", [auth, type], '{"user":{"owner":"hanzo","name":"../x"}}'],
    ["POST", "/v1/iam/keys", [auth, type], "7"],
    ["POST", "/v1/iam/keys", [auth, type], `{"name":"${"n".repeat(10_000)}"}`],
    ["PUT", "/v1/iam/users/hanzo/nobody", [auth, type], '{"user":{}}'],
    ["DELETE", "/v1/iam/users/hanzo/nobody", [auth], ""],
    ["POST", "/v1/iam/oauth/introspect", [form, `authorization: ${world.basic()}`], "token=%ff"],
    ["POST", "/v1/iam/oauth/introspect", [form, `authorization: ${world.basic()}`], `token=${"a.".repeat(20_000)}`],
    ["POST", "/v1/iam/oauth/revoke", [form], "token="],
    ["POST", "/v1/iam/oauth/device", [type], '{"client_id":[]}'],
    ["GET", "/v1/iam/oauth/userinfo", ["authorization: Bearer \xff\xfe"], ""],
    ["GET", "/v1/iam/oauth/logout?id_token_hint=a.b.c&post_logout_redirect_uri=javascript:alert(1)", [], ""],
    ["OPTIONS", "/v1/iam/oauth/token", ["origin: null", "access-control-request-method: \xff"], ""],
    ["BREW", "/v1/iam/users", [auth], ""],
  ];
  for (const [method, path, lines, body] of requests) {
    const text = [
      `${method} ${path} HTTP/1.1`, `host: ${host}`, ...lines,
      ...(body || method === "POST" ? [`content-length: ${Buffer.byteLength(body, "latin1")}`] : []), "", body,
    ].join("\r\n");
    const answer = await raw(world.base, Buffer.from(text, "latin1"));
    const what = `${method} ${path.slice(0, 60)} ${body.slice(0, 40)}`;
    assert.ok(answer.status >= 200 && answer.status < 500 || answer.status === 501, `${what}: ${answer.status} ${answer.body}`);
    if (path === "/v1/iam/login" && answer.status === 200) {
      assert.equal(JSON.parse(answer.body).status, "error", what); // the envelope of WIRE §4.5
    } else if (method !== "OPTIONS" && method !== "BREW" && !/logout|revoke|device|introspect/.test(path)) {
      assert.ok(answer.status >= 400, `${what}: ${answer.status} ${answer.body.slice(0, 200)}`);
    }
    assert.ok(!/panick|RuntimeError|wasm|sqlite|SQLITE|D1_/i.test(answer.body), `${what}: ${answer.body}`);
    assert.equal(await userinfo(token), 200, `after ${what}`);
  }
});

test("a body above the limit is 413, and nothing of it is kept", async () => {
  for (const path of ["/v1/iam/oauth/token", "/v1/iam/login", "/v1/iam/keys"]) {
    const answer = await world.as(world.key(), path, {
      method: "POST", headers: { "content-type": "application/json" }, body: `{"a":"${"x".repeat(1_000_000)}"}`,
    });
    assert.equal(answer.status, 413, path);
    assert.match(answer.headers.get("content-type"), /json/);
  }
  assert.equal((await world.as(world.key(), "/v1/iam/users")).status, 200);
});

test("answers of the token endpoint, errors too, are never stored (ATTACKS D-69)", async () => {
  const good = await world.machineTokens();
  const bad = await world.token({ grant_type: "nonsense" });
  for (const { headers } of [good, bad]) {
    assert.equal(headers.get("cache-control"), "no-store");
    assert.equal(headers.get("pragma"), "no-cache");
  }
  assert.equal(bad.error, "unsupported_grant_type");
});

test("a wrong client secret is 401 with WWW-Authenticate (RFC 6749 §5.2)", async () => {
  const answer = await world.fetch("/v1/iam/oauth/token", {
    method: "POST", headers: { authorization: `Basic ${btoa("hanzo-cloud:wrong")}` },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  });
  assert.equal(answer.status, 401);
  assert.match(answer.headers.get("www-authenticate"), /^Basic realm="OAuth2"/);
  assert.equal((await answer.json()).error, "invalid_client");
});

test("revoking a token ends it at the origin at once", async () => {
  const { access_token: token, refresh_token: refresh } = await world.redeem(await world.code("alice"));
  assert.equal(await userinfo(token), 200);
  const answer = await world.fetch("/v1/iam/oauth/revoke", {
    method: "POST", body: new URLSearchParams({ token: refresh, client_id: "hanzo-app" }),
  });
  assert.equal(answer.status, 200);
  assert.equal(await userinfo(token), 401);
});

test("the schedule runs, and runs again", async () => {
  for (let i = 0; i < 2; i++) assert.equal((await world.pair.scheduled()).outcome, "ok");
  assert.equal((await world.as(world.key(), "/v1/echo/x")).status, 200);
});

test("the issuer's page for people is HTML that cannot be framed and runs no script", async () => {
  const query = new URLSearchParams({
    client_id: "hanzo-app", response_type: "code", redirect_uri: CALLBACK, scope: "openid", state: '"><script>',
    code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", code_challenge_method: "S256",
  });
  let answer = await world.fetch(`/v1/iam/oauth/authorize?${query}`);
  for (let hops = 0; answer.status >= 300 && answer.status < 400 && hops < 3; hops++) {
    answer = await fetch(new URL(answer.headers.get("location"), world.base), { redirect: "manual" });
  }
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get("content-type"), /^text\/html/);
  assert.match(answer.headers.get("content-security-policy"), /frame-ancestors 'none'/);
  assert.equal(answer.headers.get("x-frame-options"), "DENY");
  assert.ok(!(await answer.text()).includes("<script>"));
});
