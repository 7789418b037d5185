// The origin's events. Requests are answered by `Origin::receive`, whole: bodies are small here.

import { failure, head, settled, sound } from './instance.js';

/** One byte more than `MAXIMUM_BODY` in src/origin/http/request.rs: the origin then refuses. */
const ENOUGH = 256 * 1024 + 1;

export default /* @__PURE__ */ ({
  // A request continues after its client disconnects: wasm would never free its state
  // otherwise, and a client could exhaust the memory.
  async fetch(request, env, context) {
    try {
      const body = await read(request.body);
      const { text, credential } = head(request);
      const answered = settled(sound(env).answer(text, credential, body));
      context.waitUntil(answered.catch(() => {}));
      return await answered;
    } catch (error) {
      return failure(error, request);
    }
  },

  async scheduled(_event, env) {
    await settled(sound(env).scheduled());
  },
});

async function read(stream) {
  const chunks = [];
  let length = 0;
  if (stream) {
    const reader = stream.getReader();
    while (length < ENOUGH) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      length += value.length;
    }
    if (length >= ENOUGH) await reader.cancel();
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}
