// What is sent on, and what comes back: within the deadline, as a response that the platform can
// send, and without what only the gateway may say on its host.

import { sound } from './instance.js';
import { final, isInterim } from './interim.js';

/** Bytes of a request body that is sent at once. */
const SMALL = 64 * 1024;

/**
 * The body of a request as it is forwarded, and a promise that resolves when it has been sent;
 * `undefined` if the request has no body or a small one. The deadline begins after the upload.
 */
export function upload(request) {
  if (request.method === 'GET' || request.method === 'HEAD') return undefined;
  const { body } = request;
  if (body === null) return undefined;
  const length = request.headers.get('content-length');
  if (length !== null && Number(length) <= SMALL) return undefined;
  const { readable, writable } = length === null
    ? new IdentityTransformStream()
    : new FixedLengthStream(Number(length));
  return { body: readable, sent: body.pipeTo(writable) };
}

/**
 * The response that `answered` promises, as `pass` makes it, or else what `missing` makes of the
 * error; `undefined` stands for a head that did not come within `seconds` after the request had been
 * `sent`. A body may take as long as it takes.
 */
export function delivered(answered, { method, sent, seconds }, pass, missing) {
  return new Promise((resolve) => {
    let timer;
    let waits = true;
    const settle = (response) => {
      if (!waits) return;
      waits = false;
      clearTimeout(timer);
      resolve(response);
    };
    const fail = (error) => { if (waits) settle(missing(error)); };
    const start = () => { if (waits) timer = setTimeout(fail, 1000 * seconds); };
    if (sent === undefined) start();
    else sent.then(start, start);
    answered.then((response) => {
      try {
        if (!waits) response.body?.cancel().catch(() => {});
        else if (isInterim(response)) final(response, method).then(pass).then(settle).catch(fail);
        else settle(pass(response));
      } catch (error) {
        fail(error);
      }
    }, fail);
  });
}

/**
 * Fields by which a service would speak for the whole host: its service workers and storage, its
 * transport and error reports, and whether its user is signed in.
 */
const WITHHELD = [
  'service-worker-allowed', 'clear-site-data', 'strict-transport-security', 'alt-svc', 'nel',
  'report-to', 'set-login',
];

/** Fields that few responses have: to go through the names once takes less than to delete each. */
const WATCHED = new Set([...WITHHELD, 'set-cookie']);

/** The response of a service as the client gets it, which is not yet named. */
export function passed(response, env) {
  const { status, webSocket } = response;
  if (!webSocket && (status < 200 || status > 599)) throw new Error(`the status is ${status}`);
  const ours = webSocket
    ? new Response(null, { status, webSocket, headers: response.headers })
    : new Response(response.body, response);
  for (const name of response.headers.keys()) {
    if (WATCHED.has(name)) {
      withhold(ours.headers, env);
      break;
    }
  }
  return ours;
}

function withhold(headers, env) {
  for (const name of WITHHELD) headers.delete(name);
  const cookies = headers.getSetCookie();
  headers.delete('set-cookie');
  const wasm = sound(env);
  for (const cookie of cookies) {
    if (!wasm.sets_our_cookie(cookie)) headers.append('set-cookie', cookie);
  }
}
