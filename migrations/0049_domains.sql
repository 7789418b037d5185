-- Domains of e-mail addresses that organizations have claimed, in the first database. A domain is verified for
-- one organization at most: for the last one that has put its token into the DNS.
CREATE TABLE domains (
  domain      TEXT NOT NULL,
  owner       TEXT NOT NULL REFERENCES organizations (name) ON DELETE CASCADE,
  provider    TEXT NOT NULL DEFAULT '',  -- the provider of the organization by which its people sign in
  is_enforced INTEGER NOT NULL DEFAULT 0, -- whether they sign in by it only
  token       TEXT NOT NULL,             -- what the DNS has to have
  verified_at INTEGER,
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (domain, owner)
) STRICT, WITHOUT ROWID;
CREATE INDEX domains_by_owner ON domains (owner, domain);
CREATE UNIQUE INDEX domains_verified ON domains (domain) WHERE verified_at IS NOT NULL;
