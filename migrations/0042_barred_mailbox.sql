-- Whether a second factor proves nothing: codes to the mailbox by which the password was set.
ALTER TABLE factors ADD COLUMN is_barred INTEGER NOT NULL DEFAULT 0;
