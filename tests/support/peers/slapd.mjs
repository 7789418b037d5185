// Debian's OpenLDAP server with the fixture directory: ldap://, ldaps:// and StartTLS, memberOf overlay.
import { createWriteStream } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { certificate, folder, freePort, HERE, launch, run } from "./process.mjs";

export const BASE = "dc=hanzo,dc=test";
const ADMIN = `cn=admin,${BASE}`;
const PASSWORD = "correct-admin";

/**
 * Starts slapd. Settings: `entries` (so many people more, `uid=u000001,ou=people`, in groups of a thousand),
 * `ldif` (further entries as text, for example referral objects), `tls` (false: without a certificate, so that
 * StartTLS is refused), `config` (lines of slapd.conf for the database).
 *
 * Returns `{ url, ldapsUrl, port, ldapsPort, base, admin, password, reader, ca, caPath, search(), modify(), output(), stop() }`.
 * The generated people have the password "correct-" and the uid, as the fixture's people do.
 */
export async function start({ entries = 0, ldif = "", tls = true, config = "" } = {}) {
  const dir = await folder("slapd");
  const [port, ldapsPort] = [await freePort(), await freePort()];
  const url = `ldap://127.0.0.1:${port}`;
  const ldapsUrl = tls ? `ldaps://127.0.0.1:${ldapsPort}` : undefined;
  await mkdir(dir.at("db"));
  const ca = tls && await certificate(dir, "ca");
  const server = tls && await certificate(dir, "server", { ca });
  const certificates = tls ? `
TLSCACertificateFile ${ca.certPath}
TLSCertificateFile ${server.certPath}
TLSCertificateKeyFile ${server.keyPath}` : "";
  // Without limits a search returns 500 entries; a paged one returns all, as on Active Directory.
  await writeFile(dir.at("slapd.conf"), `
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
pidfile ${dir.at("pid")}
sizelimit size.soft=500 size.hard=500 size.prtotal=unlimited
${certificates}
database mdb
suffix ${BASE}
rootdn ${ADMIN}
rootpw ${PASSWORD}
directory ${dir.at("db")}
maxsize 4294967296
dbnosync
index objectClass,uid,mail,member,memberOf,entryUUID,modifyTimestamp eq
overlay memberof
memberof-refint true
access to attrs=userPassword by anonymous auth by * none
access to * by users read by * none
${config}
`);
  const text = await readFile(join(HERE, "directory.ldif"), "utf8");
  const blocks = text.replace(/^#.*\n/gm, "").split(/\n{2,}/).filter((block) => block.trim());
  const isGroup = (block) => /^objectClass: groupOfNames$/m.test(block);
  await load(dir, blocks.filter((block) => !isGroup(block)), entries);

  const listen = [url, ...tls ? [ldapsUrl] : []].map((each) => `${each}/`).join(" ");
  const slapd = await launch("slapd", ["-f", dir.at("slapd.conf"), "-h", listen, "-d", "256"], { ready: connects(port) });
  const env = ca ? { LDAPTLS_CACERT: ca.certPath } : {};
  const asAdmin = ["-x", "-H", url, "-D", ADMIN, "-w", PASSWORD];
  const peer = {
    url, ldapsUrl, port, ldapsPort: tls ? ldapsPort : undefined, base: BASE, admin: ADMIN, password: PASSWORD,
    reader: { dn: `uid=svc-reader,ou=services,${BASE}`, password: "correct-svc-reader" },
    ca: ca?.cert, caPath: ca?.certPath, output: slapd.output,
    /** Runs ldapsearch with its own arguments and returns LDIF. */
    search: (args, { at = url } = {}) => run("ldapsearch", ["-x", "-LLL", "-o", "ldif-wrap=no", "-H", at, ...args], { env }),
    /** Applies LDIF, with changetype lines or entries to add, as the administrator. */
    modify: (changes) => run("ldapmodify", ["-a", ...asAdmin], { input: changes }),
    async stop() {
      await slapd.stop();
      await dir.remove();
    },
  };
  try {
    // Groups are added over the wire, because only then does the overlay write memberOf.
    await peer.modify(blocks.filter(isGroup).join("\n\n"));
    if (ldif) await run("ldapmodify", ["-a", "-M", ...asAdmin], { input: ldif });
  } catch (error) {
    await peer.stop();
    throw error;
  }
  return peer;
}

const connects = (port) => () => new Promise((resolve, reject) => {
  const socket = connect(port, "127.0.0.1", () => { socket.destroy(); resolve(); }).once("error", reject);
});

/** Writes entries and the generated ones straight into the database. */
async function load(dir, blocks, count) {
  const file = createWriteStream(dir.at("load.ldif"));
  const write = async (block) => void (file.write(`${block}\n\n`) || await once(file, "drain"));
  for (const block of blocks) await write(block.trim());
  const name = (i) => `u${String(i).padStart(6, "0")}`;
  const dn = (i) => `uid=${name(i)},ou=people,${BASE}`;
  const group = (i) => `cn=team${String(Math.floor(i / 1000)).padStart(3, "0")},ou=groups,${BASE}`;
  for (let i = 1; i <= count; i++) {
    await write(`dn: ${dn(i)}\nobjectClass: inetOrgPerson\nuid: ${name(i)}\ncn: Person ${i}\nsn: ${i}\n` +
      `givenName: Person\nmail: ${name(i)}@hanzo.test\nuserPassword: correct-${name(i)}\nmemberOf: ${group(i)}`);
  }
  for (let first = 0; count && first <= count; first += 1000) {
    const members = [];
    for (let i = Math.max(first, 1); i < first + 1000 && i <= count; i++) members.push(`member: ${dn(i)}`);
    await write(`dn: ${group(first)}\nobjectClass: groupOfNames\ncn: ${group(first).slice(3, 10)}\n${members.join("\n")}`);
  }
  file.end();
  await once(file, "finish");
  await run("slapadd", ["-q", "-f", dir.at("slapd.conf"), "-l", dir.at("load.ldif")]);
}
