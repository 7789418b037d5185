// `scripts/bench size`: what the origin's code consists of.
//
//     scripts/bench size [--json FILE]
//
// By the names of the functions before `wasm-opt` removes them. A handler is compiled into the machine of its endpoint,
// and code that several parts share counts for none of them: a part is a lower bound.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { machine, print, save } from "./report.mjs";

const { values: options } = parseArgs({ options: { json: { type: "string" } } });

/** The parts, by what a mangled name contains; the first that fits. */
const PARTS = [
  ["SAML", /4saml|saml_|bergshamra|uppsala|miniz/],
  ["Kerberos", /8kerberos|spnego|3cts/],
  ["LDAP", /4ldap|ldap_|10federation(?:9directory|4sync)/],
  ["OpenID Connect providers", /13relying_party|10federation5oauth|4p521/],
  ["what the four have in common", /10federation/],
  ["endpoints and their handlers", /6origin3api/],
  ["JSON", /10serde_json|serde_path_to_error|10serde_core/],
  ["the rest", /(?:)/],
];

const bytes = await readFile(`${process.env.CARGO_TARGET_DIR ?? "target"}/wasm32-unknown-unknown/release/hanzo_iam.wasm`);
const { functions, names, imported } = read(bytes);
assert.ok(names.size > 0, "the module has no names");

const found = new Map(PARTS.map(([part]) => [part, []]));
functions.forEach((code, index) => {
  const name = names.get(index + imported) ?? "";
  found.get(PARTS.find(([, pattern]) => pattern.test(name))[0]).push(code);
});
const rows = [...found].map(([part, codes]) => {
  const whole = Buffer.concat(codes);
  return { part, functions: codes.length, bytes: whole.length, gzip: gzipSync(whole, { level: 9 }).length };
});
const text = (number) => number.toLocaleString("en");
const section = {
  title: "the origin's code before wasm-opt",
  table: [["part", "functions", "bytes", "gzip"],
    ...rows.map((row) => [row.part, text(row.functions), text(row.bytes), text(row.gzip)])],
};
print.machine(machine());
print.section(section);
await save(options.json, { machine: machine(), rows });

/** The functions of a module with the names that its custom section gives them (WebAssembly Core, sections 5.5, 7.4). */
function read(module) {
  let at = 8;
  const number = () => {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = module[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  const chunk = () => {
    const size = number();
    at += size;
    return module.subarray(at - size, at);
  };
  const [functions, names] = [[], new Map()];
  let imported = 0;
  while (at < module.length) {
    const section = module[at++];
    const size = number();
    const end = at + size;
    if (section === 2) {
      for (let left = number(); left > 0; left--) {
        chunk(), chunk();
        assert.equal(module[at++], 0, "an import that is no function");
        number();
        imported += 1;
      }
    } else if (section === 10) {
      for (let left = number(); left > 0; left--) functions.push(chunk());
    } else if (section === 0 && chunk().toString() === "name") {
      while (at < end) {
        const kind = module[at++];
        const size = number();
        const after = at + size;
        if (kind === 1) for (let left = number(); left > 0; left--) names.set(number(), chunk().toString());
        at = after;
      }
    }
    at = end;
  }
  return { functions, names, imported };
}
