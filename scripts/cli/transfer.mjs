// Export and import of an organization: pages and parts of NDJSON.
import { createReadStream, createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { once } from "node:events";
import { usage } from "./errors.mjs";
import { plain } from "./output.mjs";

/** As the server has them, with room for the bytes of one more line. */
const LINES = 100;
const BYTES = 700_000;
/** Weak password hashes of one part: the server hashes each of them once more. */
const HASHES = 20;

const pathOf = (name, verb) => `/v1/iam/organizations/admin/${encodeURIComponent(name)}/${verb}`;

/** Writes the export of `name` to a file that only its owner reads, or to the standard output. */
export async function exportTo(api, name, { output, secrets = false } = {}) {
  const stream = output ? createWriteStream(output, { mode: 0o600, flags: "wx" }) : process.stdout;
  if (output) await once(stream, "open").catch((error) => { throw usage(error.message); });
  let objects = 0;
  for (let cursor = ""; cursor !== undefined;) {
    const query = { limit: "500", ...(cursor && { cursor }), ...(secrets && { secrets: "true" }) };
    const text = await (await api.request("GET", pathOf(name, "export"), { query })).text();
    const lines = text.trimEnd().split("\n");
    const end = JSON.parse(lines.pop());
    cursor = end.next;
    objects += lines.length;
    const kept = cursor === undefined ? [...lines, JSON.stringify(end)] : lines;
    if (!stream.write(kept.map((line) => `${line}\n`).join(""))) await once(stream, "drain");
  }
  if (output) {
    stream.end();
    await once(stream, "finish");
    process.stderr.write(`${objects - 1} objects\n`);
  }
}

/** The lines of a file, and `-` for the standard input. */
export async function* linesOf(file) {
  const input = file === "-" ? process.stdin : createReadStream(file);
  try {
    yield* createInterface({ input, crlfDelay: Infinity });
  } catch (error) {
    throw usage(error.message);
  }
}

/** The lines of a file. One that is empty, or has the header of an export and not its end, is an error after its last line. */
export async function* complete(lines) {
  let [header, last] = [undefined, undefined];
  for await (const line of lines) {
    last = parsed(line) ?? last;
    header ??= last;
    yield line;
  }
  if (last === undefined) throw usage("the file is empty");
  if (header.format !== undefined && last.end === undefined) {
    throw usage("the file ends early: its last line is not that of an export");
  }
}

/** The object of a line; nothing of a blank one. */
function parsed(line) {
  try {
    return line.trim() ? JSON.parse(line) : undefined;
  } catch {
    return {};
  }
}

const isHashed = (line) => line.includes('"password');

/** Parts that the server takes: `{ first, lines }`. */
async function* parts(lines, from) {
  let part = { first: from, lines: [] };
  let [number, bytes, hashes] = [0, 0, 0];
  for await (const line of lines) {
    number += 1;
    if (number < from) continue;
    const length = Buffer.byteLength(line) + 1;
    const isFull = part.lines.length === LINES || bytes + length > BYTES || (hashes === HASHES && isHashed(line));
    if (isFull && part.lines.length > 0) {
      yield part;
      part = { first: number, lines: [] };
      [bytes, hashes] = [0, 0];
    }
    part.lines.push(line);
    bytes += length;
    hashes += isHashed(line) ? 1 : 0;
  }
  if (part.lines.length > 0) yield part;
}

/**
 * Imports lines into `name`, part after part; returns the counts. What is refused, or imported in part, is
 * printed with its line. An import that was interrupted goes on with `from`, or is repeated as a whole.
 */
export async function importFrom(api, name, lines, { from = 1, existing, dryRun = false } = {}) {
  const total = { created: 0, updated: 0, skipped: 0, refused: 0 };
  for await (const part of parts(lines, from)) {
    const query = { first: String(part.first), ...(existing && { existing }), ...(dryRun && { dryRun: "true" }) };
    const sent = { query, body: `${part.lines.join("\n")}\n`, headers: { "content-type": "application/x-ndjson" } };
    let report;
    try {
      report = await (await api.request("POST", pathOf(name, "import"), sent)).json();
    } catch (error) {
      error.message += ` (go on with --from ${part.first})`;
      throw error;
    }
    for (const key of Object.keys(total)) total[key] += report[key];
    for (const { line, object, outcome, note } of report.lines) {
      if (note) process.stderr.write(`line ${line}: ${outcome} ${plain(object)}: ${plain(note)}\n`);
    }
  }
  return total;
}
