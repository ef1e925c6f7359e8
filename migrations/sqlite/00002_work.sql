-- Orders, deliveries and the log of their changes.

-- +goose Up
CREATE TABLE orders (
    id TEXT NOT NULL,
    number TEXT NOT NULL,
    center_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    external_id TEXT NOT NULL,
    shop_id TEXT NOT NULL,
    shop TEXT NOT NULL,
    customer_phone TEXT NOT NULL,
    customer TEXT NOT NULL,
    items TEXT NOT NULL,
    payment_method TEXT NOT NULL,
    payment_amount INTEGER NOT NULL,
    status TEXT NOT NULL,
    prep_minutes INTEGER NULL,
    promised_at TEXT NULL,
    delivery_id TEXT NOT NULL,
    tracking_url TEXT NOT NULL,
    created_at TEXT NOT NULL,
    accepted_at TEXT NULL,
    rejected_at TEXT NULL,
    cancelled_at TEXT NULL,
    completed_at TEXT NULL,
    finished_at TEXT NULL,
    reason TEXT NOT NULL,
    cancelled_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    modified_at TEXT NULL,
    tracking_token TEXT NOT NULL,
    search TEXT NOT NULL,
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
    id TEXT NOT NULL,
    number TEXT NOT NULL,
    order_id TEXT NOT NULL,
    center_id TEXT NOT NULL,
    status TEXT NOT NULL,
    rider_id TEXT NOT NULL,
    rider_name TEXT NOT NULL,
    shop TEXT NOT NULL,
    customer TEXT NOT NULL,
    items TEXT NOT NULL,
    payment_method TEXT NOT NULL,
    payment_amount INTEGER NOT NULL,
    ready_at TEXT NULL,
    promised_at TEXT NULL,
    created_at TEXT NOT NULL,
    assigned_at TEXT NULL,
    picked_up_at TEXT NULL,
    delivered_at TEXT NULL,
    cancelled_at TEXT NULL,
    finished_at TEXT NULL,
    picked_up_device_at TEXT NULL,
    delivered_device_at TEXT NULL,
    received_by TEXT NOT NULL,
    note TEXT NOT NULL,
    photo_id TEXT NOT NULL,
    cancel_reason TEXT NOT NULL,
    version INTEGER NOT NULL,
    modified_at TEXT NULL,
    search TEXT NOT NULL,
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
    center_id TEXT NOT NULL,
    on_day TEXT NOT NULL,
    last_number INTEGER NOT NULL,
    PRIMARY KEY (center_id, on_day)
) WITHOUT ROWID;

CREATE TABLE photos (
    id TEXT NOT NULL,
    delivery_id TEXT NOT NULL,
    center_id TEXT NOT NULL,
    rider_id TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX photos_delivery ON photos (delivery_id);

-- One row for each number of a center's log; data is the record after it.
CREATE TABLE log (
    center_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    rec_key TEXT NOT NULL,
    event TEXT NOT NULL,
    at TEXT NULL,
    actor_id TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    actor_role TEXT NOT NULL,
    before_status TEXT NOT NULL,
    before_rider TEXT NOT NULL,
    after_status TEXT NOT NULL,
    after_rider TEXT NOT NULL,
    finished_at TEXT NULL,
    reason TEXT NOT NULL,
    device_at TEXT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (center_id, seq)
);

-- A delivery's steps outlive the log.
CREATE TABLE history (
    delivery_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at TEXT NULL,
    device_at TEXT NULL,
    actor_id TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    actor_role TEXT NOT NULL,
    event TEXT NOT NULL,
    from_status TEXT NOT NULL,
    to_status TEXT NOT NULL,
    rider_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (delivery_id, seq)
) WITHOUT ROWID;

-- What idempotency keys were answered with.
CREATE TABLE answers (
    caller_id TEXT NOT NULL,
    idem_key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    seq TEXT NOT NULL,
    content_type TEXT NOT NULL,
    body BLOB NOT NULL,
    created_at TEXT NOT NULL,
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
