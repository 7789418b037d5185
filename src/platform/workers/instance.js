// The wasm instance of this isolate, and how the isolate outlives a trap in it.
//
// Nothing in the crate panics on purpose, and lints forbid what could. Should wasm trap all the
// same, its memory can no longer be trusted: requests that wait for it get 500, and the next request
// starts with a fresh instance, which takes over the counters of the limits. An error of the
// platform (a status that no response can have, a connection that was cut) is not a trap and costs
// one request.

import * as wasm from 'glue';
import module from './index.wasm';

wasm.initSync({ module });

/** How each request that waits for wasm is told that it waits in vain. */
const waiting = new Set();
/** Which instance it is; a pointer into the memory of one is invalid in the next. */
export let generation = 0;
let configured = false;
let broken = false;
/** The counters of the instance before this one, until this one has them. */
let counters;

/**
 * The exports. None of them throws on purpose, so that one which throws has trapped, or exhausted the
 * stack, or left an import half-way: the instance is given up.
 */
const exports = Object.fromEntries(Object.entries(wasm).map(([name, call]) => [
  name,
  (one, two, three) => {
    try {
      return call(one, two, three);
    } catch (error) {
      giveUp(error);
      throw error;
    }
  },
]));

/** The exports of a sound, configured instance. */
export function sound(env) {
  if (broken) {
    counters = saved() ?? counters;
    wasm.__wbg_reset_state();
    broken = false;
    configured = false;
    generation++;
  }
  if (!configured) {
    configure(env);
    configured = true;
    if (counters !== undefined) exports.restore_counters(counters);
    counters = undefined;
  }
  return exports;
}

/** Configures the instance. It throws when a setting is wrong, which is no trap. */
function configure(env) {
  try {
    wasm.configure(env, (message) => giveUp(new Error(message)));
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) giveUp(error);
    throw error;
  }
}

/** The counters of an instance that is given up, as far as they can be read; only the edge has some. */
function saved() {
  try {
    return exports.counters?.();
  } catch (error) {
    return failed(error);
  }
}

/** Logs a failure that wasm cannot tell of, in the form of src/core/log.rs. */
export function failed(error, line = { event: 'worker' }) {
  console.error(JSON.stringify({ level: 'failure', ...line, cause: String(error?.stack ?? error) }));
}

function giveUp(error) {
  broken = true;
  for (const reject of waiting) reject(error);
  waiting.clear();
}

/** The result of an asynchronous export; rejected too when the instance traps meanwhile. */
export function settled(promise) {
  return new Promise((resolve, reject) => {
    waiting.add(reject);
    promise.then(
      (value) => { waiting.delete(reject); resolve(value); },
      (error) => { waiting.delete(reject); reject(error); },
    );
  });
}

/** Headers whose values are other ones in nearly each call of a client. */
const CHANGING = new Set(['cf-ray', 'content-length', 'idempotency-key', 'traceparent', 'tracestate']);

/**
 * The head of a request (src/core/request_head.rs): `text`, and `credential`, which is the value of
 * `authorization` if there is one. `fields` are the other headers, by which two calls of a caller
 * seldom differ; `changing` has name and value in turn of those that do.
 */
export function head(request) {
  let credential = '';
  let fields = '';
  let address = '';
  let changed = '';
  let changing = NONE;
  request.headers.forEach((value, name) => { // an iterator costs the platform a third more
    if (name === 'authorization') {
      credential = value;
    } else if (CHANGING.has(name)) {
      changed += `\n${name}\n${value}`;
      if (changing === NONE) changing = [];
      changing.push(name, value);
    } else {
      fields += `\n${name}\n${value}`;
      if (name === 'cf-connecting-ip') address = value;
    }
  });
  const text = `${request.method}\n${request.url}\n${address}${fields}${changed}`;
  return { text, credential, fields, changing };
}

/** No names and values. */
export const NONE = [];

/** When nothing better can be said of a request than that there was an error. */
export function failure(error, { method }) {
  const status = 500;
  const requestId = crypto.randomUUID();
  failed(error, { event: 'request', requestId, method, status });
  return Response.json(
    { status, error: 'the request could not be answered' },
    { status, headers: { 'x-request-id': requestId, 'access-control-allow-origin': '*' } },
  );
}
