-- Duty over time, and the settlement of riders' cash.

-- +goose Up
CREATE TABLE duties (
    rider_id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    at DATETIME2(3) NOT NULL,
    seq BIGINT NOT NULL,
    center_id NVARCHAR(40) NOT NULL,
    duty NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    PRIMARY KEY (rider_id, at, seq)
);
CREATE INDEX duties_center ON duties (center_id, at);

CREATE TABLE settlements (
    id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    center_id NVARCHAR(40) NOT NULL,
    rider_id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    rider_name NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    from_at DATETIME2(3) NOT NULL,
    created_at DATETIME2(3) NOT NULL,
    deliveries BIGINT NOT NULL,
    expected BIGINT NOT NULL,
    counted BIGINT NOT NULL,
    on_duty_seconds BIGINT NOT NULL,
    note NVARCHAR(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    by_id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    by_name NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    by_role NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX settlements_rider ON settlements (rider_id, created_at, id);
CREATE INDEX settlements_center ON settlements (center_id, created_at, id);

-- A delivery is settled once.
CREATE TABLE settled (
    delivery_id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    settlement_id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    PRIMARY KEY (delivery_id)
);

CREATE INDEX deliveries_cash ON deliveries (rider_id, delivered_at) WHERE payment_method = 'cash';

-- +goose Down
DROP INDEX deliveries_cash ON deliveries;
DROP TABLE settled;
DROP TABLE settlements;
DROP TABLE duties;
