// The commands of the README's section for administrators do what it says.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { credentials } from "../../scripts/local/demo.mjs";
import { ROOT } from "../../scripts/local/pair.mjs";
import { startWorld } from "../support/world.mjs";

let world, folder;
before(async () => {
  world = await startWorld();
  folder = await mkdtemp(join(tmpdir(), "readme-"));
  await mkdir(join(folder, ".dev"));
  const demo = credentials(world.pair, world.demo, world.made.keys);
  await writeFile(join(folder, ".dev/bootstrap.json"), JSON.stringify(demo));
});
after(async () => {
  await world.close();
  await rm(folder, { recursive: true });
});

test("the walk through administration works as written", async () => {
  const readme = await readFile(join(ROOT, "README.md"), "utf8");
  const [, section] = readme.split("## Administer it\n");
  const [, script] = /```sh\n([^]*?)```/.exec(section);
  // Each reply on a line of its own.
  const lines = script.replaceAll("curl -s", "curl -s -w '\\n'");
  const { stdout } = await promisify(execFile)("bash", ["-euo", "pipefail", "-c", lines], { cwd: folder });
  const replies = stdout.trim().split("\n").filter(Boolean).map((line) => JSON.parse(line));
  const [organization, themed, login, accepted, role, permission, decision, key, trail, verified] = replies;
  assert.equal(replies.length, 10, stdout);
  assert.equal(organization.name, "globex");
  assert.deepEqual(themed.themeData, { colorPrimary: "#0a7d55", borderRadius: 4 });
  assert.equal(login.status, "ok");
  assert.equal(accepted.status, "ok", JSON.stringify(accepted));
  assert.deepEqual(role.users, ["hanzo/bob"]);
  assert.deepEqual(permission.roles, ["globex/billing"]);
  assert.ok(JSON.stringify(decision).includes("true"), JSON.stringify(decision));
  assert.match(key.accessSecret ?? key.accessKey, /^hk-/);
  const actions = trail.auditLogs.map((entry) => entry.action);
  for (const action of ["createOrganization", "createInvitation", "acceptInvitation", "createRole", "createPermission", "createKey"]) {
    assert.ok(actions.includes(action), `${action}: ${actions}`);
  }
  assert.equal(verified.valid, true);
});
