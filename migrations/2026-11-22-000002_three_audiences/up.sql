-- Assessors come in beside applicants and staff; a session knows how its person proved who they are; an account
-- can be disabled. A column with a CHECK of its own is replaced by another: neither database has to rebuild a table.

ALTER TABLE dossiers ADD COLUMN kind_now TEXT NOT NULL DEFAULT '';
UPDATE dossiers SET kind_now = kind;
ALTER TABLE dossiers DROP COLUMN kind;
ALTER TABLE dossiers RENAME COLUMN kind_now TO kind;

ALTER TABLE staff ADD COLUMN state_now TEXT NOT NULL DEFAULT 'invited' CHECK (state_now IN ('invited', 'active', 'disabled'));
UPDATE staff SET state_now = state;
ALTER TABLE staff DROP COLUMN state;
ALTER TABLE staff RENAME COLUMN state_now TO state;

CREATE TABLE assessors (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL UNIQUE REFERENCES dossiers (id) ON DELETE CASCADE,
  name BYTEA NOT NULL,
  email BYTEA NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('invited', 'active', 'disabled')),
  access_until DATE NOT NULL,
  created_at TIMESTAMP NOT NULL,
  last_sign_in DATE
);

ALTER TABLE sign_ins ADD COLUMN purpose_now TEXT NOT NULL DEFAULT '';
UPDATE sign_ins SET purpose_now = purpose;
ALTER TABLE sign_ins DROP COLUMN purpose;
ALTER TABLE sign_ins RENAME COLUMN purpose_now TO purpose;
ALTER TABLE sign_ins ADD COLUMN audience TEXT NOT NULL DEFAULT 'applicant' CHECK (audience IN ('applicant', 'staff', 'assessor'));
UPDATE sign_ins SET audience = 'staff' WHERE purpose IN ('staff', 'invitation', 'first_admin');
ALTER TABLE sign_ins ADD COLUMN assessor_id TEXT REFERENCES assessors (id) ON DELETE CASCADE;
CREATE INDEX sign_ins_assessor ON sign_ins (assessor_id);

-- Whoever was signed in signs in again: of older sessions nobody knows how they were proved.
DROP TABLE sessions;
CREATE TABLE sessions (
  id TEXT NOT NULL PRIMARY KEY,
  handle TEXT NOT NULL UNIQUE,
  audience TEXT NOT NULL CHECK (audience IN ('applicant', 'staff', 'assessor')),
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  account_id TEXT REFERENCES accounts (id) ON DELETE CASCADE,
  staff_id TEXT REFERENCES staff (id) ON DELETE CASCADE,
  assessor_id TEXT REFERENCES assessors (id) ON DELETE CASCADE,
  device BYTEA NOT NULL,
  proof TEXT NOT NULL,
  proved_at TIMESTAMP NOT NULL,
  created_at TIMESTAMP NOT NULL,
  seen_at TIMESTAMP NOT NULL,
  expires_at TIMESTAMP NOT NULL,
  CHECK ((audience = 'applicant') = (account_id IS NOT NULL)),
  CHECK ((audience = 'staff') = (staff_id IS NOT NULL)),
  CHECK ((audience = 'assessor') = (assessor_id IS NOT NULL))
);
CREATE INDEX sessions_dossier ON sessions (dossier_id, created_at);
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_staff ON sessions (staff_id);
CREATE INDEX sessions_assessor ON sessions (assessor_id);
CREATE INDEX sessions_expires ON sessions (expires_at);
