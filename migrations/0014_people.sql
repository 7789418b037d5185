-- How many objects an organization has, and indexes for the lists of people and keys.
--
-- Counts are kept by triggers, so that a quota and the total of a list are one row and not a scan. A
-- copy of an organization's rows into another database counts them again there: this table is not
-- copied.

CREATE TABLE populations (
  kind         TEXT NOT NULL,                -- users, applications, keys (not revoked), memberships
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
