// A Casdoor database dump as the lines of an import.
//
// The dump is what `casdoor -export` (object/init_data_dump.go) writes: one object with a list of each kind.
import { createHash } from "node:crypto";

/** Casdoor's own organization, which administers the server: no tenant. */
const BUILT_IN = "built-in";

/** Kinds of a dump that stay behind: what is issued or recorded, and what this server does otherwise. */
const LEFT = [
  "adapters", "certs", "enforcers", "invitations", "ldaps", "models", "payments", "plans", "pricings", "products",
  "records", "resources", "sessions", "subscriptions", "syncers", "tokens", "transactions", "webhooks",
];

const GRANTS = new Set([
  "authorization_code", "refresh_token", "client_credentials", "password", "device_code",
  "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange",
]);

/** Members of a Casdoor user that are profile, kept as they are. */
const PROFILE = [
  "firstName", "lastName", "countryCode", "region", "location", "address", "affiliation", "title", "homepage", "bio", "tag",
  "language", "gender", "birthday", "education", "signupApplication", "properties",
];

const MASK = "***";
const list = (value) => (Array.isArray(value) ? value : []);
const digest = (text) => createHash("sha256").update(text).digest("base64url");
const unpadded = (bytes) => bytes.toString("base64").replace(/=+$/, "");
/** Only members that have a value. */
const filled = (object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined && value !== "" && value !== null));

/**
 * The password of a user as the members of `secrets`, or `{ why }` if it cannot be imported.
 *
 * Casdoor (object/check.go, cred/) takes a password that is right with the salt of the organization or with
 * that of the user; earlier versions took no second digest for an empty salt, later ones do.
 */
export function passwordOf(user, organization) {
  const stored = user.password ?? "";
  if (stored === "" || stored === MASK) return {};
  const type = user.passwordType || organization.passwordType || "plain";
  const salts = [...new Set([organization.passwordSalt ?? "", user.passwordSalt ?? ""])];
  const nested = (name, length) => {
    if (!new RegExp(`^[0-9a-f]{${length * 2}}$`, "i").test(stored)) return { why: `the password is no ${name}` };
    const encoded = salts.flatMap((salt) => (salt === "" ? ["-", ""] : [unpadded(Buffer.from(salt))]));
    return { passwordHash: `$nested-${name}$${encoded.slice(0, 3).join(",")}$${unpadded(Buffer.from(stored, "hex"))}` };
  };
  switch (type) {
    case "plain": return { password: stored };
    case "salt": return nested("sha256", 32);
    case "sha512-salt": return nested("sha512", 64);
    case "md5-salt": return nested("md5", 16);
    case "bcrypt":
    case "pbkdf2-django": return { passwordHash: stored };
    case "argon2id":
      return salts.some(Boolean) ? { why: "its argon2id has a pepper" } : { passwordHash: stored };
    case "pbkdf2-salt": {
      const salt = unpadded(Buffer.from((user.passwordSalt || organization.passwordSalt) ?? "", "base64"));
      return { passwordHash: `$pbkdf2-sha256$i=27500$${salt}$${stored.replace(/=+$/, "")}` };
    }
    default: return { why: `the password type ${type} is unknown` };
  }
}

/** A key of an earlier system, by its digest; `undefined` if it has none of the known forms. */
export function keyOf(text) {
  const hex = "[0-9a-f]";
  const forms = [`hk-${hex}{8}-${hex}{4}-${hex}{4}-${hex}{4}-${hex}{12}`, `[sp]k-(live|test)-${hex}{32}`];
  if (!new RegExp(`^(${forms.join("|")})$`).test(text)) return undefined;
  const prefix = text.startsWith("hk-") ? "hk-" : text.slice(0, 8);
  return { publishable: text.startsWith("pk-"), secrets: { digest: digest(text), prefix, lastFour: text.slice(-4) } };
}

/** E.164 of a phone number, which Casdoor stores without its country. */
function phoneOf({ phone, countryCode }, codes) {
  if (!phone) return undefined;
  const plain = phone.replace(/[\s().-]/g, "");
  if (plain.startsWith("+")) return plain;
  return codes[countryCode] ? `+${codes[countryCode]}${plain.replace(/^0/, "")}` : undefined;
}

/** Calling codes of the countries that Casdoor offers for phone numbers. */
const CODES = {
  US: 1, CA: 1, GB: 44, ES: 34, FR: 33, DE: 49, CN: 86, JP: 81, KR: 82, VN: 84, ID: 62, SG: 65, IN: 91, IT: 39, MY: 60, TR: 90,
  DZ: 213, IL: 972, PH: 63, NL: 31, PL: 48, FI: 358, SE: 46, UA: 380, KZ: 7, RU: 7, BR: 55, AU: 61, CH: 41, AT: 43, BE: 32, PT: 351,
};

const isRegistrable = (uri) => {
  if (/[*^$\\()|]|\[(?!::1\])/.test(uri)) return false;
  const local = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(\/|$)/.test(uri);
  return local || /^https:\/\//.test(uri) || /^[a-z][a-z0-9+-]*\.[a-z0-9+.-]+:/.test(uri);
};

/** The lines of each organization, and notes about what is left out or changed. */
export function convert(dump, only) {
  const notes = [];
  const note = (what, why) => notes.push(`${what}: ${why}`);
  const organizations = new Map();
  for (const organization of list(dump.organizations)) {
    const { name } = organization;
    if (only && !only.includes(name)) continue;
    if (name === BUILT_IN || name === "admin") note(`organization ${name}`, "administers the server, and is not imported");
    else if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name)) note(`organization ${name}`, "the name must be lower case letters, digits and hyphens");
    else organizations.set(name, { organization, lines: [] });
  }
  const of = (owner) => organizations.get(owner);
  const add = (owner, kind, object, secrets = {}) => {
    const line = { kind, object: filled(object) };
    if (Object.keys(secrets).length > 0) line.secrets = secrets;
    of(owner).lines.push(line);
  };
  /** The things of a kind whose organization is imported. */
  const each = (kind, owner = (thing) => thing.owner) =>
    list(dump[kind]).map((thing) => [thing, owner(thing)]).filter(([, name]) => of(name));
  const users = new Set();

  for (const [name, { organization }] of organizations) {
    const { displayName, websiteUrl, favicon, logo, defaultAvatar, defaultApplication, languages, tags, createdTime } = organization;
    add(name, "organization", {
      owner: "admin", name, displayName, websiteUrl, favicon, logo, defaultAvatar, defaultApplication, languages, tags, createdTime,
    });
    if (organization.masterPassword) note(`organization ${name}`, "its master password, which opens every account, is not imported");
  }
  for (const [user, owner] of each("users")) {
    const what = `user ${owner}/${user.name}`;
    const name = (user.name ?? "").toLowerCase();
    if (user.isDeleted) { note(what, "is deleted"); continue; }
    if (!/^[a-z0-9][a-z0-9._-]{0,62}$/.test(name)) { note(what, "the name is no username here"); continue; }
    if (users.has(`${owner}/${name}`)) { note(what, "differs from another user only in the case of its name"); continue; }
    users.add(`${owner}/${name}`);
    const { why, ...secrets } = passwordOf(user, of(owner).organization);
    if (why) note(what, `has no password: ${why}`);
    const phone = phoneOf(user, CODES);
    if (user.phone && !phone) note(what, `the phone number ${user.phone} has no country, and is left out`);
    add(owner, "user", {
      ...Object.fromEntries(PROFILE.map((member) => [member, user[member]])),
      owner, name, displayName: user.displayName, email: user.email?.toLowerCase(), emailVerified: user.emailVerified || undefined,
      phone, avatar: /^https:\/\//.test(user.avatar ?? "") ? user.avatar : undefined, id: user.id, createdTime: user.createdTime,
      isAdmin: user.isAdmin || undefined, isForbidden: user.isForbidden || undefined,
    }, secrets);
  }
  const member = (kind) => (id) => {
    const text = kind === "user" ? id.toLowerCase() : id;
    return text;
  };
  const known = (ids) => list(ids).map(member("user")).filter((id) => users.has(id) || (note(`user ${id}`, "is named and not imported"), false));

  const groups = each("groups");
  for (const [group, owner] of groups) {
    const inside = list(dump.users).filter((user) => user.owner === owner && list(user.groups).includes(`${owner}/${group.name}`));
    add(owner, "team", {
      owner, name: group.name, displayName: group.displayName, isEnabled: group.isEnabled,
      users: known(inside.map((user) => `${owner}/${user.name}`)), createdTime: group.createdTime,
    });
  }
  for (const [group, owner] of groups) {
    // A parent is named by its name, or by its id in earlier versions.
    const parent = groups.find(([other, of]) => of === owner && [other.name, other.id].includes(group.parentId ?? group.parent_id))?.[0];
    if (parent && parent !== group) of(owner).lines.push({ kind: "team", change: { owner, name: group.name, parent: parent.name } });
  }
  const roles = each("roles");
  for (const [role, owner] of roles) {
    add(owner, "role", {
      owner, name: role.name, displayName: role.displayName, description: role.description, isEnabled: role.isEnabled,
      users: known(role.users), teams: list(role.groups), domains: list(role.domains), createdTime: role.createdTime,
    });
  }
  for (const [role, owner] of roles) {
    if (list(role.roles).length > 0) of(owner).lines.push({ kind: "role", change: { owner, name: role.name, roles: role.roles } });
  }
  for (const [application, owner] of each("applications", ({ organization }) => organization)) {
    const what = `application ${application.name}`;
    const uris = list(application.redirectUris);
    for (const uri of uris.filter((it) => !isRegistrable(it))) note(what, `the redirect URI ${uri} is a pattern or not https, and is left out`);
    const grants = list(application.grantTypes).filter((grant) => GRANTS.has(grant));
    const secret = application.clientSecret;
    const hasSecret = secret && secret !== MASK;
    add(owner, "application", {
      owner, name: application.name, organization: owner, displayName: application.displayName, clientId: application.clientId,
      public: hasSecret ? undefined : true, grantTypes: grants, redirectUris: uris.filter(isRegistrable), logo: application.logo,
      homepageUrl: application.homepageUrl, description: application.description, enablePassword: application.enablePassword,
      expireInHours: application.expireInHours || undefined, refreshExpireInHours: application.refreshExpireInHours || undefined,
      createdTime: application.createdTime,
    }, hasSecret ? { clientSecretDigest: digest(secret) } : {});
  }
  for (const [permission, owner] of each("permissions")) {
    if (permission.model && !/^(user-model-built-in|built-in\/user-model-built-in|)$/.test(permission.model)) {
      note(`permission ${owner}/${permission.name}`, `its model ${permission.model} is not evaluated here`);
    }
    const { name, displayName, description, domains, resourceType, resources, actions, effect, isEnabled, createdTime } = permission;
    add(owner, "permission", {
      owner, name, displayName, description, domains: list(domains), resourceType, resources: list(resources), actions: list(actions),
      effect, isEnabled, users: known(list(permission.users).filter((id) => id !== "*")), roles: list(permission.roles),
      teams: list(permission.groups), createdTime,
    });
  }
  for (const [provider, owner] of each("providers")) {
    const { displayName, category, type, clientId, clientSecret, clientId2, clientSecret2, createdTime, name, ...rest } = provider;
    const kept = ["method", "subType", "host", "port", "domain", "regionId", "signName", "templateCode", "providerUrl", "endpoint", "bucket", "pathPrefix", "scopes", "customAuthUrl", "customTokenUrl", "customUserInfoUrl"];
    add(owner, "provider", {
      ...Object.fromEntries(kept.map((key) => [key, rest[key] || undefined])),
      owner, name, displayName, category, type, clientId, clientSecret, clientId2, clientSecret2, createdTime,
    });
  }
  for (const [user, owner] of each("users")) {
    if (!users.has(`${owner}/${(user.name ?? "").toLowerCase()}`)) continue;
    for (const member of ["accessKey", "accessSecret"]) {
      const text = user[member];
      if (!text || text === MASK) continue;
      const key = keyOf(text);
      if (!key) { note(`user ${owner}/${user.name}`, `its ${member} is no key of a known form, and is left out`); continue; }
      const name = `${user.name.toLowerCase()}-${member === "accessKey" ? "key" : "secret"}`;
      add(owner, "key", { owner, user: user.name.toLowerCase(), name, scope: key.publishable ? "publish" : "" }, key.secrets);
    }
  }
  for (const kind of LEFT) {
    const count = list(dump[kind]).length;
    if (count > 0) note(kind, `${count} stay behind`);
  }
  const header = (name) => ({ format: "hanzo-iam-organization", version: 1, organization: name, source: "casdoor" });
  const lines = new Map([...organizations].map(([name, { lines: own }]) => [name, [header(name), ...own, { end: true }]]));
  return { lines, notes };
}
