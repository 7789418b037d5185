// The origin's events. Requests are answered by `Origin::receive`, whole: bodies are small here. Only
// the lines of an export are sent as a stream, part by part.

import { failed, failure, head, settled, sound } from './instance.js';

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
      context.waitUntil(answered.then(() => settled(sound(env).deliver())).catch(() => {}));
      return streamed(await answered, request, env, context);
    } catch (error) {
      return failure(error, request);
    }
  },

  async scheduled(_event, env) {
    await settled(sound(env).scheduled());
  },
});

/** The path of the lines that follow those of `response`, if it is an export that names some. */
function next(response) {
  if (response.headers.get('content-type') !== 'application/x-ndjson') return undefined;
  return /^<([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
}

/** `first`, and all lines that follow it, as one response. */
function streamed(first, request, env, context) {
  if (request.method !== 'GET' || !next(first)) return first;
  const { readable, writable } = new TransformStream();
  context.waitUntil(pump(first, request, env, writable));
  const headers = new Headers(first.headers);
  headers.delete('link');
  return new Response(readable, { status: first.status, headers });
}

/** Writes the parts. A part that fails breaks the stream off: a client must not take it for whole. */
async function pump(first, request, env, writable) {
  try {
    for (let part = first; ;) {
      await part.body.pipeTo(writable, { preventClose: true });
      const path = next(part);
      if (!path) break;
      const { text, credential } = head(new Request(new URL(path, request.url), request));
      part = await settled(sound(env).answer(text, credential, new Uint8Array()));
      if (!part.ok) throw new Error(`the export was refused: ${part.status}`);
    }
    await writable.close();
  } catch (error) {
    failed(error, { event: 'export', method: request.method });
    await writable.abort(error).catch(() => {});
  }
}

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
