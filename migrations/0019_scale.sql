-- Indexes for what read whole tables, and the positions of the purge, which walks through tables.

-- An application by its name alone (sign-in by an older client).
CREATE INDEX applications_by_name ON applications (name);

-- Clients of tenants whose id begins with the name of a new organization.
CREATE INDEX applications_by_folded_client ON applications (lower(client_id)) WHERE owner <> 'admin';

-- The longest lifetime of an access token, which every entry of the revocation feed reads.
CREATE INDEX applications_by_lifetime ON applications (access_token_lifetime);

-- What a person gave, when the person is disabled, deleted or has another password.
CREATE INDEX codes_by_user ON codes (user_id);
CREATE INDEX device_codes_by_user ON device_codes (user_id) WHERE user_id IS NOT NULL;

-- What a deleted application was allowed.
CREATE INDEX consents_by_client ON consents (client_id);

-- The web origins of redirect addresses, for CORS. `host` is the origin without its port, of a loopback
-- address only: a native application listens on any port (RFC 8252 §7.3).
CREATE TABLE redirect_origins (
  application TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  origin      TEXT NOT NULL,
  host        TEXT,
  PRIMARY KEY (application, origin)
) STRICT, WITHOUT ROWID;
CREATE INDEX redirect_origins_by_origin ON redirect_origins (origin);
CREATE INDEX redirect_origins_by_host ON redirect_origins (host) WHERE host IS NOT NULL;

-- `scheme://authority` of each redirect address of the applications that are not disabled.
CREATE VIEW origins_of_applications (application, origin, host) AS
  WITH address (application, uri, authority) AS (
    SELECT applications.id, uri.value, instr(uri.value, '://') + 3
    FROM applications, json_each(applications.redirect_uris) AS uri
    WHERE NOT applications.is_disabled AND instr(uri.value, '://') > 0
  ), found (application, origin) AS (
    SELECT application, substr(uri, 1, authority - 2
      + min(instr(substr(uri, authority) || '/', '/'), instr(substr(uri, authority) || '?', '?')))
    FROM address
  )
  SELECT DISTINCT application, origin, CASE
    WHEN origin LIKE 'http://127.0.0.1:%' THEN 'http://127.0.0.1'
    WHEN origin LIKE 'http://[::1]:%' THEN 'http://[::1]'
    WHEN origin IN ('http://127.0.0.1', 'http://[::1]') THEN origin
  END FROM found;

INSERT INTO redirect_origins (application, origin, host) SELECT * FROM origins_of_applications;

CREATE TRIGGER redirect_origins_of_new AFTER INSERT ON applications BEGIN
  INSERT INTO redirect_origins (application, origin, host)
    SELECT * FROM origins_of_applications WHERE application = new.id;
END;
CREATE TRIGGER redirect_origins_of_changed AFTER UPDATE OF redirect_uris, is_disabled ON applications
WHEN new.redirect_uris <> old.redirect_uris OR new.is_disabled <> old.is_disabled BEGIN
  DELETE FROM redirect_origins WHERE application = new.id;
  INSERT INTO redirect_origins (application, origin, host)
    SELECT * FROM origins_of_applications WHERE application = new.id;
END;

-- Where the purge of a table stands: it removes the expired rows after `start` up to `stop` (NULL: up to
-- the end) and goes on from there, so that no run reads a whole table and no row needs an index of ends.
CREATE TABLE purges (
  name  TEXT PRIMARY KEY,
  start ANY,
  stop  ANY
) STRICT, WITHOUT ROWID;
INSERT INTO purges (name) VALUES
  ('refresh_tokens'), ('codes'), ('device_codes'), ('grants'), ('sessions'), ('revocations');
