// A worker of ours with counters around its bindings: what it asks of the platform, which bills it.
// `GET /counts` tells them.
import worker from './index.js';

const counts = {};
const count = (what, times = 1) => (counts[what] = (counts[what] ?? 0) + times);

function billed(answer) {
  count('D1 queries');
  count('D1 rows read', answer.meta.rows_read);
  count('D1 rows written', answer.meta.rows_written);
  return answer;
}

const statement = (inner) => ({
  inner,
  bind: (...values) => statement(inner.bind(...values)),
  all: async () => billed(await inner.all()),
});

const database = (inner) => ({
  prepare: (sql) => statement(inner.prepare(sql)),
  batch: async (all) => (await inner.batch(all.map((one) => one.inner))).map(billed),
});

/** `inner`, each call of whose `methods` counts as what they say. */
const counted = (inner, methods) => Object.fromEntries(Object.entries(methods).map(([method, what]) =>
  [method, (...parameters) => {
    count(what);
    return inner[method](...parameters);
  }]));

const WRAPPED = {
  DB: database,
  SNAPSHOTS: (inner) => counted(inner, { get: 'KV reads', put: 'KV writes', delete: 'KV deletes', list: 'KV lists' }),
  ORIGIN: (inner) => counted(inner, { fetch: 'calls of the origin' }),
  ECHO: (inner) => counted(inner, { fetch: 'calls of the service' }),
  LIMIT_KEYS: (inner) => counted(inner, { limit: 'limiter' }),
  LIMIT_USERS: (inner) => counted(inner, { limit: 'limiter' }),
  LIMIT_ADDRESSES: (inner) => counted(inner, { limit: 'limiter' }),
};

let wrapped;

export default {
  fetch(request, env, context) {
    if (new URL(request.url).pathname === '/counts') return Response.json(counts);
    count('requests');
    wrapped ??= Object.fromEntries(Object.entries(env).map(([name, binding]) =>
      [name, WRAPPED[name]?.(binding) ?? binding]));
    return worker.fetch(request, wrapped, context);
  },
};
