-- People: how many objects an organization has, deleted users, memberships, invitations.
--
-- Counts are kept by triggers, so that a quota and the total of a list are one row and not a scan. A
-- copy of an organization's rows into another database counts them again there: this table is not
-- copied.

CREATE TABLE populations (
  kind         TEXT NOT NULL,                -- users, deleted-users, applications, keys (not revoked), memberships
  organization TEXT NOT NULL,
  count        INTEGER NOT NULL,
  PRIMARY KEY (kind, organization)
) STRICT, WITHOUT ROWID;

INSERT INTO populations (kind, organization, count)
  SELECT 'users', owner, count(*) FROM users GROUP BY owner;
INSERT INTO populations (kind, organization, count)
  SELECT 'applications', organization, count(*) FROM applications GROUP BY organization;
INSERT INTO populations (kind, organization, count)
  SELECT 'keys', owner, count(*) FROM keys WHERE state <> 'Revoked' GROUP BY owner;
INSERT INTO populations (kind, organization, count)
  SELECT 'memberships', organization, count(*) FROM memberships GROUP BY organization;

CREATE TRIGGER users_added AFTER INSERT ON users BEGIN
  INSERT INTO populations (kind, organization, count) VALUES ('users', new.owner, 1)
    ON CONFLICT (kind, organization) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER users_removed AFTER DELETE ON users BEGIN
  UPDATE populations SET count = count - 1 WHERE kind = 'users' AND organization = old.owner;
END;

CREATE TRIGGER applications_added AFTER INSERT ON applications BEGIN
  INSERT INTO populations (kind, organization, count) VALUES ('applications', new.organization, 1)
    ON CONFLICT (kind, organization) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER applications_removed AFTER DELETE ON applications BEGIN
  UPDATE populations SET count = count - 1
    WHERE kind = 'applications' AND organization = old.organization;
END;

CREATE TRIGGER keys_added AFTER INSERT ON keys WHEN new.state <> 'Revoked' BEGIN
  INSERT INTO populations (kind, organization, count) VALUES ('keys', new.owner, 1)
    ON CONFLICT (kind, organization) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER keys_revoked AFTER UPDATE OF state ON keys
  WHEN old.state <> 'Revoked' AND new.state = 'Revoked' BEGIN
  UPDATE populations SET count = count - 1 WHERE kind = 'keys' AND organization = old.owner;
END;
CREATE TRIGGER keys_removed AFTER DELETE ON keys WHEN old.state <> 'Revoked' BEGIN
  UPDATE populations SET count = count - 1 WHERE kind = 'keys' AND organization = old.owner;
END;

CREATE TRIGGER memberships_added AFTER INSERT ON memberships BEGIN
  INSERT INTO populations (kind, organization, count) VALUES ('memberships', new.organization, 1)
    ON CONFLICT (kind, organization) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER memberships_removed AFTER DELETE ON memberships BEGIN
  UPDATE populations SET count = count - 1
    WHERE kind = 'memberships' AND organization = old.organization;
END;

-- The address first: one index finds it in an organization and among all of them.
DROP INDEX users_by_email;
CREATE UNIQUE INDEX users_by_email ON users (email, owner) WHERE email <> '';

-- A list of keys, and a key by its name whether or not it is revoked. Without the uniqueness of
-- `keys_by_name`, which covers live keys only.
CREATE INDEX keys_by_owner ON keys (owner, name, created_at, id);

-- Users who are deleted but keep their row: nothing of theirs is accepted, and lists leave them out.
ALTER TABLE users ADD COLUMN deleted_at INTEGER;
CREATE TRIGGER users_set_aside AFTER UPDATE OF deleted_at ON users
  WHEN old.deleted_at IS NULL AND new.deleted_at IS NOT NULL BEGIN
  INSERT INTO populations (kind, organization, count) VALUES ('deleted-users', new.owner, 1)
    ON CONFLICT (kind, organization) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER users_restored AFTER UPDATE OF deleted_at ON users
  WHEN old.deleted_at IS NOT NULL AND new.deleted_at IS NULL BEGIN
  UPDATE populations SET count = count - 1 WHERE kind = 'deleted-users' AND organization = old.owner;
END;
CREATE TRIGGER deleted_users_removed AFTER DELETE ON users WHEN old.deleted_at IS NOT NULL BEGIN
  UPDATE populations SET count = count - 1 WHERE kind = 'deleted-users' AND organization = old.owner;
END;

-- What stays of a person whose data were erased: the id, which no other user may have.
CREATE TABLE erasures (
  user_id   TEXT PRIMARY KEY,
  owner     TEXT NOT NULL,                   -- the home organization
  erased_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX erasures_by_owner ON erasures (owner);

-- A person's own export.
CREATE INDEX platform_grants_by_user ON platform_grants (user_id);

-- The documents that a person accepted, version by version.
CREATE TABLE acceptances (
  user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  document    TEXT NOT NULL CHECK (document IN ('terms', 'aup')),
  version     TEXT NOT NULL,
  accepted_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, document, version)
) STRICT, WITHOUT ROWID;

-- What a person's own pages remember: a JSON object.
CREATE TABLE preferences (
  user_id    TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  value      TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A person's membership in the home organization may say `owner` and nothing else; `users.is_admin`
-- says the rest.
ALTER TABLE memberships ADD COLUMN invitation_id TEXT; -- the invitation that was accepted
CREATE INDEX memberships_of_owners ON memberships (organization) WHERE role = 'owner';

-- Who founded an organization by self-service; NULL: the platform created it.
ALTER TABLE organizations ADD COLUMN founder_id TEXT;
CREATE INDEX organizations_by_founder ON organizations (founder_id) WHERE founder_id IS NOT NULL;

-- Invitations into an organization. The code is shown once: here is its digest.
CREATE TABLE invitations (
  id           TEXT PRIMARY KEY,
  owner        TEXT NOT NULL REFERENCES organizations (name) ON DELETE CASCADE,
  name         TEXT NOT NULL,
  display_name TEXT NOT NULL DEFAULT '',
  code_digest  TEXT NOT NULL UNIQUE,         -- base64url(SHA-256)
  email        TEXT NOT NULL DEFAULT '',     -- lower case; only this address may accept; '': any
  role         TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
  quota        INTEGER NOT NULL DEFAULT 1,   -- how many people may accept
  used_count   INTEGER NOT NULL DEFAULT 0,
  state        TEXT NOT NULL DEFAULT 'Active' CHECK (state IN ('Active', 'Suspended', 'Ended')),
  inviter_id   TEXT NOT NULL,                -- users.id, or the client id of an application
  inviter      TEXT NOT NULL,                -- owner/name at that time
  sent_at      INTEGER,
  expires_at   INTEGER NOT NULL,
  attributes   TEXT NOT NULL DEFAULT '{}',
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL,
  version      INTEGER NOT NULL DEFAULT 0,
  UNIQUE (owner, name)
) STRICT;
CREATE INDEX invitations_by_email ON invitations (email) WHERE email <> '';
CREATE INDEX invitations_by_inviter ON invitations (inviter_id);
CREATE INDEX invitations_by_expiry ON invitations (expires_at);

-- A membership that names an invitation is one use of it, in the same statement.
CREATE TRIGGER invitations_accepted AFTER INSERT ON memberships WHEN new.invitation_id IS NOT NULL BEGIN
  UPDATE invitations SET used_count = used_count + 1 WHERE id = new.invitation_id;
END;

-- Codes by which a person proves an invited address.
CREATE TABLE address_proofs (
  invitation_id TEXT NOT NULL REFERENCES invitations (id) ON DELETE CASCADE,
  user_id       TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  digest        TEXT NOT NULL,
  expires_at    INTEGER NOT NULL,
  PRIMARY KEY (invitation_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX address_proofs_by_user ON address_proofs (user_id);
CREATE INDEX address_proofs_by_expiry ON address_proofs (expires_at);
