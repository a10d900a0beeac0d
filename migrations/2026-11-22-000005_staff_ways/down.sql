DROP TABLE organisation_links;
DROP TABLE recovery_codes;
DROP TABLE passwords;
DROP TABLE passkeys;
-- Nothing cascades here: SQLite migrates with its foreign keys off.
DELETE FROM data_keys WHERE dossier_id IN (SELECT dossier_id FROM challenges);
DELETE FROM dossiers WHERE id IN (SELECT dossier_id FROM challenges);
DELETE FROM lookups WHERE kind = 'organisation_subject';
DROP TABLE challenges;
