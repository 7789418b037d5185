// Prints results, as the Markdown tables that docs/PERFORMANCE.md has, and saves them. A section of a
// report is `{ title, rows, ratios, table, notes, targets }`, all but the title optional.
import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";

/** The machine on which it was measured. */
export const machine = () => ({ cpu: cpus()[0]?.model, cpus: cpus().length, node: process.version });

/** Writes a report to `file`, if one is named. */
export async function save(file, report) {
  if (file) await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
}

/** A target, and whether what was measured meets it. */
export function atLeast(name, value, bound) {
  return { name: `${name}: at least ${bound}`, value, met: value >= bound };
}

export function atMost(name, value, bound, unit = "") {
  return { name: `${name}: at most ${bound.toLocaleString("en")}${unit}`, value, met: value <= bound };
}

/** A target that this measurement cannot judge. */
export const unjudged = (target, why) => ({ ...target, met: null, why });

/** The share of the machine above which other processes are reported as a disturbance. */
const DISTURBING = 0.05;

export const print = {
  machine({ cpu, cpus, node }, ...more) {
    console.log(`\n${[`${cpu}, ${cpus} processors, node ${node}`, ...more].join("; ")}`);
  },
  section({ title, rows = {}, ratios = {}, table, notes = [] }) {
    console.log(`\n── ${title}`);
    if (Object.keys(rows).length > 0) console.log(`\n${throughput(rows)}`);
    if (Object.keys(ratios).length > 0) {
      const told = Object.entries(ratios).map(([name, { requests, cpu }]) => [name, requests.toFixed(2), cpu.toFixed(2)]);
      console.log(`\n${markdown([["ratio", "by requests/s", "by CPU/request"], ...told])}`);
    }
    if (table) console.log(`\n${markdown(table)}`);
    if (notes.length > 0) console.log();
    for (const note of notes) console.log(`   ${note}`);
    const most = (measure) => Math.max(0, ...Object.values(rows).map((row) => row[measure]));
    if (most("generator_busy") > 0) {
      console.log(`   The load generator used up to ${Math.round(most("generator_busy") * 100)} % of a processor.`);
    }
    if (most("others") > DISTURBING) {
      console.log(`   DISTURBED: other processes used up to ${Math.round(most("others") * 100)} % of the machine meanwhile`);
    }
  },
  targets(targets) {
    if (targets.length === 0) return;
    console.log(`\n── Targets: ${targets.filter(({ met }) => met).length} of ${targets.length} met\n`);
    console.log(markdown([["target", "measured", ""], ...targets.map(judgement)]));
  },
};

/** A Markdown table of `rows`, the first of which is its head. All columns but the first are numbers. */
export function markdown(rows) {
  const widths = rows[0].map((_, column) => Math.max(3, ...rows.map((row) => String(row[column]).length)));
  const line = (row) => `| ${row.map((cell, column) =>
    column === 0 ? String(cell).padEnd(widths[0]) : String(cell).padStart(widths[column])).join(" | ")} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return [line(rows[0]), rule, ...rows.slice(1).map(line)].join("\n");
}

function judgement({ name, value, met, why }) {
  const shown = Number.isInteger(value) ? value.toLocaleString("en") : value.toFixed(2);
  const verdict = met === null ? `not judged: ${why}` : met ? "met" : "**missed**";
  return [name, shown, verdict];
}

function throughput(rows) {
  const told = Object.entries(rows).map(([name, row]) => [
    name, Math.round(row.requests_per_second).toLocaleString("en"), row.p50_ms.toFixed(2), row.p99_ms.toFixed(2),
    Math.round(row.cpu_us_per_request),
  ]);
  return markdown([["", "requests/s", "p50 ms", "p99 ms", "CPU µs/request"], ...told]);
}
