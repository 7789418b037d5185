// Prints the SQL that creates the platform's first administrator in an empty database, and the
// application for its sign-in. The origin itself makes the rows, in a local database.
import { bootstrap, startPair } from "./pair.mjs";

const { FIRST_ADMIN_EMAIL: email, FIRST_ADMIN_PASSWORD: password } = process.env;
if (!email || !password) throw new Error("FIRST_ADMIN_EMAIL and FIRST_ADMIN_PASSWORD are not set");

const pair = await startPair();
try {
  await bootstrap(pair, {
    organizations: [{ name: "admin", displayName: "Platform" }],
    users: [{
      owner: "admin", name: "root", displayName: "Root", email, emailVerified: true, password, isAdmin: true,
    }],
    // Public, and without a redirect until the administrator registers one.
    applications: [{
      owner: "admin", organization: "admin", name: "admin-console", clientId: "admin-console",
      displayName: "Administration", clientSecret: null, redirectUris: [],
      grantTypes: ["authorization_code", "refresh_token"],
      isFirstParty: true, platformAccess: true, scopes: ["iam"],
    }],
    keys: [],
  });
  const database = await pair.database();
  for (const table of ["organizations", "users", "memberships", "applications"]) {
    const { results } = await database.prepare(`SELECT * FROM ${table}`).all();
    for (const row of results) {
      const columns = Object.keys(row).join(", ");
      const values = Object.values(row).map(literal).join(", ");
      console.log(`INSERT OR IGNORE INTO ${table} (${columns}) VALUES (${values});`);
    }
  }
} finally {
  await pair.close();
}

function literal(value) {
  if (value === null) return "NULL";
  return typeof value === "number" ? String(value) : `'${String(value).replaceAll("'", "''")}'`;
}
