// The documents that comments cite, and the links between documents, lead somewhere.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../../scripts/local/pair.mjs";

const read = (file) => readFileSync(join(ROOT, file), "utf8");

/** The project's text files, which are those that git would keep. */
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: ROOT, encoding: "utf8" })
  .trimEnd().split("\n")
  .filter((file) => /\.(rs|mjs|js|sql|md|toml|txt)$/.test(file) && !file.startsWith("tests/vectors/"))
  .filter((file) => existsSync(join(ROOT, file)));

/** Every match of `pattern` outside `document`, as `{ file, cited }`. */
const citations = (pattern, document) => files.filter((file) => file !== document)
  .flatMap((file) => [...read(file).matchAll(pattern)].map(([, cited]) => ({ file, cited })));

test("a cited section of WIRE exists", () => {
  const document = "docs/contract/WIRE.md";
  const sections = new Set([...read(document).matchAll(/^#{2,3} (\d+(?:\.\d+)?)\.? /gm)].map(([, number]) => number));
  const cited = citations(/WIRE §(\d+(?:\.\d+)?)/g, document);
  assert.ok(cited.length > 50, `${cited.length} citations`);
  for (const { file, cited: section } of cited) assert.ok(sections.has(section), `${file}: WIRE §${section}`);
});

test("a cited attack exists", () => {
  const document = "docs/ATTACKS.md";
  const cases = new Set([...read(document).matchAll(/^- \*\*([A-H]-\d+)\*\*/gm)].map(([, id]) => id));
  assert.equal(cases.size, 120);
  const cited = citations(/ATTACKS ([A-H]-\d+)/g, document);
  assert.ok(cited.length > 50, `${cited.length} citations`);
  for (const { file, cited: id } of cited) assert.ok(cases.has(id), `${file}: ATTACKS ${id}`);
});

test("a link from one document to a file leads to it", () => {
  for (const file of files.filter((name) => name.endsWith(".md"))) {
    for (const [, target] of read(file).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g)) {
      assert.ok(existsSync(join(ROOT, dirname(file), target)), `${file}: ${target}`);
    }
  }
});
