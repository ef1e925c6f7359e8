-- The areas that a center delivers to, or doesn't.

-- +goose Up
CREATE TABLE zones (
    id TEXT NOT NULL,
    center_id TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    shop_ids TEXT NOT NULL,
    area TEXT NOT NULL,
    extra_minutes INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    modified_at TEXT NULL,
    search TEXT NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (center_id) REFERENCES centers (id)
);
CREATE INDEX zones_center ON zones (center_id, created_at, id);

-- A center's zones as a whole: whoever has read this revision has read them all.
CREATE TABLE zone_sets (
    center_id TEXT NOT NULL,
    revision TEXT NOT NULL,
    PRIMARY KEY (center_id),
    FOREIGN KEY (center_id) REFERENCES centers (id)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE zone_sets;
DROP TABLE zones;
