-- Webhooks: where an organization wants to be told of the entries of its audit trail.

CREATE TABLE webhooks (
  id           TEXT PRIMARY KEY,
  owner        TEXT NOT NULL REFERENCES organizations (name) ON DELETE CASCADE,
  name         TEXT NOT NULL,
  display_name TEXT NOT NULL DEFAULT '',
  url          TEXT NOT NULL,
  events       TEXT NOT NULL DEFAULT '[]',     -- operation ids and kinds; []: all
  is_enabled   INTEGER NOT NULL DEFAULT 1,
  sealed_secret TEXT NOT NULL,                 -- signs the deliveries
  sealed_previous_secret TEXT NOT NULL DEFAULT '', -- signs them too, until
  previous_until INTEGER NOT NULL DEFAULT 0,
  attributes   TEXT NOT NULL DEFAULT '{}',
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL,
  version      INTEGER NOT NULL DEFAULT 0,
  UNIQUE (owner, name)
) STRICT;

-- One entry of the audit trail for one webhook. What it says is the entry.
CREATE TABLE webhook_deliveries (
  webhook_id      TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
  number          INTEGER NOT NULL,            -- of the entry
  organization_id TEXT NOT NULL,               -- of the entry
  state           TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
  attempts        INTEGER NOT NULL DEFAULT 0,
  status          INTEGER,                     -- the status of the last response; NULL: there was none
  due_at          INTEGER NOT NULL,            -- of the next attempt
  attempted_at    INTEGER,
  created_at      INTEGER NOT NULL,
  PRIMARY KEY (webhook_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (attempted_at) WHERE state <> 'pending';

-- An entry is delivered to the webhooks that the organization has when it is appended.
CREATE TRIGGER audit_entries_are_delivered AFTER INSERT ON audit_entries
BEGIN
  INSERT INTO webhook_deliveries (webhook_id, number, organization_id, due_at, created_at)
  SELECT webhooks.id, NEW.number, NEW.organization_id, NEW.recorded_at, NEW.recorded_at
  FROM webhooks WHERE owner = NEW.owner AND is_enabled AND (events = '[]'
    OR EXISTS (SELECT 1 FROM json_each(webhooks.events) WHERE value IN (NEW.action, NEW.kind)));
END;
