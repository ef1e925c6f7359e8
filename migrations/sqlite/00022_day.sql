-- The day as it really goes: corrections, problems, returns, pre-orders, offers.

-- +goose Up
ALTER TABLE centers ADD rules TEXT DEFAULT '' NOT NULL;

ALTER TABLE shops ADD hours TEXT DEFAULT '' NOT NULL;
ALTER TABLE shops ADD closed_dates TEXT DEFAULT '' NOT NULL;

ALTER TABLE orders ADD preorder INTEGER DEFAULT 0 NOT NULL;
ALTER TABLE orders ADD override_reason TEXT DEFAULT '' NOT NULL;

-- more holds what only some deliveries have; held_until and fail_reason stand
-- in it too, and are columns for those who look for them.
ALTER TABLE deliveries ADD more TEXT DEFAULT '' NOT NULL;
ALTER TABLE deliveries ADD held_until TEXT NULL;
ALTER TABLE deliveries ADD fail_reason TEXT DEFAULT '' NOT NULL;
CREATE INDEX deliveries_held ON deliveries (held_until) WHERE held_until IS NOT NULL;

ALTER TABLE history ADD changes TEXT DEFAULT '' NOT NULL;

CREATE TABLE offers (
    id TEXT NOT NULL,
    center_id TEXT NOT NULL,
    rider_id TEXT NOT NULL,
    rider_name TEXT NOT NULL,
    delivery_ids TEXT NOT NULL,
    deliveries TEXT NOT NULL,
    distance INTEGER NOT NULL,
    duration INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    ended_at TEXT NULL,
    status TEXT NOT NULL,
    round_no INTEGER NOT NULL,
    reason TEXT NOT NULL,
    version INTEGER NOT NULL,
    modified_at TEXT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (center_id) REFERENCES centers (id)
);
CREATE INDEX offers_center ON offers (center_id, created_at, id);
CREATE INDEX offers_rider ON offers (rider_id, created_at, id);
-- A rider is asked one thing at a time.
CREATE UNIQUE INDEX offers_open ON offers (rider_id) WHERE status = 'open';
CREATE INDEX offers_due ON offers (expires_at) WHERE status = 'open';

-- +goose Down
DROP TABLE offers;
ALTER TABLE history DROP COLUMN changes;
DROP INDEX deliveries_held;
ALTER TABLE deliveries DROP COLUMN fail_reason;
ALTER TABLE deliveries DROP COLUMN held_until;
ALTER TABLE deliveries DROP COLUMN more;
ALTER TABLE orders DROP COLUMN override_reason;
ALTER TABLE orders DROP COLUMN preorder;
ALTER TABLE shops DROP COLUMN closed_dates;
ALTER TABLE shops DROP COLUMN hours;
ALTER TABLE centers DROP COLUMN rules;
