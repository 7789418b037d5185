// The public vectors under workerd's WebCrypto, which verifies signatures in production: natively
// RustCrypto runs the same files (tests/native/token/vectors.rs). ATTACKS.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Log, LogLevel, Miniflare } from "miniflare";
import { COMPATIBILITY_DATE, ROOT } from "../../scripts/local/pair.mjs";

/** What `src/platform/workers/crypto.rs` hands to WebCrypto, and the length that `has_length_of` asks first. */
const ES256 = {
  name: "ES256",
  importing: '{"name":"ECDSA","namedCurve":"P-256"}',
  verifying: '{"name":"ECDSA","hash":"SHA-256"}',
  hasLength: (signature) => signature.length === 64,
};
const RS256 = {
  name: "RS256",
  importing: '{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-256"}',
  verifying: '{"name":"RSASSA-PKCS1-v1_5"}',
  hasLength: (signature) => signature.length >= 256 && signature.length <= 512,
};

/** Answers, for each key and its signatures, which of them WebCrypto takes for genuine. */
const WORKER = `
const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
export default {
  async fetch(request) {
    const { importing, verifying, groups } = await request.json();
    const verdicts = [];
    for (const { jwk, tests } of groups) {
      const key = await crypto.subtle.importKey("jwk", jwk, importing, false, ["verify"]);
      for (const { msg, sig } of tests) {
        verdicts.push(await crypto.subtle.verify(verifying, key, bytes(sig), bytes(msg)));
      }
    }
    return Response.json(verdicts);
  },
};`;

let miniflare;
before(async () => {
  miniflare = new Miniflare({
    log: new Log(LogLevel.ERROR), cf: false, modules: true, script: WORKER, compatibilityDate: COMPATIBILITY_DATE,
  });
  await miniflare.ready;
});
after(() => miniflare.dispose());

/** Judges a file of Wycheproof; answers how many vectors, and how many of them were accepted. */
async function judge(algorithm, file, jwkOf) {
  const { testGroups } = JSON.parse(await readFile(join(ROOT, "tests/vectors/wycheproof", file), "utf8"));
  const groups = testGroups.flatMap(({ publicKey, tests }) => {
    const jwk = jwkOf(publicKey);
    const long = tests.filter(({ sig }) => algorithm.hasLength(Buffer.from(sig, "hex")));
    return jwk ? [{ jwk: { ...jwk, alg: algorithm.name, use: "sig" }, tests: long, all: tests }] : [];
  });
  const answer = await miniflare.dispatchFetch("http://vectors/", {
    method: "POST",
    body: JSON.stringify({
      importing: JSON.parse(algorithm.importing), verifying: JSON.parse(algorithm.verifying),
      groups: groups.map(({ jwk, tests }) => ({ jwk, tests })),
    }),
  });
  const verdicts = await answer.json();
  const genuine = new Map(groups.flatMap(({ tests }) => tests).map(({ tcId }, index) => [tcId, verdicts[index]]));
  const judged = groups.flatMap(({ all }) => all);
  for (const { tcId, comment, result } of judged) {
    // One of another length is refused before WebCrypto sees it; "acceptable" ones are refused.
    assert.equal(genuine.get(tcId) ?? false, result === "valid", `${tcId}: ${comment}`);
  }
  return { judged: judged.length, accepted: verdicts.filter(Boolean).length };
}

/** A number in hexadecimal, without leading zeros or padded to `length` bytes. */
const number = (hex, length) => {
  const digits = hex.replace(/^(00)+/, "");
  return Buffer.from(length ? digits.padStart(2 * length, "0") : digits, "hex").toString("base64url");
};

test("the parameters here are those of the worker", async () => {
  const source = await readFile(join(ROOT, "src/platform/workers/crypto.rs"), "utf8");
  for (const { importing, verifying } of [ES256, RS256]) {
    assert.ok(source.includes(`r#"${importing}"#`) && source.includes(`r#"${verifying}"#`), importing);
  }
});

test("Wycheproof: ECDSA P-256 in JWS form", async () => {
  const counted = await judge(ES256, "ecdsa_secp256r1_sha256_p1363_test.json", ({ wx, wy }) => (
    { kty: "EC", crv: "P-256", x: number(wx, 32), y: number(wy, 32) }));
  assert.deepEqual(counted, { judged: 262, accepted: 173 });
});

/** Nothing but 65537 is an exponent of ours: the two groups with e = 3 are refused with their keys. */
test("Wycheproof: RSA PKCS#1 v1.5 with 2048 bits", async () => {
  const counted = await judge(RS256, "rsa_signature_2048_sha256_test.json", ({ modulus, publicExponent }) => (
    publicExponent === "010001" ? { kty: "RSA", n: number(modulus), e: number(publicExponent) } : undefined));
  assert.deepEqual(counted, { judged: 257, accepted: 7 });
});

/** What `src/platform/workers/signatures.rs` hands to WebCrypto, for keys that are made here. */
const FOREIGN = [
  ['{"name":"ECDSA","namedCurve":"P-256"}', '{"name":"ECDSA","hash":"SHA-256"}'],
  ['{"name":"ECDSA","namedCurve":"P-256"}', '{"name":"ECDSA","hash":"SHA-384"}'],
  ['{"name":"ECDSA","namedCurve":"P-384"}', '{"name":"ECDSA","hash":"SHA-256"}'],
  ['{"name":"ECDSA","namedCurve":"P-384"}', '{"name":"ECDSA","hash":"SHA-384"}'],
  ['{"name":"Ed25519"}', '{"name":"Ed25519"}'],
  ['{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-256"}', '{"name":"RSASSA-PKCS1-v1_5"}'],
];

test("workerd verifies the signatures of authenticators and certificates, of every key and scheme", async () => {
  const source = await readFile(join(ROOT, "src/platform/workers/signatures.rs"), "utf8");
  for (const [importing, verifying] of FOREIGN) {
    assert.ok(source.includes(`r#"${importing}"#`) && source.includes(`r#"${verifying}"#`), importing);
    const made = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), ...JSON.parse(importing) };
    const { publicKey, privateKey } = await crypto.subtle.generateKey(made, true, ["sign", "verify"]);
    const { kty, crv, x, y, n, e } = await crypto.subtle.exportKey("jwk", publicKey);
    const message = Buffer.from("authenticator data and hash");
    const signed = Buffer.from(await crypto.subtle.sign(JSON.parse(verifying), privateKey, message));
    const flipped = Buffer.from(signed);
    flipped[flipped.length - 1] ^= 1;
    const tests = [signed, flipped].map((sig) => ({ msg: message.toString("hex"), sig: sig.toString("hex") }));
    const answer = await miniflare.dispatchFetch("http://vectors/", {
      method: "POST",
      body: JSON.stringify({
        importing: JSON.parse(importing), verifying: JSON.parse(verifying),
        groups: [{ jwk: { kty, crv, x, y, n, e }, tests }],
      }),
    });
    assert.deepEqual(await answer.json(), [true, false], `${importing} ${verifying}`);
  }
});
