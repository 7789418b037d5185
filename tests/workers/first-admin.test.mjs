// The last step of `scripts/deploy`: the rows that it writes into an empty database are an
// administrator who can sign in there and administer the platform (docs/OPERATIONS.md).
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { ROOT, startPair } from "../../scripts/local/pair.mjs";
import { Logs } from "../support/logs.mjs";
import { json } from "../support/world.mjs";

const PASSWORD = "it's a password; and long";
const EMAIL = "root@hanzo.example";
const logs = new Logs();

let pair;
before(async () => { pair = await startPair({ output: logs.add }); });
after(async () => {
  await pair.close();
  logs.assertClean([PASSWORD]);
});

const send = (path, body, cookie) => fetch(pair.base + path, {
  method: "POST",
  headers: { "content-type": "application/json", ...(cookie && { cookie }) },
  body: JSON.stringify(body),
});

test("the first administrator signs in and registers the first application", async () => {
  const env = { ...process.env, FIRST_ADMIN_EMAIL: EMAIL, FIRST_ADMIN_PASSWORD: PASSWORD };
  const { stdout: sql } = await promisify(execFile)(process.execPath, ["scripts/local/first-admin.mjs"], { cwd: ROOT, env });
  assert.ok(!sql.includes("a password"), "the hash only");
  const database = await pair.database();
  await database.exec(sql);
  await database.exec(sql); // may be repeated

  const person = { username: "root", password: PASSWORD };
  const login = await send("/v1/iam/login", { type: "login", application: "admin-console", ...person });
  const answer = await json(login);
  assert.equal(answer.status, "ok", JSON.stringify(answer));
  const [cookie] = login.headers.getSetCookie().map((text) => text.split(";")[0]);
  const me = await (await fetch(`${pair.base}/v1/iam/users/admin/root`, { headers: { cookie } })).json();
  assert.equal(me.email ?? me.user?.email ?? me.data?.email, EMAIL, JSON.stringify(me));

  const organization = await send("/v1/iam/organizations", { owner: "admin", name: "hanzo", displayName: "Hanzo" }, cookie);
  assert.ok(organization.ok, await organization.clone().text());
  const application = await send("/v1/iam/applications", {
    owner: "admin", organization: "hanzo", name: "hanzo-app", clientId: "hanzo-app", clientSecret: null,
    redirectUris: ["http://localhost:3000/callback"], isFirstParty: true, scopes: ["iam"],
  }, cookie);
  assert.ok(application.ok, await application.clone().text());
  const redirect = await fetch(`${pair.base}/v1/iam/applications/admin/admin-console`, {
    method: "PUT", headers: { "content-type": "application/json", cookie },
    body: JSON.stringify({ redirectUris: ["https://console.example/callback"] }),
  });
  assert.equal(redirect.status, 200, await redirect.clone().text());
});
