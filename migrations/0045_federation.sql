-- Sign-ins at identity providers.

-- Whether an owner of the organization, or the platform, stands behind what the provider says of owners. A change
-- by another administrator takes it back.
ALTER TABLE providers ADD COLUMN vouches_for_owners INTEGER NOT NULL DEFAULT 0;

-- The row of the provider that an identity is of, besides its name: one that is made anew under the name is
-- another one. NULL: of a wallet.
ALTER TABLE identities ADD COLUMN provider_id TEXT;
CREATE INDEX identities_by_provider ON identities (provider_id) WHERE provider_id IS NOT NULL;
CREATE TRIGGER identities_go_with_their_provider AFTER DELETE ON providers BEGIN
  DELETE FROM identities WHERE provider_id = OLD.id;
END;

-- Browsers that are at an identity provider, or have come back from it and are led to the page that they were
-- at. In the first database. Each row is taken once.
CREATE TABLE federation_requests (
  id          TEXT PRIMARY KEY,          -- digest of the state that the provider returns, or of the ticket
  stage       TEXT NOT NULL,             -- away, back
  provider_id TEXT NOT NULL,             -- providers.id
  owner       TEXT NOT NULL,             -- providers.owner
  name        TEXT NOT NULL,             -- providers.name
  browser     TEXT NOT NULL,             -- digest of the cookie of the browser
  purpose     TEXT NOT NULL,             -- JSON: what it is for, and where it leads back to
  content     TEXT NOT NULL,             -- JSON: away: what the protocol has to remember; back: what was said
  expires_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX federation_requests_by_end ON federation_requests (expires_at);

-- What is accepted once: assertions, tickets and authenticators. In the first database.
CREATE TABLE federation_replays (
  id         TEXT PRIMARY KEY,           -- digest of the protocol, the provider and the identifier
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX federation_replays_by_end ON federation_replays (expires_at);

-- The last sign-ins by each provider, for its administrators: which check failed.
CREATE TABLE federation_attempts (
  provider_id TEXT NOT NULL,
  at          INTEGER NOT NULL,
  request_id  TEXT NOT NULL,
  owner       TEXT NOT NULL,             -- providers.owner
  outcome     TEXT NOT NULL,             -- accepted, refused
  check_name  TEXT NOT NULL DEFAULT '',  -- which check refused
  detail      TEXT NOT NULL DEFAULT '',
  subject     TEXT NOT NULL DEFAULT '',  -- whom the provider named, if it was verified
  PRIMARY KEY (provider_id, at, request_id)
) STRICT, WITHOUT ROWID;

-- Documents of providers: discovery, key sets, metadata. In the first database.
CREATE TABLE federation_documents (
  url        TEXT PRIMARY KEY,
  body       TEXT NOT NULL,
  fetched_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX federation_documents_by_age ON federation_documents (fetched_at);
