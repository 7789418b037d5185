// The edge's events. `Edge` decides by the head of a request; here the decision is carried out,
// and bodies stream past wasm in both directions. Nearly every request is decided without a single
// await; a token that is new waits for its signature, which WebCrypto checks.

import { failed, failure, head, settled, sound } from './instance.js';

/** Of the last request. Never begins anew, not even with a new wasm instance. */
let ticket = 0;

export default /* @__PURE__ */ ({
  fetch(request, env, context) {
    const fields = Object.create(null);
    try {
      const wasm = sound(env);
      const text = head(request, fields);
      const number = ++ticket;
      const decision = wasm.decide(text, number);
      if (wasm.wants_renewal()) context.waitUntil(settled(wasm.renew()).catch(failed));
      if (decision !== undefined) return carryOut(decision, request, fields, env, context);
      return decideLater(wasm, wasm.check(number), number, text)
        .then((later) => carryOut(later, request, fields, env, context))
        .catch(broken);
    } catch (error) {
      return broken(error);
    }
  },
});

/** The decision about a request that has to wait, for WebCrypto or for something else. */
async function decideLater(wasm, check, number, text) {
  if (check !== undefined) {
    let genuine;
    try {
      genuine = await check;
    } catch (error) {
      failed(error); // WebCrypto has no opinion
    }
    const decision = wasm.decide_checked(number, genuine);
    if (decision !== undefined) return decision;
  }
  return settled(wasm.resolve(text));
}

function broken(error) {
  failed(error);
  return failure();
}

function carryOut(decision, request, fields, env, context) {
  if (decision === undefined) return failure();
  return decision.charCodeAt(0) === 70 /* F */
    ? forward(decision, request, fields, env, context)
    : answer(decision);
}

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
  const headers = { 'x-request-id': line() };
  for (let count = Number(line()); count > 0; count--) headers[line()] = line();
  const body = text.slice(at);
  return new Response(body === '' ? null : body, { status, headers });
}

/**
 * `F`, `binding` or `fetch`, binding's name or whole address, request id, draft, inquiry of the
 * platform's limiter if there is any, number of headers for the answer, name and value of each,
 * number of headers to remove, each, then name and value of each header to set (removed if it is
 * empty).
 *
 * `fields` are the client's headers. They are amended here and handed over once, which costs less
 * than a call into the platform for each.
 */
function forward(text, request, fields, env, context) {
  const lines = text.split('\n');
  const place = lines[2];
  const id = lines[3];
  let at = 7 + 2 * Number(lines[6]);
  const told = at === 7 ? NOTHING : lines.slice(7, at);
  for (const end = ++at + Number(lines[at - 1]); at < end; at++) delete fields[lines[at]];
  for (; at + 1 < lines.length; at += 2) {
    if (lines[at + 1] === '') delete fields[lines[at]];
    else fields[lines[at]] = lines[at + 1];
  }
  fields['x-request-id'] = id;
  // A redirection is the client's to follow.
  const init = { headers: lines[4] === '' ? fields : drafted(lines[4], fields), redirect: 'manual' };
  let answered;
  try {
    answered = lines[1] === 'binding'
      ? env[place].fetch(request, init)
      : fetch(new Request(place, request), init);
  } catch (error) {
    return unanswered(error, id); // the binding that a route names is not there
  }
  if (lines[5] !== '' && env[lines[5].split(' ', 1)] !== undefined) {
    context.waitUntil(inquired(lines[5], env));
  }
  // The origin has set our id already.
  const through = place === 'ORIGIN' ? (response) => response : (response) => named(response, id, told);
  return answered.then(through, (error) => unanswered(error, id));
}

/** No headers. */
const NOTHING = [];

/**
 * Asks the platform's limiter, behind the response, whether there are too many calls of somebody
 * in this location. An inquiry is a binding, a key in it, and seconds; without the binding, which
 * the operator may leave out, nobody is asked.
 */
async function inquired(inquiry, env) {
  try {
    const [binding, key] = inquiry.split(' ', 2);
    const { success } = await env[binding].limit({ key });
    if (!success) sound(env).too_many(inquiry);
  } catch (error) {
    failed(error); // the limiter has no opinion
  }
}

/** How many drafts are kept, of callers who come back soon (src/edge/introduction.rs). */
const DRAFTS = 1024;

/** The headers of the last call of a caller to a service, as the platform holds them. */
const drafts = new Map();

/**
 * `fields` as the platform holds headers: those of the last call with the same `name`, with what
 * differs. Most of them are the same, and need not cross into the platform again. `fetch` copies
 * them, so that the next call can go on from here.
 */
function drafted(name, fields) {
  const draft = drafts.get(name);
  if (draft === undefined) {
    if (drafts.size >= DRAFTS) drafts.delete(drafts.keys().next().value);
    const headers = new Headers(fields);
    drafts.set(name, { headers, fields });
    return headers;
  }
  const { headers, fields: last } = draft;
  draft.fields = fields;
  for (const field in fields) {
    if (fields[field] !== last[field]) headers.set(field, fields[field]);
  }
  for (const field in last) {
    if (fields[field] === undefined) headers.delete(field);
  }
  return headers;
}

/** The answer, with the id of its request and `told`. A WebSocket goes through untouched. */
function named(response, id, told) {
  if (response.webSocket) return response;
  const renamed = new Response(response.body, response);
  renamed.headers.set('x-request-id', id);
  for (let at = 0; at < told.length; at += 2) renamed.headers.set(told[at], told[at + 1]);
  return renamed;
}

function unanswered(error, id) {
  console.error(`${id}: ${error}`);
  return Response.json(
    { status: 502, error: 'the service did not answer' },
    { status: 502, headers: { 'x-request-id': id } },
  );
}
