ALTER TABLE audit DROP COLUMN reason;
ALTER TABLE audit DROP COLUMN role;
DROP TABLE access_log;
DROP TABLE access_days;
DELETE FROM dossiers WHERE kind NOT IN ('application', 'member', 'account', 'sign_in', 'staff');
ALTER TABLE dossiers ADD COLUMN kind_of TEXT NOT NULL DEFAULT 'sign_in'
  CHECK (kind_of IN ('application', 'member', 'account', 'sign_in', 'staff'));
UPDATE dossiers SET kind_of = kind;
ALTER TABLE dossiers DROP COLUMN kind;
ALTER TABLE dossiers RENAME COLUMN kind_of TO kind;
