// Bare `workerd serve`: no miniflare, no proxy in front.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import workerd from "workerd";

const binary = workerd.default ?? workerd; // a CommonJS module that was an ES module once

const COMPATIBILITY_DATE = "2026-07-01"; // as in wrangler.toml
const CLOCK_TICK = 100; // per second, of /proc/<pid>/stat

/**
 * Starts a workerd whose worker `main` listens on a free port. `workers` is
 * `{ name: { modules: { file: path }, bindings: { NAME: text | { service } | { kv } } } }`.
 */
export async function serve(main, workers) {
  const folder = await mkdtemp(join(tmpdir(), "bench-workerd-"));
  const port = await freePort();
  const config = join(folder, "config.capnp");
  await writeFile(config, await capnp(main, workers, port, folder));
  const started = performance.now();
  const child = spawn(binary, ["serve", config], { stdio: ["ignore", "ignore", "inherit"] });
  return {
    port,
    started,
    /** Seconds of processor time that it has used. */
    async cpu() {
      const stat = await readFile(`/proc/${child.pid}/stat`, "utf8").catch(() => null);
      if (!stat) return NaN;
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICK;
    },
    async stop() {
      const exited = new Promise((resolve) => child.once("exit", resolve));
      child.kill();
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function capnp(main, workers, port, folder) {
  const services = [];
  let copies = 0;
  for (const [name, { modules, bindings = {} }] of Object.entries(workers)) {
    const list = [];
    for (const [file, path] of Object.entries(modules)) {
      const copy = `${copies++}-${file}`; // `embed` takes paths below the configuration
      await writeFile(join(folder, copy), await readFile(path));
      const kind = file.endsWith(".wasm") ? "wasm" : "esModule";
      list.push(`(name = ${JSON.stringify(file)}, ${kind} = embed ${JSON.stringify(copy)})`);
    }
    const bound = Object.entries(bindings).map(([key, value]) => {
      const what = typeof value === "string" ? `text = ${JSON.stringify(value)}`
        : value.kv ? `kvNamespace = ${JSON.stringify(value.kv)}`
        : `service = ${JSON.stringify(value.service)}`;
      return `(name = ${JSON.stringify(key)}, ${what})`;
    });
    services.push(`(name = ${JSON.stringify(name)}, worker = (
      modules = [${list.join(", ")}],
      compatibilityDate = "${COMPATIBILITY_DATE}",
      bindings = [${bound.join(", ")}]))`);
  }
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [${services.join(",\n")}],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "${main}")]);
`;
}

/** Milliseconds from the start of the process to the first answer 200 to `request`. */
export async function firstAnswer({ port, started }, path, credential) {
  const request = `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${credential}\r\n\r\n`;
  for (;;) {
    const answer = await ask(port, request).catch(() => "");
    if (answer.startsWith("HTTP/1.1 200")) return performance.now() - started;
    if (performance.now() - started > 20_000) throw new Error(`no answer in 20 s: ${answer}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

function ask(port, request) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(request));
    socket.once("data", (chunk) => {
      socket.destroy();
      resolve(chunk.toString("latin1"));
    });
    socket.once("close", () => reject(new Error("no answer")));
    socket.once("error", reject);
  });
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
