// Replaces Workers KV, which bare workerd lacks: the protocol of the KV binding (GET of the key's name)
// over a fixed set of values. All key records are the same.
let values, keys;
let edge = 0;
let records = 0;

export default {
  fetch(request, env) {
    values ??= JSON.parse(env.VALUES);
    keys ??= new Set(JSON.parse(env.KEYS));
    const name = decodeURIComponent(new URL(request.url).pathname.slice(1));
    if (name === "edge") edge++;
    else records++;
    const value = keys.has(name) ? env.KEY_RECORD : values[name];
    return value === undefined ? new Response("missing", { status: 404 }) : new Response(value);
  },
};

export const calls = { fetch: () => Response.json({ edge, records }) };
