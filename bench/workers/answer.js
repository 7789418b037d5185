// answer-only: the upstream of every variant, and the floor of the machine.
let requests = 0;

export default {
  fetch() {
    requests++;
    return new Response("ok\n", { headers: { "content-type": "text/plain" } });
  },
};

export const calls = { fetch: () => Response.json({ requests }) };
