// Debian's SimpleSAMLphp as SAML identity provider, served by PHP's own server, with users given.
import { mkdir, writeFile } from "node:fs/promises";
import { existsSync, readFileSync } from "node:fs";
import { Agent, samlForm } from "./agent.mjs";
import { certificate, folder, freePort, launch } from "./process.mjs";

const USERS = {
  alice: {
    password: "correct-alice",
    attributes: { uid: ["alice"], mail: ["alice@hanzo.test"], displayName: ["Alice Adams"], groups: ["admins", "engineering"] },
  },
};

/**
 * Starts the identity provider. Settings: `users` (name → `{ password, attributes }`), `idp` (options of
 * saml20-idp-hosted, for example `{ "saml20.sign.response": true, "signature.algorithm": … }`; a NameID of the
 * e-mail address is `authproc: { 3: { class: "saml:AttributeNameID", attribute: "mail", Format: … } }`),
 * `serviceProviders` (each as for `trust`), `port`.
 *
 * Returns `{ url, entityId, sso, slo, metadata, certificate, nextCertificate, trust(), configure(), login(), unsolicited(),
 * logout(), output(), stop() }`.
 */
export async function start({ users = USERS, idp = {}, serviceProviders = [], port } = {}) {
  const dir = await folder("simplesamlphp");
  port ??= await freePort();
  const url = `http://127.0.0.1:${port}`;
  const entityId = `${url}/saml2/idp/metadata.php`;
  for (const each of ["config", "metadata", "log", "sessions", "tmp", "data"]) await mkdir(dir.at(each));
  const signing = await certificate(dir, "idp");
  const next = await certificate(dir, "next");
  const state = { url, dir: dir.path, entityId, users, idp, serviceProviders: [] };
  const save = () => writeFile(dir.at("state.json"), JSON.stringify(state));
  await writeFile(dir.at("config/config.php"), CONFIG);
  await writeFile(dir.at("config/authsources.php"), SOURCES);
  await writeFile(dir.at("metadata/saml20-idp-hosted.php"), HOSTED);
  await writeFile(dir.at("metadata/saml20-sp-remote.php"), REMOTE);
  await save();
  const php = await launch("php", ["-n", ...EXTENSIONS, "-d", "error_reporting=0", "-d", "display_errors=0",
    "-S", `127.0.0.1:${port}`, "-t", "/usr/share/simplesamlphp/www"], {
    env: { SIMPLESAMLPHP_CONFIG_DIR: dir.at("config"), PEER_STATE: dir.at("state.json"), PHP_CLI_SERVER_WORKERS: "2" },
    ready: async () => (await fetch(entityId)).ok,
  });
  const log = () => existsSync(dir.at("log/peer.log")) ? readFileSync(dir.at("log/peer.log"), "utf8") : "";
  const peer = {
    url, port, entityId, users,
    sso: `${url}/saml2/idp/SSOService.php`,
    slo: `${url}/saml2/idp/SingleLogoutService.php`,
    certificate: signing.cert,
    nextCertificate: next.cert,
    metadata: await (await fetch(entityId)).text(),
    output: () => log() + php.output(),
    /**
     * Makes a service provider known: `{ metadata: XML }` or `{ entityId, acs, slo, certificate }`. Every other
     * member is an option of saml20-sp-remote, for example `"assertion.encryption": true` or `"NameIDFormat"`.
     */
    async trust(sp) {
      state.serviceProviders.push(sp);
      await save();
    },
    /** Changes options of the identity provider (see `idp`); `{ rollover: true }` adds the next key to the metadata. */
    async configure(options) {
      Object.assign(state.idp, options);
      await save();
    },
    /**
     * Drives the login form from an AuthnRequest URL (or the page that such a request led to) to the form that a
     * script would send: `{ action, fields: { SAMLResponse, RelayState } }`, with the agent in `agent`.
     */
    async login(from, { user = "alice", password = users[user]?.password, agent = new Agent() } = {}) {
      let page = typeof from === "string" ? await agent.go(from) : from;
      const form = page.forms.find(({ fields }) => "username" in fields);
      if (form) page = await agent.submit(form, { username: user, password });
      const final = samlForm(page);
      if (!final) throw new Error(`no SAML response for ${user}: ${page.status} ${page.url}\n${page.text}\n${log()}`);
      return { ...final, agent };
    },
    /** Returns the URL of a sign-in that no request began. */
    unsolicited: (spEntityId, relayState = "") => `${peer.sso}?${new URLSearchParams({ spentityid: spEntityId, RelayState: relayState })}`,
    /** Returns the URL that signs out at the identity provider and at every service provider of the session. */
    logout: (returnTo = `${url}/logout.php`) => `${peer.slo}?${new URLSearchParams({ ReturnTo: returnTo })}`,
    async stop() {
      await php.stop();
      await dir.remove();
    },
  };
  for (const sp of serviceProviders) await peer.trust(sp);
  return peer;
}

// Without Debian's php.ini (`-n`), which loads whatever is installed.
const EXTENSIONS = ["dom", "xml", "simplexml", "xmlreader", "xmlwriter", "mbstring", "ctype", "tokenizer", "iconv", "posix"]
  .flatMap((name) => ["-d", `extension=${name}`]);

const STATE = `<?php
$state = json_decode(file_get_contents(getenv('PEER_STATE')), true);
`;

const CONFIG = `${STATE}
$config = [
    'baseurlpath' => $state['url'] . '/',
    'certdir' => $state['dir'] . '/',
    'loggingdir' => $state['dir'] . '/log/',
    'datadir' => $state['dir'] . '/data/',
    'tempdir' => $state['dir'] . '/tmp',
    'metadatadir' => $state['dir'] . '/metadata/',
    'technicalcontact_name' => 'Peer',
    'technicalcontact_email' => 'peer@hanzo.test',
    'timezone' => 'UTC',
    'secretsalt' => 'of-a-test',
    'auth.adminpassword' => 'of-a-test',
    'admin.checkforupdates' => false,
    'trusted.url.domains' => null,
    'enable.http_post' => true,
    'debug' => ['saml' => true, 'backtraces' => true, 'validatexml' => false],
    'showerrors' => true,
    'errorreporting' => false,
    'logging.level' => SimpleSAML\\Logger::INFO,
    'logging.handler' => 'file',
    'logging.logfile' => 'peer.log',
    'enable.saml20-idp' => true,
    'module.enable' => ['exampleauth' => true, 'core' => true, 'saml' => true],
    'session.cookie.secure' => false,
    'session.cookie.samesite' => null,
    'session.phpsession.savepath' => $state['dir'] . '/sessions',
    'session.phpsession.cookiename' => 'SimpleSAML',
    'language.cookie.secure' => false,
    'language.cookie.samesite' => null,
    'language.available' => ['en'],
    'language.default' => 'en',
    'theme.use' => 'default',
    'metadata.sources' => [['type' => 'flatfile']],
    'metadata.sign.enable' => false,
    'store.type' => 'phpsession',
    'authproc.idp' => [],
];
`;

const SOURCES = `${STATE}
$config = ['people' => ['exampleauth:UserPass']];
foreach ($state['users'] as $name => $user) {
    $config['people'][$name . ':' . $user['password']] = $user['attributes'];
}
`;

const HOSTED = `${STATE}
$options = $state['idp'];
if (!empty($options['rollover'])) {
    $options += ['new_privatekey' => 'next.key', 'new_certificate' => 'next.crt'];
}
unset($options['rollover']);
$metadata[$state['entityId']] = $options + [
    'host' => '__DEFAULT__',
    'privatekey' => 'idp.key',
    'certificate' => 'idp.crt',
    'auth' => 'people',
    'sign.logout' => true,
    'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    'SingleSignOnServiceBinding' => [
        'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect', 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
    ],
    'SingleLogoutServiceBinding' => [
        'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect', 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
    ],
    'NameIDFormat' => ['urn:oasis:names:tc:SAML:2.0:nameid-format:persistent', 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient'],
    'userid.attribute' => 'uid',
];
`;

const REMOTE = `${STATE}
foreach ($state['serviceProviders'] as $sp) {
    $options = array_diff_key($sp, array_flip(['metadata', 'entityId', 'acs', 'slo', 'certificate']));
    if (isset($sp['metadata'])) {
        foreach (SimpleSAML\\Metadata\\SAMLParser::parseDescriptorsString($sp['metadata']) as $entityId => $parsed) {
            $metadata[$entityId] = $options + $parsed->getMetadata20SP();
        }
        continue;
    }
    $options += ['AssertionConsumerService' => $sp['acs']];
    if (isset($sp['slo'])) {
        $options += ['SingleLogoutService' => $sp['slo']];
    }
    if (isset($sp['certificate'])) {
        $options += ['certData' => preg_replace('/-----[^-]+-----|\\s/', '', $sp['certificate'])];
    }
    $metadata[$sp['entityId']] = $options;
}
`;
