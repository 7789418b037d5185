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

/** The line of JSON that the workers printed about the request of that answer: exactly one. */
function lineOf(world, answer) {
  const id = answer.headers.get("x-request-id");
  const lines = world.logs.text.split("\n").filter((line) => line.includes(id));
  assert.equal(lines.length, 1, world.logs.text);
  return JSON.parse(lines[0].slice(lines[0].indexOf("{"), lines[0].lastIndexOf("}") + 1));
}

test("each refusal and failure of the edge is printed in one line, with its request's id", async () => {
  const world = await startWorld({
    routes: [
      { service: "gone", upstream: { url: "http://127.0.0.1:9" } },
      { service: "unbound", upstream: { binding: "UNBOUND" } },
    ],
  });
  const key = world.key();
  const granted = await world.as(key, "/v1/echo/a");
  const answers = {
    gone: await world.as(key, "/v1/gone/x?q=private"),
    unbound: await world.as(key, "/v1/unbound/x"),
    anonymous: await world.fetch("/v1/echo/a?q=private"),
    nonsense: await world.as("nonsense", "/v1/echo/a"),
    exposed: await world.fetch(`/v1/echo/${key}/a`),
  };
  await world.close(); // which searches the lines for the key
  assert.equal(granted.status, 200);
  assert.ok(!world.logs.text.includes(granted.headers.get("x-request-id")));
  assert.ok(!world.logs.text.includes("private"));
  const lines = Object.entries(answers).map(([name, answer]) => [name, lineOf(world, answer)]);
  for (const [name, line] of lines) {
    assert.equal(line.event, "request");
    assert.equal(line.status, answers[name].status);
    assert.equal(line.method, "GET");
  }
  const { gone, unbound, anonymous, nonsense, exposed } = Object.fromEntries(lines);
  assert.deepEqual([gone.status, gone.level, gone.path], [502, "failure", "/v1/gone/x"]);
  assert.deepEqual([gone.caller.credential, gone.caller.organization], ["key", "hanzo"]);
  assert.ok(gone.cause);
  assert.deepEqual([unbound.status, unbound.caller], [502, gone.caller]);
  assert.deepEqual([anonymous.status, anonymous.level], [401, "refusal"]);
  assert.equal(nonsense.cause, "the credential is no JWT of ours");
  assert.deepEqual([exposed.status, exposed.path], [400, "/v1/echo/[redacted]/a"]);
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
