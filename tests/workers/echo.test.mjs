// The echo service of `scripts/dev`, by itself.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startEcho } from "../../scripts/local/echo.mjs";

let echo;
const unhandled = []; // each of these ends the process of `scripts/dev`
const record = (error) => unhandled.push(error);
before(async () => {
  process.on("unhandledRejection", record).on("uncaughtException", record);
  echo = await startEcho();
});
afterEach(() => assert.deepEqual(unhandled.splice(0), []));
after(() => echo.close());

/** Sends the text and closes the connection with a reset (or a FIN) as soon as it has arrived. */
async function abandon(text, { reset = true } = {}) {
  const count = echo.requests.length;
  const socket = connect(new URL(echo.url).port, "127.0.0.1", () => socket.write(text));
  socket.on("error", () => {});
  while (echo.requests.length === count) await sleep(5);
  if (reset) socket.resetAndDestroy();
  else socket.destroy();
  await once(socket, "close");
}

/** Issue 10, fault 13. */
test("the echo service survives a client that goes away in an upload", async () => {
  for (const path of ["/v1/echo/x", "/v1/echo/upload"]) {
    for (const reset of [true, false]) {
      await abandon(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\npart`, { reset });
    }
  }
  await abandon("GET /v1/echo/events?count=3&interval=5 HTTP/1.1\r\nHost: x\r\n\r\n");
  assert.equal((await fetch(`${echo.url}/v1/echo/x`)).status, 200);
});

test("a status that Node cannot send fails that request only", async () => {
  await assert.rejects(fetch(`${echo.url}/v1/echo/status?code=9999`, { signal: AbortSignal.timeout(5000) }));
  assert.equal((await fetch(`${echo.url}/v1/echo/x`)).status, 200);
});

test("a WebSocket frame that is malformed ends that connection only", async () => {
  const socket = connect(new URL(echo.url).port, "127.0.0.1", () => socket.write([
    "GET /v1/echo/ws HTTP/1.1", "Host: x", "Connection: Upgrade", "Upgrade: websocket",
    "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "", "",
  ].join("\r\n")));
  socket.on("error", () => {});
  await once(socket, "data");
  socket.write(Buffer.from([0xff, 0xff, 0xff])); // reserved bits, not masked (RFC 6455 §5.2)
  await once(socket, "close");
  assert.equal((await fetch(`${echo.url}/v1/echo/x`)).status, 200);
});
