-- What other systems are told, and who did what.

-- +goose Up
-- secret signs what is sent, so it is kept as it is.
CREATE TABLE webhooks (
    id NVARCHAR(40) NOT NULL,
    name NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    url NVARCHAR(500) COLLATE Latin1_General_100_BIN2 NOT NULL,
    center_ids NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NOT NULL,
    events NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NOT NULL,
    active BIT NOT NULL,
    created_at DATETIME2(3) NOT NULL,
    version BIGINT NOT NULL,
    modified_at DATETIME2(3) NULL,
    secret NVARCHAR(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    old_secret NVARCHAR(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    old_until DATETIME2(3) NULL,
    last_success_at DATETIME2(3) NULL,
    last_failure_at DATETIME2(3) NULL,
    last_error NVARCHAR(500) COLLATE Latin1_General_100_BIN2 NOT NULL,
    PRIMARY KEY (id)
);

-- How far a center's log has been sent to a webhook: up to seq everything was
-- taken, was of no interest, or has a row in webhook_deliveries. Entries up to
-- missed were deleted from the log before they could be looked at.
CREATE TABLE webhook_cursors (
    webhook_id NVARCHAR(40) NOT NULL,
    center_id NVARCHAR(40) NOT NULL,
    seq BIGINT NOT NULL,
    missed BIGINT NOT NULL,
    PRIMARY KEY (webhook_id, center_id),
    FOREIGN KEY (webhook_id) REFERENCES webhooks (id),
    FOREIGN KEY (center_id) REFERENCES centers (id)
);

-- Events that wait for another attempt (pending), or were given up (dead).
CREATE TABLE webhook_deliveries (
    webhook_id NVARCHAR(40) NOT NULL,
    id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    center_id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    seq BIGINT NOT NULL,
    rec_key NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    event NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    at DATETIME2(3) NOT NULL,
    status NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    attempts BIGINT NOT NULL,
    next_at DATETIME2(3) NULL,
    give_up_at DATETIME2(3) NOT NULL,
    last_error NVARCHAR(500) COLLATE Latin1_General_100_BIN2 NOT NULL,
    body VARBINARY(MAX) NOT NULL,
    PRIMARY KEY (webhook_id, id),
    FOREIGN KEY (webhook_id) REFERENCES webhooks (id)
);
CREATE INDEX webhook_deliveries_status ON webhook_deliveries (webhook_id, status, at, id);
CREATE INDEX webhook_deliveries_at ON webhook_deliveries (status, at);

-- Nothing in here is ever changed. changes is JSON.
CREATE TABLE audit (
    id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    at DATETIME2(3) NOT NULL,
    actor_id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    actor_name NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    actor_role NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    remote NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    center_id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    kind NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    rec_key NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    event NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    seq BIGINT NOT NULL,
    changes NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX audit_at ON audit (at, id);
CREATE INDEX audit_center ON audit (center_id, at, id);
CREATE INDEX audit_record ON audit (rec_key, at, id);

-- +goose Down
DROP TABLE audit;
DROP TABLE webhook_deliveries;
DROP TABLE webhook_cursors;
DROP TABLE webhooks;
