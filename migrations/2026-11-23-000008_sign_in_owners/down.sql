ALTER TABLE sign_ins ADD COLUMN account_id_then TEXT REFERENCES accounts (id) ON DELETE CASCADE;
UPDATE sign_ins SET account_id_then = account_id;
DROP INDEX sign_ins_account;
ALTER TABLE sign_ins DROP COLUMN account_id;
ALTER TABLE sign_ins RENAME COLUMN account_id_then TO account_id;
CREATE INDEX sign_ins_account ON sign_ins (account_id);

ALTER TABLE sign_ins ADD COLUMN staff_id_then TEXT REFERENCES staff (id) ON DELETE CASCADE;
UPDATE sign_ins SET staff_id_then = staff_id;
DROP INDEX sign_ins_staff;
ALTER TABLE sign_ins DROP COLUMN staff_id;
ALTER TABLE sign_ins RENAME COLUMN staff_id_then TO staff_id;
CREATE INDEX sign_ins_staff ON sign_ins (staff_id);

ALTER TABLE sign_ins ADD COLUMN assessor_id_then TEXT REFERENCES assessors (id) ON DELETE CASCADE;
UPDATE sign_ins SET assessor_id_then = assessor_id;
DROP INDEX sign_ins_assessor;
ALTER TABLE sign_ins DROP COLUMN assessor_id;
ALTER TABLE sign_ins RENAME COLUMN assessor_id_then TO assessor_id;
CREATE INDEX sign_ins_assessor ON sign_ins (assessor_id);
