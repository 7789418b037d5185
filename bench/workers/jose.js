// (J) What one would write in JavaScript: verifies the ES256 token with `jose` against a local JWKS
// (which imports each key once), takes identity headers off, puts the verified ones on, forwards.
import { createLocalJWKSet, jwtVerify } from "jose";

const STRIPPED = [
  "authorization", "x-org-id", "x-user-id", "x-user-email", "x-user-name", "x-scope", "x-roles",
];
let keys, expected;

export default {
  async fetch(request, env) {
    keys ??= createLocalJWKSet(JSON.parse(env.JWKS));
    expected ??= { issuer: env.IAM_ISSUER, audience: env.AUDIENCE, typ: "at+jwt" };
    const credential = request.headers.get("authorization") ?? "";
    let claims;
    try {
      ({ payload: claims } = await jwtVerify(credential.replace(/^Bearer /i, ""), keys, expected));
    } catch {
      return Response.json({ error: "unauthorized", message: "Invalid token" }, { status: 401 });
    }
    const headers = new Headers(request.headers);
    for (const name of STRIPPED) headers.delete(name);
    headers.set("x-user-id", claims.sub);
    headers.set("x-org-id", claims.owner);
    return env.ECHO.fetch(new Request(request, { headers }));
  },
};
