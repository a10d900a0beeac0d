DROP INDEX audit_actor;
DROP INDEX audit_role;
DROP INDEX audit_action;
DROP TABLE audit_reasons;
DROP TABLE audit_subjects;
