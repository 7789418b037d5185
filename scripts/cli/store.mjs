// What is kept between commands: sign-ins, readable by their owner only, and OpenAPI documents.
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

const folder = (variable, fallback) => join(process.env[variable] || join(homedir(), fallback), "hanzo-iam");
const credentials = () => join(folder("XDG_CONFIG_HOME", ".config"), "credentials.json");
const document = (server) =>
  join(folder("XDG_CACHE_HOME", ".cache"), `${createHash("sha256").update(server).digest("hex").slice(0, 16)}.json`);

async function read(path, otherwise) {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT" || error instanceof SyntaxError) return otherwise;
    throw error;
  }
}

/** Writes beside the file and renames, so that a command that is interrupted leaves the old one. */
async function write(path, value) {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const beside = `${path}.${process.pid}`;
  await writeFile(beside, `${JSON.stringify(value)}\n`, { mode: 0o600 });
  await rename(beside, path);
}

/** `{ server, signedIn: { [server]: { client, accessToken, refreshToken, expiresAt } } }` */
export const readCredentials = () => read(credentials(), { signedIn: {} });
export const writeCredentials = (value) => write(credentials(), value);
export const readDocument = (server) => read(document(server), undefined);
export const writeDocument = (server, value) => write(document(server), value);
