-- The truth of the origin (D1, SQLite).
--
-- Conventions: times are Unix seconds; booleans are 0 or 1; lists and objects are JSON text;
-- secrets of high entropy (keys, codes, tokens) are stored as base64url(SHA-256) in columns named
-- *digest; what must be read back is sealed (AES-256-GCM under the root key) in columns named
-- sealed_*. `attributes` holds the members of a published object that no code reads, so that they
-- round-trip. Every row that belongs to an organization names it in `owner`.

CREATE TABLE organizations (
  id           TEXT PRIMARY KEY,             -- UUID; never reused, unlike the name
  name         TEXT NOT NULL UNIQUE,         -- the slug
  display_name TEXT NOT NULL DEFAULT '',
  is_disabled  INTEGER NOT NULL DEFAULT 0,   -- suspended: nothing of it is accepted
  attributes   TEXT NOT NULL DEFAULT '{}',
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL
) STRICT;

-- Names of deleted organizations. They are not given again: tokens and records that still name one
-- must not come to mean another (Zitadel CVE-2026-55670).
CREATE TABLE tombstones (
  name       TEXT PRIMARY KEY,
  id         TEXT NOT NULL,                  -- of the organization that was
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
  id              TEXT PRIMARY KEY,          -- UUID: the `sub` of every token
  owner           TEXT NOT NULL REFERENCES organizations (name),
  name            TEXT NOT NULL,             -- the username
  display_name    TEXT NOT NULL DEFAULT '',
  email           TEXT NOT NULL DEFAULT '',  -- lower case
  email_verified  INTEGER NOT NULL DEFAULT 0,
  phone           TEXT NOT NULL DEFAULT '',
  avatar          TEXT NOT NULL DEFAULT '',
  type            TEXT NOT NULL DEFAULT 'normal-user',
  is_admin        INTEGER NOT NULL DEFAULT 0, -- of its own organization
  is_forbidden    INTEGER NOT NULL DEFAULT 0, -- disabled
  external_id     TEXT,
  password_hash   TEXT,                      -- PHC string (argon2id); NULL: no password sign-in
  last_signin_at  INTEGER,
  not_before      INTEGER NOT NULL DEFAULT 0, -- tokens issued earlier are dead
  attributes      TEXT NOT NULL DEFAULT '{}',
  created_at      INTEGER NOT NULL,
  updated_at      INTEGER NOT NULL,
  UNIQUE (owner, name)
) STRICT;
CREATE UNIQUE INDEX users_by_email ON users (owner, email) WHERE email <> '';
CREATE INDEX users_by_phone ON users (owner, phone) WHERE phone <> '';

-- Further organizations of a person (the home organization is users.owner).
CREATE TABLE memberships (
  user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  organization TEXT NOT NULL REFERENCES organizations (name) ON DELETE CASCADE,
  role         TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
  created_at   INTEGER NOT NULL,
  PRIMARY KEY (user_id, organization)
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_by_organization ON memberships (organization);

CREATE TABLE applications (
  id                     TEXT PRIMARY KEY,   -- UUID
  owner                  TEXT NOT NULL,      -- `admin` for the platform's own
  name                   TEXT NOT NULL,
  organization           TEXT NOT NULL REFERENCES organizations (name),
  client_id              TEXT NOT NULL UNIQUE,
  client_secret_digest   TEXT,               -- NULL: a public client
  display_name           TEXT NOT NULL DEFAULT '',
  grant_types            TEXT NOT NULL DEFAULT '[]',
  redirect_uris          TEXT NOT NULL DEFAULT '[]',
  post_logout_redirect_uris TEXT NOT NULL DEFAULT '[]',
  scopes                 TEXT NOT NULL DEFAULT '[]', -- beyond the standard ones
  resources              TEXT NOT NULL DEFAULT '[]', -- RFC 8707 audiences it may ask for
  capabilities           TEXT NOT NULL DEFAULT '[]', -- key-resolve, publishable-resolve, token-exchange, …
  is_shared              INTEGER NOT NULL DEFAULT 0, -- users of every organization may sign in
  is_disabled            INTEGER NOT NULL DEFAULT 0,
  enable_password        INTEGER NOT NULL DEFAULT 1, -- on the sign-in page
  token_signing_method   TEXT NOT NULL DEFAULT 'ES256',
  access_token_lifetime  INTEGER NOT NULL DEFAULT 3600,     -- seconds
  refresh_token_lifetime INTEGER NOT NULL DEFAULT 2592000,  -- of the whole family, seconds
  attributes             TEXT NOT NULL DEFAULT '{}',
  created_at             INTEGER NOT NULL,
  updated_at             INTEGER NOT NULL,
  UNIQUE (owner, name)
) STRICT;
CREATE INDEX applications_by_organization ON applications (organization);

-- API keys. Revoked ones stay, forever unusable.
CREATE TABLE keys (
  id           TEXT PRIMARY KEY,             -- the key id inside an hk- key, else a UUID
  owner        TEXT NOT NULL REFERENCES organizations (name),
  name         TEXT NOT NULL,
  display_name TEXT NOT NULL DEFAULT '',
  kind         TEXT NOT NULL CHECK (kind IN ('secret', 'publishable')),
  user_id      TEXT REFERENCES users (id) ON DELETE CASCADE, -- the holder; NULL: the organization
  application  TEXT,                         -- client_id, when bound to one
  digest       TEXT NOT NULL UNIQUE,
  prefix       TEXT NOT NULL,                -- hk-, sk-live-, …
  last_four    TEXT NOT NULL,
  scope        TEXT NOT NULL DEFAULT '',     -- comma separated `kind:name`; '' is unlimited
  state        TEXT NOT NULL DEFAULT 'Active' CHECK (state IN ('Active', 'Disabled', 'Revoked')),
  act          INTEGER NOT NULL DEFAULT 0,
  expires_at   INTEGER,
  creator      TEXT NOT NULL DEFAULT '',     -- who made it: owner/name
  revoker      TEXT,
  revoked_at   INTEGER,
  used_at      INTEGER,
  exposed_at   INTEGER,                      -- seen in a URL
  attributes   TEXT NOT NULL DEFAULT '{}',
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL
) STRICT;
-- A revoked key keeps its row, but not its name.
CREATE UNIQUE INDEX keys_by_name ON keys (owner, name) WHERE state <> 'Revoked';
CREATE INDEX keys_by_user ON keys (user_id);

-- Signing keys. Published before they sign, kept until their last token has expired; a key signs
-- until its successor does (core/token/rotation.rs).
CREATE TABLE signing_keys (
  kid            TEXT PRIMARY KEY,           -- RFC 7638 thumbprint
  algorithm      TEXT NOT NULL,
  public_jwk     TEXT NOT NULL,
  sealed_private TEXT NOT NULL,              -- '' once it signs never again
  created_at     INTEGER NOT NULL,           -- published from here on
  signs_from     INTEGER NOT NULL,
  signs_until    INTEGER,                    -- when its successor signs; NULL: it has none yet
  removed_at     INTEGER                     -- leaves the JWKS; NULL: not yet known
) STRICT;

-- A browser's sign-in.
CREATE TABLE sessions (
  id             TEXT PRIMARY KEY,           -- the `sid`
  digest         TEXT NOT NULL UNIQUE,       -- of the cookie
  user_id        TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  authenticated_at INTEGER NOT NULL,         -- `auth_time`
  methods        TEXT NOT NULL DEFAULT '[]', -- `amr` (RFC 8176)
  expires_at     INTEGER NOT NULL,
  created_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);

-- A grant: what a user (or a client for itself) allowed a client. Every token belongs to one; the
-- refresh family is the grant's. Revoking the grant kills all of them.
CREATE TABLE grants (
  id           TEXT PRIMARY KEY,
  client_id    TEXT NOT NULL,
  user_id      TEXT REFERENCES users (id) ON DELETE CASCADE, -- NULL: client_credentials
  organization TEXT NOT NULL,
  session_id   TEXT,
  scope        TEXT NOT NULL,
  resource     TEXT,                         -- RFC 8707
  is_public    INTEGER NOT NULL,             -- established without a client secret
  auth_time    INTEGER,
  methods      TEXT NOT NULL DEFAULT '[]',   -- `amr`
  actor        TEXT,                         -- JSON of the `act` claim (RFC 8693 §4.1)
  parent_id    TEXT REFERENCES grants (id) ON DELETE CASCADE, -- exchanged from a token of this one
  kind         TEXT NOT NULL,                -- the grant type that established it
  expires_at   INTEGER NOT NULL,             -- absolute: of the family and of every token
  revoked_at   INTEGER,
  created_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX grants_by_user ON grants (user_id, client_id);
CREATE INDEX grants_by_parent ON grants (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE codes (
  digest         TEXT PRIMARY KEY,
  client_id      TEXT NOT NULL,
  user_id        TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  session_id     TEXT,
  redirect_uri   TEXT NOT NULL,              -- '' if the request named none
  scope          TEXT NOT NULL,
  resource       TEXT,
  nonce          TEXT,
  code_challenge TEXT,                       -- S256
  auth_time      INTEGER NOT NULL,
  methods        TEXT NOT NULL DEFAULT '[]', -- `amr`
  expires_at     INTEGER NOT NULL,
  redeemed_at    INTEGER,
  grant_id       TEXT,                       -- what redeeming it gave
  created_at     INTEGER NOT NULL
) STRICT;

CREATE TABLE refresh_tokens (
  digest      TEXT PRIMARY KEY,
  grant_id    TEXT NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
  scope       TEXT NOT NULL,
  expires_at  INTEGER NOT NULL,
  consumed_at INTEGER,
  successor   TEXT,                          -- digest of the token that replaced it
  created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX refresh_tokens_by_grant ON refresh_tokens (grant_id);

-- Access tokens that live, by `jti`: introspection and userinfo ask for the row.
CREATE TABLE access_tokens (
  jti        TEXT PRIMARY KEY,
  grant_id   TEXT NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX access_tokens_by_grant ON access_tokens (grant_id);
CREATE INDEX access_tokens_by_expiry ON access_tokens (expires_at);

-- RFC 8628.
CREATE TABLE device_codes (
  digest      TEXT PRIMARY KEY,              -- of the device_code
  user_code   TEXT NOT NULL UNIQUE,
  client_id   TEXT NOT NULL,
  scope       TEXT NOT NULL,
  resource    TEXT,
  state       TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'approved', 'denied', 'redeemed')),
  is_public   INTEGER NOT NULL,              -- asked for without a client secret
  user_id     TEXT REFERENCES users (id) ON DELETE CASCADE,
  session_id  TEXT,
  auth_time   INTEGER,
  methods     TEXT NOT NULL DEFAULT '[]',    -- `amr`
  poll_interval INTEGER NOT NULL DEFAULT 5,
  polled_at   INTEGER,
  grant_id    TEXT,                          -- what redeeming it gave
  expires_at  INTEGER NOT NULL,
  created_at  INTEGER NOT NULL
) STRICT;

-- Attempts of one subject (`<what>:<whom>`: a user's passwords, a user code, an address) in the
-- present window, to slow guessing down.
CREATE TABLE attempts (
  subject    TEXT PRIMARY KEY,
  count      INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
