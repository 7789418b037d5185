-- An import restores the id of an agent's account: the agent follows it.

CREATE TABLE agents_0027 (
  user_id    TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE ON UPDATE CASCADE,
  owner      TEXT NOT NULL,                -- users.owner and users.name, for the list
  name       TEXT NOT NULL,
  sponsor_id TEXT NOT NULL,                -- users.id of the person
  agent_ref  TEXT NOT NULL DEFAULT '',     -- what the agent is called elsewhere
  expires_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO agents_0027 (user_id, owner, name, sponsor_id, agent_ref, expires_at, created_at)
  SELECT user_id, owner, name, sponsor_id, agent_ref, expires_at, created_at FROM agents;
DROP TABLE agents;
ALTER TABLE agents_0027 RENAME TO agents;
CREATE UNIQUE INDEX agents_by_owner ON agents (owner, name);
CREATE INDEX agents_by_sponsor ON agents (sponsor_id);
