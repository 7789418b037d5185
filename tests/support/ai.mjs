// A small service with the wire formats of the OpenAI and Anthropic APIs that the tests of their SDKs
// use: JSON, server-sent events, multipart uploads, binary responses, WebSocket.
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocketServer } from "ws";

/** The first path segments of the two APIs: each is a route of the gateway. */
const SERVICES = [
  "models", "chat", "embeddings", "moderations", "files", "images", "audio", "responses", "batches",
  "realtime", "messages",
];

/** The models in the two APIs' lists. The slash is `%2F` in an SDK's path. */
export const MODEL = "hanzo/zen5";
const MODELS = [MODEL, "zen5-mini"];

/** The bytes of a speech response: every value of a byte, longer than one chunk. */
export const SPEECH = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 256));

/** Milliseconds between two server-sent events. */
export const PACE = 60;

/** Starts the service on a free port; `routes` are the gateway's routes to it. */
export async function startAi() {
  const files = new Map(); // id → { name, bytes }
  const requests = []; // { method, url, headers, body }, newest last
  const aborted = []; // the urls of streams whose client went away
  const server = createServer((request, response) => {
    respond(request, response).catch(() => response.destroy());
  });

  async function respond(request, response) {
    const body = await bodyOf(request);
    const { method, url, headers } = request;
    requests.push({ method, url, headers, body });
    const { pathname } = new URL(url, "http://ai");
    const [, , service, ...rest] = pathname.split("/").map(decodeURIComponent);
    response.on("close", () => { if (!response.writableFinished) aborted.push(url); });
    const call = { method, url, rest, body, response, json: (value, status = 200) => json(response, value, status) };
    const api = headers["anthropic-version"] ? ANTHROPIC : OPENAI;
    const handler = api[service];
    if (!handler || (await handler(call, files)) === undefined) {
      call.json({ error: { message: `no ${method} ${pathname}`, type: "invalid_request_error" } }, 404);
    }
  }

  const sockets = new WebSocketServer({
    noServer: true, handleProtocols: (offered) => (offered.has("realtime") ? "realtime" : false),
  });
  server.on("upgrade", (request, socket, head) => {
    requests.push({ method: "GET", url: request.url, headers: request.headers });
    sockets.handleUpgrade(request, socket, head, (session) => converse(session));
  });

  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  return {
    url, requests, aborted,
    routes: SERVICES.map((service) => ({ service, upstream: { url }, public: [] })),
    async close() {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const DONE = true;
const now = () => Math.floor(Date.now() / 1000);
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };

const OPENAI = {
  models({ rest: [id], json }) {
    const model = (name) => ({ id: name, object: "model", created: 1, owned_by: "hanzo" });
    if (id === undefined) return json({ object: "list", data: MODELS.map(model) });
    if (MODELS.includes(id)) return json(model(id));
  },

  async chat({ body, json, response }) {
    const { model, stream, messages } = body;
    if (model === "busy") {
      response.setHeader("retry-after", "7");
      return json({ error: { message: "too many", type: "rate_limit_error", code: "busy" } }, 429);
    }
    const words = `you said ${messages.at(-1).content}`.split(/(?<= )/);
    const base = { id: "chatcmpl-1", created: now(), model };
    if (!stream) {
      const message = { role: "assistant", content: words.join(""), refusal: null };
      const choices = [{ index: 0, message, finish_reason: "stop", logprobs: null }];
      return json({ ...base, object: "chat.completion", choices, usage });
    }
    const chunk = (delta, finish_reason = null) => ({
      data: { ...base, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }] },
    });
    const last = stream && body.max_completion_tokens ? Array(1000).fill("on ") : words;
    return events(response, [
      chunk({ role: "assistant", content: "" }), ...last.map((content) => chunk({ content })),
      chunk({}, "stop"), { data: "[DONE]" },
    ]);
  },

  embeddings({ body, json }) {
    const vector = Float32Array.from([0.25, -0.5, 1]);
    const embedding = body.encoding_format === "base64"
      ? Buffer.from(vector.buffer).toString("base64") : [...vector];
    const data = [body.input].flat().map((_, index) => ({ object: "embedding", index, embedding }));
    return json({ object: "list", model: body.model, data, usage });
  },

  moderations({ body, json }) {
    const results = [body.input].flat().map(() => ({ flagged: false, categories: {}, category_scores: {} }));
    return json({ id: "modr-1", model: "zen5-guard", results });
  },

  files({ method, rest: [id, what], body, json, response }, files) {
    const described = (name) => {
      const { filename, bytes, purpose } = files.get(name);
      return { id: name, object: "file", bytes: bytes.length, created_at: 1, filename, purpose, status: "processed" };
    };
    if (method === "POST" && id === undefined) {
      const name = `file-${files.size + 1}`;
      const { file: { filename, bytes }, purpose } = body;
      files.set(name, { filename, bytes, purpose });
      return json(described(name));
    }
    if (id === undefined) return json({ object: "list", data: [...files.keys()].map(described), has_more: false });
    if (!files.has(id)) return undefined;
    if (method === "DELETE") {
      files.delete(id);
      return json({ id, object: "file", deleted: true });
    }
    if (what !== "content") return json(described(id));
    return binary(response, files.get(id).bytes, "application/octet-stream");
  },

  images({ rest: [what], body, json }) {
    const given = what === "edits" ? body.image.bytes : Buffer.from(body.prompt);
    return json({ created: now(), data: [{ b64_json: given.toString("base64") }] });
  },

  audio({ rest: [what], body, json, response }) {
    if (what === "speech") return binary(response, SPEECH, "audio/mpeg");
    return json({ text: `${body.file.filename}: ${body.file.bytes.length} bytes for ${body.model}` });
  },

  responses({ method, rest: [id, what], body, json, response }) {
    const object = (status, text) => ({
      id: id ?? "resp_1", object: "response", created_at: now(), model: MODEL, status, error: null,
      output: text === undefined ? [] : [{
        id: "msg_1", type: "message", role: "assistant", status: "completed",
        content: [{ type: "output_text", text, annotations: [] }],
      }],
    });
    if (method === "DELETE") return json({ id, object: "response", deleted: true });
    if (id !== undefined) return json(object(what === "cancel" ? "cancelled" : "completed", "kept"));
    if (!body.stream) return json(object("completed", `you said ${body.input}`));
    const sequence = [
      { type: "response.created", response: object("in_progress") },
      ...["you ", "said ", body.input].map((delta) => ({
        type: "response.output_text.delta", item_id: "msg_1", output_index: 0, content_index: 0, delta,
      })),
      { type: "response.completed", response: object("completed", `you said ${body.input}`) },
    ];
    return events(response, sequence.map((data, sequence_number) =>
      ({ event: data.type, data: { ...data, sequence_number } })));
  },

  batches({ method, rest: [id, what], body, json }) {
    const batch = (name, status) => ({
      id: name, object: "batch", endpoint: "/v1/chat/completions", input_file_id: "file-1",
      completion_window: "24h", status, created_at: 1,
    });
    if (method === "POST" && id === undefined) return json({ ...batch("batch_1", "validating"), ...body });
    if (id === undefined) return json({ object: "list", data: [batch("batch_1", "completed")], has_more: false });
    return json(batch(id, what === "cancel" ? "cancelling" : "completed"));
  },
};

const ANTHROPIC = {
  models({ rest: [id], json }) {
    const model = (name) => ({ type: "model", id: name, display_name: name, created_at: "2026-01-01T00:00:00Z" });
    if (id !== undefined) return MODELS.includes(id) ? json(model(id)) : undefined;
    return json({ data: MODELS.map(model), has_more: false, first_id: MODELS[0], last_id: MODELS.at(-1) });
  },

  messages({ url, method, rest, body, json, response }) {
    if (rest[0] === "count_tokens") return json({ input_tokens: 12 });
    if (rest[0] === "batches") return messageBatches({ url, method, rest: rest.slice(1), body, json, response });
    const text = `you said ${body.messages.at(-1).content}`;
    const message = {
      id: "msg_1", type: "message", role: "assistant", model: body.model, content: [],
      stop_reason: null, stop_sequence: null, usage: { input_tokens: 3, output_tokens: 0 },
    };
    const stopped = { stop_reason: "end_turn", stop_sequence: null };
    if (!body.stream) return json({ ...message, content: [{ type: "text", text }], ...stopped });
    const deltas = text.split(/(?<= )/).map((part) =>
      ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: part } }));
    return events(response, [
      { type: "message_start", message },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "ping" },
      ...deltas,
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: stopped, usage: { output_tokens: 4 } },
      { type: "message_stop" },
    ].map((data) => ({ event: data.type, data })));
  },
};

function messageBatches({ method, rest: [id, what], body, json, response }) {
  const batch = (name, processing_status) => ({
    id: name, type: "message_batch", processing_status, created_at: "2026-01-01T00:00:00Z",
    expires_at: "2026-01-02T00:00:00Z", request_counts: { processing: body?.requests?.length ?? 0 },
    results_url: processing_status === "ended" ? `/v1/messages/batches/${name}/results` : null,
  });
  if (method === "POST" && id === undefined) return json(batch("msgbatch_1", "in_progress"));
  if (what === "cancel") return json(batch(id, "canceling"));
  if (what !== "results") return json(batch(id, "ended"));
  const lines = ["a", "b"].map((custom_id) => JSON.stringify({ custom_id, result: { type: "canceled" } }));
  return binary(response, Buffer.from(lines.join("\n") + "\n"), "application/x-jsonl");
}

/** Realtime: sends a greeting, and one event for each event received. */
function converse(session) {
  const send = (event) => session.send(JSON.stringify(event));
  session.on("error", () => session.terminate());
  session.on("message", (data) => {
    const { type } = JSON.parse(data);
    send({ type: type === "session.update" ? "session.updated" : "response.done", session: { type: "realtime" } });
  });
  send({ type: "session.created", session: { type: "realtime" } });
}

function json(response, value, status) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
  return DONE;
}

function binary(response, bytes, type) {
  response.writeHead(200, { "content-type": type, "content-length": bytes.length });
  response.end(bytes);
  return DONE;
}

async function events(response, list) {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  for (const { event, data } of list) {
    if (response.destroyed) break;
    if (event) response.write(`event: ${event}\n`);
    response.write(`data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`);
    await sleep(PACE);
  }
  response.end();
  return DONE;
}

/** A JSON body as an object, a form as its fields (files as `{ filename, bytes }`). */
async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const type = request.headers["content-type"] ?? "";
  if (type.startsWith("application/json")) return bytes.length ? JSON.parse(bytes) : undefined;
  if (!type.startsWith("multipart/form-data")) return bytes;
  const fields = {};
  for (const [name, value] of await new Response(bytes, { headers: { "content-type": type } }).formData()) {
    fields[name] = typeof value === "string" ? value
      : { filename: value.name, bytes: Buffer.from(await value.arrayBuffer()) };
  }
  return fields;
}
