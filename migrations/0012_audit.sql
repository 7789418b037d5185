-- The audit trail: what was changed, and what was read with privilege, by whom and from where.
--
-- An entry is appended in the transaction of the change that it tells of (src/origin/domain/commit.rs)
-- and never changes. Entries of an organization are numbered without gaps. `hash` is set once, in the
-- order of the numbers: it covers the entry and the hash of the one before it (src/core/audit).
CREATE TABLE audit_entries (
  organization_id TEXT NOT NULL,              -- '' if there is no such organization
  number          INTEGER NOT NULL,           -- from 1
  owner           TEXT NOT NULL,              -- the organization's name at the time
  action          TEXT NOT NULL,              -- the operation id, or the name of a job
  kind            TEXT NOT NULL,              -- of the object: user, role, session, …
  name            TEXT NOT NULL,              -- the object's name in the organization
  actor           TEXT NOT NULL,              -- the caller's subject; '' for a job
  record          TEXT NOT NULL,              -- JSON: caller, request, and the members before and after
  recorded_at     INTEGER NOT NULL,
  hash            TEXT,                       -- NULL until the schedule has sealed it
  PRIMARY KEY (organization_id, number)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER audit_entries_are_kept BEFORE DELETE ON audit_entries
BEGIN SELECT raise(ABORT, 'the audit trail is append-only');
END;

CREATE TRIGGER audit_entries_are_final BEFORE UPDATE ON audit_entries
WHEN OLD.hash IS NOT NULL OR NEW.hash IS NULL
  OR NEW.organization_id IS NOT OLD.organization_id OR NEW.number IS NOT OLD.number
  OR NEW.owner IS NOT OLD.owner OR NEW.action IS NOT OLD.action OR NEW.kind IS NOT OLD.kind
  OR NEW.name IS NOT OLD.name OR NEW.actor IS NOT OLD.actor OR NEW.record IS NOT OLD.record
  OR NEW.recorded_at IS NOT OLD.recorded_at
BEGIN SELECT raise(ABORT, 'the audit trail is append-only');
END;
