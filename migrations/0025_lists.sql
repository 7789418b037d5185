-- Lists by their last entry, their filters, and preconditions of writes.

-- `q` finds the beginning of the name for people in any case.
CREATE INDEX users_by_display_name ON users (owner, lower(display_name));
CREATE INDEX keys_by_display_name ON keys (owner, lower(display_name));

-- The users that most organizations have few of.
CREATE INDEX users_who_administer ON users (owner, name) WHERE is_admin = 1;
CREATE INDEX users_who_are_disabled ON users (owner, name) WHERE is_forbidden = 1;
CREATE INDEX users_who_are_deleted ON users (owner, name) WHERE deleted_at IS NOT NULL;
CREATE INDEX users_of_type ON users (owner, type, name) WHERE type <> 'normal-user';

-- In the order of the list.
DROP INDEX applications_by_organization;
CREATE INDEX applications_by_organization ON applications (organization, owner, name);

-- Never has a row. A transaction that changes what a client has read (If-Match) begins by an insertion
-- here, which fails it unless the row still has that version.
CREATE TABLE preconditions (
  holds INTEGER NOT NULL
) STRICT;
CREATE TRIGGER preconditions_hold BEFORE INSERT ON preconditions BEGIN
  SELECT iif(new.holds, RAISE(IGNORE), RAISE(ABORT, 'the version is not the present one'));
END;
