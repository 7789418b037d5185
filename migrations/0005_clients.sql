-- How a client authenticates, and what signs its tokens.

-- A confidential client may redeem codes by PKCE alone.
ALTER TABLE applications ADD COLUMN pkce_without_secret INTEGER NOT NULL DEFAULT 0;

-- '' pins nothing: access tokens are ES256, ID tokens RS256. ES256 stood here by default only.
UPDATE applications SET token_signing_method = '' WHERE token_signing_method = 'ES256';
