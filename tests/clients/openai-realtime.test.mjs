// npm `openai` 7: the Realtime API over WebSocket. The SDK speaks `wss` only.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import OpenAI from "openai";
import { OpenAIRealtimeWebSocket } from "openai/realtime/websocket";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import { WebSocket } from "ws";
import { certificateIn } from "../../scripts/local/certificate.mjs";
import { MODEL, startAi } from "../support/ai.mjs";
import { startWorld } from "../support/world.mjs";

let ai, world, client, ca, folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "certificate-"));
  const https = await certificateIn(folder);
  ca = https.certificate;
  ai = await startAi();
  world = await startWorld({ https, routes: ai.routes });
  client = new OpenAI({ baseURL: `${world.base}/v1`, apiKey: world.key() });
});
after(async () => {
  await world?.close();
  await ai?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Updates the session, asks for an answer, closes; returns the types of the events that came. */
async function converse(session) {
  const types = [];
  await new Promise((resolve, reject) => {
    session.on("error", reject);
    session.on("event", ({ type }) => {
      types.push(type);
      if (type === "session.created") session.send({ type: "session.update", session: { type: "realtime" } });
      if (type === "session.updated") session.send({ type: "response.create" });
      if (type === "response.done") resolve();
    });
  });
  session.close();
  assert.deepEqual(types, ["session.created", "session.updated", "response.done"]);
}

/** The service knows the key's holder, and saw the key nowhere. */
function received() {
  const { url, headers } = ai.requests.at(-1);
  assert.equal(url, `/v1/realtime?model=${encodeURIComponent(MODEL)}`);
  assert.equal(headers["x-user-name"], "alice");
  assert.ok(!JSON.stringify(headers).includes(world.key()), "the key stays at the edge");
}

test("a server's session, with the key in Authorization", async () => {
  const session = new OpenAIRealtimeWS({ model: MODEL, options: { ca } }, client);
  await converse(session);
  received();
});

test("a page's session, with the key as a subprotocol", async () => {
  const own = globalThis.WebSocket;
  // A page's WebSocket takes an address and subprotocols, no headers; this one knows our certificate.
  globalThis.WebSocket = class extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols, { ca });
    }
  };
  try {
    const session = new OpenAIRealtimeWebSocket({ model: MODEL, dangerouslyAllowBrowser: true }, client);
    await converse(session);
    assert.equal(session.socket.protocol, "realtime");
  } finally {
    globalThis.WebSocket = own;
  }
  received();
  assert.equal(ai.requests.at(-1).headers["sec-websocket-protocol"], "realtime");
});
