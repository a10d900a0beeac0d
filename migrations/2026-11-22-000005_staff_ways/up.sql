-- The ways in of staff (and of assessors, as far as passkeys go), and what is under way between a question and its
-- answer: a challenge that a passkey signs, a password that waits for its code, somebody sent to another site.

CREATE TABLE challenges (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL UNIQUE REFERENCES dossiers (id) ON DELETE CASCADE,
  audience TEXT NOT NULL CHECK (audience IN ('staff', 'assessor')),
  purpose TEXT NOT NULL,
  browser TEXT NOT NULL,
  state BYTEA NOT NULL,
  attempts BIGINT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  expires_at TIMESTAMP NOT NULL
);
CREATE INDEX challenges_browser ON challenges (browser, purpose);

CREATE TABLE passkeys (
  id TEXT NOT NULL PRIMARY KEY,
  audience TEXT NOT NULL CHECK (audience IN ('staff', 'assessor')),
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  staff_id TEXT REFERENCES staff (id) ON DELETE CASCADE,
  assessor_id TEXT REFERENCES assessors (id) ON DELETE CASCADE,
  name BYTEA NOT NULL,
  credential BYTEA NOT NULL,
  created_at TIMESTAMP NOT NULL,
  used_at TIMESTAMP,
  CHECK ((audience = 'staff') = (staff_id IS NOT NULL)),
  CHECK ((audience = 'assessor') = (assessor_id IS NOT NULL))
);
CREATE INDEX passkeys_dossier ON passkeys (dossier_id, created_at);
CREATE INDEX passkeys_staff ON passkeys (staff_id);
CREATE INDEX passkeys_assessor ON passkeys (assessor_id);

-- A password counts with a second factor alone, so that both are one row. `last_step` is the newest step of time of
-- which a code was taken: none is taken twice.
CREATE TABLE passwords (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  staff_id TEXT NOT NULL UNIQUE REFERENCES staff (id) ON DELETE CASCADE,
  hash BYTEA NOT NULL,
  totp BYTEA NOT NULL,
  last_step BIGINT NOT NULL,
  created_at TIMESTAMP NOT NULL
);
CREATE INDEX passwords_dossier ON passwords (dossier_id);

CREATE TABLE recovery_codes (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  staff_id TEXT NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
  digest TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  used_at TIMESTAMP
);
CREATE INDEX recovery_codes_dossier ON recovery_codes (dossier_id);
CREATE INDEX recovery_codes_staff ON recovery_codes (staff_id, digest);

-- Who somebody is to the organisation's own sign-in.
CREATE TABLE organisation_links (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  staff_id TEXT NOT NULL UNIQUE REFERENCES staff (id) ON DELETE CASCADE,
  subject BYTEA NOT NULL,
  created_at TIMESTAMP NOT NULL
);
CREATE INDEX organisation_links_dossier ON organisation_links (dossier_id);
