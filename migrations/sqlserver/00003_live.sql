-- Chat and places.

-- +goose Up
-- A private message (to_id) has no number.
CREATE TABLE chat (
    id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    center_id NVARCHAR(40) NOT NULL,
    seq BIGINT NULL,
    from_id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    from_name NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    from_role NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    to_id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    body NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    at DATETIME2(3) NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (center_id) REFERENCES centers (id)
);
CREATE UNIQUE INDEX chat_seq ON chat (center_id, seq) WHERE seq IS NOT NULL;
CREATE INDEX chat_at ON chat (center_id, at, id);

CREATE TABLE positions (
    rider_id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    at DATETIME2(3) NOT NULL,
    lat FLOAT NOT NULL,
    lng FLOAT NOT NULL,
    accuracy FLOAT NULL,
    heading FLOAT NULL,
    speed FLOAT NULL,
    battery FLOAT NULL,
    PRIMARY KEY (rider_id, at)
);

CREATE TABLE last_positions (
    rider_id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    at DATETIME2(3) NOT NULL,
    lat FLOAT NOT NULL,
    lng FLOAT NOT NULL,
    accuracy FLOAT NULL,
    heading FLOAT NULL,
    speed FLOAT NULL,
    battery FLOAT NULL,
    PRIMARY KEY (rider_id)
);

-- +goose Down
DROP TABLE last_positions;
DROP TABLE positions;
DROP TABLE chat;
