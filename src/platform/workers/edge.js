// The edge's events. `Edge` decides by the head of a request; here the decision is carried out,
// and bodies stream past wasm in both directions.

import { failed, failure, head, settled, sound } from './instance.js';

export default /* @__PURE__ */ ({
  async fetch(request, env, context) {
    let decision;
    try {
      const wasm = sound(env);
      const text = head(request);
      // Nearly always decided at once, without a single await.
      decision = wasm.decide(text) ?? (await settled(wasm.resolve(text)));
      if (wasm.wants_renewal()) context.waitUntil(settled(wasm.renew()).catch(failed));
    } catch (error) {
      failed(error);
    }
    if (decision === undefined) return failure();
    return decision.charCodeAt(0) === 70 /* F */
      ? forward(decision, request, env)
      : answer(decision);
  },
});

/** `A`, status, request id, number of headers, name and value of each, then the body. */
function answer(text) {
  let at = 2;
  const line = () => {
    const end = text.indexOf('\n', at);
    const found = text.slice(at, end);
    at = end + 1;
    return found;
  };
  const status = Number(line());
  const headers = new Headers({ 'x-request-id': line() });
  for (let count = Number(line()); count > 0; count--) headers.append(line(), line());
  const body = text.slice(at);
  return new Response(body === '' ? null : body, { status, headers });
}

/**
 * `F`, `binding` or `fetch`, binding's name or whole address, request id, number of headers to
 * remove, each, then name and value of each header to set (removed if it is empty).
 */
async function forward(text, request, env) {
  const lines = text.split('\n');
  const bound = lines[1] === 'binding';
  const id = lines[3];
  const outgoing = new Request(bound ? request.url : lines[2], request);
  const headers = outgoing.headers;
  let at = 5;
  for (const end = at + Number(lines[4]); at < end; at++) headers.delete(lines[at]);
  for (; at + 1 < lines.length; at += 2) {
    if (lines[at + 1] === '') headers.delete(lines[at]);
    else headers.set(lines[at], lines[at + 1]);
  }
  headers.set('x-request-id', id);
  let response;
  try {
    response = await (bound ? env[lines[2]].fetch(outgoing) : fetch(outgoing));
  } catch (error) {
    console.error(`${id}: ${error}`);
    return Response.json(
      { status: 502, error: 'the service did not answer' },
      { status: 502, headers: { 'x-request-id': id } },
    );
  }
  // A WebSocket goes through untouched; so does what has our id already.
  if (response.webSocket || response.headers.get('x-request-id') === id) return response;
  response = new Response(response.body, response);
  response.headers.set('x-request-id', id);
  return response;
}
