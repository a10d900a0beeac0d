-- Applicants and assessors come in by GitHub; an address is changed, by its owner or with the help of staff.

CREATE TABLE github_accounts (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  audience TEXT NOT NULL CHECK (audience IN ('applicant', 'assessor')),
  account_id TEXT UNIQUE REFERENCES accounts (id) ON DELETE CASCADE,
  assessor_id TEXT UNIQUE REFERENCES assessors (id) ON DELETE CASCADE,
  github_id BYTEA NOT NULL,
  username BYTEA NOT NULL,
  joined_at TIMESTAMP NOT NULL,
  CHECK ((audience = 'applicant') = (account_id IS NOT NULL)),
  CHECK ((audience = 'assessor') = (assessor_id IS NOT NULL))
);
CREATE INDEX github_accounts_dossier ON github_accounts (dossier_id);

-- Whom GitHub named, until the address of whoever applies is confirmed.
ALTER TABLE sign_ins ADD COLUMN github_id BYTEA;
ALTER TABLE sign_ins ADD COLUMN github_username BYTEA;

-- There where the username was verified through GitHub.
ALTER TABLE members ADD COLUMN github_id BYTEA;

CREATE TABLE address_changes (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  staff_id TEXT,
  old_email BYTEA NOT NULL,
  new_email BYTEA NOT NULL,
  checked BYTEA,
  created_at TIMESTAMP NOT NULL,
  from_at TIMESTAMP NOT NULL,
  until_at TIMESTAMP NOT NULL,
  stopped_at TIMESTAMP,
  done_at TIMESTAMP
);
CREATE INDEX address_changes_dossier ON address_changes (dossier_id);
CREATE INDEX address_changes_account ON address_changes (account_id, created_at);
CREATE INDEX address_changes_open ON address_changes (until_at) WHERE done_at IS NULL;
