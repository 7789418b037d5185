// The sizes of the workers, and the largest parts of the edge.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../../scripts/local/pair.mjs";
import { atMost } from "../report.mjs";
import { scratch } from "../world.mjs";

const run = promisify(execFile);
const LARGEST = 10;

export async function size() {
  const sizes = {};
  for (const service of ["edge", "origin"]) {
    const file = (name) => join(ROOT, "build", service, name);
    sizes[service] = {
      wasm: (await readFile(file("index.wasm"))).length, wasm_gzip: await gzipped(file("index.wasm")),
      js: (await readFile(file("index.js"))).length, js_gzip: await gzipped(file("index.js")),
    };
  }
  const bytes = (count) => count.toLocaleString("en");
  const notes = Object.entries(sizes).map(([service, its]) =>
    `${service}: wasm ${bytes(its.wasm)} bytes, ${bytes(its.wasm_gzip)} by gzip -9; `
    + `JavaScript ${bytes(its.js)} bytes, ${bytes(its.js_gzip)} by gzip -9`);
  let parts;
  try {
    parts = await partsOfEdge(sizes.edge.wasm);
    const listed = (title, them) => [
      "", title,
      ...them.slice(0, LARGEST).map(([name, count]) =>
        `${bytes(count).padStart(9)} ${`${((count / sizes.edge.wasm) * 100).toFixed(1)} %`.padStart(7)}  ${name}`),
    ];
    notes.push(
      ...listed("The ten largest parts of the edge (own modules, crates; inlined code counts for its caller):", parts.groups),
      ...listed("The ten largest single items:", parts.items));
  } catch (error) {
    notes.push(`NO LIST OF PARTS: ${error.message.split("\n")[0]} (scripts/setup --bench installs twiggy)`);
  }
  return {
    title: "Size",
    sizes, parts, notes,
    targets: [
      atMost("edge wasm, gzip", sizes.edge.wasm_gzip, 200_000, " bytes"),
      atMost("earlier: edge wasm, gzip", sizes.edge.wasm_gzip, 300_000, " bytes"),
      atMost("earlier: origin wasm, gzip", sizes.origin.wasm_gzip, 1_500_000, " bytes"),
    ],
  };
}

/** The size by the `gzip` command, as scripts/build prints it. */
async function gzipped(file) {
  const { stdout } = await run("gzip", ["-9", "-n", "-c", file], { encoding: "buffer", maxBuffer: 1 << 26 });
  return stdout.length;
}

/**
 * The parts of the edge by twiggy. The shipped module has no names. scripts/build keeps the input of
 * wasm-opt, and the same passes with names (-g) produce the same code.
 */
async function partsOfEdge(shipped) {
  const named = await scratch("named.wasm", "");
  const glue = join(ROOT, "build/edge/glue/glue_bg.wasm");
  await run("wasm-opt", ["-O3", "-g", "--strip-producers", "-o", named, glue]);
  const { stdout } = await run("twiggy", ["top", "-f", "json", named], { maxBuffer: 1 << 26 });
  const items = JSON.parse(stdout)
    .map(({ name, shallow_size: count }) => [tidied(name), count])
    .filter(([name]) => !/subsection|^Σ|^\.\.\. and/.test(name));
  const total = items.reduce((sum, [, count]) => sum + count, 0);
  if (Math.abs(total - shipped) > shipped / 50) {
    throw new Error(`the parts sum up to ${total} bytes, but ${shipped} are shipped`);
  }
  const groups = new Map();
  for (const [name, count] of items) groups.set(groupOf(name), (groups.get(groupOf(name)) ?? 0) + count);
  return { total, groups: largestFirst([...groups]), items: largestFirst(items).slice(0, 4 * LARGEST) };
}

const largestFirst = (pairs) => pairs.sort(([, a], [, b]) => b - a);

/** A symbol without the hashes of Rust. */
const tidied = (name) => name.replace(/::h[0-9a-f]{16}$/, "").replace(/\[[0-9a-f]{16}\]/g, "");

/** The crate of a symbol, or the module of this crate. */
function groupOf(name) {
  if (name.startsWith("data segment")) return "data (texts and tables)";
  // `<impl hanzo_iam::edge::Edge>` and `<a::B as c::D>::e` belong to the module of the impl; the first
  // path in them, the type's, is a good approximation.
  const ours = /hanzo_iam::(\w+)(?:::(\w+))?/.exec(name);
  if (ours) return `hanzo_iam::${[ours[1], ours[2]].filter((part) => /^[a-z]/.test(part ?? "")).join("::")}`;
  const crate = /(?:^|[<&( ])(?:mut |dyn )?([a-z_]\w*)::/.exec(name);
  if (crate) return crate[1];
  if (/shim|wbindgen|wbg/.test(name)) return "wasm-bindgen's glue";
  return "everything else (imports, exports, tables, unnamed)";
}
