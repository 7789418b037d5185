-- The users of an organization by age, for lists with the newest first.
CREATE INDEX users_by_age ON users (owner, created_at, name);
