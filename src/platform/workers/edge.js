// The edge's events. `Edge` decides by the head of a request; here the decision is carried out,
// and bodies stream past wasm in both directions. Nearly every request is decided without a single
// await; a token that is new waits for its signature, which WebCrypto checks.
//
// What costs here is the platform's side of headers (`scripts/bench platform`). So headers are kept as
// the platform holds them, and only what differs is set.

import { delivered, passed, upload } from './delivery.js';
import { NONE, failed, failure, generation, head, settled, sound } from './instance.js';

/** Of the last request. Never begins anew, not even with a new wasm instance. */
let ticket = 0;

export default /* @__PURE__ */ ({
  fetch(request, env, context) {
    try {
      const wasm = sound(env);
      const its = head(request);
      const number = ++ticket;
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

/**
 * Where wasm reads the head of a request and writes what it decides; its length is 0 once wasm's
 * memory has grown.
 */
let room;
let roomOf = -1;

function makeRoom(wasm, bytes) {
  if (roomOf === generation && room.length >= bytes) return;
  room = wasm.room(bytes);
  roomOf = generation;
}

/**
 * Writes a part of the head of a request to where wasm reads it, `at` the place after the last, and
 * tells how many bytes that took; `more` bytes have room after it. The platform's encoder needs a
 * third of the time of the glue's loop; and what is long, the credential, is not made part of a
 * longer string first.
 */
function written(wasm, text, at, more) {
  if (text === '') return 0;
  makeRoom(wasm, at + 3 * text.length + more); // bytes of UTF-8 for a unit of UTF-16
  return encoder.encodeInto(text, at === 0 ? room : room.subarray(at)).written;
}

/** What wasm has written. */
function read(wasm, bytes) {
  makeRoom(wasm, bytes);
  return decoder.decode(room.subarray(0, bytes));
}

/** Renews, behind a request, what the origin told. */
function renew(wasm, context) {
  context.waitUntil(settled(wasm.renew()).catch(failed));
}

/** A request that has to wait: for WebCrypto's `check` if there is one, otherwise for the rest. */
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
    failed(error); // WebCrypto has no opinion
    return checked(undefined);
  });
}

/**
 * A request that takes more than a signature. It continues after its client disconnects: wasm
 * would never free its state otherwise, and a client could exhaust the memory.
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

/** `wasm` is asked for what a decision does not tell, before anything else is decided. */
function carryOut(decision, request, its, wasm, env, context) {
  if (decision === undefined) return failure('nothing was decided', request);
  const lines = new Lines(decision);
  if (lines.next() !== '') renew(wasm, context);
  return lines.next() === 'F'
    ? forward(lines, request, its, wasm, env, context)
    : answer(lines.next(), lines);
}

/** The text of a decision (src/edge/http/decision.rs), read line by line. */
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

  /** As many times `width` lines as the next line says. */
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

/** A map that forgets the oldest entry for a new one. */
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

/** Answers that differ in nothing but the request's id, mostly refusals: status, headers, body. */
const answers = /* @__PURE__ */ new Bounded(64);

/** Characters of an answer that is worth keeping. */
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
    return missing(error); // the binding that a route names is not there
  }
  if (inquiry !== '' && env[inquiry.split(' ', 1)] !== undefined) {
    context.waitUntil(inquired(inquiry, env));
  }
  let pass = (response) => named(passed(response, env), id, told);
  if (kind === 'origin') { // which has set our id already
    pass = (response) => told.length === 0 ? response : named(new Response(response.body, response), id, told);
  }
  return delivered(answered, { method, sent: uploaded?.sent, seconds }, pass, missing);
}

/** Sends a request on. A redirection is the client's to follow: an incoming request says so. */
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

/** Sets headers by name and value in turn; an empty value takes the header off. */
function set(headers, pairs) {
  for (let at = 0; at < pairs.length; at += 2) {
    if (pairs[at + 1] === '') headers.delete(pairs[at]);
    else headers.set(pairs[at], pairs[at + 1]);
  }
}

/** Characters of a client's own headers up to which a call's headers are kept. */
const FEW = 4096;

/** The headers of the last call of a caller to a service, by the number of the identity headers. */
const identities = /* @__PURE__ */ new Bounded(1024);
let identitiesOf = -1;

/**
 * The headers for a call: the client's without those that do not go along, and the identity. They
 * are those of the last call with the same identity headers, if the client sent the same `fields` and
 * headers of the same names besides; what changes from call to call, each call sets anew. `fetch`
 * copies them, so that the next call can go on from here.
 */
function withIdentity(lines, { fields, changing }, sent, wasm) {
  if (identitiesOf !== generation) {
    identities.clear(); // another instance counts from the beginning
    identitiesOf = generation;
  }
  const removed = lines.list(1);
  const number = Number(lines.next());
  const last = identities.get(number);
  if (last !== undefined && last.fields === fields && areOf(last.changing, changing)) {
    // Unlike ours, a header of the client's that is empty is there.
    for (let at = 0; at < changing.length; at += 2) last.headers.set(changing[at], changing[at + 1]);
    return last.headers;
  }
  const headers = new Headers(sent);
  for (const name of removed) headers.delete(name);
  set(headers, new Lines(lines.rest() || wasm.identity_headers()).list(2));
  // What changes goes along, unless the client's Connection names it.
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
 * Asks the platform's limiter, behind the response, whether there are too many calls of somebody
 * in this location. An inquiry is a binding, a key in it, and seconds; without the binding, which
 * the operator may leave out, nobody is asked.
 */
async function inquired(inquiry, env) {
  try {
    const [binding, key] = inquiry.split(' ', 2);
    const { success } = await env[binding].limit({ key });
    if (!success) sound(env).rate_limited(inquiry);
  } catch (error) {
    failed(error); // the limiter has no opinion
  }
}

/** The response, with the id of its request and `told`. */
function named(response, id, told) {
  response.headers.set('x-request-id', id);
  set(response.headers, told);
  return response;
}

/** The response in place of one that did not come: because of an error, or, without one, in time. */
function unanswered(error, id, request, { text, credential }, env) {
  try {
    const cause = error === undefined ? undefined : String(error);
    return answer(id, new Lines(sound(env).undelivered(`${id}\n${text}`, credential, cause)));
  } catch (error) {
    return failure(error, request);
  }
}
