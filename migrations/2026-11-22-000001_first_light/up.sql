-- One folder of portable SQL serves SQLite and PostgreSQL.
-- Identifiers are ours, random, made before the insert. Sealed values are BYTEA. Times are UTC.

CREATE TABLE site (
  id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
  deployment TEXT NOT NULL,
  generation BIGINT NOT NULL,
  first_admin_at TIMESTAMP
);

CREATE TABLE processes (
  id TEXT NOT NULL PRIMARY KEY,
  surfaces TEXT NOT NULL,
  generation BIGINT NOT NULL,
  started_at TIMESTAMP NOT NULL,
  seen_at TIMESTAMP NOT NULL
);

CREATE TABLE leases (
  name TEXT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  until TIMESTAMP NOT NULL
);

-- A row here may be referred to by data keys. Destroying a key deletes its row, which the database
-- refuses while a data key refers to it, also against a row that is being inserted at this moment.
CREATE TABLE cohort_keys (
  id TEXT NOT NULL PRIMARY KEY,
  class TEXT NOT NULL,
  quarter TEXT NOT NULL,
  version BIGINT NOT NULL,
  UNIQUE (class, quarter, version)
);

CREATE TABLE dossiers (
  id TEXT NOT NULL PRIMARY KEY,
  parent_id TEXT REFERENCES dossiers (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('application', 'member', 'account', 'sign_in', 'staff')),
  class TEXT NOT NULL,
  keep_until DATE NOT NULL,
  rule TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL
);
CREATE INDEX dossiers_parent ON dossiers (parent_id);
-- What is over is looked for by rule, among those that are no part of another.
CREATE INDEX dossiers_over ON dossiers (rule, keep_until) WHERE parent_id IS NULL;

CREATE TABLE data_keys (
  dossier_id TEXT NOT NULL PRIMARY KEY REFERENCES dossiers (id) ON DELETE CASCADE,
  cohort_key TEXT NOT NULL REFERENCES cohort_keys (id),
  wrapped BYTEA NOT NULL
);
CREATE INDEX data_keys_cohort_key ON data_keys (cohort_key, dossier_id);

CREATE TABLE lookups (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  tag BYTEA NOT NULL,
  subject_id TEXT NOT NULL
);
CREATE INDEX lookups_tag ON lookups (tag, kind);
CREATE INDEX lookups_dossier ON lookups (dossier_id);

CREATE TABLE programmes (
  id TEXT NOT NULL PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  definition TEXT NOT NULL
);

CREATE TABLE forms (
  id TEXT NOT NULL PRIMARY KEY,
  programme_id TEXT NOT NULL REFERENCES programmes (id),
  version BIGINT NOT NULL,
  definition TEXT NOT NULL,
  UNIQUE (programme_id, version)
);

CREATE TABLE rounds (
  id TEXT NOT NULL PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  programme_id TEXT NOT NULL REFERENCES programmes (id),
  form_id TEXT NOT NULL REFERENCES forms (id),
  name TEXT NOT NULL,
  opens_at TIMESTAMP NOT NULL,
  closes_at TIMESTAMP,
  award_on DATE
);

CREATE TABLE consent_texts (
  id TEXT NOT NULL PRIMARY KEY,
  purpose TEXT NOT NULL,
  version BIGINT NOT NULL,
  body TEXT NOT NULL,
  facts TEXT NOT NULL,
  digest TEXT NOT NULL UNIQUE,
  UNIQUE (purpose, version)
);

CREATE TABLE accounts (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL UNIQUE REFERENCES dossiers (id) ON DELETE CASCADE,
  email BYTEA NOT NULL,
  created_at TIMESTAMP NOT NULL,
  last_sign_in DATE NOT NULL
);

CREATE TABLE staff (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL UNIQUE REFERENCES dossiers (id) ON DELETE CASCADE,
  name BYTEA NOT NULL,
  email BYTEA NOT NULL,
  roles TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('invited', 'active')),
  created_at TIMESTAMP NOT NULL,
  last_sign_in DATE
);

CREATE TABLE sign_ins (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  purpose TEXT NOT NULL CHECK (purpose IN ('apply', 'applicant', 'staff', 'invitation', 'first_admin')),
  account_id TEXT REFERENCES accounts (id) ON DELETE CASCADE,
  staff_id TEXT REFERENCES staff (id) ON DELETE CASCADE,
  email BYTEA,
  round_id TEXT REFERENCES rounds (id),
  browser TEXT,
  attempts BIGINT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  expires_at TIMESTAMP NOT NULL,
  used_at TIMESTAMP
);
CREATE INDEX sign_ins_dossier ON sign_ins (dossier_id);
CREATE INDEX sign_ins_browser ON sign_ins (browser);
CREATE INDEX sign_ins_account ON sign_ins (account_id);
CREATE INDEX sign_ins_staff ON sign_ins (staff_id);

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

CREATE TABLE applications (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL UNIQUE REFERENCES dossiers (id) ON DELETE CASCADE,
  account_id TEXT REFERENCES accounts (id) ON DELETE SET NULL,
  programme_id TEXT NOT NULL REFERENCES programmes (id),
  round_id TEXT NOT NULL REFERENCES rounds (id),
  form_id TEXT NOT NULL REFERENCES forms (id),
  reference TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL CHECK (status IN ('draft', 'submitted', 'in_review', 'withdrawn')),
  created_at TIMESTAMP NOT NULL,
  changed_at TIMESTAMP NOT NULL,
  submitted_at TIMESTAMP,
  CHECK ((status = 'draft') = (submitted_at IS NULL))
);
CREATE INDEX applications_account ON applications (account_id, created_at);
-- One draft a person and round, however often the button is pressed.
CREATE UNIQUE INDEX applications_one_draft ON applications (account_id, round_id) WHERE status = 'draft';
CREATE INDEX applications_all ON applications (submitted_at, id);
CREATE INDEX applications_status ON applications (status, submitted_at, id);
CREATE INDEX applications_programme ON applications (programme_id, submitted_at, id);
CREATE INDEX applications_programme_status ON applications (programme_id, status, submitted_at, id);
CREATE INDEX applications_round ON applications (round_id, submitted_at, id);
CREATE INDEX applications_round_status ON applications (round_id, status, submitted_at, id);

CREATE TABLE members (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL UNIQUE REFERENCES dossiers (id) ON DELETE CASCADE,
  application_id TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  position BIGINT NOT NULL,
  name BYTEA,
  pronouns BYTEA,
  email BYTEA NOT NULL,
  location BYTEA,
  ip BYTEA,
  github_username BYTEA,
  social_usernames BYTEA,
  UNIQUE (application_id, position)
);

CREATE TABLE answers (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  application_id TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  question TEXT NOT NULL,
  value BYTEA NOT NULL,
  UNIQUE (application_id, question)
);
CREATE INDEX answers_dossier ON answers (dossier_id);

CREATE TABLE consents (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  application_id TEXT REFERENCES applications (id) ON DELETE CASCADE,
  sign_in_id TEXT REFERENCES sign_ins (id) ON DELETE CASCADE,
  purpose TEXT NOT NULL,
  text_id TEXT NOT NULL REFERENCES consent_texts (id),
  method TEXT NOT NULL,
  given_at TIMESTAMP NOT NULL,
  withdrawn_at TIMESTAMP
);
CREATE INDEX consents_dossier ON consents (dossier_id);
CREATE INDEX consents_application ON consents (application_id);
CREATE INDEX consents_sign_in ON consents (sign_in_id);

CREATE TABLE status_changes (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  application_id TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  from_status TEXT NOT NULL,
  to_status TEXT NOT NULL,
  actor TEXT NOT NULL,
  actor_id TEXT,
  at TIMESTAMP NOT NULL
);
CREATE INDEX status_changes_dossier ON status_changes (dossier_id);
CREATE INDEX status_changes_application ON status_changes (application_id, at);

-- How many applications stand where, kept with each change, so that a page never counts the table.
CREATE TABLE tallies (
  round_id TEXT NOT NULL REFERENCES rounds (id),
  status TEXT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (round_id, status)
);

CREATE TABLE outbox (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  template TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  due_at TIMESTAMP NOT NULL,
  attempts BIGINT NOT NULL,
  sent_at TIMESTAMP
);
CREATE INDEX outbox_due ON outbox (due_at, id) WHERE sent_at IS NULL;
CREATE INDEX outbox_sent ON outbox (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX outbox_dossier ON outbox (dossier_id);

-- Append-only. Ids alone: no entry says anything about a person once what it points to is gone.
CREATE TABLE audit (
  id TEXT NOT NULL PRIMARY KEY,
  at TIMESTAMP NOT NULL,
  actor TEXT NOT NULL,
  actor_id TEXT,
  action TEXT NOT NULL,
  subject TEXT,
  detail TEXT NOT NULL
);
CREATE INDEX audit_at ON audit (at, id);
CREATE INDEX audit_subject ON audit (subject, at);

-- Entries that the chain has not taken up yet.
CREATE TABLE audit_pending (
  audit_id TEXT NOT NULL PRIMARY KEY REFERENCES audit (id)
);

CREATE TABLE audit_chain (
  seq BIGINT NOT NULL PRIMARY KEY,
  audit_id TEXT NOT NULL UNIQUE REFERENCES audit (id),
  hash BYTEA NOT NULL
);

CREATE TABLE audit_heads (
  seq BIGINT NOT NULL PRIMARY KEY REFERENCES audit_chain (seq),
  hash BYTEA NOT NULL,
  signature BYTEA NOT NULL,
  at TIMESTAMP NOT NULL
);
