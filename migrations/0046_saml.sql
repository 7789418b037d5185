-- SAML 2.0.

-- The keys by which an organization's service providers and identity providers sign, and that decrypt for them. In
-- the first database. Each organization has its own: a partner that compares no issuer must not believe what another
-- organization says. Partners keep certificates by hand, which is why they live for years and are not the keys of
-- tokens.
CREATE TABLE saml_keys (
  owner          TEXT NOT NULL,          -- the organization
  kid            TEXT NOT NULL,          -- thumbprint
  public_jwk     TEXT NOT NULL,
  sealed_private TEXT NOT NULL,          -- PKCS#8, sealed under the root key
  certificate    TEXT NOT NULL,          -- base64url of the certificate in DER
  created_at     INTEGER NOT NULL,
  signs_from     INTEGER NOT NULL,       -- its first second as the signing key; published before
  PRIMARY KEY (owner, kid)
) STRICT, WITHOUT ROWID;

-- Whom a logout at an identity provider names: the name by which the person was last introduced.
CREATE INDEX identities_by_session ON identities (provider_id, json_extract(details, '$.session.name'))
  WHERE provider_id IS NOT NULL;

-- The persistent names by which service providers know people: random, another one for each.
CREATE TABLE saml_names (
  user_id        TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  application_id TEXT NOT NULL,          -- applications.id
  name           TEXT NOT NULL,
  created_at     INTEGER NOT NULL,
  PRIMARY KEY (user_id, application_id)
) STRICT, WITHOUT ROWID;

-- What service providers were told of sessions, for logout.
CREATE TABLE saml_sessions (
  id             TEXT PRIMARY KEY,       -- SessionIndex
  user_id        TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  session_id     TEXT NOT NULL,
  application_id TEXT NOT NULL,          -- applications.id
  owner          TEXT NOT NULL,          -- applications.owner
  application    TEXT NOT NULL,          -- applications.name
  issuer         TEXT NOT NULL,          -- of the host that the browser was at
  name_id        TEXT NOT NULL,          -- JSON: the name that was sent
  expires_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX saml_sessions_by_session ON saml_sessions (user_id, session_id);
CREATE INDEX saml_sessions_by_end ON saml_sessions (expires_at);
