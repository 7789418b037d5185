// A worker with counters around its bindings, which count what the platform bills.
// `GET /counts` returns `totals`, and `requests`: of each request the D1 round trips (a batch is
// one), how many of them wait for each other (`depth`), and the rows that they write. What the edge
// asks for itself (`/internal/…`: the revocation feed, reports of calls) is counted apart. `statements` are
// the texts of all statements, each with the rows that it has read.
import { AsyncLocalStorage } from 'node:async_hooks';
import worker from './index.js';

/** The request for which a binding is called. */
const current = new AsyncLocalStorage();

const totals = {};
const requests = [];

/** The texts of the statements so far, with the rows that each has read. */
const statements = {};

function count(what, times = 1) {
  const name = current.getStore()?.internal ? `for the edge: ${what}` : what;
  totals[name] = (totals[name] ?? 0) + times;
}

/**
 * One round trip to D1. It waits for every trip of its request that has ended before it starts, so
 * the longest chain is one more than the longest chain among those. `texts` are those of its statements.
 */
async function trip(texts, send) {
  const request = current.getStore() ?? {};
  const depth = request.ended + 1;
  request.trips++;
  request.depth = Math.max(request.depth, depth);
  count('D1 trips');
  const results = await send();
  request.ended = Math.max(request.ended, depth);
  for (const [index, { meta }] of results.entries()) {
    statements[texts[index]] = (statements[texts[index]] ?? 0) + meta.rows_read;
    count('D1 statements');
    count('D1 rows read', meta.rows_read);
    count('D1 rows written', meta.rows_written);
    request.written += meta.rows_written;
  }
  return results;
}

const statement = (sql, inner) => ({
  sql,
  inner,
  bind: (...values) => statement(sql, inner.bind(...values)),
  all: async () => (await trip([sql], async () => [await inner.all()]))[0],
});

const database = (inner) => ({
  prepare: (sql) => statement(sql, inner.prepare(sql)),
  batch: (all) => trip(all.map((one) => one.sql), () => inner.batch(all.map((one) => one.inner))),
});

/** `inner`, with each call of a method of `methods` counted under the name given there. */
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
    const { pathname } = new URL(request.url);
    if (pathname === '/counts') return Response.json({ totals, requests, statements });
    wrapped ??= Object.fromEntries(Object.entries(env).map(([name, binding]) =>
      [name, WRAPPED[name]?.(binding) ?? binding]));
    const internal = pathname.startsWith('/internal/');
    const own = { internal, trips: 0, ended: 0, depth: 0, written: 0 };
    if (wrapped.DB && !internal) requests.push(own);
    return current.run(own, () => {
      count('requests');
      return worker.fetch(request, wrapped, context);
    });
  },
};
