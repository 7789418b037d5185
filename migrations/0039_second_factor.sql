-- A copy of the attributes `requireMfa` and `mfaItems` (JSON), which are read at each sign-in of a person of the
-- organization, to any client; attributes may have pictures.
ALTER TABLE organizations ADD COLUMN second_factor TEXT NOT NULL DEFAULT '{}';
UPDATE organizations SET second_factor = json_object(
  'requireMfa', attributes -> '$.requireMfa', 'mfaItems', attributes -> '$.mfaItems');
