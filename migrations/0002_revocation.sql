-- The revocation feed: what is dead although its signature is good and its time is not over
-- (src/core/revocation). Rows are appended in the transaction of the change that they tell of, and
-- never changed; one goes when nothing that it concerns can be alive.

CREATE TABLE revocations (
  seq         INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice; edges ask for what is newer
  kind        TEXT NOT NULL,                 -- token, session, grant, key, signing-key, user, …
  id          TEXT NOT NULL,                 -- '' for everything
  through     INTEGER NOT NULL,              -- issued at or before: dead; 4294967295: for good
  until       INTEGER NOT NULL,              -- from here on nothing that it concerns is alive
  cause       TEXT NOT NULL DEFAULT '',      -- what a restored row loses: `disabled+password`, …
  is_copied   INTEGER NOT NULL DEFAULT 0,    -- KV, the second place, has it
  recorded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX revocations_by_subject ON revocations (kind, id);
CREATE INDEX revocations_by_end ON revocations (until);
-- The condition is part of the queries: what is dead for good is most of the table.
CREATE INDEX revocations_by_moment ON revocations (through) WHERE through < 4294967295;
CREATE INDEX revocations_not_copied ON revocations (seq) WHERE is_copied = 0;

-- Which history the numbers are of: it grows when a backup has been restored.
CREATE TABLE revocation_history (
  id     INTEGER PRIMARY KEY CHECK (id = 1),
  epoch  INTEGER NOT NULL,
  healer TEXT NOT NULL DEFAULT ''            -- who began it: one of those who found the backup
) STRICT;
INSERT INTO revocation_history (id, epoch) VALUES (1, 1);

-- What a sign-in gave ends with it.
CREATE INDEX grants_by_session ON grants (session_id) WHERE session_id IS NOT NULL;
