// Replaces the origin: the snapshots have everything that the edge needs. Any call other than for the
// revocation feed and the reports of calls would falsify the measurement, and is counted.
let revocations = 0;
let unexpected = 0;

// An empty page (src/core/revocation/page.rs): format 2, epoch 1, next 0, no more, no entries.
const EMPTY_PAGE = new Uint8Array(18);
EMPTY_PAGE[0] = 2;
EMPTY_PAGE[8] = 1;

export default {
  fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/internal/usage") return Response.json({ keys: [] });
    if (pathname === "/internal/revocations") {
      revocations++;
      return new Response(EMPTY_PAGE, { headers: { "content-type": "application/octet-stream" } });
    }
    unexpected++;
    console.error(`unexpected call to the origin: ${request.method} ${request.url}`);
    return Response.json({ status: 503, error: "no origin" }, { status: 503 });
  },
};

export const calls = { fetch: () => Response.json({ revocations, unexpected }) };
