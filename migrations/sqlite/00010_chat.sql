-- Chat: messages that were taken away, and how far each has read.

-- +goose Up
-- A row with about_id takes another message away: its number is the next of the
-- chat log, its body the reason. The message itself stays without its body.
ALTER TABLE chat ADD about_id TEXT NULL;

-- peer_id: of a private talk, who the other is; empty: the center's room, whose
-- numbers seq counts.
CREATE TABLE chat_reads (
    center_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    peer_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    delivered_at TEXT NULL,
    read_at TEXT NULL,
    PRIMARY KEY (center_id, user_id, peer_id)
);

-- +goose Down
DROP TABLE chat_reads;
ALTER TABLE chat DROP COLUMN about_id;
