// Stands in for Workers KV, which bare workerd lacks: speaks the protocol of the KV binding (GET
// of the key's name) over a fixed set of values.
let values;

export default {
  fetch(request, env) {
    values ??= JSON.parse(env.VALUES);
    const name = decodeURIComponent(new URL(request.url).pathname.slice(1));
    const value = values[name];
    return value === undefined ? new Response("missing", { status: 404 }) : new Response(value);
  },
};
