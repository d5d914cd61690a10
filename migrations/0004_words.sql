-- Services of others that a person lets read a sentence or look at a garment.

-- Who shall read the sentence, and, once it was read by others than the lexicon, what happened, as JSON.
ALTER TABLE jobs ADD COLUMN stylist VARCHAR(16) NOT NULL DEFAULT 'lexicon';
ALTER TABLE jobs ADD COLUMN reading VARCHAR(400);

-- What was found like one garment of a look, kept for an hour, as JSON (at most 60 kB).
CREATE TABLE recommendations (
    look_id VARCHAR(36) NOT NULL,
    garment BIGINT NOT NULL,
    language VARCHAR(2) NOT NULL,
    user_id VARCHAR(36) NOT NULL,
    products TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (look_id, garment, language)
);
CREATE INDEX recommendations_user ON recommendations (user_id, look_id);
CREATE INDEX recommendations_created ON recommendations (created_at);

-- Links under which the picture of one garment can be fetched while it is being looked for.
CREATE TABLE crops (
    hash VARCHAR(64) NOT NULL PRIMARY KEY,
    user_id VARCHAR(36) NOT NULL,
    look_id VARCHAR(36) NOT NULL,
    garment BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX crops_user ON crops (user_id, look_id);
CREATE INDEX crops_expires ON crops (expires_at);
