-- One text for SQLite and MySQL/MariaDB: no BOOLEAN, no DATETIME (milliseconds since 1970 instead),
-- no generated ids (UUIDv7 made by the program), no RETURNING, no ON CONFLICT.

CREATE TABLE users (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    email VARCHAR(254),
    nickname VARCHAR(80) NOT NULL,
    password_hash VARCHAR(255),
    language VARCHAR(2) NOT NULL,
    keep_days BIGINT NOT NULL,
    turn BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT
);
CREATE UNIQUE INDEX users_email ON users (email);
CREATE INDEX users_expires ON users (expires_at);

CREATE TABLE tokens (
    hash VARCHAR(64) NOT NULL PRIMARY KEY,
    id VARCHAR(36) NOT NULL,
    user_id VARCHAR(36) NOT NULL,
    kind VARCHAR(16) NOT NULL,
    name VARCHAR(80) NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT
);
CREATE INDEX tokens_user ON tokens (user_id);
CREATE INDEX tokens_expires ON tokens (expires_at);

CREATE TABLE blobs (
    blob_key VARCHAR(190) NOT NULL PRIMARY KEY,
    user_id VARCHAR(36) NOT NULL,
    thing_id VARCHAR(36) NOT NULL,
    bytes BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX blobs_thing ON blobs (user_id, thing_id);
CREATE INDEX blobs_expires ON blobs (expires_at);

CREATE TABLE photos (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    user_id VARCHAR(36) NOT NULL,
    content_type VARCHAR(40) NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    quality TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX photos_user ON photos (user_id, id);
CREATE INDEX photos_expires ON photos (expires_at);

CREATE TABLE jobs (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    user_id VARCHAR(36) NOT NULL,
    state VARCHAR(12) NOT NULL,
    sentence TEXT NOT NULL,
    style TEXT NOT NULL,
    photo_ids TEXT NOT NULL,
    variations BIGINT NOT NULL,
    seed BIGINT NOT NULL,
    engine VARCHAR(32) NOT NULL,
    language VARCHAR(2) NOT NULL,
    turn BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    run_after BIGINT NOT NULL,
    worker VARCHAR(80),
    lease_until BIGINT,
    failures BIGINT NOT NULL,
    stage VARCHAR(40),
    step BIGINT NOT NULL,
    total BIGINT NOT NULL,
    reason VARCHAR(40),
    idempotency_key VARCHAR(120),
    request_hash VARCHAR(64) NOT NULL,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    expires_at BIGINT NOT NULL
);
CREATE INDEX jobs_queue ON jobs (state, turn, id);
CREATE INDEX jobs_lease ON jobs (state, lease_until);
CREATE INDEX jobs_recent ON jobs (state, finished_at);
CREATE INDEX jobs_user ON jobs (user_id, id);
CREATE INDEX jobs_active ON jobs (user_id, state);
CREATE UNIQUE INDEX jobs_idempotency ON jobs (user_id, idempotency_key);
CREATE INDEX jobs_expires ON jobs (expires_at);

CREATE TABLE looks (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    job_id VARCHAR(36) NOT NULL,
    user_id VARCHAR(36) NOT NULL,
    photo_id VARCHAR(36) NOT NULL,
    number BIGINT NOT NULL,
    content_type VARCHAR(40) NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    seed BIGINT NOT NULL,
    engine VARCHAR(32) NOT NULL,
    report TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX looks_job ON looks (job_id, number);
CREATE INDEX looks_user ON looks (user_id, id);
CREATE INDEX looks_expires ON looks (expires_at);

CREATE TABLE events (
    user_id VARCHAR(36) NOT NULL,
    revision BIGINT NOT NULL,
    job_id VARCHAR(36) NOT NULL,
    data TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, revision)
);
CREATE INDEX events_created ON events (created_at);

CREATE TABLE shares (
    hash VARCHAR(64) NOT NULL PRIMARY KEY,
    id VARCHAR(36) NOT NULL,
    user_id VARCHAR(36) NOT NULL,
    look_id VARCHAR(36) NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX shares_user ON shares (user_id, look_id);
CREATE INDEX shares_expires ON shares (expires_at);

CREATE TABLE webhooks (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    user_id VARCHAR(36) NOT NULL,
    url TEXT NOT NULL,
    secret VARCHAR(80) NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX webhooks_user ON webhooks (user_id);

CREATE TABLE deliveries (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    webhook_id VARCHAR(36) NOT NULL,
    user_id VARCHAR(36) NOT NULL,
    job_id VARCHAR(36) NOT NULL,
    state VARCHAR(12) NOT NULL,
    attempt BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    payload TEXT NOT NULL,
    status BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX deliveries_due ON deliveries (state, next_at);
CREATE INDEX deliveries_user ON deliveries (user_id, webhook_id, id);

CREATE TABLE receipts (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    user_id VARCHAR(36) NOT NULL,
    what VARCHAR(16) NOT NULL,
    deleted TEXT NOT NULL,
    requested_at BIGINT NOT NULL,
    completed_at BIGINT
);
CREATE INDEX receipts_user ON receipts (user_id, id);

CREATE TABLE workers (
    id VARCHAR(80) NOT NULL PRIMARY KEY,
    engine VARCHAR(32) NOT NULL,
    seen_at BIGINT NOT NULL
);

-- The turn of the job claimed last (the clock of the fair queue) and the server's own secrets.
CREATE TABLE queue_clock (
    id BIGINT NOT NULL PRIMARY KEY,
    turn BIGINT NOT NULL
);
INSERT INTO queue_clock (id, turn) VALUES (1, 0);

CREATE TABLE secrets (
    name VARCHAR(40) NOT NULL PRIMARY KEY,
    value VARCHAR(120) NOT NULL
);
