// Services that misbehave, and what the gateway makes of that (issue 10, faults 1, 13, 23, 26).
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { WebSocket, WebSocketServer } from "ws";
import { bootstrap, ROOT } from "../../scripts/local/pair.mjs";
import { json, raw, startWorld } from "../support/world.mjs";

const DEADLINE = 2;

/** What the raw service sends, by the last segment of the path. */
const FINAL = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nfinal";
const ZIPPED = gzipSync("final");
const RAW = {
  final: FINAL,
  100: `HTTP/1.1 100 Continue\r\n\r\n${FINAL}`,
  102: `HTTP/1.1 102 Processing\r\n\r\n${FINAL}`,
  103: `HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n${FINAL}`,
  several: `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${FINAL}`,
  chunks: "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nfi\r\n3;a=b\r\nnal\r\n0\r\n\r\n",
  zipped: Buffer.concat([
    Buffer.from(`HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${ZIPPED.length}\r\n\r\n`),
    ZIPPED,
  ]),
  empty: "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
  missing: "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nfinal",
  cookies: "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nSet-Cookie: hanzo_session=x\r\nSet-Cookie: theme=dark\r\nContent-Length: 5\r\n\r\nfinal",
  999: "HTTP/1.1 999 Odd\r\nContent-Length: 3\r\n\r\nodd",
  "099": "HTTP/1.1 099 Odd\r\nContent-Length: 3\r\n\r\nodd",
  600: "HTTP/1.1 600 Odd\r\nContent-Length: 3\r\n\r\nodd",
  101: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\n\r\n",
  after: "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 999 Odd\r\nContent-Length: 3\r\n\r\nodd",
  garbage: "not HTTP at all\r\n\r\n",
};
const INTERIM = ["100", "102", "103", "several", "chunks"];
const IMPOSSIBLE = ["999", "099", "600", "101", "after", "garbage"];

let world, key, service, rawService, sockets;
before(async () => {
  rawService = createTcpServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (data) => {
      const name = /^[A-Z]+ \/v1\/raw\/(?:public\/)?([^ ?/]+)/.exec(data.toString("latin1"))?.[1];
      if (name === "close") socket.end("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\n\r\nfinal");
      else if (name in RAW) socket.write(RAW[name]); // others: no response at all
    });
  });
  await new Promise((resolve) => rawService.listen(0, "127.0.0.1", resolve));

  service = createServer((request, response) => {
    response.setHeader("set-cookie", COOKIES);
    for (const name of HOST_WIDE) response.setHeader(name, "x");
    response.end("<script>navigator.serviceWorker.register('x.js')</script>");
  });
  sockets = new WebSocketServer({ server: service, handleProtocols: (offered) => [...offered].at(-1) });
  sockets.on("headers", (headers) => headers.push(...COOKIES.map((cookie) => `Set-Cookie: ${cookie}`)));
  sockets.on("connection", (socket) => socket.send("hello"));
  await new Promise((resolve) => service.listen(0, "127.0.0.1", resolve));

  const at = ({ port }) => ({ url: `http://127.0.0.1:${port}` });
  world = await startWorld({
    routes: [
      { service: "raw", upstream: at(rawService.address()), public: ["/public/*"] },
      { service: "page", upstream: at(service.address()), public: ["/*"] },
      { service: "patient", upstream: at(rawService.address()), deadline: 60 },
    ],
    edge: {
      bindings: { SERVICE_DEADLINE: String(DEADLINE), ORIGIN_DEADLINE: String(DEADLINE), LIMIT_ANONYMOUS: "none" },
      serviceBindings: { ORIGIN: "line" },
      beside: [{ name: "line", script: LINE, serviceBindings: { ORIGIN: "origin" } }],
    },
  });
  key = world.key();
});
after(async () => {
  await world?.close();
  sockets?.close();
  for (const server of [service, rawService]) {
    server?.closeAllConnections?.();
    server?.close();
  }
});

/** Between the edge and its origin: it has the origin hang for a request that says so. */
const LINE = `export default {
  async fetch(request, env) {
    if (new URL(request.url).searchParams.has("hang")) await scheduler.wait(30_000);
    return env.ORIGIN.fetch(request);
  },
};`;

const COOKIES = [
  "hanzo_session=planted; Path=/; HttpOnly", "theme=dark; Path=/", "=hanzo_session=planted",
  "__Host-hanzo_signin=planted; Secure; Path=/", "hanzo_token=planted; Domain=127.0.0.1", "cart=1",
];
const HOST_WIDE = [
  "Service-Worker-Allowed", "Clear-Site-Data", "Strict-Transport-Security", "Alt-Svc", "NEL", "Report-To",
  "Set-Login",
];

for (const name of INTERIM) {
  test(`an interim response (${name}) is passed over, and the final one comes (RFC 9110 §15.2)`, async () => {
    const answer = await world.as(key, `/v1/raw/${name}`);
    assert.equal(answer.status, 200);
    assert.equal(await answer.text(), "final");
    assert.equal(answer.headers.get("link"), null);
    assert.ok(answer.headers.get("x-request-id"));
  });
}

test("the final response after an interim one keeps its status, its coding and its rules", async () => {
  const zipped = await world.as(key, "/v1/raw/zipped");
  assert.equal(zipped.headers.get("content-encoding"), "gzip");
  assert.equal(await zipped.text(), "final");
  assert.equal((await world.as(key, "/v1/raw/empty")).status, 204);
  assert.equal((await world.as(key, "/v1/raw/missing")).status, 404);
  assert.equal(await (await world.as(key, "/v1/raw/close")).text(), "final");
  assert.deepEqual((await world.as(key, "/v1/raw/cookies")).headers.getSetCookie(), ["theme=dark"]);
});

for (const name of IMPOSSIBLE) {
  test(`a response that cannot be one (${name}) is a JSON 502`, async () => {
    const answer = await world.as(key, `/v1/raw/${name}`);
    assert.equal(answer.status, 502);
    assert.deepEqual(await json(answer), { error: "bad_gateway", message: "The service did not answer" });
    assert.ok(answer.headers.get("x-request-id"));
    assert.equal(answer.headers.get("access-control-allow-origin"), "*");
  });
}

test("a service that misbehaves harms no other call", async () => {
  const names = [...INTERIM, ...IMPOSSIBLE];
  const calls = Array.from({ length: 110 }, async (_, i) => {
    const path = i % 2 ? `/v1/raw/${names[i % names.length]}` : "/v1/echo/x";
    const { status } = await world.as(key, path);
    return [path, status];
  });
  for (const [path, status] of await Promise.all(calls)) {
    assert.equal(status, IMPOSSIBLE.includes(path.split("/").at(-1)) ? 502 : 200, path);
  }
});

/** A request with `Expect: 100-continue`, whose body is sent at once. */
const expecting = (credential, path = "/v1/echo/x", body = "body") => raw(world.base, [
  `POST ${path} HTTP/1.1`, `Host: ${new URL(world.base).host}`, `Authorization: Bearer ${credential}`,
  "Expect: 100-continue", `Content-Length: ${body.length}`, "", body,
].join("\r\n"));

test("Expect: 100-continue is for the gateway, and the service gets the body (RFC 9110 §10.1.1)", async () => {
  const answer = await expecting(key);
  assert.equal(answer.status, 200, answer.body);
  assert.match(answer.body, /"body": "body"/);
  const { rawHeaders } = world.echo.requests.at(-1);
  assert.ok(!rawHeaders.some((name, i) => i % 2 === 0 && name.toLowerCase() === "expect"), `${rawHeaders}`);
});

test("no request makes a limit forget: a key with a rate of 30 passes at most 60 of 400 calls in two minutes", async () => {
  const { keys } = await bootstrap(world.pair, { keys: [
    { owner: "hanzo", user: "bob", name: "hurried", rate: 30, budget: { total: 1000 } },
    { owner: "hanzo", user: "bob", name: "poor", budget: { total: 30 } },
  ] });
  for (const [{ key: limited }, most, refusal] of [[keys[0], 60, 429], [keys[1], 30, 402]]) {
    let passed = 0;
    for (let i = 0; i < 100; i++) {
      const answers = await Promise.all([
        expecting(limited), world.as(limited, "/v1/raw/999"), world.as(limited, "/v1/raw/102"), world.as(limited, "/v1/raw/garbage"),
      ]);
      for (const { status } of answers) {
        assert.ok([200, 502, refusal].includes(status), String(status));
        if (status !== refusal) passed++;
      }
    }
    assert.ok(passed >= 30 && passed <= most, `${passed}`);
  }
});

/** The edge with an import of wasm that throws in the middle when a request says so. */
const TRAPPING = `
import edge from "./index.js";
const now = Date.now;
let traps = false;
Date.now = () => {
  if (traps) throw new RangeError("as if the stack were exhausted");
  return now();
};
export default {
  fetch(request, env, context) {
    traps = request.headers.has("x-trap");
    try {
      return edge.fetch(request, env, context);
    } finally {
      traps = false;
    }
  },
};`;

test("an instance that traps is replaced, and the counters of the limits go on", async () => {
  const folder = join(ROOT, "build/edge");
  const trapping = await startWorld({
    edge: {
      rootPath: folder,
      modules: [
        { type: "ESModule", path: join(folder, "trapping.js"), contents: TRAPPING },
        { type: "ESModule", path: join(folder, "index.js"), contents: await readFile(join(folder, "index.js")) },
        { type: "CompiledWasm", path: join(folder, "index.wasm"), contents: await readFile(join(folder, "index.wasm")) },
      ],
    },
  });
  try {
    const { keys: [{ key: limited }] } = await bootstrap(trapping.pair, {
      keys: [{ owner: "hanzo", user: "bob", name: "hurried", rate: 10 }],
    });
    const left = 60_000 - Date.now() % 60_000;
    if (left < 10_000) await sleep(left + 50); // all calls within one window
    let passed = 0;
    for (let i = 0; i < 30; i++) {
      const { status } = await trapping.as(limited, "/v1/echo/x");
      assert.ok([200, 429].includes(status), String(status));
      if (status === 200) passed++;
      assert.equal((await trapping.as(limited, "/v1/echo/x", { headers: { "x-trap": "1" } })).status, 500);
    }
    assert.equal(passed, 10);
  } finally {
    await trapping.close();
  }
});

test("a service that hangs is 504 after the deadline, in the gateway's form, and a page can read it", async () => {
  const began = performance.now();
  const answer = await world.as(key, "/v1/raw/hangs");
  const took = performance.now() - began;
  assert.equal(answer.status, 504);
  assert.deepEqual(await json(answer), { error: "gateway_timeout", message: "The service did not answer in time" });
  assert.ok(answer.headers.get("x-request-id"));
  assert.equal(answer.headers.get("access-control-allow-origin"), "*");
  assert.ok(took > 900 * DEADLINE && took < 3000 * DEADLINE, `${took} ms`);
});

test("a route's own deadline counts before the setting", async () => {
  const aborted = AbortSignal.timeout(1500 * DEADLINE);
  await assert.rejects(world.as(key, "/v1/patient/hangs", { signal: aborted }), { name: "TimeoutError" });
});

test("an origin that hangs is 504 after the deadline, in the form of its route", async () => {
  const [users, token] = await Promise.all([
    world.as(key, "/v1/iam/users?hang"), world.fetch("/v1/iam/oauth/token?hang", { method: "POST" }),
  ]);
  assert.deepEqual([users.status, token.status], [504, 504]);
  assert.deepEqual(await json(users), { status: 504, error: "the server did not answer in time" });
  const { error, error_description: description } = await json(token);
  assert.deepEqual([error, description], ["temporarily_unavailable", "the server did not answer in time"]);
});

test("a body that has begun is not cut by the deadline", async () => {
  const answer = await world.as(key, `/v1/echo/events?count=4&interval=${DEADLINE * 500}`);
  assert.equal(answer.status, 200);
  assert.equal((await answer.text()).match(/data: \d/g).length, 4);
});

for (const length of [undefined, 200_000]) {
  test(`a slow upload (${length ? "of a known length" : "chunked"}) is not taken for a slow service`, async () => {
    const { hostname, port, host } = new URL(world.base);
    const socket = connect(Number(port), hostname);
    let received = "";
    socket.on("data", (data) => { received += data; });
    socket.write([
      "POST /v1/echo/x HTTP/1.1", `Host: ${host}`, `Authorization: Bearer ${key}`, "Connection: close",
      length ? `Content-Length: ${length}` : "Transfer-Encoding: chunked", "", "",
    ].join("\r\n"));
    const part = "x".repeat(50_000);
    for (let i = 0; i < 4; i++) {
      socket.write(length ? part : `${part.length.toString(16)}\r\n${part}\r\n`);
      await sleep(DEADLINE * 500);
    }
    if (!length) socket.write("0\r\n\r\n");
    await new Promise((resolve) => socket.once("close", resolve));
    assert.match(received, /^HTTP\/1\.1 200 /);
    const { rawHeaders, method } = world.echo.requests.at(-1);
    assert.equal(method, "POST");
    const sent = Object.fromEntries(rawHeaders.flatMap((name, i) => i % 2 ? [] : [[name.toLowerCase(), rawHeaders[i + 1]]]));
    assert.equal(sent["content-length"], length && String(length));
    assert.equal(/"body": "(x*)"/.exec(received.replace(/\r\n[0-9a-f]+\r\n/g, ""))?.[1].length, 200_000);
  });
}

test("a client that goes away in an upload ends its own call only", async () => {
  const { hostname, port, host } = new URL(world.base);
  for (const framing of ["Content-Length: 1000000", "Transfer-Encoding: chunked"]) {
    for (const path of ["/v1/echo/x", "/v1/echo/upload"]) {
      const socket = connect(Number(port), hostname);
      const chunk = framing.startsWith("T") ? "5\r\nhello\r\n" : "hello";
      const head = [`POST ${path} HTTP/1.1`, `Host: ${host}`, `Authorization: Bearer ${key}`, framing];
      socket.write([...head, "", chunk].join("\r\n"));
      const seen = world.echo.requests.length;
      for (const until = Date.now() + 5000; world.echo.requests.length === seen && Date.now() < until;) await sleep(20);
      socket.destroy();
    }
  }
  await sleep(200);
  assert.equal((await world.as(key, "/v1/echo/x")).status, 200);
});

test("a service cannot plant our cookies, nor speak for the whole host", async () => {
  const answer = await world.fetch("/v1/page/index.html");
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.headers.getSetCookie(), ["theme=dark; Path=/", "cart=1"]);
  for (const name of HOST_WIDE) assert.equal(answer.headers.get(name), null, name);
});

test("nor with the response to a WebSocket's handshake, whose subprotocol comes through", async () => {
  const socket = new WebSocket(`${world.base.replace("http", "ws")}/v1/page/socket`, ["one", "two"]);
  const headers = new Promise((resolve) => socket.on("upgrade", (response) => resolve(response)));
  const message = await new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.on("message", (data) => resolve(data.toString()));
  });
  socket.close();
  assert.equal(message, "hello");
  assert.equal(socket.protocol, "two");
  assert.deepEqual((await headers).headers["set-cookie"], ["theme=dark; Path=/", "cart=1"]);
});

test("services are reached at the hosts of the gateway only", async () => {
  const at = (host, path) => raw(world.base, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${key}\r\n\r\n`);
  assert.equal((await at("127.0.0.1", "/v1/echo/x")).status, 200);
  for (const host of ["hanzo.id", "localhost", "127.0.0.1.evil.example"]) {
    assert.equal((await at(host, "/v1/echo/x")).status, 404, host);
    assert.equal((await at(host, "/v1/page/index.html")).status, 404, host);
    assert.equal((await at(host, "/v1/iam/users")).status, 200, host);
  }
});
