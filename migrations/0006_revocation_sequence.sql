-- An entry kills what carries a smaller number than its own (src/core/revocation): the second
-- through which something was dead is gone. That a key is dead for good is told by the cause.

DROP INDEX revocations_by_moment;
UPDATE revocations SET cause = 'revoked' WHERE kind = 'key' AND through = 4294967295;
UPDATE revocations SET until = 253402300799 WHERE until = 4294967295;
ALTER TABLE revocations DROP COLUMN through;
