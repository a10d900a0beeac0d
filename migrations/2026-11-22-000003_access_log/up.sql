-- The access log: a dossier a day, and requests in batches, each sealed to the public key of its day.
CREATE TABLE access_days (
  day DATE NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL UNIQUE REFERENCES dossiers (id) ON DELETE CASCADE
);

CREATE TABLE access_log (
  id TEXT NOT NULL PRIMARY KEY,
  dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,
  written_at TIMESTAMP NOT NULL,
  requests BIGINT NOT NULL,
  left_out BIGINT NOT NULL,
  entries BYTEA NOT NULL
);
CREATE INDEX access_log_day ON access_log (dossier_id, written_at, id);

-- In which role somebody acted, and why. Entries from before have neither.
ALTER TABLE audit ADD COLUMN role TEXT;
ALTER TABLE audit ADD COLUMN reason TEXT;
