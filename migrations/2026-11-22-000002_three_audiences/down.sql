DROP TABLE sessions;
CREATE TABLE sessions (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  account_id TEXT REFERENCES accounts (id) ON DELETE CASCADE,
  staff_id TEXT REFERENCES staff (id) ON DELETE CASCADE,
  created_at TIMESTAMP NOT NULL,
  seen_at TIMESTAMP NOT NULL,
  expires_at TIMESTAMP NOT NULL,
  CHECK ((account_id IS NULL) <> (staff_id IS NULL))
);
CREATE INDEX sessions_dossier ON sessions (dossier_id);
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_staff ON sessions (staff_id);
CREATE INDEX sessions_expires ON sessions (expires_at);

-- What the older schema has no word for goes, with its dossiers. Nothing cascades here: SQLite migrates with its
-- foreign keys off.
DELETE FROM sign_ins WHERE purpose NOT IN ('apply', 'applicant', 'staff', 'invitation', 'first_admin');
DELETE FROM sign_ins WHERE staff_id IN (SELECT id FROM staff WHERE state = 'disabled');
DELETE FROM staff WHERE state = 'disabled';
DELETE FROM dossiers WHERE kind NOT IN ('application', 'member', 'account', 'sign_in', 'staff');
DELETE FROM dossiers WHERE kind = 'staff' AND id NOT IN (SELECT dossier_id FROM staff);
DELETE FROM dossiers WHERE kind = 'sign_in' AND id NOT IN (SELECT dossier_id FROM sign_ins);
DELETE FROM outbox WHERE dossier_id NOT IN (SELECT id FROM dossiers);
DELETE FROM lookups WHERE dossier_id NOT IN (SELECT id FROM dossiers);
DELETE FROM data_keys WHERE dossier_id NOT IN (SELECT id FROM dossiers);

DROP INDEX sign_ins_assessor;
ALTER TABLE sign_ins DROP COLUMN assessor_id;
ALTER TABLE sign_ins DROP COLUMN audience;
ALTER TABLE sign_ins ADD COLUMN purpose_then TEXT NOT NULL DEFAULT 'applicant' CHECK (purpose_then IN ('apply', 'applicant', 'staff', 'invitation', 'first_admin'));
UPDATE sign_ins SET purpose_then = purpose;
ALTER TABLE sign_ins DROP COLUMN purpose;
ALTER TABLE sign_ins RENAME COLUMN purpose_then TO purpose;

DROP TABLE assessors;

ALTER TABLE staff ADD COLUMN state_then TEXT NOT NULL DEFAULT 'invited' CHECK (state_then IN ('invited', 'active'));
UPDATE staff SET state_then = state;
ALTER TABLE staff DROP COLUMN state;
ALTER TABLE staff RENAME COLUMN state_then TO state;

ALTER TABLE dossiers ADD COLUMN kind_then TEXT NOT NULL DEFAULT 'application' CHECK (kind_then IN ('application', 'member', 'account', 'sign_in', 'staff'));
UPDATE dossiers SET kind_then = kind;
ALTER TABLE dossiers DROP COLUMN kind;
ALTER TABLE dossiers RENAME COLUMN kind_then TO kind;
