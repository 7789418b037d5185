// The tables of `calls/`: what each call of a published SDK means here, and what comes of it.
//
//     call | operation | outcome
//
// `operation` is the operation id of `docs/ENDPOINTS.md`, several with commas, or `-`. `outcome` is `works` (the call returns what
// it promises), `refused: TEXT` (it fails, and TEXT is a part of what the program is told) or `later: WHAT`
// (refused until that is built: `sign-in …` or `federation …`). UPDATE_GOLDEN=1 rewrites the outcomes; review the difference.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../../scripts/local/pair.mjs";

const path = (name) => join(ROOT, "tests/clients/sdks/calls", `${name}.txt`);
const HEAD = (title) => `# ${title}\n# call | operation | outcome: see ../tables.mjs\n`;

/** The rows of a table by call, and its title. */
export function read(name) {
  const lines = existsSync(path(name)) ? readFileSync(path(name), "utf8").split("\n") : [];
  const rows = new Map();
  for (const line of lines.filter((line) => line && !line.startsWith("#"))) {
    const [call, operation, outcome] = line.split(" | ").map((part) => part.trim());
    rows.set(call, { operation, outcome });
  }
  return { title: lines[0]?.slice(2) ?? name, rows };
}

/** How many calls there are, and how many do what they promise. */
export function counted(tried) {
  const works = tried.filter(({ outcome }) => outcome === "works").length;
  return { tried: tried.length, works, refused: tried.length - works };
}

const OUTCOME = /^(works|refused: .+|later: (sign-in|federation) \(.+\))$/;

/** The rows that are not as described above, with `operations` as the operation ids. */
export function malformed({ rows }, operations) {
  const isKnown = (operation) => operation === "-" || operation.split(", ").every((id) => operations.has(id));
  const isSound = ({ operation, outcome }) => isKnown(operation) && OUTCOME.test(outcome);
  return [...rows].filter(([, row]) => !isSound(row)).map(([call, row]) => `${call} | ${row.operation} | ${row.outcome}`);
}

/** Why `tried` is not what the table says, one line a call; nothing if it is. */
export function differences({ rows }, tried) {
  const wrong = [];
  for (const { call, outcome, text } of tried) {
    const expected = rows.get(call)?.outcome;
    if (!isExpected(expected, outcome, text)) {
      wrong.push(`${call}: expected ${expected ?? "no such call"}, got ${outcome}: ${text}`);
    }
  }
  const calls = new Set(tried.map(({ call }) => call));
  for (const call of rows.keys()) if (!calls.has(call)) wrong.push(`${call}: not tried`);
  return wrong;
}

function isExpected(expected, outcome, text) {
  if (expected === undefined || outcome === "untried" || outcome === "misshapen") return false;
  if (expected === "works") return outcome === "works";
  if (expected.startsWith("later: ")) return outcome === "refused" && isClear(text);
  return expected.startsWith("refused: ") && outcome === "refused" && text.includes(expected.slice(9));
}

/** Whether a person can read why: not HTML, and not the SDK's stumble over an unexpected reply. */
const isClear = (text) => text !== "" && !/<html|^'\w+'$|undefined|NoneType|JSONDecode/.test(text);

/** Writes what was tried, with the operations that the table has. */
export function update(name, { title, rows }, tried) {
  const line = ({ call, outcome, text }) => {
    const known = rows.get(call);
    const keeps = known && isExpected(known.outcome, outcome, text);
    return `${call} | ${known?.operation ?? "?"} | ${keeps ? known.outcome : outcome === "works" ? outcome : `${outcome}: ${text}`}`;
  };
  mkdirSync(join(ROOT, "tests/clients/sdks/calls"), { recursive: true });
  writeFileSync(path(name), HEAD(title) + tried.map(line).join("\n") + "\n");
}
