// Repeats one operation of the platform: `GET /?what=NAME&times=N`; `GET /` lists them.
const HEAD = 'x'.repeat(1000);
const NAMES = ['accept', 'host', 'user-agent', ...Array.from({ length: 11 }, (_, i) => `x-header-${i}`)];
const FIELDS = Object.fromEntries(NAMES.map((name) => [name, `the value of ${name}`]));
const REFUSAL = {
  'content-type': 'application/json', 'cache-control': 'no-store',
  'www-authenticate': 'Bearer realm="https://hanzo.id", error="invalid_token"', 'x-request-id': 'some id',
};

const memory = new Uint8Array(4096);
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const headers = new Headers(FIELDS);
const refusal = new Headers(REFUSAL);
const times = (count, act) => {
  for (let n = 0; n < count; n++) act(n);
};

/** Each text differs from those before, as the texts of requests do. */
const ACTS = {
  'a text of 1,000 characters made of two': (n) => (HEAD + n).charCodeAt(1),
  'that, and written to memory by a loop, as the glue does': (n) => {
    const text = HEAD + n;
    for (let at = 0; at < text.length; at++) memory[at] = text.charCodeAt(at);
  },
  'that, and written to memory by TextEncoder': (n) => encoder.encodeInto(HEAD + n, memory),
  'a text of 700 bytes read by TextDecoder': () => decoder.decode(memory.subarray(0, 700)),
  'Date.now()': () => Date.now(),
  'a header set on Headers': (n) => headers.set('x-header-0', `value ${n}`),
  '14 headers copied from Headers': () => new Headers(headers),
  '14 headers copied from an object': () => new Headers(FIELDS),
  '14 headers read': () => {
    for (const [name] of headers) name.length;
  },
  'a response with 4 headers of an object': () => new Response('refused', { status: 401, headers: REFUSAL }),
  'a response with 4 kept headers, one set': (n) => {
    refusal.set('x-request-id', `id ${n}`);
    return new Response('refused', { status: 401, headers: refusal });
  },
  'a response': () => new Response('ok'),
  'a response, copied with one more header': () => {
    const answer = new Response('ok');
    new Response(answer.body, answer).headers.set('x-request-id', 'some id');
  },
};

export default {
  fetch(request) {
    const { searchParams } = new URL(request.url);
    const what = searchParams.get('what');
    if (what === null) return Response.json(Object.keys(ACTS));
    times(Number(searchParams.get('times')), ACTS[what]);
    return new Response('done');
  },
};
