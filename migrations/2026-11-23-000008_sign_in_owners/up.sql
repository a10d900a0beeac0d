-- A link is of one audience, and leads to nobody of another. Neither database has to rebuild the table: each column that
-- names somebody is replaced by one with a CHECK of its own. A row that broke the rule leads to nobody afterwards.

ALTER TABLE sign_ins ADD COLUMN account_id_now TEXT REFERENCES accounts (id) ON DELETE CASCADE CHECK (account_id_now IS NULL OR audience = 'applicant');
UPDATE sign_ins SET account_id_now = account_id WHERE audience = 'applicant';
DROP INDEX sign_ins_account;
ALTER TABLE sign_ins DROP COLUMN account_id;
ALTER TABLE sign_ins RENAME COLUMN account_id_now TO account_id;
CREATE INDEX sign_ins_account ON sign_ins (account_id);

ALTER TABLE sign_ins ADD COLUMN staff_id_now TEXT REFERENCES staff (id) ON DELETE CASCADE CHECK (staff_id_now IS NULL OR audience = 'staff');
UPDATE sign_ins SET staff_id_now = staff_id WHERE audience = 'staff';
DROP INDEX sign_ins_staff;
ALTER TABLE sign_ins DROP COLUMN staff_id;
ALTER TABLE sign_ins RENAME COLUMN staff_id_now TO staff_id;
CREATE INDEX sign_ins_staff ON sign_ins (staff_id);

ALTER TABLE sign_ins ADD COLUMN assessor_id_now TEXT REFERENCES assessors (id) ON DELETE CASCADE CHECK (assessor_id_now IS NULL OR audience = 'assessor');
UPDATE sign_ins SET assessor_id_now = assessor_id WHERE audience = 'assessor';
DROP INDEX sign_ins_assessor;
ALTER TABLE sign_ins DROP COLUMN assessor_id;
ALTER TABLE sign_ins RENAME COLUMN assessor_id_now TO assessor_id;
CREATE INDEX sign_ins_assessor ON sign_ins (assessor_id);
