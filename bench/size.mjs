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
import { read } from "../scripts/wasm.mjs";
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
