// Which sources `scripts/build` builds each worker from, which decides when it builds it again.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { ROOT } from "../../scripts/local/pair.mjs";

const run = promisify(execFile);

const sourcesOf = async (service) => {
  const { stdout } = await run(join(ROOT, "scripts/build"), ["--sources", service]);
  return stdout.trimEnd().split("\n");
};
const [edge, origin] = await Promise.all(["edge", "origin"].map(sourcesOf));

/** The files below a folder. */
const filesOf = async (folder) => {
  const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length));
};

test("an edit of the origin builds the origin and not the edge", async () => {
  for (const file of await filesOf("src/origin")) {
    assert.ok(origin.includes(file), file);
    assert.ok(!edge.includes(file), file);
  }
});

test("an edit of the edge builds the edge and not the origin", async () => {
  for (const file of await filesOf("src/edge")) {
    assert.ok(edge.includes(file), file);
    assert.ok(!origin.includes(file), file);
  }
});

test("an edit of what both share builds both", async () => {
  const shared = await Promise.all(["src/core", "src/ports", "src/platform/workers"].map(filesOf));
  const single = ["src/lib.rs", "Cargo.toml", "Cargo.lock", ".cargo/config.toml", "package-lock.json"];
  for (const file of [...shared.flat(), ...single]) {
    assert.ok(edge.includes(file) && origin.includes(file), file);
  }
});

test("an edit of an embedded file builds the worker that embeds it", async () => {
  for (const [service, sources] of Object.entries({ edge, origin })) {
    for (const source of sources.filter((file) => file.endsWith(".rs"))) {
      const text = await readFile(join(ROOT, source), "utf8");
      for (const [, embedded] of text.matchAll(/include_(?:str|bytes)!\("([^"]+)"\)/g)) {
        const file = relative(ROOT, join(ROOT, dirname(source), embedded));
        // Vectors are embedded by modules of tests, which no worker has.
        assert.ok(sources.includes(file) || file.startsWith("tests/"), `${service}: ${source} embeds ${file}`);
      }
    }
  }
});

test("an edit of what orders the origin's functions builds the origin and not the edge", () => {
  for (const file of ["scripts/order.mjs", "scripts/wasm.mjs"]) {
    assert.ok(origin.includes(file), file);
    assert.ok(!edge.includes(file), file);
  }
});
