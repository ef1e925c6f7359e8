-- Work that one node does at a time.

-- +goose Up
CREATE TABLE leases (
    name NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    holder NVARCHAR(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    expires_at DATETIME2(3) NOT NULL,
    PRIMARY KEY (name)
);

-- Old photos are looked for by age.
CREATE INDEX photos_created ON photos (created_at);

-- +goose Down
DROP INDEX photos_created ON photos;
DROP TABLE leases;
