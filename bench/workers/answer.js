// Answers, and nothing else: the upstream of every variant, and the floor of the machine.
export default {
  fetch() {
    return new Response("ok\n", { headers: { "content-type": "text/plain" } });
  },
};
