// The output of the workers of a test, in which there must be no secret (ATTACKS H-117).

/** The form of each kind of secret. */
const KINDS = {
  "API key": /\b(?:hk|pk|sk)-[A-Za-z0-9-]{20,}/g,
  "client secret": /\bhs-[A-Za-z0-9_-]{20,}/g,
  JWT: /\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?/g,
  "Authorization header": /\b(?:Basic|Bearer|DPoP) +[A-Za-z0-9+/._~-]{12,}=*/gi,
  cookie: /\b(?:__Host-)?hanzo_[a-z]+=[^\s;,"']+/g,
  parameter: /\b(?:code|code_verifier|device_code|access_token|refresh_token|id_token|id_token_hint|client_secret|password|form_token)=[^\s&"']{6,}/g,
  // Codes, refresh tokens and sessions are 32 random bytes. The thumbprint of a signing key, which is
  // public, has the same length.
  "opaque token": /(?<![A-Za-z0-9_-])(?<!kid\W{1,4})[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/g,
};

/** The secrets in `text`: those with the form of one, and the `known` ones. */
export function secretsIn(text, known = []) {
  const found = [];
  for (const [kind, pattern] of Object.entries(KINDS)) {
    for (const match of text.matchAll(pattern)) found.push({ kind, at: match.index });
  }
  for (const secret of new Set(known)) {
    if (secret && text.includes(secret)) found.push({ kind: "known secret", at: text.indexOf(secret) });
  }
  return found;
}

/** Collects the output of workers, and at the end asserts that it has no secret. */
export class Logs {
  text = "";

  /** The option `output` of `startPair`. */
  add = (chunk) => { this.text += chunk; };

  /** Throws if the output has a secret; the message has the surroundings and not the secret. */
  assertClean(known) {
    const found = secretsIn(this.text, known);
    if (found.length === 0) return;
    const shown = found.slice(0, 5).map(({ kind, at }) => {
      const line = this.text.slice(this.text.lastIndexOf("\n", at) + 1, at);
      return `${kind} after ${JSON.stringify(line.slice(-120))}`;
    });
    throw new Error(`secrets in the logs of the workers (${found.length}): ${shown.join("; ")}`);
  }
}
