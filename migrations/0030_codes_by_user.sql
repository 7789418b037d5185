-- A code names its user, as the cookie of a session does: `digest` is `<user>.<digest of the code>`. So the codes
-- of a user are a range of the primary key, and a sign-in writes no index. Without a foreign key, which would
-- need one: the statements that delete a user delete its codes. Codes live for five minutes: a person who is
-- signing in at this moment starts again.
DROP TABLE codes;
CREATE TABLE codes (
  digest         TEXT PRIMARY KEY,
  client_id      TEXT NOT NULL,
  user_id        TEXT NOT NULL,
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
  created_at     INTEGER NOT NULL,
  acting_grant   TEXT                        -- the impersonation that it was issued for
) STRICT, WITHOUT ROWID;
