// The edge worker. wasm decides by the head of a request; this file carries the decision out, and
// bodies stream past wasm in both directions. Nearly every request is decided without an await; a new
// token waits for WebCrypto to check its signature.
//
// Most of the time here is the platform's handling of headers (`scripts/bench platform`), so a caller's
// Headers object is reused for its next call and only what differs is set.

import { delivered, passed, upload } from './delivery.js';
import { NONE, failed, failure, generation, head, settled, sound } from './instance.js';

/** The ticket of the last request. It goes on counting in a new wasm instance. */
let ticket = 0;

export default /* @__PURE__ */ ({
  fetch(request, env, context) {
    try {
      const wasm = sound(env);
      const its = head(request);
      const number = ticket = (ticket + 1) >>> 0;
      const { text, credential } = its;
      const length = written(wasm, text, 0, 3 * credential.length);
      const told = wasm.decide(length, written(wasm, credential, length, 0), number);
      if (told !== 0) return carryOut(read(wasm, told), request, its, wasm, env, context);
      return decideLater(wasm.check(number), number, request, its, wasm, env, context);
    } catch (error) {
      return failure(error, request);
    }
  },
});

const encoder = /* @__PURE__ */ new TextEncoder();
const decoder = /* @__PURE__ */ new TextDecoder();

/** The buffer in wasm's memory for request heads and decisions. Its length is 0 once memory has grown. */
let room;
let roomOf = -1;

function makeRoom(wasm, bytes) {
  if (roomOf === generation && room.length >= bytes) return;
  room = wasm.room(bytes);
  roomOf = generation;
}

/**
 * Writes a part of a request's head into the buffer at `at` and returns the number of bytes; `more`
 * bytes fit after it. The platform's encoder takes a third of the time of the glue's loop, and the
 * long credential is not concatenated first.
 */
function written(wasm, text, at, more) {
  if (text === '') return 0;
  makeRoom(wasm, at + 3 * text.length + more); // bytes of UTF-8 for a unit of UTF-16
  return encoder.encodeInto(text, at === 0 ? room : room.subarray(at)).written;
}

/** The text that wasm has written. */
function read(wasm, bytes) {
  makeRoom(wasm, bytes);
  return decoder.decode(room.subarray(0, bytes));
}

/** Has wasm renew the snapshot and the feed behind a request. */
function renew(wasm, context) {
  context.waitUntil(settled(wasm.renew()).catch(failed));
}

/** Decides after WebCrypto's `check` of a signature, or without one by `resolve`. */
function decideLater(check, number, request, its, wasm, env, context) {
  if (check === undefined) return resolved(request, its, wasm, env, context);
  const checked = (genuine) => {
    try {
      const told = wasm.decide_checked(number, genuine);
      return told === 0
        ? resolved(request, its, wasm, env, context)
        : carryOut(read(wasm, told), request, its, wasm, env, context);
    } catch (error) {
      return failure(error, request);
    }
  };
  return check.then(checked, (error) => {
    failed(error); // the check failed: neither genuine nor not
    return checked(undefined);
  });
}

/**
 * Decides a request that needs more than a signature. It continues after its client disconnects:
 * otherwise wasm would never free its state, and a client could exhaust the memory.
 */
async function resolved(request, its, wasm, env, context) {
  try {
    if (wasm.wants_renewal()) renew(wasm, context);
    const decided = settled(wasm.resolve(its.text, its.credential));
    context.waitUntil(decided.catch(() => {}));
    const decision = await decided;
    return await carryOut(decision, request, its, wasm, env, context);
  } catch (error) {
    return failure(error, request);
  }
}

/** Carries out a decision. wasm still has its identity headers: nothing else was decided since. */
function carryOut(decision, request, its, wasm, env, context) {
  if (decision === undefined) return failure('nothing was decided', request);
  const lines = new Lines(decision);
  if (lines.next() !== '') renew(wasm, context);
  return lines.next() === 'F'
    ? forward(lines, request, its, wasm, env, context)
    : answer(lines.next(), lines);
}

/** Reads the text of a decision (src/edge/http/decision.rs) line by line. */
class Lines {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  next() {
    const end = this.text.indexOf('\n', this.at);
    const line = this.text.slice(this.at, end);
    this.at = end + 1;
    return line;
  }

  /** The next line is a number; returns that many times `width` lines. */
  list(width) {
    let count = width * Number(this.next());
    if (count === 0) return NONE;
    const all = [];
    for (; count > 0; count--) all.push(this.next());
    return all;
  }

  rest() {
    return this.text.slice(this.at);
  }
}

/** A map that drops its oldest entry for a new one. */
class Bounded extends Map {
  constructor(limit) {
    super();
    this.limit = limit;
  }

  keep(key, value) {
    if (this.size >= this.limit && !this.has(key)) this.delete(this.keys().next().value);
    this.set(key, value);
    return value;
  }
}

/** Responses that differ only in the request's id, mostly refusals: status, headers, body. */
const answers = /* @__PURE__ */ new Bounded(64);

/** The most characters of a response that is kept. */
const SHORT = 1024;

function answer(id, lines) {
  const rest = lines.rest();
  const known = answers.get(rest) ?? prepared(lines, rest);
  known.init.headers.set('x-request-id', id); // copied by `Response`
  return new Response(known.body, known.init);
}

function prepared(lines, text) {
  const status = Number(lines.next());
  const headers = new Headers();
  set(headers, lines.list(2));
  const body = lines.rest();
  const made = { body: body === '' ? null : body, init: { status, headers } };
  return text.length > SHORT ? made : answers.keep(text, made);
}

function forward(lines, request, its, wasm, env, context) {
  const id = lines.next();
  const inquiry = lines.next();
  const seconds = Number(lines.next());
  const kind = lines.next();
  const place = lines.next();
  const told = lines.list(2);
  const changing = lines.list(2);
  const headers = kind === 'origin'
    ? new Headers(request.headers)
    : withIdentity(lines, its, request.headers, wasm);
  set(headers, changing);
  headers.set('x-request-id', id);
  const { method } = request;
  const missing = (error) => unanswered(error, id, request, its, env);
  const uploaded = upload(request);
  let answered;
  try {
    answered = sentOn(kind, place, request, headers, uploaded, env);
  } catch (error) {
    return missing(error); // the route names a binding that does not exist
  }
  if (inquiry !== '' && env[inquiry.split(' ', 1)] !== undefined) {
    context.waitUntil(inquired(inquiry, env));
  }
  let pass = (response) => named(passed(response, env), id, told);
  if (kind === 'origin') { // it has set x-request-id already
    pass = (response) => told.length === 0 ? response : named(new Response(response.body, response), id, told);
  }
  return delivered(answered, { method, sent: uploaded?.sent, seconds }, pass, missing);
}

/** Forwards a request. Redirects are returned to the client: an incoming request has `manual`. */
function sentOn(kind, place, request, headers, uploaded, env) {
  if (uploaded !== undefined) {
    const { method, url, cf } = request;
    const init = { method, headers, body: uploaded.body, redirect: 'manual', cf };
    return kind === 'url' ? fetch(place, init) : env[place].fetch(url, init);
  }
  return kind === 'url'
    ? fetch(new Request(place, request), { headers })
    : env[place].fetch(request, { headers });
}

/** Sets headers by name and value in turn, or deletes those with an empty value. */
function set(headers, pairs) {
  for (let at = 0; at < pairs.length; at += 2) {
    if (pairs[at + 1] === '') headers.delete(pairs[at]);
    else headers.set(pairs[at], pairs[at + 1]);
  }
}

/** The most characters of a client's own headers with which a call's Headers are kept. */
const FEW = 4096;

/** The Headers of the last call of a caller to a service, by the number of its identity headers. */
const identities = /* @__PURE__ */ new Bounded(1024);
let identitiesOf = -1;

/**
 * The Headers of a call: the client's without those that are not forwarded, and the identity. They are
 * those of the last call with the same identity headers if the client sent the same `fields` and the
 * same names of `changing` headers; the values of these are set for each call. `fetch` copies the
 * Headers, so the next call can reuse them.
 */
function withIdentity(lines, { fields, changing }, sent, wasm) {
  if (identitiesOf !== generation) {
    identities.clear(); // another instance numbers from 1
    identitiesOf = generation;
  }
  const removed = lines.list(1);
  const number = Number(lines.next());
  const last = identities.get(number);
  if (last !== undefined && last.fields === fields && areOf(last.changing, changing)) {
    // Unlike in `set`, an empty value is one.
    for (let at = 0; at < changing.length; at += 2) last.headers.set(changing[at], changing[at + 1]);
    return last.headers;
  }
  const headers = new Headers(sent);
  for (const name of removed) headers.delete(name);
  set(headers, new Lines(lines.rest() || wasm.identity_headers()).list(2));
  // Changing headers are forwarded, unless the client's Connection names them.
  if (fields.length <= FEW && changing.every((name, at) => at % 2 === 1 || !removed.includes(name))) {
    identities.keep(number, { headers, fields, changing });
  }
  return headers;
}

/** Whether two lists of name and value in turn have the same names. Headers come in their order. */
function areOf(one, other) {
  return one.length === other.length && one.every((name, at) => at % 2 === 1 || name === other[at]);
}

/**
 * Asks the platform's rate limiter, behind the response, whether a consumer has made too many calls in
 * this location. An inquiry is a binding, a key in it, and seconds. The operator may leave the binding
 * out.
 */
async function inquired(inquiry, env) {
  try {
    const [binding, key] = inquiry.split(' ', 2);
    const { success } = await env[binding].limit({ key });
    if (!success) sound(env).rate_limited(inquiry);
  } catch (error) {
    failed(error); // no result: the consumer is not limited
  }
}

/** Sets the request's id and `told` on a response. */
function named(response, id, told) {
  response.headers.set('x-request-id', id);
  set(response.headers, told);
  return response;
}

/** The response instead of one that failed with `error` or, without an error, came too late. */
function unanswered(error, id, request, { text, credential }, env) {
  try {
    const cause = error === undefined ? undefined : String(error);
    return answer(id, new Lines(sound(env).undelivered(`${id}\n${text}`, credential, cause)));
  } catch (error) {
    return failure(error, request);
  }
}
