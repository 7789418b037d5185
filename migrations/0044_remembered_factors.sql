-- Which second factors a remembered browser stands for.

-- The names by which a session notes them, separated by spaces. Browsers that were remembered before stand for
-- none.
ALTER TABLE remembered_browsers ADD COLUMN seconds TEXT NOT NULL DEFAULT '';
