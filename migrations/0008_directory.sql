-- Concurrent changes, and counters of attempts in a fixed space.

-- Counts the changes of a row: an update names the version it was read at.
ALTER TABLE organizations ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE applications ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE keys ADD COLUMN version INTEGER NOT NULL DEFAULT 0;

-- `subject` is `<kind>:<slot>`, of a fixed number of slots, and `occupant` is the one counted in it
-- at present: a MAC of the account or network. A new occupant begins at zero.
DELETE FROM attempts;
ALTER TABLE attempts ADD COLUMN occupant TEXT NOT NULL DEFAULT '';
