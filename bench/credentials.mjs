// Many credentials, good and bad: tokens signed by a key of the bench, `hk-` keys as src/core/apikey
// mints them, and credentials that an attacker might send.
import {
  createHash, createHmac, generateKeyPairSync, hkdfSync, randomBytes, randomInt, randomUUID, sign,
} from "node:crypto";
import { crc32 } from "node:zlib";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** A signing key (ES256), its JWK, and `mint(count)`, which returns `count` tokens of `claims`. */
export function signer() {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x, y } = publicKey.export({ format: "jwk" });
  // The thumbprint of RFC 7638.
  const kid = createHash("sha256").update(JSON.stringify({ crv: "P-256", kty: "EC", x, y })).digest("base64url");
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const header = encode({ alg: "ES256", typ: "at+jwt", kid });
  return {
    jwk: { kty: "EC", crv: "P-256", x, y, kid, alg: "ES256", use: "sig" },
    mint: (claims, count) => Array.from({ length: count }, () => {
      const input = `${header}.${encode({ ...claims, exp: claims.iat + 3600, jti: randomUUID() })}`;
      const signature = sign("sha256", Buffer.from(input), { key: privateKey, dsaEncoding: "ieee-p1363" });
      return `${input}.${signature.toString("base64url")}`;
    }),
  };
}

/** Makes genuine `hk-` keys under `rootKey` for `environment`. */
export function keyMinter(rootKey, environment) {
  const derived = Buffer.from(
    hkdfSync("sha256", Buffer.from(rootKey, "base64url"), "", `hanzo-iam/1/api-key/${environment}`, 32));
  return () => {
    const covered = `hk-${base62(randomBytes(8), 11)}${base62(randomBytes(20), 27)}`;
    const mac = createHmac("sha256", derived).update(covered).digest().subarray(0, 8);
    return withChecksum(covered + base62(mac, 11));
  };
}

/** The name of a key's record among the snapshots. */
export const keyRecordName = (key) => `key:${createHash("sha256").update(key).digest("base64url")}`;

/** Credentials that must be refused; each call returns another one. */
export const junk = {
  /** A key that is one character short. */
  form: () => `hk-${letters(54)}`,
  /** A key with a checksum that is not its own. */
  checksum: () => {
    const good = withChecksum(`hk-${letters(49)}`);
    const last = good.at(-1);
    return good.slice(0, -1) + ALPHABET[(ALPHABET.indexOf(last) + 1) % ALPHABET.length];
  },
  /** A key with a correct checksum, which needs no secret, and a made-up MAC. */
  mac: () => withChecksum(`hk-${letters(38)}${base62(randomBytes(8), 11)}`),
  /** `token` with a random signature. */
  signature: (token) => `${token.slice(0, token.lastIndexOf("."))}.${randomBytes(64).toString("base64url")}`,
};

/** `values` in another order. */
export function shuffled(values) {
  const mixed = [...values];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [mixed[i], mixed[j]] = [mixed[j], mixed[i]];
  }
  return mixed;
}

export const times = (count, make) => Array.from({ length: count }, (_, i) => make(i));

function withChecksum(covered) {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(covered));
  return covered + base62(checksum, 6);
}

/** As src/core/apikey/base62.rs: a big-endian number in `width` digits. */
function base62(bytes, width) {
  let number = BigInt(`0x${bytes.toString("hex")}`);
  let digits = "";
  for (let i = 0; i < width; i++) {
    digits = ALPHABET[Number(number % 62n)] + digits;
    number /= 62n;
  }
  return digits;
}

function letters(count) {
  return Array.from(randomBytes(count), (byte) => ALPHABET[byte % ALPHABET.length]).join("");
}
