-- Orders, deliveries and the log of their changes.

-- +goose Up
CREATE TABLE orders (
    id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    number NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    center_id NVARCHAR(40) NOT NULL,
    channel NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
    external_id NVARCHAR(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    shop_id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    shop NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NOT NULL,
    customer_phone NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    customer NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NOT NULL,
    items NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NOT NULL,
    payment_method NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    payment_amount BIGINT NOT NULL,
    status NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    prep_minutes INT NULL,
    promised_at DATETIME2(3) NULL,
    delivery_id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    tracking_url NVARCHAR(500) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at DATETIME2(3) NOT NULL,
    accepted_at DATETIME2(3) NULL,
    rejected_at DATETIME2(3) NULL,
    cancelled_at DATETIME2(3) NULL,
    completed_at DATETIME2(3) NULL,
    finished_at DATETIME2(3) NULL,
    reason NVARCHAR(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    cancelled_by NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    version BIGINT NOT NULL,
    modified_at DATETIME2(3) NULL,
    tracking_token NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    search NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (center_id) REFERENCES centers (id)
);
CREATE INDEX orders_created ON orders (created_at, id);
CREATE INDEX orders_center ON orders (center_id, created_at, id);
CREATE INDEX orders_finished ON orders (center_id, finished_at, created_at, id);
CREATE INDEX orders_phone ON orders (customer_phone, created_at) WHERE customer_phone <> '';
CREATE UNIQUE INDEX orders_external ON orders (center_id, channel, external_id) WHERE external_id <> '';
CREATE UNIQUE INDEX orders_tracking ON orders (tracking_token) WHERE tracking_token <> '';

CREATE TABLE deliveries (
    id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    number NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    order_id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    center_id NVARCHAR(40) NOT NULL,
    status NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    rider_id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    rider_name NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    shop NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NOT NULL,
    customer NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NOT NULL,
    items NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NOT NULL,
    payment_method NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    payment_amount BIGINT NOT NULL,
    ready_at DATETIME2(3) NULL,
    promised_at DATETIME2(3) NULL,
    created_at DATETIME2(3) NOT NULL,
    assigned_at DATETIME2(3) NULL,
    picked_up_at DATETIME2(3) NULL,
    delivered_at DATETIME2(3) NULL,
    cancelled_at DATETIME2(3) NULL,
    finished_at DATETIME2(3) NULL,
    picked_up_device_at DATETIME2(3) NULL,
    delivered_device_at DATETIME2(3) NULL,
    received_by NVARCHAR(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    note NVARCHAR(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    photo_id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    cancel_reason NVARCHAR(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    version BIGINT NOT NULL,
    modified_at DATETIME2(3) NULL,
    search NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (center_id) REFERENCES centers (id)
);
CREATE INDEX deliveries_created ON deliveries (created_at, id);
CREATE INDEX deliveries_center ON deliveries (center_id, created_at, id);
CREATE INDEX deliveries_finished ON deliveries (center_id, finished_at, created_at, id);
CREATE INDEX deliveries_rider ON deliveries (rider_id, created_at, id) WHERE rider_id <> '';
CREATE INDEX deliveries_in_hand ON deliveries (rider_id) WHERE finished_at IS NULL;

-- The spoken numbers given so far on a center's day.
CREATE TABLE numbers (
    center_id NVARCHAR(40) NOT NULL,
    on_day NVARCHAR(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    last_number INT NOT NULL,
    PRIMARY KEY (center_id, on_day)
);

CREATE TABLE photos (
    id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    delivery_id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    center_id NVARCHAR(40) NOT NULL,
    rider_id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    content_type NVARCHAR(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    size BIGINT NOT NULL,
    created_at DATETIME2(3) NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX photos_delivery ON photos (delivery_id);

-- One row for each number of a center's log; data is the record after it.
CREATE TABLE log (
    center_id NVARCHAR(40) NOT NULL,
    seq BIGINT NOT NULL,
    kind NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    rec_key NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    event NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    at DATETIME2(3) NULL,
    actor_id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    actor_name NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    actor_role NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    before_status NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    before_rider NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    after_status NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    after_rider NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    finished_at DATETIME2(3) NULL,
    reason NVARCHAR(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    device_at DATETIME2(3) NULL,
    data VARBINARY(MAX) NOT NULL,
    PRIMARY KEY (center_id, seq)
);

-- A delivery's steps outlive the log.
CREATE TABLE history (
    delivery_id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    seq BIGINT NOT NULL,
    at DATETIME2(3) NULL,
    device_at DATETIME2(3) NULL,
    actor_id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    actor_name NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    actor_role NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    event NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    from_status NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    to_status NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    rider_id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    reason NVARCHAR(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    PRIMARY KEY (delivery_id, seq)
);

-- What idempotency keys were answered with.
CREATE TABLE answers (
    caller_id NVARCHAR(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    idem_key NVARCHAR(255) COLLATE Latin1_General_100_BIN2 NOT NULL,
    fingerprint NVARCHAR(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    status INT NOT NULL,
    seq NVARCHAR(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    content_type NVARCHAR(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    body VARBINARY(MAX) NOT NULL,
    created_at DATETIME2(3) NOT NULL,
    PRIMARY KEY (caller_id, idem_key)
);
CREATE INDEX answers_created ON answers (created_at);

-- +goose Down
DROP TABLE answers;
DROP TABLE history;
DROP TABLE log;
DROP TABLE photos;
DROP TABLE numbers;
DROP TABLE deliveries;
DROP TABLE orders;
