// A peer of `scripts/bench federation`: npm `ldapts`, which signs a person in at a directory by LDAPS as a server does.
import { Client, EqualityFilter } from "ldapts";

/** Connects, finds the person as the reader of the directory (of `tests/support/peers/slapd.mjs`), binds as the person. */
export async function signIn({ ldapsPort, ca, base, reader }, uid, password) {
  const client = new Client({ url: `ldaps://localhost:${ldapsPort}`, tlsOptions: { ca } });
  try {
    await client.bind(reader.dn, reader.password);
    const filter = new EqualityFilter({ attribute: "uid", value: uid });
    const { searchEntries: [person] } = await client.search(base, { filter, attributes: ["*", "memberOf", "entryUUID"] });
    await client.bind(person.dn, password);
  } finally {
    await client.unbind();
  }
}
