-- Which applications an entry of the audit has shown, so that a person's page needs no look through the audit.
-- It goes with the application; the entry stays.
CREATE TABLE audit_subjects (
  application_id TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  day DATE NOT NULL,
  audit_id TEXT NOT NULL REFERENCES audit (id),
  PRIMARY KEY (application_id, day, audit_id)
);
CREATE INDEX audit_subjects_entry ON audit_subjects (audit_id);

-- A reason that was typed. It goes with the application that was opened.
CREATE TABLE audit_reasons (
  audit_id TEXT NOT NULL PRIMARY KEY REFERENCES audit (id),
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  reason BYTEA NOT NULL
);
CREATE INDEX audit_reasons_dossier ON audit_reasons (dossier_id);

-- What the audit is searched by, in the order in which it is shown.
CREATE INDEX audit_action ON audit (action, at, id);
CREATE INDEX audit_role ON audit (role, at, id);
CREATE INDEX audit_actor ON audit (actor_id, at, id);
