// Apache with mod_auth_gssapi: a real acceptor of SPNEGO, to compare our answers with.
import { startApache, variables } from "./apache.mjs";
import { folder, freePort } from "./process.mjs";

/** Starts the acceptor with `kdc`, as of `kdc.mjs`. `/protected/` prints REMOTE_USER and the others. */
export async function start({ kdc, keytabPath = kdc.keytabPath }) {
  const dir = await folder("gssapi");
  const apache = await startApache(dir, await freePort(), {
    modules: ["auth_gssapi"], env: kdc.env,
    config: `<Location /protected>
  AuthType GSSAPI
  GssapiCredStore keytab:${keytabPath}
  Require valid-user
</Location>`,
  });
  return {
    ...apache, variables,
    async stop() {
      await apache.stop();
      await dir.remove();
    },
  };
}
