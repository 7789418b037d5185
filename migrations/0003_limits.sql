-- How often a key may call, how much it may spend, and what it has spent.

ALTER TABLE keys ADD COLUMN rate INTEGER;         -- calls a minute; NULL: as many as it likes
ALTER TABLE keys ADD COLUMN budget_month INTEGER; -- calls in a calendar month (UTC); NULL: as many as it likes
ALTER TABLE keys ADD COLUMN budget_total INTEGER; -- calls in its life; NULL: as many as it likes

-- What the edges have reported. Apart from `keys`: it changes all the time, and is nobody's edit.
CREATE TABLE key_usage (
  key_id       TEXT PRIMARY KEY REFERENCES keys (id) ON DELETE CASCADE,
  month        INTEGER NOT NULL,             -- the last one with a call: months since the year 0
  month_calls  INTEGER NOT NULL,             -- in it
  total_calls  INTEGER NOT NULL,
  minute       INTEGER NOT NULL,             -- the last one with a report: Unix time / 60
  minute_calls INTEGER NOT NULL              -- in it
) STRICT, WITHOUT ROWID;

-- The last batch of each isolate that is counted: a batch that comes again is passed over.
CREATE TABLE usage_reporters (
  isolate     TEXT PRIMARY KEY,
  number      INTEGER NOT NULL,
  reported_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_reporters_by_time ON usage_reporters (reported_at);
