-- Credentials: keys, agents, client secrets, tokens that are issued for another.

-- A publishable key is public: its text is shown again. NULL for a secret key.
ALTER TABLE keys ADD COLUMN public_text TEXT;

-- The newest keys of an organization, revoked ones included.
CREATE INDEX keys_by_time ON keys (owner, created_at, id);

-- Agents: service accounts that a person answers for. An agent has no more authority than its person
-- has at the moment of use, and none when the person has none or is gone: `sponsor_id` is no foreign
-- key, so that the row, and with it the bound, outlives the person.
CREATE TABLE agents (
  user_id    TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  owner      TEXT NOT NULL,                -- users.owner and users.name, for the list
  name       TEXT NOT NULL,
  sponsor_id TEXT NOT NULL,                -- users.id of the person
  agent_ref  TEXT NOT NULL DEFAULT '',     -- what the agent is called elsewhere
  expires_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX agents_by_owner ON agents (owner, name);
CREATE INDEX agents_by_sponsor ON agents (sponsor_id);

-- The holder of the credential that a token was issued to, to act for the user: `user:<id>` or
-- `key:<id>`. The token ends with it. NULL for what the user allowed: an ordinary sign-in writes no row
-- of the index.
ALTER TABLE grants ADD COLUMN issued_by TEXT;
CREATE INDEX grants_by_holder ON grants (issued_by) WHERE issued_by IS NOT NULL;

-- Secrets of clients that have a successor (applications.client_secret_digest) and are still valid.
CREATE TABLE client_secrets (
  application_id TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  id             TEXT NOT NULL,
  owner          TEXT NOT NULL,              -- applications.organization
  digest         TEXT NOT NULL,
  ends_at        INTEGER NOT NULL,
  created_at     INTEGER NOT NULL,           -- of the successor
  PRIMARY KEY (application_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX client_secrets_by_end ON client_secrets (ends_at);

-- The impersonation that a code was issued for: its grant. NULL for a sign-in.
ALTER TABLE codes ADD COLUMN acting_grant TEXT;
