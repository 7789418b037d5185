// Bare `workerd serve`: no miniflare, no proxy in front.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import workerd from "workerd";
import { COMPATIBILITY_DATE } from "../scripts/local/pair.mjs";
import { freePort, launch } from "./process.mjs";

const binary = workerd.default ?? workerd; // a CommonJS module that was an ES module once

/**
 * Starts a workerd whose worker `main` listens on a free port. `workers` is
 * `{ name: { modules: { file: path }, bindings: { NAME: text | { service } | { kv } }, counts } }`
 * or `{ name: { external: "host:port" } }`. A worker with `counts` has an entry point `calls`,
 * which returns the calls it has had: see `calls()`. `heap` limits the JavaScript heap of each isolate,
 * in MB; bare workerd has no limit. `flags` are V8's. `output` is called with its output.
 */
export async function serve(main, workers, { heap, flags = [], output } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "bench-workerd-"));
  const port = await freePort();
  const counting = {};
  for (const [name, { counts }] of Object.entries(workers)) if (counts) counting[name] = await freePort();
  const config = join(folder, "config.capnp");
  await writeFile(config, await capnp(main, workers, {
    port, counting, folder, flags: heap ? [...flags, `--max-heap-size=${heap}`] : flags,
  }));
  const process = launch(binary, ["serve", config], { folder, output });
  return {
    ...process,
    port,
    /** The calls of the workers around the measured one since the start: `{ worker: { what: times } }`. */
    async calls() {
      const entries = Object.entries(counting).map(async ([name, its]) =>
        [name, await (await fetch(`http://127.0.0.1:${its}/`)).json()]);
      return Object.fromEntries(await Promise.all(entries));
    },
    async stop() {
      await process.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function capnp(main, workers, { port, counting, folder, flags }) {
  const services = [];
  let copies = 0;
  for (const [name, { modules, external, bindings = {} }] of Object.entries(workers)) {
    if (external) {
      services.push(`(name = ${JSON.stringify(name)}, external = (address = "${external}", http = ()))`);
      continue;
    }
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
  const socket = (name, at, service) =>
    `(name = "${name}", address = "127.0.0.1:${at}", http = (), service = ${service})`;
  const sockets = [socket("http", port, `"${main}"`)];
  for (const [name, at] of Object.entries(counting)) {
    sockets.push(socket(`calls-${name}`, at, `(name = "${name}", entrypoint = "calls")`));
  }
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  v8Flags = ${JSON.stringify(flags)},
  services = [${services.join(",\n")}],
  sockets = [${sockets.join(",\n")}]);
`;
}

/** Milliseconds from the start of the process to the first response with `status`. */
export async function firstAnswer({ port, started }, path, credential, status = 200) {
  const request = `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${credential}\r\n\r\n`;
  for (;;) {
    const answer = await ask(port, request).catch(() => "");
    if (answer.startsWith(`HTTP/1.1 ${status}`)) return performance.now() - started;
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
