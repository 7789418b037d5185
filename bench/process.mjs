// A server process of the bench, and its processor time and memory (Linux: /proc).
import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";

const CLOCK_TICK = 100; // per second, of /proc/<pid>/stat

/** Seconds of processor time that a process has used, by its `/proc/<pid>/stat`. */
function spent(stat) {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICK;
}

/** Seconds of processor time of the processes that this one has started. */
export async function childrenCpu() {
  const children = (await readFile(`/proc/self/task/${process.pid}/children`, "utf8")).trim().split(" ");
  const stats = await Promise.all(children.map((pid) => readFile(`/proc/${pid}/stat`, "utf8")));
  return stats.reduce((sum, stat) => sum + spent(stat), 0);
}

/** Starts `binary`, in `folder` if it matters. Its errors are shown, unless `quiet`; all that it prints
 * goes to `output` if that is given. */
export function launch(binary, args, { quiet = false, folder, output } = {}) {
  const started = performance.now();
  const stdio = output ? ["ignore", "pipe", "pipe"] : ["ignore", "ignore", quiet ? "ignore" : "inherit"];
  const child = spawn(binary, args, { cwd: folder, stdio });
  if (output) for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", output);
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.once("error", () => {}); // it never listens, which `firstAnswer` reports
  return {
    ...observed(child.pid),
    /** The time of its start, by `performance.now()`. */
    started,
    async stop() {
      child.kill();
      await exited;
    },
  };
}

/** The processor time and memory of a process. */
export function observed(pid) {
  const proc = (file) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
  const kilobytes = async (field) => Number(new RegExp(`^${field}:\\s*(\\d+) kB`, "m").exec(await proc("status"))?.[1]);
  return {
    pid,
    /** Seconds of processor time that it has used. */
    async cpu() {
      return spent(await proc("stat"));
    },
    /** Bytes of memory that are resident. */
    async resident() {
      return await kilobytes("VmRSS") * 1024;
    },
    /** The most bytes that were resident since `forget`, or since its start. */
    async peak() {
      return await kilobytes("VmHWM") * 1024;
    },
    /** Forgets the peak. */
    async forget() {
      await writeFile(`/proc/${pid}/clear_refs`, "5");
    },
  };
}

/** The processes that this one has started, of that command. */
export async function children(command) {
  const ids = (await readFile(`/proc/self/task/${process.pid}/children`, "utf8")).trim().split(" ").filter(Boolean);
  const names = await Promise.all(ids.map((id) => readFile(`/proc/${id}/comm`, "utf8")));
  return ids.filter((_, at) => names[at].trim() === command).map((id) => observed(Number(id)));
}

/** Seconds of processor time that all processes of the machine have used. */
export async function machineCpu() {
  const fields = (await readFile("/proc/stat", "utf8")).split("\n")[0].split(/ +/).slice(1).map(Number);
  const [user, nice, system, , , irq, softirq] = fields; // without idle, waiting and stolen time
  return (user + nice + system + irq + softirq) / CLOCK_TICK;
}

/** A free port of 127.0.0.1. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
