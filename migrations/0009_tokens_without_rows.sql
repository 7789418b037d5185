-- Access tokens without rows, and fewer rows written for each grant, code and refresh.
--
-- A token is live while its signature, its grant and the revocation feed say so. Tokens issued
-- before this migration stay valid until they expire: their grants stay as they are, and a token
-- that was revoked alone has its entry in the feed. Run this with the deployment of the worker that
-- belongs to it: the one before writes to `access_tokens`.

-- When the last token expires that was issued under a lifetime which its application has shortened
-- since. Signing keys and entries of the feed outlive it.
CREATE TABLE token_horizon (
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  until INTEGER NOT NULL
) STRICT;
INSERT INTO token_horizon (id, until)
  SELECT 1, coalesce(max(expires_at), 0) FROM access_tokens;

-- Tokens revoked before there was a feed. 630 seconds: leeway and clock skew.
INSERT INTO revocations (kind, id, until, cause, recorded_at)
  SELECT 'token', jti, expires_at + 630, '', revoked_at FROM access_tokens
  WHERE revoked_at IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM revocations WHERE kind = 'token' AND revocations.id = jti);
DROP TABLE access_tokens;

-- A primary key of text costs a second row in a table with rowids. A refresh token refers to its
-- grant without a foreign key, which would need an index: what outlives its grant is worth nothing
-- and is purged when it expires.
CREATE TABLE refresh_tokens_0009 (
  digest      TEXT PRIMARY KEY,
  grant_id    TEXT NOT NULL,
  scope       TEXT NOT NULL,
  expires_at  INTEGER NOT NULL,
  consumed_at INTEGER,
  successor   TEXT,                          -- digest of the token that replaced it
  created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO refresh_tokens_0009 (digest, grant_id, scope, expires_at, consumed_at, successor, created_at)
  SELECT digest, grant_id, scope, expires_at, consumed_at, successor, created_at FROM refresh_tokens;
DROP TABLE refresh_tokens;
ALTER TABLE refresh_tokens_0009 RENAME TO refresh_tokens;

-- What a client obtains for itself (`user_id` NULL) has no grant from here on; the old ones stay
-- until their tokens have expired. Grants of a session are found by its user: no index of sessions.
CREATE TABLE grants_0009 (
  id           TEXT PRIMARY KEY,
  client_id    TEXT NOT NULL,
  user_id      TEXT REFERENCES users (id) ON DELETE CASCADE,
  organization TEXT NOT NULL,
  session_id   TEXT,
  scope        TEXT NOT NULL,
  resource     TEXT,                         -- RFC 8707
  is_public    INTEGER NOT NULL,             -- established without a client secret
  auth_time    INTEGER,
  methods      TEXT NOT NULL DEFAULT '[]',   -- `amr`
  actor        TEXT,                         -- JSON of the `act` claim (RFC 8693 §4.1)
  parent_id    TEXT REFERENCES grants_0009 (id) ON DELETE CASCADE, -- exchanged from a token of this one
  kind         TEXT NOT NULL,                -- the grant type that established it
  expires_at   INTEGER NOT NULL,             -- absolute: of the family and of every token
  revoked_at   INTEGER,
  created_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO grants_0009 (id, client_id, user_id, organization, session_id, scope, resource,
    is_public, auth_time, methods, actor, parent_id, kind, expires_at, revoked_at, created_at)
  SELECT id, client_id, user_id, organization, session_id, scope, resource, is_public, auth_time,
    methods, actor, parent_id, kind, expires_at, revoked_at, created_at FROM grants;
DROP TABLE grants;
ALTER TABLE grants_0009 RENAME TO grants;
CREATE INDEX grants_by_user ON grants (user_id, client_id);
CREATE INDEX grants_by_parent ON grants (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE codes_0009 (
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
  platform_asked INTEGER NOT NULL DEFAULT 0, -- the person was asked for platform authority
  expires_at     INTEGER NOT NULL,
  redeemed_at    INTEGER,
  grant_id       TEXT,                       -- what redeeming it gave
  created_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO codes_0009 (digest, client_id, user_id, session_id, redirect_uri, scope, resource, nonce,
    code_challenge, auth_time, methods, platform_asked, expires_at, redeemed_at, grant_id, created_at)
  SELECT digest, client_id, user_id, session_id, redirect_uri, scope, resource, nonce,
    code_challenge, auth_time, methods, platform_asked, expires_at, redeemed_at, grant_id, created_at
  FROM codes;
DROP TABLE codes;
ALTER TABLE codes_0009 RENAME TO codes;

-- Read with every grant: by its id, which is recorded once.
CREATE TABLE platform_grants_0009 (
  grant_id   TEXT PRIMARY KEY,
  user_id    TEXT NOT NULL,
  client_id  TEXT NOT NULL,
  auth_time  INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO platform_grants_0009 (grant_id, user_id, client_id, auth_time, created_at)
  SELECT grant_id, user_id, client_id, auth_time, created_at FROM platform_grants ORDER BY created_at;
DROP TABLE platform_grants;
ALTER TABLE platform_grants_0009 RENAME TO platform_grants;
