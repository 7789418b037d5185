// The edge's events. `Edge` decides by the head of a request; here the decision is carried out,
// and bodies stream past wasm in both directions.

import { failed, failure, head, settled, sound } from './instance.js';

export default /* @__PURE__ */ ({
  async fetch(request, env, context) {
    const fields = Object.create(null);
    let decision;
    try {
      const wasm = sound(env);
      const text = head(request, fields);
      // Nearly always decided at once, without a single await.
      decision = wasm.decide(text) ?? (await settled(wasm.resolve(text)));
      if (wasm.wants_renewal()) context.waitUntil(settled(wasm.renew()).catch(failed));
    } catch (error) {
      failed(error);
    }
    if (decision === undefined) return failure();
    return decision.charCodeAt(0) === 70 /* F */
      ? forward(decision, request, fields, env)
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
 *
 * `fields` are the client's headers. They are amended here and handed over once, which costs less
 * than a call into the platform for each.
 */
async function forward(text, request, fields, env) {
  const lines = text.split('\n');
  const id = lines[3];
  let at = 5;
  for (const end = at + Number(lines[4]); at < end; at++) delete fields[lines[at]];
  for (; at + 1 < lines.length; at += 2) {
    if (lines[at + 1] === '') delete fields[lines[at]];
    else fields[lines[at]] = lines[at + 1];
  }
  fields['x-request-id'] = id;
  // A redirection is the client's to follow.
  const init = { headers: fields, redirect: 'manual' };
  let response;
  try {
    response = await (lines[1] === 'binding'
      ? env[lines[2]].fetch(request, init)
      : fetch(new Request(lines[2], request), init));
  } catch (error) {
    console.error(`${id}: ${error}`);
    return Response.json(
      { status: 502, error: 'the service did not answer' },
      { status: 502, headers: { 'x-request-id': id } },
    );
  }
  // A WebSocket goes through untouched; the origin has set our id already.
  if (response.webSocket || lines[2] === 'ORIGIN') return response;
  response = new Response(response.body, response);
  response.headers.set('x-request-id', id);
  return response;
}
