-- What applicants attach. It lies with the application, beside the answers. No file reaches assessors.
CREATE TABLE files (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  application_id TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  question TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('pdf', 'png', 'jpeg', 'text', 'docx', 'xlsx', 'odt', 'ods')),
  about BYTEA NOT NULL,
  content BYTEA NOT NULL,
  attached_at TIMESTAMP NOT NULL,
  UNIQUE (application_id, question)
);
CREATE INDEX files_dossier ON files (dossier_id);

-- What staff made of such a file for assessors, before it is released. It lies with the application as well.
CREATE TABLE redactions (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  application_id TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  question TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('pdf', 'png', 'jpeg', 'text')),
  about BYTEA NOT NULL,
  content BYTEA NOT NULL,
  made_from TEXT,
  uploaded_by TEXT NOT NULL,
  uploaded_at TIMESTAMP NOT NULL,
  UNIQUE (application_id, question)
);
CREATE INDEX redactions_dossier ON redactions (dossier_id);

-- The copy that assessors can fetch, in the packet's own dossier.
CREATE TABLE packet_files (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  packet_id TEXT NOT NULL REFERENCES packets (id) ON DELETE CASCADE,
  position BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('pdf', 'png', 'jpeg', 'text')),
  label TEXT NOT NULL,
  about BYTEA NOT NULL,
  content BYTEA NOT NULL,
  UNIQUE (packet_id, position)
);
CREATE INDEX packet_files_dossier ON packet_files (dossier_id);
