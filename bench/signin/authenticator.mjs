// A passkey in software: what an authenticator returns for the options of a ceremony (Web Authentication
// Level 3), as the JSON that browsers post. ES256, attestation none, user verified.
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";

const [PRESENT, VERIFIED, CREDENTIAL] = [0x01, 0x04, 0x40];
const text = (bytes) => Buffer.from(bytes).toString("base64url");
const sha256 = (bytes) => createHash("sha256").update(bytes).digest();

/** A new one for pages of `origin`. */
export function authenticator(origin) {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x, y } = publicKey.export({ format: "jwk" });
  const id = randomBytes(16);
  let count = 0;
  let user;

  const clientData = (type, { challenge }) => Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  function data(rpId, flags, credential = Buffer.alloc(0)) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(++count);
    return Buffer.concat([sha256(rpId), Buffer.from([PRESENT | VERIFIED | flags]), counter, credential]);
  }
  const credential = (response) => ({
    id: text(id), rawId: text(id), type: "public-key", clientExtensionResults: {}, authenticatorAttachment: "platform", response,
  });

  return {
    /** For `navigator.credentials.create`. */
    create(options) {
      user = options.user.id;
      const length = Buffer.from([0, id.length]);
      const attested = Buffer.concat([Buffer.alloc(16), length, id, cose(x, y)]);
      const authenticatorData = data(options.rp.id, CREDENTIAL, attested);
      return credential({
        clientDataJSON: text(clientData("webauthn.create", options)),
        attestationObject: text(attestation(authenticatorData)),
        transports: ["internal"],
      });
    },
    /** For `navigator.credentials.get`. */
    get(options) {
      const [bytes, client] = [data(options.rpId, 0), clientData("webauthn.get", options)];
      return credential({
        clientDataJSON: text(client), authenticatorData: text(bytes), userHandle: user,
        signature: text(sign("sha256", Buffer.concat([bytes, sha256(client)]), privateKey)),
      });
    },
  };
}

/** The public key in CBOR (RFC 9053 §7.1): {1: 2, 3: -7, -1: 1, -2: x, -3: y}. */
const cose = (x, y) => Buffer.concat([
  Buffer.from("a5010203262001215820", "hex"), Buffer.from(x, "base64url"), Buffer.from("225820", "hex"), Buffer.from(y, "base64url"),
]);

/** {"fmt": "none", "attStmt": {}, "authData": …} in CBOR. */
function attestation(data) {
  const length = Buffer.from([0x59, data.length >> 8, data.length & 0xff]);
  return Buffer.concat([Buffer.from("a363666d74646e6f6e656761747453746d74a0686175746844617461", "hex"), length, data]);
}
