// Stands in for the origin: everything that the edge needs is in its snapshots, so a call here
// means that the measurement does not measure what it says.
export default {
  fetch(request) {
    console.error(`unexpected call to the origin: ${request.method} ${request.url}`);
    return Response.json({ status: 503, error: "no origin" }, { status: 503 });
  },
};
