ALTER TABLE audit DROP COLUMN reason;
ALTER TABLE audit DROP COLUMN role;
DROP TABLE access_log;
DROP TABLE access_days;
DELETE FROM dossiers WHERE kind = 'access_log';
