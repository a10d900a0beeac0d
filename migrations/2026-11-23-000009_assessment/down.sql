ALTER TABLE assessors DROP COLUMN tags;
DROP TABLE notes;
DROP TABLE staff_scores;
DROP TABLE conflicts;
DROP TABLE undertakings;
DROP TABLE assessor_questions;
DROP TABLE scores;
DROP TABLE assignments;
DROP TABLE preparations;
DROP TABLE packet_fields;
DROP TABLE packets;
DROP TABLE assessment_plans;
DROP TABLE undertaking_texts;

-- What the older schema has no word for goes. Nothing cascades here: SQLite migrates with its foreign keys off.
DELETE FROM data_keys WHERE dossier_id IN (SELECT id FROM dossiers WHERE kind = 'packet');
DELETE FROM dossiers WHERE kind = 'packet';
