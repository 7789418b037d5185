-- Sign-ins of more than one step, second factors, and linked identities.

-- A sign-in that waits for its next step. The id is derived from a cookie of the browser and the client, so
-- that it is known to that browser only. A step is one conditional update: it names the revision that it
-- has read.
CREATE TABLE flows (
  id         TEXT PRIMARY KEY,
  user_id    TEXT REFERENCES users (id) ON DELETE CASCADE, -- once a first factor has named one
  login      TEXT NOT NULL DEFAULT '',   -- as it was typed
  state      TEXT NOT NULL,              -- JSON: what has been proven, and the challenge that was issued
  revision   TEXT NOT NULL,              -- random, another one after each step
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX flows_by_user ON flows (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX flows_by_end ON flows (expires_at);

-- Second factors besides passkeys, one of a kind.
CREATE TABLE factors (
  user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  kind         TEXT NOT NULL,            -- totp, email, sms, recovery
  owner        TEXT NOT NULL,            -- users.owner
  content      TEXT NOT NULL,            -- totp: the sealed secret; recovery: the digests (JSON); else the address
  last_step    INTEGER,                  -- totp: the step of the last code that was accepted
  is_preferred INTEGER NOT NULL DEFAULT 0,
  created_at   INTEGER NOT NULL,
  used_at      INTEGER,
  PRIMARY KEY (user_id, kind)
) STRICT, WITHOUT ROWID;

-- Browsers that a person let remember the second factor.
CREATE TABLE remembered_browsers (
  user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  digest     TEXT NOT NULL,              -- of the browser's cookie
  owner      TEXT NOT NULL,
  device     TEXT NOT NULL DEFAULT '',   -- browser and operating system
  expires_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX remembered_browsers_by_end ON remembered_browsers (expires_at);

-- External identities of users: wallets, accounts at identity providers. An identity is one user's in an
-- organization.
CREATE TABLE identities (
  owner      TEXT NOT NULL,              -- users.owner
  provider   TEXT NOT NULL,              -- wallet, or the name of a provider
  subject    TEXT NOT NULL,              -- the wallet's account; the subject at the provider
  user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  details    TEXT NOT NULL DEFAULT '{}', -- JSON: what a person knows it by
  created_at INTEGER NOT NULL,
  used_at    INTEGER,
  PRIMARY KEY (owner, provider, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX identities_by_user ON identities (user_id);
