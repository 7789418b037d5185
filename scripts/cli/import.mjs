// `scripts/import`: converts a Casdoor dump and sends it, organization by organization.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Api } from "./api.mjs";
import { parse } from "./arguments.mjs";
import { convert } from "./casdoor.mjs";
import { Failure, run, usage } from "./errors.mjs";
import { plain, print } from "./output.mjs";
import { importFrom } from "./transfer.mjs";

async function read(file) {
  let text;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw usage(error.message);
  }
  try {
    const dump = JSON.parse(text);
    if (Array.isArray(dump.organizations)) return dump;
  } catch { /* the same refusal */ }
  throw usage(`${file} is not the JSON export of a Casdoor database`);
}

run("import", async (values) => {
  const { words, options } = parse(values);
  if (words.length !== 1) throw usage("needs a dump: see scripts/import");
  const { lines, notes } = convert(await read(words[0]), options.organization);
  for (const note of notes) process.stderr.write(`${plain(note)}\n`);
  if (lines.size === 0) throw new Failure("the dump has no organization to import", 1);
  if (options["convert-only"] && !options.output) throw usage("--convert-only needs --output FOLDER");
  if (options.output) {
    await mkdir(options.output, { recursive: true, mode: 0o700 });
    for (const [name, own] of lines) {
      const text = own.map((line) => `${JSON.stringify(line)}\n`).join("");
      await writeFile(join(options.output, `${name}.ndjson`), text, { mode: 0o600 });
    }
  }
  if (options["convert-only"]) return 0;
  const api = await Api.open(options);
  const rows = [];
  for (const [name, own] of lines) {
    const texts = own.map((line) => JSON.stringify(line));
    const total = await importFrom(api, name, texts, { existing: options.existing, dryRun: options["dry-run"] });
    rows.push({ organization: name, ...total });
  }
  print(rows, { ...options, columns: "organization,created,updated,skipped,refused" });
  return rows.some(({ refused }) => refused > 0) ? 1 : 0;
});
