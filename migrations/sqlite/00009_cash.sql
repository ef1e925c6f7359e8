-- Duty over time, and the settlement of riders' cash.

-- +goose Up
CREATE TABLE duties (
    rider_id TEXT NOT NULL,
    at TEXT NOT NULL,
    seq INTEGER NOT NULL,
    center_id TEXT NOT NULL,
    duty TEXT NOT NULL,
    PRIMARY KEY (rider_id, at, seq)
);
CREATE INDEX duties_center ON duties (center_id, at);

CREATE TABLE settlements (
    id TEXT NOT NULL,
    center_id TEXT NOT NULL,
    rider_id TEXT NOT NULL,
    rider_name TEXT NOT NULL,
    from_at TEXT NOT NULL,
    created_at TEXT NOT NULL,
    deliveries INTEGER NOT NULL,
    expected INTEGER NOT NULL,
    counted INTEGER NOT NULL,
    on_duty_seconds INTEGER NOT NULL,
    note TEXT NOT NULL,
    by_id TEXT NOT NULL,
    by_name TEXT NOT NULL,
    by_role TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX settlements_rider ON settlements (rider_id, created_at, id);
CREATE INDEX settlements_center ON settlements (center_id, created_at, id);

-- A delivery is settled once.
CREATE TABLE settled (
    delivery_id TEXT NOT NULL,
    settlement_id TEXT NOT NULL,
    PRIMARY KEY (delivery_id)
);

CREATE INDEX deliveries_cash ON deliveries (rider_id, delivered_at) WHERE payment_method = 'cash';

-- +goose Down
DROP INDEX deliveries_cash;
DROP TABLE settled;
DROP TABLE settlements;
DROP TABLE duties;
