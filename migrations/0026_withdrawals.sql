-- Who asks that a Deny is withdrawn: another administrator decides. Empty: no administrator does.
ALTER TABLE permissions ADD COLUMN withdrawer_id TEXT NOT NULL DEFAULT '';
ALTER TABLE permissions ADD COLUMN withdrawer TEXT NOT NULL DEFAULT '';  -- the same as `owner/name`
