// Apache with mod_auth_mellon as SAML service provider.
import { mkdir, writeFile } from "node:fs/promises";
import { Agent, samlForm } from "./agent.mjs";
import { startApache, variables } from "./apache.mjs";
import { certificate, folder, freePort } from "./process.mjs";

/**
 * Starts the service provider. Settings: `idpMetadata` (XML), `attributes` (`{ "urn:oid:…": "mail" }` renames), `port`,
 * `entityId`, `config` (further lines, for example `MellonSignatureMethod rsa-sha512`).
 *
 * Returns `{ url, protectedUrl, entityId, metadata, acs, slo, certificate, signIn(), signOut(), who(), output(), stop() }`.
 */
export async function start({ idpMetadata, attributes: names = {}, port, entityId, config = "" }) {
  const dir = await folder("mellon");
  port ??= await freePort();
  const base = `http://127.0.0.1:${port}`;
  entityId ??= `${base}/mellon/metadata`;
  const own = await certificate(dir, "sp");
  await writeFile(dir.at("idp.xml"), idpMetadata);
  await mkdir(dir.at("lock"));
  const apache = await startApache(dir, port, {
    modules: ["auth_mellon"],
    config: `MellonLockFile ${dir.at("lock/mellon")}
MellonPostDirectory ${dir.at("lock")}
<Location />
  MellonEnable info
  MellonEndpointPath /mellon
  MellonSPentityId ${entityId}
  MellonSPPrivateKeyFile ${own.keyPath}
  MellonSPCertFile ${own.certPath}
  MellonIdPMetadataFile ${dir.at("idp.xml")}
  MellonSignatureMethod rsa-sha256
  MellonSecureCookie Off
  MellonUser NAME_ID
  MellonSubjectConfirmationDataAddressCheck Off
  MellonMergeEnvVars On ";"
  ${Object.entries(names).map(([name, short]) => `MellonSetEnv "${short}" "${name}"`).join("\n  ")}
  ${config}
</Location>
<Location /protected>
  MellonEnable auth
  AuthType Mellon
  Require valid-user
</Location>`,
  });
  return serviceProvider({
    ...apache, entityId, acs: `${base}/mellon/postResponse`, slo: `${base}/mellon/logout`, certificate: own.cert,
    metadata: await (await fetch(`${base}/mellon/metadata`)).text(),
    logoutUrl: `${base}/mellon/logout?${new URLSearchParams({ ReturnTo: `${base}/open` })}`,
    read(all) {
      const attributes = {};
      for (const [name, value] of Object.entries(all)) {
        const [, key] = /^MELLON_(.+)$/.exec(name) ?? [];
        if (key && !/^(NAME_ID|ASSERTION_ID)$/.test(key)) attributes[key] = value.split(";");
      }
      return { user: all.REMOTE_USER, nameId: all.MELLON_NAME_ID, attributes };
    },
    async stop() {
      await apache.stop();
      await dir.remove();
    },
  });
}

/** Adds what every service provider on Apache has: sign-in, sign-out, and who is signed in. */
export function serviceProvider(sp) {
  const read = (page) => ({ ...sp.read(variables(page.text)), variables: variables(page.text) });
  return {
    ...sp,
    /**
     * Opens the protected page. `identify(page, agent)` gets the identity provider's page and returns the form
     * with the SAML response (or the page that has it). Where `until(url)` is true, the redirect to that URL is not
     * followed and is `page.location`. Returns `{ user, nameId, attributes, variables, agent }`.
     */
    async signIn(identify, { agent = new Agent(), until } = {}) {
      let page = await agent.go(sp.protectedUrl, { until });
      // A request by POST arrives as a form that a script would send.
      if (samlForm(page)?.fields.SAMLRequest) page = await agent.submit(samlForm(page));
      const response = await identify(page, agent);
      page = await agent.submit(response.fields ? response : samlForm(response));
      if (page.url !== sp.protectedUrl || page.status !== 200) {
        throw new Error(`not signed in: ${page.status} ${page.url}\n${page.text}\n${sp.output()}`);
      }
      return { ...read(page), agent };
    },
    /** Signs out here and at the identity provider; returns the last page. */
    signOut: async (agent) => agent.post(await agent.go(sp.logoutUrl)),
    /** Returns who is signed in here, or undefined. */
    async who(agent) {
      const page = await agent.go(sp.protectedUrl, { until: () => true });
      return page.status === 200 && !samlForm(page) ? read(page) : undefined;
    },
  };
}
