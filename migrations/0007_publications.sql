-- Key records that are to be published (src/origin/publish). A change of keys, or of what their
-- records say, queues them in its own transaction; the request publishes the first, the schedule the
-- rest. A row is read again some minutes after its record was written, in case that an older record
-- was written after it, and then goes.

CREATE TABLE publications (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: a key that is queued again gets another
  digest     TEXT NOT NULL UNIQUE,         -- of the key: names its record
  key_id     TEXT NOT NULL,                -- this and the next two are what the record of a deleted key says
  owner      TEXT NOT NULL,
  name       TEXT NOT NULL,
  is_written INTEGER NOT NULL DEFAULT 0,   -- the record was written, and is to be compared once more
  due_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX publications_by_time ON publications (is_written, due_at);

CREATE INDEX keys_by_application ON keys (application) WHERE application IS NOT NULL;
