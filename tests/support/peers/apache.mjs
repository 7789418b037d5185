// Debian's Apache with a configuration of its own, for the modules that sign people in.
import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { answers, launch } from "./process.mjs";

const MODULES = "/usr/lib/apache2/modules";

/**
 * Starts Apache in the folder `dir` on 127.0.0.1. `modules` are loaded besides the usual ones; `config` is
 * added to the configuration. `/protected/` prints the environment variables that a module gave the request
 * (read them with `variables`), `/open` answers anyone.
 */
export async function startApache(dir, port, { modules, config, env }) {
  await mkdir(dir.at("www/protected"), { recursive: true });
  await writeFile(dir.at("www/open"), "open\n");
  await writeFile(dir.at("www/protected/index.cgi"),
    "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\nexec env -0\n", { mode: 0o755 });
  const load = ["mpm_prefork", "authn_core", "authz_core", "authz_user", "alias", "cgi", "dir", "env", "setenvif", ...modules]
    .map((name) => `LoadModule ${name === "shib" ? "mod_shib" : `${name}_module`} ${MODULES}/mod_${name}.so`);
  await writeFile(dir.at("httpd.conf"), `
${load.join("\n")}
ServerRoot ${dir.path}
ServerName http://127.0.0.1:${port}
UseCanonicalName On
Listen 127.0.0.1:${port}
PidFile ${dir.at("httpd.pid")}
DefaultRuntimeDir ${dir.path}
Mutex file:${dir.path} default
ErrorLog ${dir.at("error.log")}
LogLevel warn
StartServers 2
MaxRequestWorkers 8
${process.getuid() === 0 ? "User www-data\nGroup www-data" : ""}
DocumentRoot ${dir.at("www")}
<Directory ${dir.at("www")}>
  Require all granted
</Directory>
<Location /protected>
  SetHandler cgi-script
  Options +ExecCGI
  DirectoryIndex index.cgi
</Location>
${config}
`);
  const url = `http://127.0.0.1:${port}`;
  const server = await launch("apache2", ["-f", dir.at("httpd.conf"), "-DFOREGROUND"],
    { ready: answers(`${url}/open`), env });
  const log = () => existsSync(dir.at("error.log")) ? readFileSync(dir.at("error.log"), "utf8") : "";
  return { ...server, output: () => server.output() + log(), url, protectedUrl: `${url}/protected/index.cgi` };
}

/** Returns the environment variables that `/protected/` printed, as an object. */
export function variables(text) {
  return Object.fromEntries(text.split("\0").filter(Boolean).map((line) => {
    const at = line.indexOf("=");
    return [line.slice(0, at), line.slice(at + 1)];
  }));
}
