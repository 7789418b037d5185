// amend-only: changes a request and its response as the edge does, in the cheapest way that we know,
// and verifies nothing: the ceiling of a gateway that sets identity headers.
const IDENTITY = {
  "x-org-id": "hanzo",
  "x-user-id": "01234567-89ab-cdef-0123-456789abcdef",
  "x-user-name": "alice",
  "x-user-email": "alice@hanzo.example",
  "x-user-owner": "hanzo",
  "x-billing-account-id": "org:hanzo",
  "x-scope": "openid profile email",
  "x-scope-role": "member",
};
const ID = "0123456789abcdef0123456789abcdef";
const SIGNATURE = "t=1700000000,v1=0123456789abcdef0123456789abcdef0123456789a";
let draft;

export default {
  fetch(request, env) {
    const fields = Object.create(null);
    for (const [name, value] of request.headers) fields[name] = value;
    delete fields.authorization;
    draft ??= new Headers({ ...fields, ...IDENTITY });
    draft.set("x-identity-signature", SIGNATURE);
    draft.set("x-request-id", ID);
    return env.ECHO.fetch(request, { headers: draft, redirect: "manual" }).then(named);
  },
};

function named(response) {
  const renamed = new Response(response.body, response);
  renamed.headers.set("x-request-id", ID);
  return renamed;
}
