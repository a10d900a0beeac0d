-- How a round is assessed. What assessors need of round and programme is copied here, so that they read neither.
CREATE TABLE undertaking_texts (
  id TEXT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL UNIQUE,
  body TEXT NOT NULL,
  digest TEXT NOT NULL UNIQUE
);

CREATE TABLE assessment_plans (
  round_id TEXT NOT NULL PRIMARY KEY REFERENCES rounds (id),
  title TEXT NOT NULL,
  criteria TEXT NOT NULL,
  each_packet BIGINT NOT NULL CHECK (each_packet > 0),
  due_on DATE NOT NULL,
  closes_on DATE NOT NULL,
  show_others BOOLEAN NOT NULL,
  undertaking_id TEXT NOT NULL REFERENCES undertaking_texts (id),
  seed BIGINT NOT NULL,
  opened_at TIMESTAMP NOT NULL
);

-- The copy of an application that assessors read. It has a dossier of its own, below the application's.
CREATE TABLE packets (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL UNIQUE REFERENCES dossiers (id) ON DELETE CASCADE,
  round_id TEXT NOT NULL REFERENCES rounds (id),
  version BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('released', 'closed')),
  released_on DATE NOT NULL
);
CREATE INDEX packets_round ON packets (round_id, state);

CREATE TABLE packet_fields (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  packet_id TEXT NOT NULL REFERENCES packets (id) ON DELETE CASCADE,
  position BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('github_username', 'line', 'text')),
  label TEXT NOT NULL,
  value BYTEA NOT NULL,
  UNIQUE (packet_id, position)
);
CREATE INDEX packet_fields_dossier ON packet_fields (dossier_id);

-- Staff's work on a packet: it lies with the application, where assessors can't reach.
CREATE TABLE preparations (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  application_id TEXT NOT NULL UNIQUE REFERENCES applications (id) ON DELETE CASCADE,
  round_id TEXT NOT NULL REFERENCES rounds (id),
  packet_id TEXT UNIQUE REFERENCES packets (id) ON DELETE SET NULL,
  work BYTEA NOT NULL,
  found BIGINT NOT NULL,
  changed_at TIMESTAMP NOT NULL,
  made_from TIMESTAMP NOT NULL,
  released_from TIMESTAMP
);
CREATE INDEX preparations_round ON preparations (round_id, application_id);
CREATE INDEX preparations_dossier ON preparations (dossier_id);

CREATE TABLE assignments (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  packet_id TEXT NOT NULL REFERENCES packets (id) ON DELETE CASCADE,
  round_id TEXT NOT NULL REFERENCES rounds (id),
  assessor_id TEXT REFERENCES assessors (id) ON DELETE SET NULL,
  state TEXT NOT NULL CHECK (state IN ('offered', 'accepted', 'submitted', 'conflict', 'declined', 'ended')),
  due_on DATE NOT NULL,
  made_at TIMESTAMP NOT NULL,
  opened_at TIMESTAMP,
  submitted_at TIMESTAMP,
  scored_version BIGINT,
  comments TEXT NOT NULL CHECK (comments IN ('none', 'waiting', 'clear', 'found', 'returned')),
  reminded_on DATE,
  UNIQUE (packet_id, assessor_id)
);
CREATE INDEX assignments_assessor ON assignments (assessor_id, state);
CREATE INDEX assignments_round ON assignments (round_id, state);
CREATE INDEX assignments_dossier ON assignments (dossier_id);
CREATE INDEX assignments_unread ON assignments (comments) WHERE comments = 'waiting';
CREATE INDEX assignments_due ON assignments (due_on) WHERE state IN ('offered', 'accepted');

CREATE TABLE scores (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  assignment_id TEXT NOT NULL REFERENCES assignments (id) ON DELETE CASCADE,
  criterion BIGINT NOT NULL,
  points BYTEA NOT NULL,
  comment BYTEA NOT NULL,
  UNIQUE (assignment_id, criterion)
);
CREATE INDEX scores_dossier ON scores (dossier_id);

CREATE TABLE assessor_questions (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  assignment_id TEXT NOT NULL REFERENCES assignments (id) ON DELETE CASCADE,
  body BYTEA NOT NULL,
  asked_at TIMESTAMP NOT NULL,
  answer BYTEA,
  answered_by TEXT,
  answered_at TIMESTAMP
);
CREATE INDEX assessor_questions_dossier ON assessor_questions (dossier_id);
CREATE INDEX assessor_questions_assignment ON assessor_questions (assignment_id);

-- Accepted once a round, before anything of a packet is read.
CREATE TABLE undertakings (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  assessor_id TEXT NOT NULL REFERENCES assessors (id) ON DELETE CASCADE,
  round_id TEXT NOT NULL REFERENCES rounds (id),
  text_id TEXT NOT NULL REFERENCES undertaking_texts (id),
  accepted_at TIMESTAMP NOT NULL,
  UNIQUE (assessor_id, round_id)
);
CREATE INDEX undertakings_dossier ON undertakings (dossier_id);

-- What staff know of an assessor and an applicant. It lies with the application.
CREATE TABLE conflicts (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  application_id TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  assessor_id TEXT NOT NULL REFERENCES assessors (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('employer', 'co_author', 'personal', 'other')),
  note BYTEA NOT NULL,
  staff_id TEXT NOT NULL,
  noted_at TIMESTAMP NOT NULL,
  UNIQUE (application_id, assessor_id)
);
CREATE INDEX conflicts_dossier ON conflicts (dossier_id);
CREATE INDEX conflicts_assessor ON conflicts (assessor_id);

CREATE TABLE staff_scores (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  application_id TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  criterion BIGINT NOT NULL,
  points BYTEA NOT NULL,
  comment BYTEA NOT NULL,
  staff_id TEXT NOT NULL,
  given_at TIMESTAMP NOT NULL,
  UNIQUE (application_id, criterion)
);
CREATE INDEX staff_scores_dossier ON staff_scores (dossier_id);

CREATE TABLE notes (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  application_id TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  staff_id TEXT NOT NULL,
  body BYTEA NOT NULL,
  written_at TIMESTAMP NOT NULL
);
CREATE INDEX notes_dossier ON notes (dossier_id);
CREATE INDEX notes_application ON notes (application_id, written_at);

-- What an assessor knows about, as staff see it.
ALTER TABLE assessors ADD COLUMN tags BYTEA;
