-- Jobs handed to workers that have no database.

-- A worker elsewhere may write under these keys until then: the row stays, and what comes late is deleted.
ALTER TABLE blobs ADD COLUMN hold_until BIGINT NOT NULL DEFAULT 0;

-- What was promised to which attempt: the ids of its looks, as JSON, and until when they may be written.
CREATE TABLE dispatches (
    job_id VARCHAR(36) NOT NULL,
    attempt BIGINT NOT NULL,
    user_id VARCHAR(36) NOT NULL,
    looks TEXT NOT NULL,
    until_at BIGINT NOT NULL,
    PRIMARY KEY (job_id, attempt)
);
CREATE INDEX dispatches_until ON dispatches (until_at);
CREATE INDEX dispatches_user ON dispatches (user_id);
