DROP TABLE packet_files;
DROP TABLE redactions;
DROP TABLE files;
