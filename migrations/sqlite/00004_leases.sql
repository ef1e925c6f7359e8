-- Work that one node does at a time.

-- +goose Up
CREATE TABLE leases (
    name TEXT NOT NULL,
    holder TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    PRIMARY KEY (name)
) WITHOUT ROWID;

-- Old photos are looked for by age.
CREATE INDEX photos_created ON photos (created_at);

-- +goose Down
DROP INDEX photos_created;
DROP TABLE leases;
