// npm `openai` 7, unchanged, through the gateway with an `hk-` key: each kind of call that it has.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import OpenAI, { toFile } from "openai";
import { MODEL, PACE, SPEECH, startAi } from "../support/ai.mjs";
import { startWorld } from "../support/world.mjs";

let ai, world, client;
before(async () => {
  ai = await startAi();
  world = await startWorld({ routes: ai.routes });
  client = clientWith(world.key());
});
after(async () => {
  await world?.close();
  await ai?.close();
});

const clientWith = (apiKey, more = {}) =>
  new OpenAI({ baseURL: `${world.base}/v1`, apiKey, maxRetries: 0, ...more });
const messages = [{ role: "user", content: "good morning" }];

/** What the service received last: the identity of the key's holder, and no credential. */
function received() {
  const request = ai.requests.at(-1);
  assert.equal(request.headers["x-org-id"], "hanzo");
  assert.equal(request.headers["x-user-name"], "alice");
  assert.ok(!JSON.stringify(request.headers).includes(world.key()), "the key stays at the edge");
  return request;
}

test("models.list", async () => {
  const models = await client.models.list();
  assert.ok(models.data.some(({ id }) => id === MODEL));
  assert.equal(received().url, "/v1/models");
});

test("models.retrieve of a model with a slash in its name", async () => {
  assert.equal((await client.models.retrieve(MODEL)).id, MODEL);
  assert.equal(received().url, `/v1/models/${encodeURIComponent(MODEL)}`);
});

test("chat.completions.create", async () => {
  const { choices, usage } = await client.chat.completions.create({ model: MODEL, messages });
  assert.equal(choices[0].message.content, "you said good morning");
  assert.equal(usage.total_tokens, 5);
  assert.equal(received().body.model, MODEL);
});

test("chat.completions.create streams: each chunk arrives when it was sent", async () => {
  const stream = await client.chat.completions.create({ model: MODEL, messages, stream: true });
  const arrived = [];
  let text = "";
  for await (const { choices } of stream) {
    arrived.push(performance.now());
    text += choices[0].delta.content ?? "";
  }
  assert.equal(text, "you said good morning");
  assert.ok(arrived.at(-1) - arrived[0] > PACE * 2, "a buffered stream arrives at once");
});

test("chat.completions.stream, ten at once", async () => {
  const texts = await Promise.all(Array.from({ length: 10 }, async (_, i) => {
    const content = `number ${i}`;
    return client.chat.completions.stream({ model: MODEL, messages: [{ role: "user", content }] }).finalContent();
  }));
  assert.deepEqual(texts, texts.map((_, i) => `you said number ${i}`));
});

test("a stream that the client aborts ends at the service", async () => {
  const before = ai.aborted.length;
  const stream = await client.chat.completions.create({
    model: MODEL, messages, stream: true, max_completion_tokens: 1000,
  });
  for await (const chunk of stream) if (chunk.choices[0].delta.content) break;
  const deadline = Date.now() + 5000;
  while (ai.aborted.length === before && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(ai.aborted.length, before + 1);
});

test("embeddings.create, with the base64 that the SDK asks for", async () => {
  const { data } = await client.embeddings.create({ model: "zen5-embed", input: ["a", "b"] });
  assert.deepEqual(data.map(({ embedding }) => embedding), [[0.25, -0.5, 1], [0.25, -0.5, 1]]);
  assert.equal(received().body.encoding_format, "base64");
});

test("moderations.create", async () => {
  assert.equal((await client.moderations.create({ input: "a" })).results[0].flagged, false);
});

test("files: upload of 3 MB, list, retrieve, content, delete", async () => {
  const bytes = Buffer.alloc(3_000_000, "0123456789abcdef");
  const file = await client.files.create({ file: await toFile(bytes, "input.jsonl"), purpose: "batch" });
  assert.deepEqual([file.bytes, file.filename, file.purpose], [bytes.length, "input.jsonl", "batch"]);
  received();
  assert.ok((await client.files.list()).data.some(({ id }) => id === file.id));
  assert.equal((await client.files.retrieve(file.id)).filename, "input.jsonl");
  const content = Buffer.from(await (await client.files.content(file.id)).arrayBuffer());
  assert.ok(content.equals(bytes));
  assert.equal((await client.files.delete(file.id)).deleted, true);
  await assert.rejects(client.files.retrieve(file.id), OpenAI.NotFoundError);
});

test("images.generate and images.edit", async () => {
  const made = await client.images.generate({ model: MODEL, prompt: "a cat" });
  assert.equal(atob(made.data[0].b64_json), "a cat");
  const image = await toFile(SPEECH, "cat.png", { type: "image/png" });
  const edited = await client.images.edit({ model: MODEL, image, prompt: "a hat" });
  assert.ok(Buffer.from(edited.data[0].b64_json, "base64").equals(SPEECH));
});

test("audio.transcriptions.create uploads, audio.speech.create downloads", async () => {
  const file = await toFile(SPEECH, "speech.mp3");
  const { text } = await client.audio.transcriptions.create({ file, model: "zen5-ear" });
  assert.equal(text, "speech.mp3: 100000 bytes for zen5-ear");
  const answer = await client.audio.speech.create({ model: "zen5-voice", voice: "alloy", input: "hello" });
  assert.ok(Buffer.from(await answer.arrayBuffer()).equals(SPEECH));
});

test("responses: create, stream, retrieve, cancel, delete", async () => {
  const made = await client.responses.create({ model: MODEL, input: "hello" });
  assert.equal(made.output_text, "you said hello");
  const types = [];
  let text = "";
  for await (const event of await client.responses.create({ model: MODEL, input: "hello", stream: true })) {
    types.push(event.type);
    text += event.delta ?? "";
  }
  assert.deepEqual([types[0], types.at(-1), text], ["response.created", "response.completed", "you said hello"]);
  assert.equal((await client.responses.retrieve(made.id)).output_text, "kept");
  assert.equal((await client.responses.cancel(made.id)).status, "cancelled");
  await client.responses.delete(made.id);
  assert.equal(received().method, "DELETE");
});

test("batches: create, list, retrieve, cancel", async () => {
  const made = await client.batches.create({
    input_file_id: "file-1", endpoint: "/v1/chat/completions", completion_window: "24h",
  });
  assert.equal(made.status, "validating");
  assert.equal((await client.batches.list()).data[0].id, made.id);
  assert.equal((await client.batches.retrieve(made.id)).status, "completed");
  assert.equal((await client.batches.cancel(made.id)).status, "cancelling");
});

test("a key that is refused is the SDK's AuthenticationError, with our request id", async () => {
  for (const key of ["hk-live-nonsense", world.key().replace(/.$/, (c) => (c === "A" ? "B" : "A"))]) {
    await assert.rejects(clientWith(key).models.list(), (error) => {
      assert.ok(error instanceof OpenAI.AuthenticationError, String(error));
      assert.ok(error.requestID);
      assert.ok(!String(error.message).includes(key));
      return true;
    });
  }
});

test("what the service refuses is its own error to the SDK", async () => {
  await assert.rejects(client.chat.completions.create({ model: "busy", messages }), (error) => {
    assert.ok(error instanceof OpenAI.RateLimitError, String(error));
    assert.deepEqual([error.code, error.type, error.headers.get("retry-after")], ["busy", "rate_limit_error", "7"]);
    return true;
  });
});
