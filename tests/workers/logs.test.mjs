// The search of the workers' logs for secrets, which every world ends with (ATTACKS H-117): that it
// sees what the workers print, and finds what must not be there.
import assert from "node:assert/strict";
import { test } from "node:test";
import { secretsIn } from "../support/logs.mjs";
import { startWorld } from "../support/world.mjs";

const OPAQUE = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

for (const [kind, line] of Object.entries({
  "API key": "unknown: hk-0123456789abcdefghijABCDEFGHIJ0123456789abcdefghijABCDEFGH",
  "API key of an earlier system": "unknown sk-live-0123456789abcdef0123456789abcdef",
  "client secret": `a client sent hs-${OPAQUE}`,
  JWT: 'claims of "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"',
  "Authorization header": "header Basic aGFuem8tY2xvdWQ6c2VjcmV0",
  cookie: "cookies theme=dark; hanzo_session=abc",
  parameter: "GET /callback?state=s&code=4711-0815",
  "opaque token": `no grant for ${OPAQUE}`,
  "known secret": "sign-in of alice with correct horse",
})) {
  test(`the search finds: ${kind}`, () => {
    assert.deepEqual(secretsIn("", ["correct horse"]), []);
    assert.ok(secretsIn(`first line\n4f2a: ${line}\nlast`, ["correct horse"]).length > 0, line);
  });
}

test("the search passes over what may be printed", () => {
  for (const line of [
    "983dda50-cb75-4967-8a1d-46e306a87879: no such table: users",
    `{"level":"warn","reason":"unknown key","kid":"${OPAQUE}","request":"8dc278cab8d96d620226fe7243cdf833"}`,
    "the code=x is not one, password= neither; Bearer realm",
    "hk- is a prefix; hanzo_session is a cookie's name",
  ]) {
    assert.deepEqual(secretsIn(line, [undefined, ""]), [], line);
  }
});

test("a failure is printed with its request's id, and the world has it", async () => {
  const world = await startWorld({ routes: [{ service: "gone", upstream: { url: "http://127.0.0.1:9" } }] });
  const answer = await world.as(world.key(), "/v1/gone/x");
  await world.close();
  assert.equal(answer.status, 502);
  assert.ok(world.logs.text.includes(answer.headers.get("x-request-id")), world.logs.text);
});

test("a world whose workers print a secret cannot be closed", async () => {
  const script = `export default {
    fetch(request) {
      console[request.headers.get("x-stream")](request.headers.get("x-secret"));
      return new Response();
    },
  };`;
  const edge = { serviceBindings: { LEAK: "leak" }, beside: [{ name: "leak", script }] };
  for (const stream of ["log", "error"]) {
    const world = await startWorld({ routes: [{ service: "leak", upstream: { binding: "LEAK" } }], edge });
    const { password } = world.user("frank");
    const headers = { "x-stream": stream, "x-secret": `it is ${password}` };
    await world.as(world.key(), "/v1/leak/x", { headers });
    await assert.rejects(world.close(), (error) => {
      assert.match(error.message, /known secret after "it is "/);
      assert.ok(!error.message.includes(password));
      return true;
    });
  }
});
