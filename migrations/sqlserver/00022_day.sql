-- The day as it really goes: corrections, problems, returns, pre-orders, offers.

-- +goose Up
ALTER TABLE centers ADD rules NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 CONSTRAINT centers_rules DEFAULT '' NOT NULL;

ALTER TABLE shops ADD hours NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 CONSTRAINT shops_hours DEFAULT '' NOT NULL;
ALTER TABLE shops ADD closed_dates NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 CONSTRAINT shops_closed_dates DEFAULT '' NOT NULL;

ALTER TABLE orders ADD preorder BIT CONSTRAINT orders_preorder DEFAULT 0 NOT NULL;
ALTER TABLE orders ADD override_reason NVARCHAR(1000) COLLATE Latin1_General_100_BIN2 CONSTRAINT orders_override_reason DEFAULT '' NOT NULL;

-- more holds what only some deliveries have; held_until and fail_reason stand
-- in it too, and are columns for those who look for them.
ALTER TABLE deliveries ADD more NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 CONSTRAINT deliveries_more DEFAULT '' NOT NULL;
ALTER TABLE deliveries ADD held_until DATETIME2(3) NULL;
ALTER TABLE deliveries ADD fail_reason NVARCHAR(16) COLLATE Latin1_General_100_BIN2 CONSTRAINT deliveries_fail_reason DEFAULT '' NOT NULL;
CREATE INDEX deliveries_held ON deliveries (held_until) WHERE held_until IS NOT NULL;

ALTER TABLE history ADD changes NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 CONSTRAINT history_changes DEFAULT '' NOT NULL;

CREATE TABLE offers (
    id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    center_id NVARCHAR(40) NOT NULL,
    rider_id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    rider_name NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    delivery_ids NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NOT NULL,
    deliveries NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NOT NULL,
    distance INT NOT NULL,
    duration INT NOT NULL,
    created_at DATETIME2(3) NOT NULL,
    expires_at DATETIME2(3) NOT NULL,
    ended_at DATETIME2(3) NULL,
    status NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    round_no INT NOT NULL,
    reason NVARCHAR(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    version BIGINT NOT NULL,
    modified_at DATETIME2(3) NULL,
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
ALTER TABLE history DROP CONSTRAINT history_changes;
ALTER TABLE history DROP COLUMN changes;
DROP INDEX deliveries_held ON deliveries;
ALTER TABLE deliveries DROP CONSTRAINT deliveries_fail_reason;
ALTER TABLE deliveries DROP COLUMN fail_reason;
ALTER TABLE deliveries DROP COLUMN held_until;
ALTER TABLE deliveries DROP CONSTRAINT deliveries_more;
ALTER TABLE deliveries DROP COLUMN more;
ALTER TABLE orders DROP CONSTRAINT orders_override_reason;
ALTER TABLE orders DROP COLUMN override_reason;
ALTER TABLE orders DROP CONSTRAINT orders_preorder;
ALTER TABLE orders DROP COLUMN preorder;
ALTER TABLE shops DROP CONSTRAINT shops_closed_dates;
ALTER TABLE shops DROP COLUMN closed_dates;
ALTER TABLE shops DROP CONSTRAINT shops_hours;
ALTER TABLE shops DROP COLUMN hours;
ALTER TABLE centers DROP CONSTRAINT centers_rules;
ALTER TABLE centers DROP COLUMN rules;
