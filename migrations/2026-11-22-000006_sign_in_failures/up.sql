-- How often signing in failed lately, for each account that was typed and each network that tried: keyed digests of
-- both, which say nothing without the site's key. Kept across restarts, and for a day.
CREATE TABLE sign_in_failures (
  subject TEXT NOT NULL PRIMARY KEY,
  audience TEXT NOT NULL CHECK (audience IN ('applicant', 'staff', 'assessor')),
  failures BIGINT NOT NULL,
  last_at TIMESTAMP NOT NULL
);
CREATE INDEX sign_in_failures_last ON sign_in_failures (last_at);
