-- SCIM: users and teams are found, and are unique, by what provisioning clients call them.
--
-- The `userName` of a user is what a client gave (`attributes.scim.key`, in lower case), else the
-- username. A UNIQUE index over both keeps a user of one name and another's `userName` apart.

CREATE UNIQUE INDEX users_by_user_name
  ON users (owner, coalesce(json_extract(attributes, '$.scim.key'), name));

-- Of users that are provisioned the external id is unique: two runs of a client do not make two.
CREATE UNIQUE INDEX users_by_provisioned_id ON users (owner, external_id)
  WHERE external_id IS NOT NULL AND json_extract(attributes, '$.scim') IS NOT NULL;
CREATE INDEX users_by_external_id ON users (owner, external_id) WHERE external_id IS NOT NULL;

-- Users with further e-mail addresses than the account's.
CREATE INDEX users_with_addresses ON users (owner)
  WHERE json_array_length(attributes, '$.scim.emails') > 1;
