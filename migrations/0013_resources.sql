-- Teams, workspaces, projects, roles, permissions, providers and WebAuthn credentials.
--
-- Every table of objects has the same first columns: id (UUID, never used again), owner (the
-- organization), name (unique in it), version (counts the changes) and the two times. UNIQUE
-- (owner, name) is also the index that lists are paged by.
--
-- Members of teams and roles, and subjects of permissions, are rows of their own: which of them
-- concern a user is one indexed query by `member_id`. They name users, teams and roles by id, so that
-- a re-created one does not inherit. A row whose `expires_at` has passed counts as absent.

CREATE TABLE teams (
  id           TEXT PRIMARY KEY,
  owner        TEXT NOT NULL REFERENCES organizations (name) ON DELETE CASCADE,
  name         TEXT NOT NULL,
  display_name TEXT NOT NULL DEFAULT '',
  description  TEXT NOT NULL DEFAULT '',
  parent_id    TEXT REFERENCES teams (id),   -- its members belong to the parent too
  is_enabled   INTEGER NOT NULL DEFAULT 1,
  member_count INTEGER NOT NULL DEFAULT 0,   -- rows of the table of members
  attributes   TEXT NOT NULL DEFAULT '{}',
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL,
  version      INTEGER NOT NULL DEFAULT 0,
  UNIQUE (owner, name)
) STRICT;
CREATE INDEX teams_by_display_name ON teams (owner, lower(display_name));
CREATE INDEX teams_by_parent ON teams (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE team_members (
  team_id    TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
  kind       TEXT NOT NULL CHECK (kind = 'user'),
  member_id  TEXT NOT NULL,
  owner      TEXT NOT NULL,                  -- of the team
  expires_at INTEGER,
  PRIMARY KEY (team_id, kind, member_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX team_members_by_member ON team_members (member_id, owner);

-- `member_id` of kind 'role': who has that role has this one too.
CREATE TABLE roles (
  id           TEXT PRIMARY KEY,
  owner        TEXT NOT NULL REFERENCES organizations (name) ON DELETE CASCADE,
  name         TEXT NOT NULL,
  display_name TEXT NOT NULL DEFAULT '',
  description  TEXT NOT NULL DEFAULT '',
  domains      TEXT NOT NULL DEFAULT '[]',
  is_enabled   INTEGER NOT NULL DEFAULT 1,
  member_count INTEGER NOT NULL DEFAULT 0,   -- rows of the table of members
  attributes   TEXT NOT NULL DEFAULT '{}',
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL,
  version      INTEGER NOT NULL DEFAULT 0,
  UNIQUE (owner, name)
) STRICT;
CREATE INDEX roles_by_display_name ON roles (owner, lower(display_name));

CREATE TABLE role_members (
  role_id    TEXT NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
  kind       TEXT NOT NULL CHECK (kind IN ('user', 'team', 'role')),
  member_id  TEXT NOT NULL,
  owner      TEXT NOT NULL,                  -- of the role
  expires_at INTEGER,
  PRIMARY KEY (role_id, kind, member_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX role_members_by_member ON role_members (member_id, owner);

-- In force while it is enabled, approved and not expired. An empty list of applications, projects or
-- domains does not narrow it.
CREATE TABLE permissions (
  id            TEXT PRIMARY KEY,
  owner         TEXT NOT NULL REFERENCES organizations (name) ON DELETE CASCADE,
  name          TEXT NOT NULL,
  display_name  TEXT NOT NULL DEFAULT '',
  description   TEXT NOT NULL DEFAULT '',
  effect        TEXT NOT NULL DEFAULT 'Allow' CHECK (effect IN ('Allow', 'Deny')),
  resource_type TEXT NOT NULL DEFAULT '',
  resources     TEXT NOT NULL DEFAULT '[]',
  actions       TEXT NOT NULL DEFAULT '[]',
  domains       TEXT NOT NULL DEFAULT '[]',
  applications  TEXT NOT NULL DEFAULT '[]',  -- names or client ids
  projects      TEXT NOT NULL DEFAULT '[]',  -- names of projects of the owner
  is_enabled    INTEGER NOT NULL DEFAULT 1,
  state         TEXT NOT NULL DEFAULT 'Pending' CHECK (state IN ('Pending', 'Approved', 'Rejected')),
  submitter_id  TEXT NOT NULL,               -- users.id, or owner/name of an application
  submitter     TEXT NOT NULL,               -- owner/name at that time
  approver      TEXT NOT NULL DEFAULT '',    -- owner/name at that time
  approved_at   INTEGER,
  expires_at    INTEGER,
  member_count  INTEGER NOT NULL DEFAULT 0,  -- rows of permission_subjects
  attributes    TEXT NOT NULL DEFAULT '{}',
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  version       INTEGER NOT NULL DEFAULT 0,
  UNIQUE (owner, name)
) STRICT;
CREATE INDEX permissions_by_display_name ON permissions (owner, lower(display_name));

-- Kind 'everyone' has the empty `member_id`: every user of the organization.
CREATE TABLE permission_subjects (
  permission_id TEXT NOT NULL REFERENCES permissions (id) ON DELETE CASCADE,
  kind          TEXT NOT NULL CHECK (kind IN ('user', 'team', 'role', 'everyone')),
  member_id     TEXT NOT NULL,
  owner         TEXT NOT NULL,               -- of the permission
  expires_at    INTEGER,
  PRIMARY KEY (permission_id, kind, member_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX permission_subjects_by_member ON permission_subjects (member_id, owner);

CREATE TABLE workspaces (
  id           TEXT PRIMARY KEY,
  owner        TEXT NOT NULL REFERENCES organizations (name) ON DELETE CASCADE,
  name         TEXT NOT NULL,
  display_name TEXT NOT NULL DEFAULT '',
  description  TEXT NOT NULL DEFAULT '',
  bucket       TEXT NOT NULL DEFAULT '',
  is_default   INTEGER NOT NULL DEFAULT 0,
  metadata     TEXT NOT NULL DEFAULT '',     -- a text that services write and read
  tags         TEXT NOT NULL DEFAULT '[]',
  attributes   TEXT NOT NULL DEFAULT '{}',
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL,
  version      INTEGER NOT NULL DEFAULT 0,
  UNIQUE (owner, name)
) STRICT;
CREATE INDEX workspaces_by_display_name ON workspaces (owner, lower(display_name));

CREATE TABLE projects (
  id           TEXT PRIMARY KEY,
  owner        TEXT NOT NULL REFERENCES organizations (name) ON DELETE CASCADE,
  name         TEXT NOT NULL,
  display_name TEXT NOT NULL DEFAULT '',
  description  TEXT NOT NULL DEFAULT '',
  workspace_id TEXT REFERENCES workspaces (id),
  is_default   INTEGER NOT NULL DEFAULT 0,
  metadata     TEXT NOT NULL DEFAULT '',
  tags         TEXT NOT NULL DEFAULT '[]',
  attributes   TEXT NOT NULL DEFAULT '{}',
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL,
  version      INTEGER NOT NULL DEFAULT 0,
  UNIQUE (owner, name)
) STRICT;
CREATE INDEX projects_by_display_name ON projects (owner, lower(display_name));
CREATE INDEX projects_by_workspace ON projects (workspace_id, name) WHERE workspace_id IS NOT NULL;

-- Identity providers, senders, stores. What a provider is told in confidence is sealed, each secret
-- in the context `provider:<id>:<member>`.
CREATE TABLE providers (
  id             TEXT PRIMARY KEY,
  owner          TEXT NOT NULL REFERENCES organizations (name) ON DELETE CASCADE,
  name           TEXT NOT NULL,
  display_name   TEXT NOT NULL DEFAULT '',
  category       TEXT NOT NULL DEFAULT '',   -- OAuth, SAML, Email, SMS, Storage, …
  type           TEXT NOT NULL DEFAULT '',   -- GitHub, Google, Custom, …
  client_id      TEXT NOT NULL DEFAULT '',
  sealed_secrets TEXT NOT NULL DEFAULT '{}', -- member → sealed text
  attributes     TEXT NOT NULL DEFAULT '{}',
  created_at     INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL,
  version        INTEGER NOT NULL DEFAULT 0,
  UNIQUE (owner, name)
) STRICT;
CREATE INDEX providers_by_display_name ON providers (owner, lower(display_name));

-- Passkeys and security keys (WebAuthn). `owner` is the home organization of the user.
CREATE TABLE webauthn_credentials (
  id               TEXT PRIMARY KEY,
  owner            TEXT NOT NULL REFERENCES organizations (name) ON DELETE CASCADE,
  name             TEXT NOT NULL,
  display_name     TEXT NOT NULL DEFAULT '',
  user_id          TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  credential_id    TEXT NOT NULL UNIQUE,     -- base64url
  public_key       TEXT NOT NULL,            -- base64url of the COSE key
  aaguid           TEXT NOT NULL DEFAULT '',
  attachment       TEXT NOT NULL DEFAULT '', -- platform, cross-platform
  attestation_type TEXT NOT NULL DEFAULT '',
  attestation_format TEXT NOT NULL DEFAULT '',
  transports       TEXT NOT NULL DEFAULT '[]',
  sign_count       INTEGER NOT NULL DEFAULT 0,
  user_present     INTEGER NOT NULL DEFAULT 0,
  user_verified    INTEGER NOT NULL DEFAULT 0,
  backup_eligible  INTEGER NOT NULL DEFAULT 0,
  backup_state     INTEGER NOT NULL DEFAULT 0,
  clone_warning    INTEGER NOT NULL DEFAULT 0,
  used_at          INTEGER,
  attributes       TEXT NOT NULL DEFAULT '{}',
  created_at       INTEGER NOT NULL,
  updated_at       INTEGER NOT NULL,
  version          INTEGER NOT NULL DEFAULT 0,
  UNIQUE (owner, name)
) STRICT;
CREATE INDEX webauthn_credentials_by_user ON webauthn_credentials (user_id, name);
CREATE INDEX webauthn_credentials_by_display_name ON webauthn_credentials (owner, lower(display_name));

-- What is deleted, or leaves the organization, is no member any more.
CREATE TRIGGER users_leave_resources AFTER DELETE ON users BEGIN
  DELETE FROM team_members WHERE member_id = OLD.id;
  DELETE FROM role_members WHERE member_id = OLD.id;
  DELETE FROM permission_subjects WHERE member_id = OLD.id;
END;
CREATE TRIGGER memberships_leave_resources AFTER DELETE ON memberships BEGIN
  DELETE FROM team_members WHERE member_id = OLD.user_id AND owner = OLD.organization;
  DELETE FROM role_members WHERE member_id = OLD.user_id AND owner = OLD.organization;
  DELETE FROM permission_subjects WHERE member_id = OLD.user_id AND owner = OLD.organization;
END;
CREATE TRIGGER teams_leave_resources AFTER DELETE ON teams BEGIN
  DELETE FROM role_members WHERE member_id = OLD.id;
  DELETE FROM permission_subjects WHERE member_id = OLD.id;
END;
CREATE TRIGGER roles_leave_resources AFTER DELETE ON roles BEGIN
  DELETE FROM role_members WHERE member_id = OLD.id;
  DELETE FROM permission_subjects WHERE member_id = OLD.id;
END;
