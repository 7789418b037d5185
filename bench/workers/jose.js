// jose gateway: what one would write in JavaScript. Verifies the ES256 token with `jose` against a local
// JWKS (which imports each key once), removes identity headers, sets the verified ones, forwards.
//
// With TELLS=all ("all headers") it sets the headers that the edge sets by default, and a request id on
// request and response. It signs nothing and knows no revocation.
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
    if (env.TELLS !== "all") return env.ECHO.fetch(new Request(request, { headers }));
    tellRest(headers, claims);
    const id = crypto.randomUUID();
    headers.set("x-request-id", id);
    const answer = await env.ECHO.fetch(new Request(request, { headers }));
    const named = new Response(answer.body, answer);
    named.headers.set("x-request-id", id);
    return named;
  },
};

function tellRest(headers, claims) {
  const { name, email, owner, billing_account, scope } = claims;
  headers.set("x-user-name", name);
  headers.set("x-user-email", email);
  headers.set("x-user-owner", owner);
  headers.set("x-billing-account-id", billing_account);
  headers.set("x-scope", scope);
  headers.set("x-scope-role", claims.orgs.find(({ org }) => org === owner).role);
}
