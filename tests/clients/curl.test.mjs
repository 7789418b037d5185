// The examples that README and `scripts/dev` give, by curl itself.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { claimsOf, startWorld } from "../support/world.mjs";

const run = promisify(execFile);
const curl = async (...options) => {
  const { stdout } = await run("curl", ["--silent", "--show-error", "--write-out", "\n%{http_code}", ...options]);
  const end = stdout.lastIndexOf("\n");
  return { status: Number(stdout.slice(end + 1)), body: stdout.slice(0, end) };
};

let world;
before(async () => { world = await startWorld(); });
after(() => world.close());

test("curl $BASE/v1/iam/users with an hk- key", async () => {
  const { status, body } = await curl(`${world.base}/v1/iam/users`, "-H", `Authorization: Bearer ${world.key()}`);
  assert.equal(status, 200, body);
  assert.ok(JSON.parse(body).users.some(({ name, owner }) => name === "alice" && owner === "hanzo"));
});

test("curl through the gateway with an hk- key", async () => {
  const { status, body } = await curl(`${world.base}/v1/echo/hello`, "-H", `Authorization: Bearer ${world.key()}`);
  assert.equal(status, 200, body);
  assert.equal(JSON.parse(body).headers["x-org-id"], "hanzo");
});

test("curl for a token of a client, then through the gateway", async () => {
  const { clientId, clientSecret } = world.client("hanzo-cloud");
  const token = await curl("-u", `${clientId}:${clientSecret}`, "-d", "grant_type=client_credentials", `${world.base}/v1/iam/oauth/token`);
  assert.equal(token.status, 200, token.body);
  const { access_token: bearer } = JSON.parse(token.body);
  const { status, body } = await curl(`${world.base}/v1/echo/hello`, "-H", `Authorization: Bearer ${bearer}`);
  assert.equal(status, 200, body);
  assert.equal(JSON.parse(body).headers["x-org-id"], "hanzo");
});

test("curl for a token for a resource (RFC 8707), then through the gateway", async () => {
  const { clientId, clientSecret } = world.client("hanzo-cloud");
  const ask = (resource) => curl(
    "-u", `${clientId}:${clientSecret}`, "-d", "grant_type=client_credentials",
    "--data-urlencode", `resource=${resource}`, `${world.base}/v1/iam/oauth/token`);
  const { status, body } = await ask("https://api.hanzo.ai");
  assert.equal(status, 200, body);
  const { access_token: bearer } = JSON.parse(body);
  assert.deepEqual(claimsOf(bearer).aud, ["https://api.hanzo.ai"]);
  assert.equal((await curl(`${world.base}/v1/echo/hello`, "-H", `Authorization: Bearer ${bearer}`)).status, 200);
  assert.equal(JSON.parse((await ask("https://other.example")).body).error, "invalid_target");
});

test("curl begins the device flow as the published clients do (WIRE §4.7)", async () => {
  for (const client of ["hanzo-app", "hanzo-cli"]) {
    const { status, body } = await curl(
      `${world.base}/v1/iam/oauth/device`, "-H", "Content-Type: application/json",
      "-d", JSON.stringify({ client_id: client, scope: "openid" }));
    assert.equal(status, 200, body);
    assert.match(JSON.parse(body).user_code, /^[A-HJ-NP-Z2-9]{8}$/);
  }
});

test("curl without a credential is refused", async () => {
  assert.equal((await curl(`${world.base}/v1/iam/users`)).status, 401);
  assert.equal((await curl(`${world.base}/v1/echo/hello`)).status, 401);
});

test("the curl of an operation on the reference page runs as it is written", async () => {
  const page = await (await fetch(`${world.base}/v1/iam/docs`)).text();
  const commands = new Map(page.split("<article id=").slice(1).map((article) => {
    const command = /<pre>(.*?)<\/pre>/s.exec(article)[1];
    return [/^\w+/.exec(article)[0], command.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&")];
  }));
  const env = { ...process.env, IAM: world.base, TOKEN: world.key("admin"), owner: "hanzo", name: "alice" };
  for (const [operation, expected] of Object.entries({
    getOpenapi: "200", listUsers: "200", listOrganizations: "200", listKeys: "200", getUser: "200", updateUser: "200",
    createUser: "200",
  })) {
    const { stdout } = await run("bash", ["-c", `${commands.get(operation)} -s -o /dev/null -w '%{http_code}'`], { env });
    assert.equal(stdout, expected, commands.get(operation));
  }
});
