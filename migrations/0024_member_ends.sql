-- Members and subjects that have expired are removed by an index, not by reading whole tables.
CREATE INDEX team_members_by_end ON team_members (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX role_members_by_end ON role_members (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX permission_subjects_by_end ON permission_subjects (expires_at) WHERE expires_at IS NOT NULL;
