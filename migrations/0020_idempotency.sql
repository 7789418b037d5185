-- Creations that a client may repeat: the `Idempotency-Key` of a caller, what was asked, and the reply.
-- A row is written in the transaction of the creation and lives for 24 hours.
CREATE TABLE idempotency_keys (
  caller     TEXT NOT NULL,                  -- the subject
  owner      TEXT NOT NULL,                  -- the organization that the credential acts in
  key        TEXT NOT NULL,
  digest     TEXT NOT NULL,                  -- of method, path, query and body
  reply      TEXT,                           -- JSON; NULL: it showed a secret, which is shown once
  tag        TEXT NOT NULL,                  -- its ETag
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (caller, owner, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);
