-- `second_factor` also has `mfaRememberInHours`: all three are read at each sign-in of a person of the organization,
-- to any client.
UPDATE organizations SET second_factor = json_object(
  'requireMfa', attributes -> '$.requireMfa', 'mfaItems', attributes -> '$.mfaItems',
  'mfaRememberInHours', attributes -> '$.mfaRememberInHours');
