// A self-signed certificate for this machine's loopback, made once with the `openssl` command.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/** The certificate and its key in `folder`, in PEM; made if they are not there yet. */
export async function certificateIn(folder) {
  const keyFile = join(folder, "key.pem");
  const file = join(folder, "certificate.pem");
  if (!existsSync(file)) {
    await mkdir(folder, { recursive: true });
    await promisify(execFile)("openssl", [
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-sha256",
      "-days", "365", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
      "-keyout", keyFile, "-out", file,
    ]).catch((error) => {
      const why = error.code === "ENOENT" ? "install openssl" : error.stderr?.trim() ?? error.message;
      throw new Error(`no certificate could be made: ${why}`);
    });
    await chmod(keyFile, 0o600);
  }
  return { file, key: await readFile(keyFile, "utf8"), certificate: await readFile(file, "utf8") };
}
