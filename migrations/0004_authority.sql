-- The authority model: which clients and keys carry what (src/core/authority).

ALTER TABLE applications ADD COLUMN is_first_party INTEGER NOT NULL DEFAULT 0;  -- marked by the platform
ALTER TABLE applications ADD COLUMN platform_access INTEGER NOT NULL DEFAULT 0; -- may carry platform authority

ALTER TABLE keys ADD COLUMN platform INTEGER NOT NULL DEFAULT 0; -- carries its holder's platform authority

-- Whether the person was asked for platform authority when this was given.
ALTER TABLE codes ADD COLUMN platform_asked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device_codes ADD COLUMN platform_asked INTEGER NOT NULL DEFAULT 0;

-- What a person allowed a client that has to ask.
CREATE TABLE consents (
  user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  client_id  TEXT NOT NULL,
  scope      TEXT NOT NULL,                  -- space separated
  resources  TEXT NOT NULL DEFAULT '[]',     -- RFC 8707
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, client_id)
) STRICT, WITHOUT ROWID;

-- Each time platform authority went into tokens. Append only.
CREATE TABLE platform_grants (
  grant_id   TEXT NOT NULL,
  user_id    TEXT NOT NULL,
  client_id  TEXT NOT NULL,
  auth_time  INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX platform_grants_by_time ON platform_grants (created_at);
