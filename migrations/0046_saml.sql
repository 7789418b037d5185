-- SAML 2.0.

-- The keys that sign our messages and decrypt those for us. In the first database. Partners keep their certificates
-- by hand, which is why they live for years and are not the keys of tokens.
CREATE TABLE saml_keys (
  kid            TEXT PRIMARY KEY,       -- thumbprint
  public_jwk     TEXT NOT NULL,
  sealed_private TEXT NOT NULL,          -- PKCS#8, sealed under the root key
  certificate    TEXT NOT NULL,          -- base64url of the certificate in DER
  created_at     INTEGER NOT NULL,
  signs_from     INTEGER NOT NULL        -- its first second as the signing key; published before
) STRICT, WITHOUT ROWID;

-- Whom a logout at an identity provider names: the name by which the person was last introduced.
CREATE INDEX identities_by_session ON identities (provider_id, json_extract(details, '$.session.name'))
  WHERE provider_id IS NOT NULL;
