// (b) What one would write in JavaScript: verifies the ES256 token with `jose` (the key imported
// once, without any fetch), takes identity headers off, puts the verified ones on, forwards.
import { importJWK, jwtVerify } from "jose";

const STRIPPED = [
  "authorization", "x-org-id", "x-user-id", "x-user-email", "x-user-name", "x-scope", "x-roles",
];
let key;

export default {
  async fetch(request, env) {
    key ??= importJWK(JSON.parse(env.JWK), "ES256");
    const credential = request.headers.get("authorization") ?? "";
    let claims;
    try {
      const expected = { issuer: env.IAM_ISSUER, audience: env.AUDIENCE, typ: "at+jwt" };
      ({ payload: claims } = await jwtVerify(credential.replace(/^Bearer /i, ""), await key, expected));
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
