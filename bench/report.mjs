// How results are told and kept. A section of a report is
// `{ title, rows, ratios, notes, targets }`, all but the title optional.
import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";

/** On what it was measured. */
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

/** The share of the machine from which on other processes are said to disturb. */
const DISTURBING = 0.05;

export const print = {
  machine({ cpu, cpus, node }, ...more) {
    console.log(`\n${[`${cpu}, ${cpus} processors, node ${node}`, ...more].join("; ")}`);
  },
  section({ title, rows = {}, ratios = {}, notes = [] }) {
    console.log(`\n── ${title}`);
    if (Object.keys(rows).length > 0) console.log(table(rows));
    for (const [name, { requests, cpu }] of Object.entries(ratios)) {
      console.log(`   ${name.padEnd(34)} ${requests.toFixed(2)} by requests/s, ${cpu.toFixed(2)} by CPU a request`);
    }
    for (const note of notes) console.log(`   ${note}`);
    const others = Math.max(0, ...Object.values(rows).map((row) => row.others));
    if (others > DISTURBING) {
      console.log(`   DISTURBED: other processes took up to ${Math.round(others * 100)} % of the machine meanwhile`);
    }
  },
  targets(targets) {
    if (targets.length > 0) {
      console.log(`\n── Targets: ${targets.filter(({ met }) => met).length} of ${targets.length} met`);
    }
    for (const target of targets) console.log(line(target));
  },
};

function line({ name, value, met, why }) {
  const shown = Number.isInteger(value) ? value.toLocaleString("en") : value.toFixed(2);
  const verdict = met === null ? "-     " : met ? "met   " : "MISSED";
  return `${verdict} ${name}; measured ${shown}${why ? ` (not judged: ${why})` : ""}`;
}

function table(rows) {
  const head = `${"".padEnd(52)}requests/s   p50 ms   p99 ms   CPU µs/request   generator`;
  return [head, ...Object.values(rows).map((row) =>
    row.label.padEnd(52)
    + Math.round(row.requests_per_second).toLocaleString("en").padStart(10)
    + row.p50_ms.toFixed(2).padStart(9)
    + row.p99_ms.toFixed(2).padStart(9)
    + String(Math.round(row.cpu_us_per_request)).padStart(17)
    + `${Math.round(row.generator_busy * 100)} %`.padStart(12))].join("\n");
}
