// npm `@anthropic-ai/sdk`, unchanged, through the gateway with an `hk-` key.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import { MODEL, PACE, startAi } from "../support/ai.mjs";
import { startWorld } from "../support/world.mjs";

let ai, world;
before(async () => {
  ai = await startAi();
  world = await startWorld({ routes: ai.routes });
});
after(async () => {
  await world?.close();
  await ai?.close();
});

const asked = { model: MODEL, max_tokens: 100, messages: [{ role: "user", content: "good morning" }] };
const clientWith = (credential) => new Anthropic({ baseURL: world.base, maxRetries: 0, ...credential });

/** Where the key is sent. */
const CREDENTIALS = {
  Authorization: (key) => clientWith({ apiKey: key }),
  "X-Api-Key": (key) => clientWith({ apiKey: null, authToken: null, defaultHeaders: { "X-Api-Key": key } }),
};

/** What the service received last: the identity of the key's holder, and no credential. */
function received() {
  const { headers } = ai.requests.at(-1);
  assert.equal(headers["x-org-id"], "hanzo");
  assert.equal(headers["x-user-name"], "alice");
  assert.match(headers["anthropic-version"], /^\d{4}-\d\d-\d\d$/);
  assert.ok(!JSON.stringify(headers).includes(world.key()), "the key stays at the edge");
}

for (const [where, connect] of Object.entries(CREDENTIALS)) {
  test(`${where}: messages.create`, async () => {
    const message = await connect(world.key()).messages.create(asked);
    assert.deepEqual(message.content, [{ type: "text", text: "you said good morning" }]);
    assert.equal(message.stop_reason, "end_turn");
    received();
  });

  test(`${where}: messages.create streams: each event arrives when it was sent`, async () => {
    const arrived = [];
    let text = "";
    for await (const event of await connect(world.key()).messages.create({ ...asked, stream: true })) {
      arrived.push(performance.now());
      text += event.delta?.text ?? "";
    }
    assert.equal(text, "you said good morning");
    assert.ok(arrived.at(-1) - arrived[0] > PACE * 3, "a buffered stream arrives at once");
    received();
  });

  test(`${where}: messages.stream, five at once`, async () => {
    const texts = await Promise.all(Array.from({ length: 5 }, (_, i) => connect(world.key()).messages.stream({
      ...asked, messages: [{ role: "user", content: `number ${i}` }],
    }).finalText()));
    assert.deepEqual(texts, texts.map((_, i) => `you said number ${i}`));
  });

  test(`${where}: messages.countTokens`, async () => {
    const { model, messages } = asked;
    assert.equal((await connect(world.key()).messages.countTokens({ model, messages })).input_tokens, 12);
    received();
  });

  test(`${where}: models.list and models.retrieve`, async () => {
    const client = connect(world.key());
    const models = await client.models.list();
    assert.ok(models.data.some(({ id }) => id === MODEL));
    assert.equal((await client.models.retrieve("zen5-mini")).id, "zen5-mini");
    assert.equal((await client.models.retrieve(MODEL)).id, MODEL);
    received();
  });

  test(`${where}: messages.batches: create, results, cancel`, async () => {
    const client = connect(world.key());
    const params = asked;
    const made = await client.messages.batches.create({ requests: [{ custom_id: "a", params }, { custom_id: "b", params }] });
    assert.equal(made.request_counts.processing, 2);
    const results = [];
    for await (const { custom_id } of await client.messages.batches.results(made.id)) results.push(custom_id);
    assert.deepEqual(results, ["a", "b"]);
    assert.equal((await client.messages.batches.cancel(made.id)).processing_status, "canceling");
  });

  test(`${where}: a key that is refused is the SDK's AuthenticationError`, async () => {
    await assert.rejects(connect("hk-live-nonsense").messages.create(asked), (error) => {
      assert.ok(error instanceof Anthropic.AuthenticationError, String(error));
      assert.ok(!error.message.includes("hk-live-nonsense"));
      return true;
    });
  });
}
