-- Several databases (docs/ARCHITECTURE.md, "Several databases"). All of them have these tables; with one
-- database they stay as they are here.

-- Which database this is. The triggers below do nothing while `is_several` is 0, and nothing for what comes
-- from another database (`is_applying`).
CREATE TABLE topology (
  id          INTEGER PRIMARY KEY CHECK (id = 1),
  number      INTEGER NOT NULL DEFAULT 0,
  is_several  INTEGER NOT NULL DEFAULT 0,
  is_applying INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO topology (id) VALUES (1);

-- The database of each organization that is not in database 0. Only database 0 has rows here.
CREATE TABLE homes (
  organization TEXT PRIMARY KEY,
  number       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What is on the way from one database to another, or was. Only database 0 has rows here.
CREATE TABLE moves (
  organization TEXT PRIMARY KEY,
  source       INTEGER NOT NULL,
  target       INTEGER NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('copying', 'settling', 'clearing', 'done')),
  step         INTEGER NOT NULL DEFAULT 0,   -- the table that is copied or cleared
  after        TEXT NOT NULL DEFAULT '',     -- the last row of it that is copied
  copied       INTEGER NOT NULL DEFAULT 0,   -- rows
  changed_at   INTEGER NOT NULL              -- when `state` was reached
) STRICT, WITHOUT ROWID;

-- Organizations that this database takes no writes for: they are being moved, or live in another one.
CREATE TABLE fences (
  organization TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Never has a row. A transaction that writes for an organization begins by an insertion here, which fails
-- it if there is a fence.
CREATE TABLE guards (
  organization TEXT NOT NULL
) STRICT;
CREATE TRIGGER fences_hold BEFORE INSERT ON guards BEGIN
  SELECT iif(EXISTS (SELECT 1 FROM fences WHERE organization = new.organization),
    RAISE(ABORT, 'the organization is being moved'), RAISE(IGNORE));
END;

-- What the other databases have to learn: rows that each database has a copy of, and revocations that
-- concern credentials of every database. `relayed` has the number that another database has reached.
CREATE TABLE relays (
  seq  INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  id   TEXT NOT NULL
) STRICT;
CREATE TABLE relayed (
  number INTEGER PRIMARY KEY,
  seq    INTEGER NOT NULL
) STRICT;

CREATE TRIGGER organizations_relayed_new AFTER INSERT ON organizations
WHEN (SELECT is_several AND NOT is_applying FROM topology) BEGIN
  INSERT INTO relays (kind, id) VALUES ('organizations', new.id);
END;
CREATE TRIGGER organizations_relayed_changed AFTER UPDATE ON organizations
WHEN (SELECT is_several AND NOT is_applying FROM topology) BEGIN
  INSERT INTO relays (kind, id) VALUES ('organizations', new.id);
END;
CREATE TRIGGER organizations_relayed_deleted AFTER DELETE ON organizations
WHEN (SELECT is_several AND NOT is_applying FROM topology) BEGIN
  INSERT INTO relays (kind, id) VALUES ('organizations', old.id);
END;
CREATE TRIGGER tombstones_relayed_new AFTER INSERT ON tombstones
WHEN (SELECT is_several AND NOT is_applying FROM topology) BEGIN
  INSERT INTO relays (kind, id) VALUES ('tombstones', new.name);
END;
CREATE TRIGGER tombstones_relayed_deleted AFTER DELETE ON tombstones
WHEN (SELECT is_several AND NOT is_applying FROM topology) BEGIN
  INSERT INTO relays (kind, id) VALUES ('tombstones', old.name);
END;
CREATE TRIGGER applications_relayed_new AFTER INSERT ON applications
WHEN (SELECT is_several AND NOT is_applying FROM topology) BEGIN
  INSERT INTO relays (kind, id) VALUES ('applications', new.id);
END;
CREATE TRIGGER applications_relayed_changed AFTER UPDATE ON applications
WHEN (SELECT is_several AND NOT is_applying FROM topology) BEGIN
  INSERT INTO relays (kind, id) VALUES ('applications', new.id);
END;
CREATE TRIGGER applications_relayed_deleted AFTER DELETE ON applications
WHEN (SELECT is_several AND NOT is_applying FROM topology) BEGIN
  INSERT INTO relays (kind, id) VALUES ('applications', old.id);
END;
CREATE TRIGGER signing_keys_relayed_new AFTER INSERT ON signing_keys
WHEN (SELECT is_several AND NOT is_applying FROM topology) BEGIN
  INSERT INTO relays (kind, id) VALUES ('signing_keys', new.kid);
END;
CREATE TRIGGER signing_keys_relayed_changed AFTER UPDATE ON signing_keys
WHEN (SELECT is_several AND NOT is_applying FROM topology) BEGIN
  INSERT INTO relays (kind, id) VALUES ('signing_keys', new.kid);
END;
CREATE TRIGGER signing_keys_relayed_deleted AFTER DELETE ON signing_keys
WHEN (SELECT is_several AND NOT is_applying FROM topology) BEGIN
  INSERT INTO relays (kind, id) VALUES ('signing_keys', old.kid);
END;
CREATE TRIGGER token_horizon_relayed AFTER UPDATE ON token_horizon
WHEN (SELECT is_several AND NOT is_applying FROM topology) BEGIN
  INSERT INTO relays (kind, id) VALUES ('token_horizon', '1');
END;
CREATE TRIGGER revocations_relayed AFTER INSERT ON revocations
WHEN new.kind IN ('application', 'organization', 'signing-key')
  AND (SELECT is_several AND NOT is_applying FROM topology) BEGIN
  INSERT INTO relays (kind, id) VALUES ('revocations', new.seq);
END;

-- A row that leaves for another database leaves no team, role or permission, and one that comes from there
-- accepts no invitation.
DROP TRIGGER users_leave_resources;
CREATE TRIGGER users_leave_resources AFTER DELETE ON users
WHEN NOT (SELECT is_applying FROM topology) BEGIN
  DELETE FROM team_members WHERE member_id = OLD.id;
  DELETE FROM role_members WHERE member_id = OLD.id;
  DELETE FROM permission_subjects WHERE member_id = OLD.id;
END;
DROP TRIGGER memberships_leave_resources;
CREATE TRIGGER memberships_leave_resources AFTER DELETE ON memberships
WHEN NOT (SELECT is_applying FROM topology) BEGIN
  DELETE FROM team_members WHERE member_id = OLD.user_id AND owner = OLD.organization;
  DELETE FROM role_members WHERE member_id = OLD.user_id AND owner = OLD.organization;
  DELETE FROM permission_subjects WHERE member_id = OLD.user_id AND owner = OLD.organization;
END;
DROP TRIGGER teams_leave_resources;
CREATE TRIGGER teams_leave_resources AFTER DELETE ON teams
WHEN NOT (SELECT is_applying FROM topology) BEGIN
  DELETE FROM role_members WHERE member_id = OLD.id;
  DELETE FROM permission_subjects WHERE member_id = OLD.id;
END;
DROP TRIGGER roles_leave_resources;
CREATE TRIGGER roles_leave_resources AFTER DELETE ON roles
WHEN NOT (SELECT is_applying FROM topology) BEGIN
  DELETE FROM role_members WHERE member_id = OLD.id;
  DELETE FROM permission_subjects WHERE member_id = OLD.id;
END;
DROP TRIGGER invitations_accepted;
CREATE TRIGGER invitations_accepted AFTER INSERT ON memberships
WHEN new.invitation_id IS NOT NULL AND NOT (SELECT is_applying FROM topology) BEGIN
  UPDATE invitations SET used_count = used_count + 1 WHERE id = new.invitation_id;
END;
