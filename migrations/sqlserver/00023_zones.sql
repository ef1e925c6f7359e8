-- The areas that a center delivers to, or doesn't.

-- +goose Up
CREATE TABLE zones (
    id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    center_id NVARCHAR(40) NOT NULL,
    name NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    kind NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    shop_ids NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NOT NULL,
    area NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NOT NULL,
    extra_minutes INT NOT NULL,
    created_at DATETIME2(3) NOT NULL,
    version BIGINT NOT NULL,
    modified_at DATETIME2(3) NULL,
    search NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (center_id) REFERENCES centers (id)
);
CREATE INDEX zones_center ON zones (center_id, created_at, id);

-- A center's zones as a whole: whoever has read this revision has read them all.
CREATE TABLE zone_sets (
    center_id NVARCHAR(40) NOT NULL,
    revision NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    PRIMARY KEY (center_id),
    FOREIGN KEY (center_id) REFERENCES centers (id)
);

-- +goose Down
DROP TABLE zone_sets;
DROP TABLE zones;
