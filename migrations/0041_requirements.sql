-- Transactions that take place only if a statement of theirs changes a row.

-- Never has a row. An insertion here after such a statement fails the transaction unless it did.
CREATE TABLE requirements (
  holds INTEGER NOT NULL
) STRICT;
CREATE TRIGGER requirements_hold BEFORE INSERT ON requirements BEGIN
  SELECT iif(new.holds, RAISE(IGNORE), RAISE(ABORT, 'a required statement has no effect'));
END;
