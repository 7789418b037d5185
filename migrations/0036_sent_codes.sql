-- Codes that were sent to an address outside a sign-in of the hosted pages: for a sign-up, a forgotten
-- password, the address of a signed-in person, and the calls of the published clients. The id is the digest
-- of the purpose, what the code is bound to (a browser or a client), the organization and the login, so that
-- there is one code for each, and a code of one of them is none for another.
CREATE TABLE sent_codes (
  id         TEXT PRIMARY KEY,
  content    TEXT NOT NULL,              -- a keyed digest of the code and its recipient
  state      TEXT NOT NULL DEFAULT '',   -- what the step that follows needs; no secret
  tries      INTEGER NOT NULL DEFAULT 0, -- codes that were typed for it
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sent_codes_by_end ON sent_codes (expires_at);
