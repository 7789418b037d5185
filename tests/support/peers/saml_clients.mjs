// SAML libraries without a server: npm `@node-saml/node-saml` as service provider, PyPI `pysaml2` as either side.
import { createInterface } from "node:readline";
import { join } from "node:path";
import { SAML, ValidateInResponseTo } from "@node-saml/node-saml";
import { certificate, folder, HERE, launch, PYTHON } from "./process.mjs";

/** Returns what a service provider needs of an identity provider's metadata. */
export function readMetadata(xml) {
  const location = (service) => [...xml.matchAll(new RegExp(`<(?:\\w+:)?${service}\\b([^>]*)>`, "g"))]
    .map(([, attributes]) => attributes).filter((attributes) => attributes.includes("HTTP-Redirect"))
    .map((attributes) => /Location="([^"]+)"/.exec(attributes)[1].replaceAll("&amp;", "&"))[0];
  const keys = [...xml.matchAll(/<(?:\w+:)?KeyDescriptor\b([^>]*)>[\s\S]*?X509Certificate>([^<]+)</g)]
    .filter(([, attributes]) => !attributes.includes("encryption"));
  return {
    entityId: /entityID="([^"]+)"/.exec(xml)[1],
    sso: location("SingleSignOnService"),
    slo: location("SingleLogoutService"),
    certificates: keys.map(([, , text]) => text.replace(/\s/g, "")),
  };
}

/**
 * Returns node-saml as service provider `{ saml, metadata, authorizeUrl(), authorizeForm(), validate(), logoutUrl(),
 * validateRedirect() }`. Settings: `idpMetadata`, `entityId`, `acs`, `slo`, `keys` (as of `certificate`; without, requests
 * are not signed), `options` (of node-saml). InResponseTo is checked and counts once.
 */
export function nodeSaml({ idpMetadata, entityId, acs, slo, keys, options = {} }) {
  const idp = readMetadata(idpMetadata);
  const saml = new SAML({
    entryPoint: idp.sso, logoutUrl: idp.slo, idpIssuer: idp.entityId, idpCert: idp.certificates,
    issuer: entityId, audience: entityId, callbackUrl: acs, logoutCallbackUrl: slo, identifierFormat: null,
    signatureAlgorithm: "sha256", digestAlgorithm: "sha256", wantAssertionsSigned: true, wantAuthnResponseSigned: false,
    validateInResponseTo: ValidateInResponseTo.always, acceptedClockSkewMs: 60_000, disableRequestedAuthnContext: true,
    ...keys && { privateKey: keys.key, publicCert: keys.cert, decryptionPvk: keys.key },
    ...options,
  });
  return {
    saml, entityId, acs, slo,
    // It announces logout by POST alone, and can do it by redirect.
    metadata: saml.generateServiceProviderMetadata(keys?.cert ?? null, keys?.cert ?? null)
      .replace(/<SingleLogoutService [^>]*>/, (post) => post.replace("HTTP-POST", "HTTP-Redirect") + post),
    authorizeUrl: (relayState = "") => saml.getAuthorizeUrlAsync(relayState, undefined, {}),
    /** Returns the HTML page that posts an AuthnRequest. */
    authorizeForm: (relayState = "") => saml.getAuthorizeFormAsync(relayState),
    /** Returns the profile of a form `{ SAMLResponse }`; throws where a check fails. */
    validate: async (fields) => (await saml.validatePostResponseAsync(fields)).profile,
    logoutUrl: (profile, relayState = "") => saml.getLogoutUrlAsync(profile, relayState, {}),
    /** Checks a logout message by redirect, at `url`: `{ profile, loggedOut }`. */
    validateRedirect(url) {
      const { search, searchParams } = new URL(url);
      return saml.validateRedirectAsync(Object.fromEntries(searchParams), search.slice(1));
    },
    /** Returns the URL that answers a LogoutRequest (a profile of `validateRedirect`). */
    logoutResponseUrl: (profile, relayState = "") => saml.getLogoutResponseUrlAsync(profile, relayState, {}, true),
  };
}

/**
 * Starts pysaml2 as service provider. Settings: `idpMetadata`, `entityId`, `acs`, `slo`, `service` (options of the `sp`
 * part of its configuration), `options` (of the whole). Returns `{ metadata, certificate, request(), validate(),
 * logout(), logoutResponse(), answerLogout(), output(), stop() }`. A failed check is an error with pysaml2's exception.
 */
export async function pysaml2Sp({ idpMetadata, ...rest }) {
  const peer = await pysaml2({ role: "sp", metadata: [idpMetadata], ...rest });
  return {
    ...peer,
    /** Makes an AuthnRequest: `{ id, url }`, or `{ id, url, html }` with `binding: "post"`. */
    request: (settings = {}) => peer.call("request", settings),
    /** Returns `{ nameId, format, issuer, attributes, sessionIndex, inResponseTo, encrypted }` of a form. */
    validate: (fields) => peer.call("validate", fields),
    logout: () => peer.call("logout"),
    logoutResponse: (url) => peer.call("logout_response", { url }),
    answerLogout: (url) => peer.call("answer_logout", { url }),
  };
}

/**
 * Starts pysaml2 as identity provider. Settings: `spMetadata` (a list of XML), `entityId`, `sso`, `slo`, `service`
 * (options of the `idp` part), `options`, `encryption` (`aes256-gcm`, `aes128-gcm`, `aes256-cbc`, `tripledes-cbc`). Returns `{ metadata, certificate, respond(), unsolicited(), answerLogout(),
 * output(), stop() }`. It answers to no URL: hand it the URL to which a service provider redirects.
 */
export async function pysaml2Idp({ spMetadata = [], ...rest }) {
  const peer = await pysaml2({ role: "idp", metadata: spMetadata, ...rest });
  const person = { user: "alice", attributes: { uid: "alice", mail: "alice@hanzo.test", displayName: "Alice Adams" } };
  return {
    ...peer,
    /** Makes a service provider known by its metadata. */
    trust: (metadata) => peer.call("trust", { metadata }),
    /**
     * Answers an AuthnRequest (by redirect) with `{ action, fields, requestSigned }`. Options: `user`, `attributes`,
     * `nameId: { format, text }`, and those of pysaml2's `create_authn_response`: `sign_response`,
     * `sign_assertion`, `encrypt_assertion`, `sign_alg`, `digest_alg`.
     */
    respond: (url, options = {}) => peer.call("respond", { url, ...person, ...options }),
    unsolicited: (spEntityId, options = {}) => peer.call("unsolicited", { spEntityId, ...person, ...options }),
    /** Answers a LogoutRequest with `{ url, nameId }`. */
    answerLogout: (url) => peer.call("answer_logout", { url }),
  };
}

async function pysaml2({ service = {}, options = {}, encryption = "aes256-gcm", ...settings }) {
  const dir = await folder(`pysaml2-${settings.role}`);
  const keys = await certificate(dir, settings.role);
  const peer = { ...settings, service, options, encryption, keyPath: keys.keyPath, certPath: keys.certPath, xmlsec: "/usr/bin/xmlsec1" };
  const waiting = [];
  const first = new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  first.catch(() => {});
  let child;
  const server = await launch(PYTHON, [join(HERE, "python/pysaml2_peer.py")], {
    cwd: dir.path, env: { PEER: JSON.stringify(peer), PYTHONUNBUFFERED: "1" }, stdio: ["pipe", "pipe", "pipe"],
    started(process) {
      child = process;
      createInterface({ input: process.stdout }).on("line", (line) => {
        const { result, error, trace } = JSON.parse(line);
        const { resolve, reject } = waiting.shift();
        if (error) reject(Object.assign(new Error(error), { trace }));
        else resolve(result);
      });
    },
    ready: () => waiting.length === 0,
  });
  return {
    metadata: await first, certificate: keys.cert, keys, output: server.output,
    call: (name, parameters = {}) => new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      child.stdin.write(`${JSON.stringify({ do: name, ...parameters })}\n`);
    }),
    async stop() {
      await server.stop();
      await dir.remove();
    },
  };
}
