// Apache with mod_shib and its daemon shibd as SAML service provider.
import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { startApache } from "./apache.mjs";
import { serviceProvider } from "./mellon.mjs";
import { certificate, folder, freePort, launch } from "./process.mjs";

const ETC = "/etc/shibboleth";
const FORMATS = ["basic", "uri", "unspecified"];

/**
 * Starts the service provider. Settings: `idpMetadata` (XML), `idpEntityId` (default: that of the metadata),
 * `attributes` (names in the assertion that become variables; `{ "urn:oid:…": "mail" }` renames), `port`,
 * `entityId`, `defaults` (attributes of ApplicationDefaults, for example `{ signing: "true", encryption: "true" }`).
 *
 * Returns the same as `mellon.mjs`.
 */
export async function start({ idpMetadata, idpEntityId, attributes = ["uid", "mail", "displayName", "groups"], port,
  entityId, defaults = {} }) {
  const dir = await folder("shibboleth");
  port ??= await freePort();
  const base = `http://127.0.0.1:${port}`;
  entityId ??= `${base}/Shibboleth.sso/Metadata`;
  idpEntityId ??= /entityID="([^"]+)"/.exec(idpMetadata)[1];
  const own = await certificate(dir, "sp");
  const names = Array.isArray(attributes) ? Object.fromEntries(attributes.map((name) => [name, name])) : attributes;
  for (const each of ["log", "run"]) await mkdir(dir.at(each));
  await writeFile(dir.at("idp.xml"), idpMetadata);
  await writeFile(dir.at("attribute-map.xml"), attributeMap(names));
  await writeFile(dir.at("attribute-policy.xml"), POLICY);
  await writeFile(dir.at("shibd.logger"), logger(dir.at("log/shibd.log")));
  await writeFile(dir.at("native.logger"), logger(dir.at("log/native.log")));
  await writeFile(dir.at("shibboleth2.xml"), `<SPConfig xmlns="urn:mace:shibboleth:3.0:native:sp:config"
    xmlns:conf="urn:mace:shibboleth:3.0:native:sp:config" logger="${dir.at("shibd.logger")}" clockSkew="60">
  <OutOfProcess logger="${dir.at("shibd.logger")}"/>
  <InProcess logger="${dir.at("native.logger")}"/>
  <UnixListener address="${dir.at("run/shibd.sock")}"/>
  <RequestMapper type="Native"><RequestMap/></RequestMapper>
  <ApplicationDefaults entityID="${entityId}" REMOTE_USER="name-id"${xmlAttributes(defaults)}>
    <Sessions lifetime="28800" timeout="3600" relayState="ss:mem" checkAddress="false" handlerSSL="false"
        cookieProps="; path=/; HttpOnly" redirectLimit="exact">
      <SSO entityID="${idpEntityId}">SAML2</SSO>
      <Logout>SAML2 Local</Logout>
      <Handler type="MetadataGenerator" Location="/Metadata" signing="false"/>
      <Handler type="Session" Location="/Session" showAttributeValues="true" contentType="application/json"/>
    </Sessions>
    <MetadataProvider type="XML" path="${dir.at("idp.xml")}"/>
    <AttributeExtractor type="XML" path="${dir.at("attribute-map.xml")}"/>
    <AttributeFilter type="XML" path="${dir.at("attribute-policy.xml")}"/>
    <CredentialResolver type="File" key="${own.keyPath}" certificate="${own.certPath}"/>
  </ApplicationDefaults>
  <SecurityPolicyProvider type="XML" path="${ETC}/security-policy.xml"/>
  <ProtocolProvider type="XML" path="${ETC}/protocols.xml"/>
</SPConfig>
`);
  const config = dir.at("shibboleth2.xml");
  const logs = () => ["shibd", "native"].map((name) => dir.at(`log/${name}.log`))
    .map((path) => existsSync(path) ? readFileSync(path, "utf8") : "").join("\n");
  let shibd;
  let apache;
  const stop = async () => {
    await apache?.stop();
    await shibd?.stop();
    await dir.remove();
  };
  try {
    shibd = await launch("shibd", ["-F", "-f", "-c", config, "-p", dir.at("run/shibd.pid"), "-w", "30"],
      { ready: async () => existsSync(dir.at("run/shibd.sock")), env: { SHIBSP_CONFIG: config } });
    apache = await startApache(dir, port, {
      modules: ["shib"], env: { SHIBSP_CONFIG: config },
      config: `ShibConfig ${config}
<Location /Shibboleth.sso>
  SetHandler shib
  Require all granted
</Location>
<Location /protected>
  AuthType shibboleth
  ShibRequestSetting requireSession 1
  Require shib-session
</Location>`,
    });
    const metadata = await (await fetch(`${base}/Shibboleth.sso/Metadata`)).text();
    return serviceProvider({
      ...apache, entityId, metadata, certificate: own.cert,
      acs: `${base}/Shibboleth.sso/SAML2/POST`, slo: `${base}/Shibboleth.sso/SLO/Redirect`,
      logoutUrl: `${base}/Shibboleth.sso/Logout?${new URLSearchParams({ return: `${base}/open` })}`,
      read: (all) => ({
        user: all.REMOTE_USER, nameId: all.name_id, idp: all.Shib_Identity_Provider,
        attributes: Object.fromEntries(Object.values(names).filter((name) => all[name] !== undefined)
          .map((name) => [name, all[name].split(/(?<!\\);/)])),
      }),
      output: () => `${apache.output()}\n${shibd.output()}\n${logs()}`,
      stop,
    });
  } catch (error) {
    const text = logs();
    await stop();
    throw new Error(`${error.message}\n${text}`, { cause: error });
  }
}

const xmlAttributes = (object) => Object.entries(object).map(([name, value]) => ` ${name}="${value}"`).join("");

function attributeMap(names) {
  const formats = ["persistent", "transient"].map((each) => `urn:oasis:names:tc:SAML:2.0:nameid-format:${each}`)
    .concat(["emailAddress", "unspecified"].map((each) => `urn:oasis:names:tc:SAML:1.1:nameid-format:${each}`));
  const nameIds = formats.map((name) => `  <Attribute name="${name}" id="name-id">
    <AttributeDecoder xsi:type="NameIDAttributeDecoder" formatter="$Name" defaultQualifiers="false"/>
  </Attribute>`);
  const rest = Object.entries(names).flatMap(([name, id]) => FORMATS.map((format) => format === "uri"
    ? `  <Attribute name="${name}" id="${id}"/>`
    : `  <Attribute name="${name}" nameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:${format}" id="${id}"/>`));
  return `<Attributes xmlns="urn:mace:shibboleth:2.0:attribute-map" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
${[...nameIds, ...rest].join("\n")}
</Attributes>
`;
}

const POLICY = `<afp:AttributeFilterPolicyGroup xmlns="urn:mace:shibboleth:2.0:afp:mf:basic"
    xmlns:afp="urn:mace:shibboleth:2.0:afp" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <afp:AttributeFilterPolicy>
    <afp:PolicyRequirementRule xsi:type="ANY"/>
    <afp:AttributeRule attributeID="*"><afp:PermitValueRule xsi:type="ANY"/></afp:AttributeRule>
  </afp:AttributeFilterPolicy>
</afp:AttributeFilterPolicyGroup>
`;

const logger = (path) => `log4j.rootCategory=INFO, file
log4j.appender.file=org.apache.log4j.FileAppender
log4j.appender.file.fileName=${path}
log4j.appender.file.layout=org.apache.log4j.PatternLayout
log4j.appender.file.layout.ConversionPattern=%d{%H:%M:%S} %p %c: %m%n
`;
