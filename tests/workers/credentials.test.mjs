// How a client presents its credential to the gateway, and what of it reaches the service
// (ATTACKS F-83, F-86; issue 10, faults 15, 24, 25, 34, 35, 36).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { WebSocket } from "ws";
import { claimsOf, raw, startWorld } from "../support/world.mjs";

const CONSOLE = "https://console.hanzo.example";

let world, key, token;
before(async () => {
  world = await startWorld({ sessionOrigins: [CONSOLE] });
  key = world.key();
  token = (await world.tokens("alice")).access_token;
});
after(() => world.close());

/** One request with these lines as they are; the answer, and what the service received of it. */
async function send(line, ...headers) {
  const before = world.echo.requests.length;
  const answer = await raw(world.base, [
    `${line} HTTP/1.1`, `Host: ${new URL(world.base).host}`, ...headers, "", "",
  ].join("\r\n"));
  return { status: answer.status, body: answer.body, received: world.echo.requests.slice(before).at(-1) };
}

const values = ({ rawHeaders }, name) =>
  rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1].toLowerCase() === name);

test("a cookie with a comma reaches the service as it was sent, without the token beside it", async () => {
  const prefs = 'prefs={"a":1,"b":"x"}';
  const plain = await send("GET /v1/echo/x", `Authorization: Bearer ${token}`, `Cookie: ${prefs}; theme=dark`);
  assert.deepEqual(values(plain.received, "cookie"), [`${prefs}; theme=dark`]);
  const beside = await send("GET /v1/echo/x", `Cookie: last=a,access_token=old; access_token=${token}; ${prefs}`);
  assert.equal(beside.status, 200, beside.body);
  assert.deepEqual(values(beside.received, "x-user-name"), ["alice"]);
  assert.deepEqual(values(beside.received, "cookie"), [`last=a,access_token=old; ${prefs}`]);
});

test("no token in a repeated Cookie header reaches the service", async () => {
  for (const headers of [
    ["Cookie: theme=dark", `Cookie: access_token=${token}`],
    [`Cookie: access_token=${token}`, "Cookie: theme=dark"],
  ]) {
    const { status, received } = await send("GET /v1/echo/x", ...headers);
    if (status === 200) assert.deepEqual(values(received, "x-user-name"), ["alice"]);
    assert.ok(!JSON.stringify(received ?? {}).includes(token), `${status} ${JSON.stringify(received)}`);
  }
});

test("a foreign access_token cookie closes no public path and locks no user out", async () => {
  const foreign = [
    "opaque", "a.b.c", `${token.slice(0, -4)}AAAA`,
    `${btoa('{"alg":"RS256","kid":"1"}')}.${btoa('{"iss":"https://accounts.example"}')}.x`.replaceAll("=", ""),
  ];
  for (const value of foreign) {
    const open = await send("GET /v1/echo/public/x", `Cookie: access_token=${value}; theme=dark`);
    assert.equal(open.status, 200, `${value.slice(0, 20)}: ${open.body}`);
    assert.deepEqual(values(open.received, "cookie"), ["theme=dark"]);
    assert.deepEqual(values(open.received, "x-user-id"), []);
    const both = await send("GET /v1/echo/x", `Cookie: access_token=${value}; access_token=${token}`);
    assert.deepEqual(values(both.received, "x-user-name"), ["alice"]);
    const userinfo = await send("GET /v1/iam/oauth/userinfo", `Cookie: access_token=${value}; hanzo_token=${token}`);
    assert.equal(userinfo.status, 200, userinfo.body);
    assert.equal((await send("GET /v1/echo/x", `Cookie: access_token=${value}`)).status, 401);
  }
});

test("a cookie authorizes an unsafe method or an upgrade only from a page of ours", async () => {
  const cookie = `Cookie: hanzo_token=${token}`;
  const upgrade = [
    "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ];
  for (const [expected, ...headers] of [
    [true, `Origin: ${world.base}`], [true, `Origin: ${CONSOLE}`, "Sec-Fetch-Site: cross-site"],
    [false], [false, "Origin: null"], [false, "Origin: https://evil.example"],
    [false, "Origin: https://evil.example", "Sec-Fetch-Site: same-site"], [false, "Sec-Fetch-Site: same-site"],
  ]) {
    const post = await send("POST /v1/echo/x", cookie, ...headers, "Content-Length: 0");
    assert.equal(post.status, expected ? 200 : 403, `${headers}: ${post.body}`);
    const socket = await send("GET /v1/echo/socket", cookie, ...headers, ...upgrade);
    assert.equal(socket.status, expected ? 101 : 403, `${headers}: ${socket.body}`);
    assert.equal((await send("GET /v1/echo/x", cookie, ...headers)).status, 200);
    const bearer = await send("POST /v1/echo/x", `Authorization: Bearer ${token}`, ...headers, "Content-Length: 0");
    assert.equal(bearer.status, 200, "a header is sent on purpose");
  }
});

test("a key anywhere in an address is refused, and its record says that it was exposed", async () => {
  const made = await world.add({ keys: ["a", "b", "c", "d"].map((name) => ({ owner: "hanzo", user: "bob", name })) });
  const shown = (name) => world.as(world.key("admin"), `/v1/iam/keys/hanzo/${name}`).then((answer) => answer.json());
  const places = {
    a: (text) => `/v1/echo/x?${text}`,
    b: (text) => `/v1/echo/x?auth=Bearer%20${text}`,
    c: (text) => `/v1/echo/${text}`,
    d: (text) => `/v1/echo/public/${text.replace("-", "%2D")}/x`,
  };
  for (const { name, key: text } of made.keys) {
    assert.ok(!(await shown(name)).exposedTime);
    const { status, body, received } = await send(`GET ${places[name](text)}`, `Authorization: Bearer ${token}`);
    assert.equal(status, 400, `${name}: ${body}`);
    assert.equal(received, undefined);
    assert.ok((await shown(name)).exposedTime, name);
  }
});

test("a key in x-api-key is the one credential, and the service does not see it", async () => {
  const { status, received } = await send("GET /v1/echo/x", `X-Api-Key: ${key}`);
  assert.equal(status, 200);
  assert.deepEqual(values(received, "x-user-name"), ["alice"]);
  assert.ok(!JSON.stringify(received).includes(key));
  assert.equal((await send("GET /v1/echo/x", `X-Api-Key: ${key}`, `Authorization: Bearer ${key}`)).status, 400);
  assert.equal((await send("GET /v1/echo/x", `X-Api-Key: ${key}`, `X-Api-Key: ${key}`)).status, 400);
  assert.equal((await send("GET /v1/echo/x", `X-Api-Key: ${token}`)).status, 401);
  assert.equal((await send("GET /v1/echo/public/x", "X-Api-Key: sk-ant-other")).status, 401);
});

/** A WebSocket with these subprotocols: the one that was chosen, and what the service saw. */
async function connected(protocols, path = "/v1/echo/socket") {
  const socket = new WebSocket(`${world.base.replace("http", "ws")}${path}`, protocols);
  try {
    return await new Promise((resolve, reject) => {
      socket.on("unexpected-response", (_, answer) => resolve({ status: answer.statusCode }));
      socket.on("message", (data) => resolve({ status: 101, chosen: socket.protocol, ...JSON.parse(data) }));
      socket.on("error", reject);
    });
  } finally {
    socket.close();
  }
}

test("a WebSocket brings its key as a subprotocol, and the service chooses among the rest", async () => {
  for (const protocols of [
    ["realtime", `openai-insecure-api-key.${key}`, "openai-beta.realtime-v1"],
    [`openai-insecure-api-key.${key}`, "realtime", "openai-beta.realtime-v1"],
  ]) {
    const { status, chosen, headers } = await connected(protocols);
    assert.equal(status, 101);
    assert.equal(headers["sec-websocket-protocol"].replaceAll(" ", ""), "realtime,openai-beta.realtime-v1");
    assert.equal(chosen, "realtime");
    assert.equal(headers["x-user-name"], "alice");
    assert.ok(!JSON.stringify(headers).includes(key));
  }
  assert.equal((await connected(["realtime", "openai-insecure-api-key.hk-x"])).status, 401);
  assert.equal((await connected(["realtime", `openai-insecure-api-key.${token}`])).status, 401);
  assert.equal((await connected(["realtime"])).status, 401);
});

test("an encoded slash reaches the service unchanged, and is never public", async () => {
  for (const path of ["/v1/echo/hanzo%2Fzen5", "/v1/echo/a%2fb/c?d=e%2Ff"]) {
    const { status, received, body } = await send(`GET ${path}`, `Authorization: Bearer ${key}`);
    assert.equal(status, 200, body);
    assert.equal(received.url, path);
  }
  assert.equal((await send("GET /v1/echo/public/a%2Fb")).status, 401);
  for (const path of ["/v1/echo/..%2Fx", "/v1/echo/a%2F..%2fb", "/v1/echo/a%2F%2e%2e%2Fb", "/v1/echo/%c0%ae%c0%ae/x", "/v1/iam/users%2Fx"]) {
    const { status, received } = await send(`GET ${path}`, `Authorization: Bearer ${key}`);
    assert.ok([400, 404].includes(status), `${path}: ${status}`);
    assert.equal(received, undefined, path);
  }
});

// ATTACKS F-86, where the platform builds the request in another way: an upgrade, a public path, a body.
test("no spelling of an identity header passes with an upgrade, a body or a public path", async () => {
  const forged = [];
  for (const name of ["X-Hanzo-User", "X-User-Id", "X-Org-Id", "X-User-IsAdmin", "X-Identity-Signature", "X-Api-Key"]) {
    for (const spelling of [name, name.toUpperCase(), name.replaceAll("-", "_"), name.replace("-", "_").toLowerCase()]) {
      if (spelling.toLowerCase() !== "x-api-key") forged.push(`${spelling}: forged`, `${spelling}: forged, twice`);
    }
  }
  forged.push("Connection: X-User-Id, x-hanzo-user, X-Org-Id");
  const own = `Authorization: Bearer ${token}`;
  const upgrade = ["Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="];
  for (const [line, identified, ...headers] of [
    ["GET /v1/echo/socket", true, own, ...upgrade, "Connection: Upgrade"],
    ["POST /v1/echo/x", true, own, "Content-Length: 0"],
    ["GET /v1/echo/public/x", false],
    ["GET /v1/echo/public/x", false, "Cookie: access_token=opaque"],
  ]) {
    const { status, body, received } = await send(line, ...headers, ...forged);
    assert.ok([101, 200].includes(status), `${line}: ${status} ${body}`);
    assert.ok(!JSON.stringify(received.rawHeaders).includes("forged"), `${line}: ${received.rawHeaders}`);
    assert.deepEqual(values(received, "x-user-id"), identified ? [claimsOf(token).sub] : [], line);
    assert.deepEqual(values(received, "x-org-id"), identified ? ["hanzo"] : [], line);
  }
});
