-- Jobs that choose their engine, and what there is to be seen of them while they run.

-- Who is in the photos, as they say themselves, and how it shall be made, as JSON.
ALTER TABLE jobs ADD COLUMN subject VARCHAR(16) NOT NULL DEFAULT 'person';
ALTER TABLE jobs ADD COLUMN settings VARCHAR(2400) NOT NULL DEFAULT '{}';
-- When the engine began with the running attempt: what lies in a worker's batch has not begun.
ALTER TABLE jobs ADD COLUMN began_at BIGINT;

-- Each engine has a queue of its own.
CREATE INDEX jobs_engine ON jobs (engine, state, turn, id);

-- The latest preview of a running job. MEDIUMBLOB, for MySQL's BLOB ends at 64 kB.
CREATE TABLE previews (
    job_id VARCHAR(36) NOT NULL PRIMARY KEY,
    user_id VARCHAR(36) NOT NULL,
    number BIGINT NOT NULL,
    picture MEDIUMBLOB NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX previews_user ON previews (user_id);
