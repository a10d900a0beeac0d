-- Notices that name what the older schema lacks go unsent.
DELETE FROM outbox WHERE subject_id IN (SELECT id FROM address_changes);
DROP TABLE address_changes;
ALTER TABLE members DROP COLUMN github_id;
DELETE FROM sign_ins WHERE purpose LIKE 'github%' OR purpose = 'new_address';
DELETE FROM dossiers WHERE kind = 'sign_in' AND id NOT IN (SELECT dossier_id FROM sign_ins);
ALTER TABLE sign_ins DROP COLUMN github_username;
ALTER TABLE sign_ins DROP COLUMN github_id;
DELETE FROM lookups WHERE kind IN ('account_github', 'assessor_github');
DROP TABLE github_accounts;
DELETE FROM outbox WHERE dossier_id NOT IN (SELECT id FROM dossiers);
DELETE FROM consents WHERE dossier_id NOT IN (SELECT id FROM dossiers);
DELETE FROM lookups WHERE dossier_id NOT IN (SELECT id FROM dossiers);
DELETE FROM data_keys WHERE dossier_id NOT IN (SELECT id FROM dossiers);
