-- What a person sees of a session, how it was authenticated, and how long it may live.

ALTER TABLE sessions ADD COLUMN acr TEXT NOT NULL DEFAULT '';          -- the class that the sign-in reached
ALTER TABLE sessions ADD COLUMN factors TEXT NOT NULL DEFAULT '[]';    -- {method, at}: when each was last proved
ALTER TABLE sessions ADD COLUMN issuer TEXT NOT NULL DEFAULT '';       -- of the host that has the cookie
ALTER TABLE sessions ADD COLUMN used_at INTEGER NOT NULL DEFAULT 0;    -- noted at most once in a while
ALTER TABLE sessions ADD COLUMN idle_ends_at INTEGER NOT NULL DEFAULT 253402300799; -- unless it is used
ALTER TABLE sessions ADD COLUMN device TEXT NOT NULL DEFAULT '';       -- browser and operating system
ALTER TABLE sessions ADD COLUMN address TEXT NOT NULL DEFAULT '';      -- of the sign-in
ALTER TABLE sessions ADD COLUMN country TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN used_address TEXT NOT NULL DEFAULT ''; -- of the last use
ALTER TABLE sessions ADD COLUMN used_country TEXT NOT NULL DEFAULT '';

-- Sessions that began before count as used now: they stay for as long as the idle time allows from here on.
UPDATE sessions SET used_at = max(unixepoch(), created_at);
UPDATE sessions SET idle_ends_at = used_at + 259200;

-- Copies of the attributes `sessionLifetime` and `sessionIdleTime`, in seconds; 0: the default. A session is
-- read often, and attributes may have pictures.
ALTER TABLE organizations ADD COLUMN session_lifetime INTEGER NOT NULL DEFAULT 0;
ALTER TABLE organizations ADD COLUMN session_idle_time INTEGER NOT NULL DEFAULT 0;
