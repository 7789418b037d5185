// The gateway: what reaches the service behind it, and what comes back (WIRE §6).
import assert from "node:assert/strict";
import { createHmac, hkdfSync } from "node:crypto";
import { after, before, test } from "node:test";
import { WebSocket } from "ws";
import { claimsOf, json, raw, startWorld } from "../support/world.mjs";

let world, key, token;
before(async () => {
  world = await startWorld();
  key = world.key();
  token = (await world.tokens("alice")).access_token;
});
after(() => world.close());

/** One request with these header lines as they are; answers what the service received. */
async function through(lines, path = "/v1/echo/x") {
  const answer = await raw(world.base, [
    `GET ${path} HTTP/1.1`, `Host: ${new URL(world.base).host}`, `Authorization: Bearer ${token}`,
    ...lines, "", "",
  ].join("\r\n"));
  assert.equal(answer.status, 200, answer.body);
  return world.echo.requests.at(-1);
}

const named = ({ rawHeaders }, name) =>
  rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1].toLowerCase() === name);

test("a token reaches the service as the identity that it proves", async () => {
  const answer = await world.as(token, "/v1/echo/hello?x=1");
  assert.equal(answer.status, 200);
  const { headers, url } = await answer.json();
  const claims = claimsOf(token);
  assert.equal(url, "/v1/echo/hello?x=1");
  assert.equal(headers["x-user-id"], claims.sub);
  assert.equal(headers["x-org-id"], "hanzo");
  assert.equal(headers["x-user-name"], "alice");
  assert.equal(headers["x-user-email"], "alice@hanzo.example");
  assert.equal(headers["x-user-owner"], "hanzo");
  assert.equal(headers["x-billing-account-id"], "org:hanzo");
  assert.equal(headers["x-request-id"], answer.headers.get("x-request-id"));
  assert.ok(!("authorization" in headers), "the credential stays at the edge");
  for (const [name, value] of Object.entries(headers)) assert.notEqual(value, "", name);
});

test("a key reaches the service as its holder", async () => {
  const { headers } = await (await world.as(key, "/v1/echo/hello")).json();
  assert.equal(headers["x-org-id"], "hanzo");
  assert.equal(headers["x-user-name"], "alice");
  assert.equal(headers["x-user-id"], claimsOf(token).sub);
  assert.ok(!("authorization" in headers));
});

test("a machine's token reaches the service as that machine", async () => {
  const { access_token: machine } = await world.machineTokens();
  const { headers } = await (await world.as(machine, "/v1/echo/hello")).json();
  assert.equal(headers["x-org-id"], "hanzo");
  assert.equal(headers["x-user-id"], claimsOf(machine).sub);
  assert.ok(!("x-user-email" in headers));
});

// ATTACKS F-86 (CVE-2025-64484, CVE-2025-48865).
const IDENTITY = [
  "X-Org-Id", "X-Workspace-Id", "X-Project-Id", "X-Scope", "X-Scope-Role", "X-User-Id", "X-User-Name",
  "X-User-Email", "X-User-Owner", "X-User-IsAdmin", "X-User-IsOrgAdmin", "X-User-Permissions",
  "X-Billing-Account-Id", "X-User-IsGlobalAdmin", "X-Roles", "X-User-Role", "X-User-Roles",
  "X-Tenant-Id", "X-Phone-Number", "X-Org", "X-IAM-Anything", "X-HANZO-Anything", "X-Hanzo-User",
  "X-Hanzo-Hop", "X-Hanzo-Base",
];

for (const name of IDENTITY) {
  test(`${name} from a client never reaches the service`, async () => {
    const spellings = [
      name, name.toLowerCase(), name.toUpperCase(), name.replaceAll("-", "_"),
      name.toLowerCase().replace("-", "_"), name.replace(/-(?=[^-]*$)/, "_"),
    ];
    for (const spelling of spellings) {
      for (const lines of [
        [`${spelling}: forged`],
        [`${spelling}: forged`, `${name}: forged`],
        [`Connection: ${spelling}`, `${spelling}: forged`],
      ]) {
        const { rawHeaders } = await through(lines);
        assert.ok(!rawHeaders.some((value) => /forged/.test(value)), `${lines}: ${rawHeaders}`);
        const canonical = rawHeaders.filter((_, i) => i % 2 === 0)
          .filter((other) => other.toLowerCase().replaceAll("_", "-") === name.toLowerCase());
        assert.ok(canonical.length <= 1, `${canonical}`);
      }
    }
  });
}

test("a header that Connection names does not make the gateway drop its own (CVE-2025-48865)", async () => {
  const request = await through(["Connection: close, X-User-Id, X-Org-Id"]);
  assert.deepEqual(named(request, "x-user-id"), [claimsOf(token).sub]);
  assert.deepEqual(named(request, "x-org-id"), ["hanzo"]);
});

test("no credential of the client reaches the service, wherever it stood", async () => {
  for (const lines of [
    [`X-Authorization: Bearer ${key}`],
    [`Cookie: hanzo_token=${token}; hanzo_session=abc; theme=dark`],
    ["Proxy-Authorization: Basic eDp5"],
  ]) {
    const answer = await raw(world.base, [
      "GET /v1/echo/x HTTP/1.1", `Host: ${new URL(world.base).host}`,
      ...(lines[0].startsWith("Cookie") || lines[0].startsWith("X-Auth") ? [] : [`Authorization: Bearer ${token}`]),
      ...lines, "", "",
    ].join("\r\n"));
    assert.equal(answer.status, 200, `${lines}: ${answer.body}`);
    const text = JSON.stringify(world.echo.requests.at(-1).rawHeaders);
    for (const secret of [token, key, "abc;", "hanzo_session", "eDp5"]) {
      assert.ok(!text.includes(secret), `${lines}: ${text}`);
    }
  }
});

test("other cookies and ordinary headers pass unchanged", async () => {
  const request = await through(["Cookie: theme=dark", "Accept-Language: de", "X-Custom: 1"]);
  assert.deepEqual(named(request, "cookie"), ["theme=dark"]);
  assert.deepEqual(named(request, "accept-language"), ["de"]);
  assert.deepEqual(named(request, "x-custom"), ["1"]);
});

test("what the last call of a caller had, the next one has only if it brings it itself", async () => {
  const other = (await world.tokens("alice")).access_token;
  const bob = (await world.tokens("bob")).access_token;
  const fields = { "x-a": "1", cookie: "theme=dark; hanzo_theme=x", "user-agent": "one" };
  const calls = [
    [token, fields], [token, fields], [other, fields], [token, { "x-b": "2" }], [token, {}], [other, {}],
    [bob, fields], [token, { ...fields, "x-a": "2" }], [bob, {}], [key, fields], [token, { ...fields, "x-org-id": "acme" }],
    [token, fields],
  ];
  const ids = new Set();
  for (const [credential, headers] of calls) {
    const { headers: got } = await (await world.as(credential, "/v1/echo/hello", { headers })).json();
    assert.equal(got["x-user-name"], credential === bob ? "bob" : "alice");
    for (const name of ["x-a", "x-b", "cookie"]) assert.equal(got[name], headers[name], name);
    assert.equal(got["x-org-id"], "hanzo");
    assert.ok(!("authorization" in got));
    ids.add(got["x-request-id"]).add(got["x-identity-signature"]);
  }
  assert.equal(ids.size, 2 * calls.length, "each call has an id and a signature of its own");
});

test("what changes from call to call is that of the call", async () => {
  const own = { "x-same": "1", "user-agent": "changing" };
  const calls = [
    [{ "cf-ray": "1-FRA" }], [{ "cf-ray": "2-FRA" }], [{ "cf-ray": "3-FRA", traceparent: "00-a" }], [{ "cf-ray": "4-FRA" }],
    [{ traceparent: "00-b", "idempotency-key": "k1" }, "one"], [{ traceparent: "00-c", "idempotency-key": "k2" }, "three"],
    [{ traceparent: "00-d" }, "one"], [{}, "three"], [{}],
  ];
  for (const [changing, body] of calls) {
    const init = { method: body ? "POST" : "GET", headers: { ...own, ...changing }, body };
    const { headers: got, body: sent } = await (await world.as(token, "/v1/echo/hello", init)).json();
    for (const name of ["x-same", "cf-ray", "traceparent", "idempotency-key"]) {
      assert.equal(got[name], init.headers[name], `${JSON.stringify(changing)}: ${name}`);
    }
    assert.equal(got["content-length"], body && String(body.length), JSON.stringify(changing));
    if (body) assert.equal(sent, body);
  }
  for (const lines of [["traceparent: 00-e"], ["traceparent: 00-f", "Connection: traceparent"], ["traceparent: 00-g"]]) {
    assert.deepEqual(named(await through(lines), "traceparent"), lines.length > 1 ? [] : [lines[0].split(": ")[1]]);
  }
});

test("refusals are alike but for their ids", async () => {
  const refusals = [];
  for (let n = 0; n < 3; n++) refusals.push(await world.as(`hk-${n}`, "/v1/echo/hello"));
  const [first, ...others] = await Promise.all(refusals.map(async (answer) => {
    const { "x-request-id": id, date, ...headers } = Object.fromEntries(answer.headers);
    return { id, said: JSON.stringify([answer.status, headers, await answer.text()]) };
  }));
  for (const other of others) assert.equal(other.said, first.said);
  assert.equal(new Set([first, ...others].map(({ id }) => id)).size, 3);
});

test("X-Org-Id of a client selects among its organizations, and nothing else", async () => {
  const own = await through(["X-Org-Id: hanzo"]);
  assert.deepEqual(named(own, "x-org-id"), ["hanzo"]);
  const foreign = await through(["X-Org-Id: acme"]);
  assert.deepEqual(named(foreign, "x-org-id"), ["hanzo"]);
});

test("a credential is taken from each of its places", async () => {
  const places = [
    { authorization: `Bearer ${token}` }, { authorization: `bearer ${token}` },
    { "x-authorization": `Bearer ${token}` },
    { authorization: `Basic ${btoa(`x:${token}`)}` },
    ...["__Host-hanzo_iam_token", "hanzo_iam_token", "iam_access_token", "access_token", "hanzo_token"]
      .map((name) => ({ cookie: `other=1; ${name}=${token}` })),
  ];
  for (const headers of places) {
    const answer = await world.fetch("/v1/echo/x", { headers });
    assert.equal(answer.status, 200, JSON.stringify(headers).slice(0, 60));
    assert.equal((await answer.json()).headers["x-user-name"], "alice");
  }
});

test("a public path needs no credential and says nothing of an identity", async () => {
  const answer = await world.fetch("/v1/echo/public/x", { headers: { "x-user-id": "forged" } });
  assert.equal(answer.status, 200);
  const { headers } = await answer.json();
  assert.ok(!("x-user-id" in headers) && !("x-org-id" in headers));
});

test("without a credential: 401 in the gateway's shape", async () => {
  const answer = await world.fetch("/v1/echo/x");
  assert.equal(answer.status, 401);
  assert.match(answer.headers.get("www-authenticate"), /^Bearer/);
  assert.ok(answer.headers.get("x-request-id"));
  const body = await answer.json();
  assert.equal(body.error, "unauthorized");
  assert.equal(body.message, "Authentication required");
});

test("with a bad one: 401, and no word on why", async () => {
  const bodies = new Set();
  for (const credential of ["x", "a.b.c", `${token}x`, "hk-abc", `${key.slice(0, -1)}${key.endsWith("a") ? "b" : "a"}`]) {
    const answer = await world.as(credential, "/v1/echo/x");
    assert.equal(answer.status, 401, credential);
    assert.match(answer.headers.get("www-authenticate"), /^Bearer .*error="invalid_token"/);
    const body = await answer.json();
    assert.equal(body.error, "unauthorized");
    assert.equal(body.message, "Invalid token");
    bodies.add(JSON.stringify(body));
  }
  assert.equal(bodies.size, 1);
});

test("an unknown path is a JSON 404 (never HTML), with a request id", async () => {
  for (const path of ["/", "/nothing", "/v1", "/v1/", "/v1/nothing/x", "/v1/iam/nothing", "/index.html", "/internal/edge"]) {
    const answer = await world.as(key, path);
    assert.equal(answer.status, 404, path);
    assert.match(answer.headers.get("content-type"), /json/, path);
    assert.ok(answer.headers.get("x-request-id"), path);
    assert.ok((await json(answer)).error, path);
  }
});

test("an /internal address of the origin is not reachable through the edge", async () => {
  const before = await world.send(key, "POST", "/internal/bootstrap", {});
  assert.equal(before.status, 404);
  for (const path of ["/v1/iam/../../internal/edge", "/v1/iam/%2e%2e/%2e%2e/internal/edge", "//internal/edge", "/v1/iam/..%2f..%2finternal/edge"]) {
    const answer = await raw(world.base, `GET ${path} HTTP/1.1\r\nHost: ${new URL(world.base).host}\r\nAuthorization: Bearer ${key}\r\n\r\n`);
    assert.ok([400, 404].includes(answer.status), `${path}: ${answer.status} ${answer.body}`);
    assert.ok(!answer.body.includes("published_at"));
  }
});

// ATTACKS F-88 (CVE-2026-40575).
test("a path that could be read in two ways is refused before any policy", async () => {
  const seen = world.echo.requests.length;
  for (const path of [
    "/v1/echo/public/../x", "/v1/echo/public/%2e%2e/x", "/v1/echo/public/..%2fx", "/v1/echo/public/%2E%2E%2Fx",
    "/v1/echo/public;/../x", "/v1/echo/public\\..\\x", "/v1/echo/public/%5c..%5cx", "/v1/echo/public/x%00",
    "/v1//echo/public/x",
  ]) {
    const answer = await raw(world.base, `GET ${path} HTTP/1.1\r\nHost: ${new URL(world.base).host}\r\n\r\n`);
    assert.ok([400, 401, 404].includes(answer.status), `${path}: ${answer.status}`);
  }
  assert.equal(world.echo.requests.length, seen, "none of them reached the service");
});

test("method overrides mean nothing, TRACE is refused (ATTACKS F-89)", async () => {
  const answer = await world.as(token, "/v1/echo/x", { headers: { "x-http-method-override": "DELETE" } });
  assert.equal((await answer.json()).method, "GET");
  const trace = await raw(world.base, `TRACE /v1/echo/x HTTP/1.1\r\nHost: ${new URL(world.base).host}\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  assert.ok([400, 405, 501].includes(trace.status), String(trace.status));
});

test("two Authorization headers, or a credential in two places, are refused with 400 (ATTACKS A-28)", async () => {
  const host = new URL(world.base).host;
  for (const [path, lines] of [
    ["/v1/echo/x", [`Authorization: Bearer ${token}`, `Authorization: Bearer ${key}`]],
    [`/v1/echo/x?access_token=${token}`, [`Authorization: Bearer ${token}`]],
  ]) {
    const answer = await raw(world.base, [`GET ${path} HTTP/1.1`, `Host: ${host}`, ...lines, "", ""].join("\r\n"));
    assert.equal(answer.status, 400, answer.body);
  }
});

test("malformed Authorization values are refused (ATTACKS A-29)", async () => {
  for (const value of ["Bearer", "Bearer ", `Bearer\t${token}`, `Bearer ${token},`, `Bearer  ${token} x`, "Basic", "Basic !!!", `Token ${token}`]) {
    const answer = await raw(world.base, `GET /v1/echo/x HTTP/1.1\r\nHost: ${new URL(world.base).host}\r\nAuthorization: ${value}\r\n\r\n`);
    assert.ok([400, 401].includes(answer.status), `${value.slice(0, 20)}: ${answer.status}`);
  }
});

test("status, headers and body of the service come back unchanged", async () => {
  for (const code of [204, 304, 404, 418, 500]) {
    const answer = await world.as(token, `/v1/echo/status?code=${code}`);
    assert.equal(answer.status, code);
    assert.equal(answer.headers.get("x-upstream"), "echo");
  }
  const sent = "ü".repeat(1000);
  const answer = await world.as(token, "/v1/echo/x", { method: "POST", body: sent });
  assert.equal((await answer.json()).body, sent);
});

test("a redirection of the service is the client's to follow", async () => {
  const answer = await world.as(token, "/v1/echo/status?code=302&to=/v1/echo/elsewhere");
  assert.equal(answer.status, 302);
  assert.equal(answer.headers.get("location"), "/v1/echo/elsewhere");
});

test("a header that is not ASCII, or named like a member of every object, passes or is refused, and harms nothing", async () => {
  const got = await through(["X-Name: Zo\u00eb", "__proto__: a", "constructor: b"]);
  assert.deepEqual(named(got, "constructor"), ["b"]);
  assert.deepEqual(named(got, "__proto__"), ["a"]);
  assert.equal(named(got, "x-name").length, 1);
  assert.equal((await world.as(token, "/v1/echo/after")).status, 200);
});

test("server-sent events arrive as they are sent, not when the stream ends", async () => {
  const started = performance.now();
  const answer = await world.as(token, "/v1/echo/events?count=4&interval=300");
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get("content-type"), /^text\/event-stream/);
  const times = [];
  let text = "";
  for await (const chunk of answer.body) {
    times.push(performance.now() - started);
    text += Buffer.from(chunk).toString();
  }
  assert.deepEqual(text.match(/data: \d/g), ["data: 0", "data: 1", "data: 2", "data: 3"]);
  assert.ok(times[0] < 600, `the first came after ${times[0]} ms`);
  assert.ok(times.at(-1) - times[0] > 500, `all at once: ${times}`);
});

test("a request body is streamed to the service: its answer begins before the body ends", async () => {
  let release;
  const body = new ReadableStream({
    async start(controller) {
      controller.enqueue(new TextEncoder().encode("first"));
      await new Promise((resolve) => { release = resolve; });
      controller.enqueue(new TextEncoder().encode("second"));
      controller.close();
    },
  });
  const answer = await Promise.race([
    world.as(token, "/v1/echo/upload", { method: "POST", body, duplex: "half" }),
    new Promise((_, reject) => { setTimeout(() => reject(new Error("buffered on the way")), 5000).unref(); }),
  ]).catch((error) => { release(); throw error; });
  const reader = answer.body.getReader();
  const { value } = await reader.read();
  assert.match(Buffer.from(value).toString(), /^started/);
  release();
  let rest = "";
  for (;;) {
    const { done, value: more } = await reader.read();
    if (done) break;
    rest += Buffer.from(more).toString();
  }
  assert.match(rest, /11/);
});

test("20 MB pass through", async () => {
  const answer = await world.as(token, "/v1/echo/upload", { method: "POST", body: Buffer.alloc(20_000_000) });
  assert.match(await answer.text(), /20000000/);
});

test("a WebSocket is upgraded, with the identity, and carries both ways", async () => {
  const url = `${world.base.replace("http", "ws")}/v1/echo/socket`;
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}`, "x-user-id": "forged" } });
  const messages = [];
  await new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.on("message", (data) => {
      messages.push(data.toString());
      if (messages.length === 1) socket.send("ping");
      else resolve();
    });
  });
  socket.close();
  const { headers } = JSON.parse(messages[0]);
  assert.equal(headers["x-user-name"], "alice");
  assert.equal(headers["x-user-id"], claimsOf(token).sub);
  assert.ok(!("authorization" in headers));
  assert.equal(messages[1], "ping");
});

test("a WebSocket without a credential is refused like any other request (ATTACKS F-89)", async () => {
  const socket = new WebSocket(`${world.base.replace("http", "ws")}/v1/echo/socket`);
  const status = await new Promise((resolve, reject) => {
    socket.on("unexpected-response", (_, answer) => resolve(answer.statusCode));
    socket.on("open", () => reject(new Error("it was opened")));
    socket.on("error", () => {});
  });
  assert.equal(status, 401);
});

test("a service that is down is a JSON 502, and its address is not told", async () => {
  const broken = await startWorld({ routes: [{ service: "gone", upstream: { url: "http://127.0.0.1:9" }, public: [] }] });
  try {
    const answer = await broken.as(broken.key(), "/v1/gone/x");
    assert.ok([502, 503].includes(answer.status), String(answer.status));
    const text = await answer.text();
    assert.match(answer.headers.get("content-type"), /json/);
    assert.ok(!text.includes("127.0.0.1:9"));
  } finally {
    await broken.close();
  }
});

test("a service is told what its route names, and the signature is over that", async () => {
  const modest = await startWorld({ routes: [
    { service: "modest", upstream: { url: world.echo.url }, identity: ["x-user-id", "x-org-id"] },
  ] });
  try {
    const { access_token: hers } = await modest.tokens("alice");
    const { headers } = await (await modest.as(hers, "/v1/modest/hello")).json();
    assert.equal(headers["x-user-id"], claimsOf(hers).sub);
    const told = Object.keys(headers).filter((name) => /^x-(user|org|scope|billing)/.test(name));
    assert.deepEqual(told.sort(), ["x-org-id", "x-user-id"]);
    const key = Buffer.from(hkdfSync(
      "sha256", Buffer.from(modest.pair.rootKey, "base64url"), "", "hanzo-iam/1/identity/modest", 32));
    const [, at, claimed] = /^t=(\d+),v1=(.*)$/.exec(headers["x-identity-signature"]);
    const lines = [
      "modest", `x-org-id:${headers["x-org-id"]}`, `x-user-id:${headers["x-user-id"]}`, "",
      at, headers["x-request-id"], "GET", "/v1/modest/hello", "",
    ];
    assert.equal(createHmac("sha256", key).update(lines.join("\n")).digest("base64url"), claimed);
  } finally {
    await modest.close();
  }
});

test("a service behind a service binding gets the same identity", async () => {
  const script = `export default { fetch(request) { return Response.json(Object.fromEntries(request.headers)); } };`;
  const bound = await startWorld({
    routes: [{ service: "bound", upstream: { binding: "BOUND" }, public: [] }],
    edge: {
      serviceBindings: { BOUND: "bound" },
      beside: [{ name: "bound", script }],
    },
  });
  try {
    const headers = await (await bound.as(bound.key(), "/v1/bound/x", { headers: { "x-user-id": "forged" } })).json();
    assert.equal(headers["x-user-name"], "alice");
    assert.notEqual(headers["x-user-id"], "forged");
    assert.ok(!("authorization" in headers));
  } finally {
    await bound.close();
  }
});
