// refuse-only: returns the edge's response to a bad credential, the floor for junk.
const BODY = '{"error":"unauthorized","message":"Invalid token"}';

export default {
  fetch() {
    return new Response(BODY, {
      status: 401,
      headers: {
        "content-type": "application/json",
        "cache-control": "no-store",
        "www-authenticate": 'Bearer realm="https://hanzo.id", error="invalid_token"',
      },
    });
  },
};
