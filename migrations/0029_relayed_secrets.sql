-- Each of several databases has a copy of the client secrets that have a successor: a client authenticates
-- where the person lives whose code it redeems. A relay names the application.
CREATE TRIGGER client_secrets_relayed_new AFTER INSERT ON client_secrets
WHEN (SELECT is_several AND NOT is_applying FROM topology) BEGIN
  INSERT INTO relays (kind, id) VALUES ('client_secrets', new.application_id);
END;
CREATE TRIGGER client_secrets_relayed_deleted AFTER DELETE ON client_secrets
WHEN (SELECT is_several AND NOT is_applying FROM topology) BEGIN
  INSERT INTO relays (kind, id) VALUES ('client_secrets', old.application_id);
END;
