-- Chat and places.

-- +goose Up
-- A private message (to_id) has no number.
CREATE TABLE chat (
    id TEXT NOT NULL,
    center_id TEXT NOT NULL,
    seq INTEGER NULL,
    from_id TEXT NOT NULL,
    from_name TEXT NOT NULL,
    from_role TEXT NOT NULL,
    to_id TEXT NOT NULL,
    body TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (center_id) REFERENCES centers (id)
);
CREATE UNIQUE INDEX chat_seq ON chat (center_id, seq) WHERE seq IS NOT NULL;
CREATE INDEX chat_at ON chat (center_id, at, id);

CREATE TABLE positions (
    rider_id TEXT NOT NULL,
    at TEXT NOT NULL,
    lat REAL NOT NULL,
    lng REAL NOT NULL,
    accuracy REAL NULL,
    heading REAL NULL,
    speed REAL NULL,
    battery REAL NULL,
    PRIMARY KEY (rider_id, at)
) WITHOUT ROWID;

CREATE TABLE last_positions (
    rider_id TEXT NOT NULL,
    at TEXT NOT NULL,
    lat REAL NOT NULL,
    lng REAL NOT NULL,
    accuracy REAL NULL,
    heading REAL NULL,
    speed REAL NULL,
    battery REAL NULL,
    PRIMARY KEY (rider_id)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE last_positions;
DROP TABLE positions;
DROP TABLE chat;
