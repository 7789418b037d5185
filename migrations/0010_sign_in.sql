-- Fewer rows written by a sign-in: tables without rowids, and no index that a query can do without.

-- A session is found by its person and its id: the cookie carries both. Cookies set before this
-- migration carry neither and find no session: people sign in again.
CREATE TABLE sessions_0010 (
  user_id        TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  id             TEXT NOT NULL,              -- the `sid`
  digest         TEXT NOT NULL,              -- of the cookie
  authenticated_at INTEGER NOT NULL,         -- `auth_time`
  methods        TEXT NOT NULL DEFAULT '[]', -- `amr` (RFC 8176)
  expires_at     INTEGER NOT NULL,
  created_at     INTEGER NOT NULL,
  PRIMARY KEY (user_id, id)
) STRICT, WITHOUT ROWID;
INSERT INTO sessions_0010 (user_id, id, digest, authenticated_at, methods, expires_at, created_at)
  SELECT user_id, id, digest, authenticated_at, methods, expires_at, created_at FROM sessions;
DROP TABLE sessions;
ALTER TABLE sessions_0010 RENAME TO sessions;

-- The counts of all kinds begin again.
DROP TABLE attempts;
CREATE TABLE attempts (
  subject          TEXT PRIMARY KEY,           -- `<kind>:<slot>`, of a fixed number of slots
  occupant         TEXT NOT NULL,              -- counted in it at present: a MAC; a new one begins at zero
  count            INTEGER NOT NULL,
  expires_at       INTEGER NOT NULL,
  total            INTEGER NOT NULL DEFAULT 0, -- of a source: all attempts; `count` has the failures
  total_expires_at INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
