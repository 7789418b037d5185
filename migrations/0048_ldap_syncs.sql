-- Synchronizations of directories with the accounts of organizations.

CREATE TABLE ldap_syncs (
  id            TEXT PRIMARY KEY,
  owner         TEXT NOT NULL REFERENCES organizations (name) ON DELETE CASCADE,
  provider_id   TEXT NOT NULL,              -- providers.id
  provider      TEXT NOT NULL,              -- providers.name
  state         TEXT NOT NULL,              -- running, done, failed, cancelled
  is_dry_run    INTEGER NOT NULL,
  cursor        TEXT NOT NULL,              -- JSON: what is left to read, and the report
  active        INTEGER NOT NULL,           -- active accounts of the directory when it began
  seen          INTEGER NOT NULL DEFAULT 0, -- of these, those that were seen
  failures      INTEGER NOT NULL DEFAULT 0, -- failures of the directory, one after another
  why           TEXT NOT NULL DEFAULT '',   -- why it failed, or the last failure
  started_by    TEXT NOT NULL,              -- owner/name; empty: the schedule
  leased_until  INTEGER NOT NULL DEFAULT 0, -- until then a tick of the schedule works at it
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  ended_at      INTEGER
) STRICT;
CREATE UNIQUE INDEX ldap_syncs_running ON ldap_syncs (provider_id) WHERE state = 'running';
CREATE INDEX ldap_syncs_by_lease ON ldap_syncs (leased_until) WHERE state = 'running';
CREATE INDEX ldap_syncs_by_owner ON ldap_syncs (owner, created_at);
CREATE INDEX ldap_syncs_by_provider ON ldap_syncs (provider_id, created_at);

-- What a synchronization knows of an identity: a digest of the entry as it was taken over, the run that saw it
-- last, and whether a synchronization has disabled the account. An account that an administrator has disabled
-- stays so.
ALTER TABLE identities ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '';
ALTER TABLE identities ADD COLUMN seen_by TEXT NOT NULL DEFAULT '';
ALTER TABLE identities ADD COLUMN is_left INTEGER NOT NULL DEFAULT 0;

-- The providers that the schedule synchronizes.
CREATE INDEX providers_synchronized ON providers (lower(category), json_extract(attributes, '$.syncEvery'));
