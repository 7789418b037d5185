// `scripts/iam` against the real workers: the device flow, commands of the OpenAPI document, export and import.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ROOT } from "../../scripts/local/pair.mjs";
import { startWorld } from "../support/world.mjs";

let world, folder;
before(async () => {
  world = await startWorld();
  folder = await mkdtemp(join(tmpdir(), "iam-cli-"));
});
after(async () => {
  await world?.close();
  if (folder) await rm(folder, { recursive: true });
});

const environment = (more = {}) => ({
  PATH: process.env.PATH, HOME: folder, XDG_CONFIG_HOME: join(folder, "config"), XDG_CACHE_HOME: join(folder, "cache"),
  IAM_SERVER: world.base, ...more,
});

/** Runs the command; returns its exit code and output. */
function iam(words, more) {
  return new Promise((resolve) => {
    execFile(`${ROOT}/scripts/iam`, words, { env: environment(more), cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr });
    });
  });
}

const asRoot = () => ({ IAM_TOKEN: world.key("admin") });
const asAlice = () => ({ IAM_TOKEN: world.key() });

/** Approves the user code as a person in a browser does. */
async function approve(userCode, name) {
  const { owner, password } = world.user(name);
  const login = await world.fetch("/v1/iam/login", {
    method: "POST", headers: { "content-type": "application/json" },
    body: JSON.stringify({ type: "login", application: "hanzo-cli", organization: owner, username: name, password }),
  });
  const cookie = login.headers.getSetCookie().map((line) => line.split(";")[0]).join("; ");
  const approved = await world.fetch("/v1/iam/login", {
    method: "POST", headers: { "content-type": "application/json", cookie, origin: world.base },
    body: JSON.stringify({ type: "device", userCode, application: "hanzo-cli", organization: owner }),
  });
  assert.equal((await approved.json()).status, "ok");
}

test("a person signs in by the device flow, and the token is readable by its owner only", async () => {
  assert.equal((await iam(["users", "list"])).code, 3);
  const child = spawn(`${ROOT}/scripts/iam`, ["login", "--server", world.base], { env: environment() });
  let text = "";
  const code = await new Promise((resolve) => {
    child.stderr.setEncoding("utf8").on("data", (chunk) => {
      text += chunk;
      const found = /approve the code (\w+)/.exec(text);
      if (found) resolve(found[1]);
    });
  });
  const ended = new Promise((resolve) => { child.on("exit", resolve); });
  await approve(code, "alice");
  assert.equal(await ended, 0, text);
  const file = join(folder, "config/hanzo-iam/credentials.json");
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const { accessToken } = JSON.parse(await readFile(file, "utf8")).signedIn[world.base];
  assert.ok(!text.includes(accessToken));

  const users = await iam(["users", "list", "--owner", "hanzo"]);
  assert.equal(users.code, 0, users.stderr);
  const [head, ...rows] = users.stdout.trimEnd().split("\n");
  assert.match(head, /^owner +name +/);
  assert.ok(rows.some((row) => /^hanzo +alice /.test(row)), users.stdout);

  assert.equal((await iam(["logout"])).code, 0);
  const again = await iam(["users", "list"]);
  assert.equal(again.code, 3);
  assert.match(again.stderr, /not signed in/);
});

test("commands come from the OpenAPI document of the server", async () => {
  const help = await iam(["help"]);
  for (const verb of ["list", "create", "get", "update", "delete"]) assert.match(help.stdout, new RegExp(`^  users .*\\b${verb}\\b`, "m"));
  const group = await iam(["help", "keys"]);
  assert.match(group.stdout, /iam keys create\n {4}Creates a key/);
  assert.match(group.stdout, /--display-name/);

  const made = await iam(["users", "create", "--owner", "hanzo", "--name", "cli", "--display-name", "Made by the CLI", "--is-admin", "false", "--json"], asAlice());
  assert.equal(made.code, 0, made.stderr);
  assert.equal(JSON.parse(made.stdout).displayName, "Made by the CLI");
  const got = await iam(["users", "get", "hanzo/cli", "--json"], asAlice());
  assert.equal(JSON.parse(got.stdout).name, "cli");
  const changed = await iam(["call", "updateUser", "hanzo", "cli", "--data", '{"displayName":"Twice"}', "--json"], asAlice());
  assert.equal(JSON.parse(changed.stdout).displayName, "Twice", changed.stderr);
  const key = await iam(["keys", "create", "--name", "cli-key", "--scope", "read:*", "--json"], asAlice());
  assert.match(JSON.parse(key.stdout).accessSecret, /^hk-/, key.stderr);
  const plain = await iam(["users", "get", "hanzo/cli"], asAlice());
  assert.match(plain.stdout, /^displayName +Twice$/m);
});

test("what goes wrong is told on the standard error, with an exit code of its own", async () => {
  for (const [words, code, reason] of [
    [["users", "get", "hanzo/nobody"], 1, /^iam: 404 /],
    [["users", "list", "--owner", "acme"], 1, /^iam: 403 /],
    [["users", "fly"], 2, /there is no command users fly/],
    [["users", "list", "--wings", "2"], 2, /has no --wings/],
    [["users", "list", "--limit", "many"], 2, /--limit must be a number/],
    [["users", "get"], 2, /takes <owner> <name>/],
    [["call", "noSuchOperation"], 2, /no operation noSuchOperation/],
  ]) {
    const { code: actual, stderr, stdout } = await iam(words, asAlice());
    assert.equal(actual, code, `${words}: ${stderr}`);
    assert.match(stderr, reason);
    assert.equal(stdout, "");
  }
  assert.equal((await iam(["users", "list"], { IAM_TOKEN: "hk-wrong" })).code, 3);
  assert.equal((await iam(["users", "list"], { ...asAlice(), IAM_SERVER: "http://127.0.0.1:1" })).code, 4);
  const insecure = await iam(["users", "list"], { ...asAlice(), IAM_SERVER: "http://iam.example" });
  assert.equal(insecure.code, 2);
  assert.match(insecure.stderr, /must be https/);
});

test("a name with control characters does not reach the terminal", async () => {
  const { plain, table } = await import("../../scripts/cli/output.mjs");
  assert.equal(plain("a\u001b[2Jb\u202ec"), "a\ufffd[2Jb\ufffdc");
  assert.ok(!table([{ owner: "x", name: "\u001b]0;t\u0007" }]).includes("\u001b"));
});

test("the audit trail is shown", async () => {
  const tail = await iam(["audit", "tail", "--owner", "hanzo", "--limit", "50"], asAlice());
  assert.equal(tail.code, 0, tail.stderr);
  assert.match(tail.stdout, /createUser/);
});

test("an organization is exported, and imported again without a change", async () => {
  const file = join(folder, "acme.ndjson");
  const exported = await iam(["export", "acme", "--output", file, "--secrets"], asRoot());
  assert.equal(exported.code, 0, exported.stderr);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const lines = (await readFile(file, "utf8")).trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(lines[0].format, "hanzo-iam-organization");
  assert.deepEqual(lines.at(-1), { end: true });
  const imported = await iam(["import", "acme", file, "--json"], asRoot());
  const { created, skipped, refused } = JSON.parse(imported.stdout);
  assert.equal(refused, 0, imported.stderr);
  assert.ok(skipped > 0 && created <= lines.filter(({ kind }) => kind === "membership").length, imported.stdout);
  for (const [text, why] of [["", /the file is empty/], [JSON.stringify(lines[0]), /the file ends early/]]) {
    const cut = join(folder, "cut.ndjson");
    await writeFile(cut, text);
    const refused = await iam(["import", "acme", cut, "--json"], asRoot());
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, why);
  }

  const users = Array.from({ length: 230 }, (_, index) => JSON.stringify({ kind: "user", object: { owner: "acme", name: `many-${index}` } }));
  const many = join(folder, "many.ndjson");
  await writeFile(many, `${users.join("\n")}\n${JSON.stringify({ kind: "user", object: { owner: "hanzo", name: "x" } })}\n`);
  const report = await iam(["import", "acme", many, "--json"], asRoot());
  assert.equal(report.code, 1);
  assert.deepEqual(JSON.parse(report.stdout), { created: 230, updated: 0, skipped: 0, refused: 1 });
  assert.match(report.stderr, /line 231: refused/);
});
