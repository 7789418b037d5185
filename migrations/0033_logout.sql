-- Where an application is told that a session has ended (Back-Channel and Front-Channel Logout 1.0).
ALTER TABLE applications ADD COLUMN backchannel_logout_uri TEXT NOT NULL DEFAULT '';
ALTER TABLE applications ADD COLUMN backchannel_logout_session_required INTEGER NOT NULL DEFAULT 0;
ALTER TABLE applications ADD COLUMN frontchannel_logout_uri TEXT NOT NULL DEFAULT '';
ALTER TABLE applications ADD COLUMN frontchannel_logout_session_required INTEGER NOT NULL DEFAULT 0;

-- One queue for what is delivered to others: an entry of the audit trail for a webhook, or the end of a
-- session for an application in it.
DROP TRIGGER audit_entries_are_delivered;
CREATE TABLE deliveries (
  receiver        TEXT NOT NULL,               -- the id of a webhook; `logout:<client id>:<sid>`
  number          INTEGER NOT NULL,            -- of the entry; 0 for the end of a session
  organization_id TEXT NOT NULL,               -- of the entry; '' for the end of a session
  client_id       TEXT NOT NULL DEFAULT '',    -- the application; '' for an entry, as what follows
  subject         TEXT NOT NULL DEFAULT '',    -- whose session has ended
  session_id      TEXT NOT NULL DEFAULT '',    -- the `sid`
  issuer          TEXT NOT NULL DEFAULT '',    -- of the session; '': the default one
  state           TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
  attempts        INTEGER NOT NULL DEFAULT 0,
  status          INTEGER,                     -- the status of the last response; NULL: there was none
  due_at          INTEGER NOT NULL,            -- of the next attempt
  attempted_at    INTEGER,
  created_at      INTEGER NOT NULL,
  PRIMARY KEY (receiver, number)
) STRICT, WITHOUT ROWID;
INSERT INTO deliveries (receiver, number, organization_id, state, attempts, status, due_at, attempted_at, created_at)
  SELECT webhook_id, number, organization_id, state, attempts, status, due_at, attempted_at, created_at
  FROM webhook_deliveries;
DROP TABLE webhook_deliveries;
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state = 'pending';
CREATE INDEX deliveries_ended ON deliveries (attempted_at) WHERE state <> 'pending';

-- An entry is delivered to the webhooks that the organization has when it is appended.
CREATE TRIGGER audit_entries_are_delivered AFTER INSERT ON audit_entries
BEGIN
  INSERT INTO deliveries (receiver, number, organization_id, due_at, created_at)
  SELECT webhooks.id, NEW.number, NEW.organization_id, NEW.recorded_at, NEW.recorded_at
  FROM webhooks WHERE owner = NEW.owner AND is_enabled AND (events = '[]'
    OR EXISTS (SELECT 1 FROM json_each(webhooks.events) WHERE value IN (NEW.action, NEW.kind)));
END;
CREATE TRIGGER webhooks_leave_deliveries AFTER DELETE ON webhooks
BEGIN
  DELETE FROM deliveries WHERE receiver = OLD.id;
END;
