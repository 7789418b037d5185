// Processes of the real peers: free ports, a folder for each, captured output, readiness by polling.
import { execFile, spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const HERE = dirname(fileURLToPath(import.meta.url));
export const PYTHON = join(HERE, "../../../.tools/peers/bin/python");

/** The programs that `scripts/peers` installs and this machine lacks. */
export const missing = [
  "/usr/sbin/slapd", "/usr/bin/ldapsearch", "/usr/sbin/krb5kdc", "/usr/bin/kinit", "/usr/sbin/apache2", "/usr/sbin/shibd",
  "/usr/lib/apache2/modules/mod_auth_gssapi.so", "/usr/lib/apache2/modules/mod_auth_mellon.so",
  "/usr/lib/apache2/modules/mod_shib.so", "/usr/share/simplesamlphp/www/index.php", "/usr/bin/php", "/usr/bin/xmlsec1", PYTHON,
].filter((path) => !existsSync(path));

/** Returns a port of 127.0.0.1 that was free just now. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Makes a folder that servers which drop their rights can read; `remove()` deletes it. */
export async function folder(name) {
  const path = await mkdtemp(join(tmpdir(), `peer-${name}-`));
  folders.add(path);
  await chmod(path, 0o755);
  return {
    path,
    at: (...parts) => join(path, ...parts),
    async remove() {
      folders.delete(path);
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** Runs a command to its end and returns its standard output; an error carries all the output. */
export function run(command, args, { input, env, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const settings = { maxBuffer: 1 << 26, env: { ...environment(), ...env }, ...options };
    const child = execFile(command, args, settings, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      reject(new Error(`${command} ${args.join(" ")}: ${error.message}\n${stdout}\n${stderr}`, { cause: error }));
    });
    child.stdin.on("error", () => {}); // the exit status tells
    child.stdin.end(input);
  });
}

// The daemons of Debian are in sbin, which the PATH of a user lacks.
const environment = () => ({ ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` });

// What a failed test left is ended and deleted with this process.
const running = new Set();
const folders = new Set();
for (const name of ["SIGINT", "SIGTERM"]) process.once(name, () => process.exit(1));
process.on("exit", () => {
  for (const child of running) signal(child, "SIGKILL");
  for (const path of folders) rmSync(path, { recursive: true, force: true });
});

/** Sends a signal to a server and the processes it started: each server leads a group of its own. */
function signal({ pid }, name) {
  try {
    if (pid) process.kill(-pid, name);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/**
 * Starts a server in the foreground and polls `ready()` until it returns something other than false.
 * Errors of `ready` mean not yet. `started(child)` gets the process at once. Returns `{ pid, output(), stop() }`.
 */
export async function launch(command, args, { ready, started, env, seconds = 30, ...options } = {}) {
  const child = spawn(command, args,
    { stdio: ["ignore", "pipe", "pipe"], detached: true, env: { ...environment(), ...env }, ...options });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => { output = (output + text).slice(-200_000); });
  }
  running.add(child);
  started?.(child);
  const ended = new Promise((resolve) => {
    child.once("error", (error) => { output += error.message; resolve(); });
    child.once("close", resolve);
  }).finally(() => running.delete(child));
  const stop = async () => {
    signal(child, "SIGTERM");
    const kill = globalThis.setTimeout(() => signal(child, "SIGKILL"), 5_000);
    await ended;
    clearTimeout(kill);
  };
  const deadline = performance.now() + seconds * 1_000;
  let last;
  for (;;) {
    if (!running.has(child)) throw new Error(`${command} ended before it was ready:\n${output}`);
    if (await Promise.resolve().then(ready).catch((error) => { last = error; return false; }) !== false) break;
    if (performance.now() > deadline) {
      await stop();
      throw new Error(`${command} was not ready within ${seconds} s: ${last}\n${output}`, { cause: last });
    }
    await sleep(30);
  }
  return { pid: child.pid, output: () => output, stop };
}

/** Whether a server answers HTTP at `url`, with any status. */
export const answers = (url) => async () => void await fetch(url, { redirect: "manual" });

/**
 * Makes a key and a certificate for 127.0.0.1 and localhost in `dir`: self-signed, or signed by `ca`, which
 * this function made before. Returns `{ key, cert, keyPath, certPath, body }`; `body` is the base64 of the DER.
 */
export async function certificate(dir, name, { ca } = {}) {
  const keyPath = dir.at(`${name}.key`);
  const certPath = dir.at(`${name}.crt`);
  const leaf = ["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"];
  const signed = ca ? [...leaf, "-CA", ca.certPath, "-CAkey", ca.keyPath] : [];
  await run("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "30",
    "-subj", `/CN=${name}`, "-keyout", keyPath, "-out", certPath, ...signed]);
  await chmod(keyPath, 0o644); // a server that drops its rights reads it; it guards nothing
  const [key, cert] = await Promise.all([keyPath, certPath].map((path) => readFile(path, "utf8")));
  return { key, cert, keyPath, certPath, body: cert.replace(/-----[^-]+-----|\s/g, "") };
}
