// MIT's Kerberos KDC with a realm of its own, and a real client (curl) with its tickets.
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { folder, freePort, launch, run } from "./process.mjs";

const ETYPES = "aes256-cts-hmac-sha1-96 aes128-cts-hmac-sha1-96 aes256-cts-hmac-sha384-192 aes128-cts-hmac-sha256-128";

/**
 * Starts a KDC on 127.0.0.1 (UDP and TCP). Settings: `realm`, `principals` (name → password), `services`
 * (principals with random keys, all in the keytab), `etypes` (the encryption types of the realm; a service can
 * have its own as `{ principal, etypes }`), `hosts` (of which the client asks this realm), `pac` (false: tickets without).
 *
 * Returns `{ realm, port, env, keytab, keytabPath, kinit(), rotate(), trust(), admin(), output(),
 * stop() }`; `keytab` is a Buffer. The client calls hosts by the name in the URL: for `http://127.0.0.1:…` the service is
 * `HTTP/127.0.0.1`. Numeric addresses belong to the client's own realm; only names, such as localhost, to another's.
 */
export async function start({ realm = "HANZO.TEST", principals = { alice: "correct-alice" },
  services = ["HTTP/127.0.0.1", "HTTP/localhost"], etypes = ETYPES, hosts = ["localhost"], pac = true } = {}) {
  const dir = await folder("kdc");
  const port = await freePort();
  const env = { KRB5_CONFIG: dir.at("krb5.conf"), KRB5_KDC_PROFILE: dir.at("kdc.conf") };
  await mkdir(dir.at("db"));
  const self = { realm, port, hosts };
  const clientOf = (realms) => `
[libdefaults]
  default_realm = ${realm}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
  qualify_shortname = ""
  permitted_enctypes = ${etypes}
  allow_rc4 = true
[realms]
${realms.map((each) => `  ${each.realm} = {\n    kdc = 127.0.0.1:${each.port}\n  }`).join("\n")}
[domain_realm]
${realms.flatMap((each) => each.hosts.map((host) => `  ${host} = ${each.realm}`)).join("\n")}
`;
  await writeFile(dir.at("krb5.conf"), clientOf([self]));
  await writeFile(dir.at("kdc.conf"), `
[kdcdefaults]
  kdc_listen = 127.0.0.1:${port}
  kdc_tcp_listen = 127.0.0.1:${port}
[realms]
  ${realm} = {
    database_name = ${dir.at("db/principal")}
    key_stash_file = ${dir.at("db/stash")}
    acl_file = ${dir.at("db/acl")}
    supported_enctypes = ${etypes.split(" ").map((each) => `${each}:normal`).join(" ")}
    max_life = 10h
    max_renewable_life = 7d
    disable_pac = ${!pac}
  }
[logging]
  kdc = STDERR
`);
  const admin = (...query) => run("kadmin.local", ["-r", realm, ...query], { env });
  const keytabPath = dir.at("keytab");
  const named = services.map((each) => typeof each === "string" ? { principal: each } : each);
  await run("kdb5_util", ["-r", realm, "create", "-s", "-P", "master"], { env });
  for (const [name, password] of Object.entries(principals)) await admin("addprinc", "-pw", password, name);
  const keysOf = (own) => own ? ["-e", own.split(" ").map((each) => `${each}:normal`).join(",")] : [];
  for (const { principal, etypes: own } of named) {
    await admin("addprinc", "-randkey", ...keysOf(own), principal);
    await admin("ktadd", "-k", keytabPath, "-norandkey", principal);
  }
  if (named.length) await chmod(keytabPath, 0o644);
  const kdc = await launch("krb5kdc", ["-n", "-r", realm], { env, ready: () => new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => { socket.destroy(); resolve(); }).once("error", reject);
  }) });
  let caches = 0;
  return {
    ...self, env, keytabPath, output: kdc.output,
    keytab: named.length ? await readFile(keytabPath) : undefined,
    /** Gets a ticket and returns the environment that `curlNegotiate` takes; arguments as of kinit. */
    async kinit(principal, password, args = []) {
      const mine = { ...env, KRB5CCNAME: `FILE:${dir.at(`cache-${caches++}`)}` };
      await run("kinit", [...args, principal], { env: mine, input: `${password}\n` });
      return mine;
    },
    /** Gives the service new keys with the next kvno; returns a keytab with them, and the old ones if `keepOld`. */
    async rotate(principal, { keepOld = true } = {}) {
      const path = dir.at(`rotated-${caches++}`);
      await admin("cpw", "-randkey", ...keepOld ? ["-keepold"] : [], principal);
      await admin("ktadd", "-k", path, "-norandkey", principal);
      return readFile(path);
    },
    /** Lets clients of this realm get tickets for services of another (as of `start`), whose hosts it then knows. */
    async trust(other) {
      const between = `krbtgt/${other.realm}@${realm}`;
      for (const each of [admin, other.admin]) await each("addprinc", "-pw", "between", between);
      await writeFile(dir.at("krb5.conf"), clientOf([{ ...self, hosts: [] }, other]));
    },
    /** Runs a query of kadmin.local, for example `admin("addprinc", "-pw", "secret", "bob")`. */
    admin,
    async stop() {
      await kdc.stop();
      await dir.remove();
    },
  };
}

/**
 * Requests `url` with Debian's curl, which answers `401 Negotiate` with a ticket of `env` (as of `kinit`).
 * Returns `{ status, headers, body, challenges }`: the last response, and the WWW-Authenticate of each.
 */
export async function curlNegotiate(url, env, args = []) {
  const text = await run("curl", ["-sS", "-i", "--max-time", "30", "--negotiate", "-u", ":", ...args, url], { env });
  const responses = [];
  let rest = text;
  while (/^HTTP\/[\d.]+ \d/.test(rest)) {
    const end = rest.indexOf("\r\n\r\n");
    const lines = rest.slice(0, end).split("\r\n");
    const headers = new Headers(lines.slice(1).map((line) => line.split(/:\s*(.*)/s).slice(0, 2)));
    responses.push({ status: Number(lines[0].split(" ")[1]), headers });
    rest = rest.slice(end + 4);
    // The body of a 401 that curl answers itself is not printed.
  }
  return { ...responses.at(-1), body: rest, challenges: responses.map(({ headers }) => headers.get("www-authenticate")) };
}
