-- What other systems are told, and who did what.

-- +goose Up
-- secret signs what is sent, so it is kept as it is.
CREATE TABLE webhooks (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    center_ids TEXT NOT NULL,
    events TEXT NOT NULL,
    active INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    modified_at TEXT NULL,
    secret TEXT NOT NULL,
    old_secret TEXT NOT NULL,
    old_until TEXT NULL,
    last_success_at TEXT NULL,
    last_failure_at TEXT NULL,
    last_error TEXT NOT NULL,
    PRIMARY KEY (id)
);

-- How far a center's log has been sent to a webhook: up to seq everything was
-- taken, was of no interest, or has a row in webhook_deliveries. Entries up to
-- missed were deleted from the log before they could be looked at.
CREATE TABLE webhook_cursors (
    webhook_id TEXT NOT NULL,
    center_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    missed INTEGER NOT NULL,
    PRIMARY KEY (webhook_id, center_id),
    FOREIGN KEY (webhook_id) REFERENCES webhooks (id),
    FOREIGN KEY (center_id) REFERENCES centers (id)
) WITHOUT ROWID;

-- Events that wait for another attempt (pending), or were given up (dead).
CREATE TABLE webhook_deliveries (
    webhook_id TEXT NOT NULL,
    id TEXT NOT NULL,
    center_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    rec_key TEXT NOT NULL,
    event TEXT NOT NULL,
    at TEXT NOT NULL,
    status TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at TEXT NULL,
    give_up_at TEXT NOT NULL,
    last_error TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (webhook_id, id),
    FOREIGN KEY (webhook_id) REFERENCES webhooks (id)
);
CREATE INDEX webhook_deliveries_status ON webhook_deliveries (webhook_id, status, at, id);
CREATE INDEX webhook_deliveries_at ON webhook_deliveries (status, at);

-- Nothing in here is ever changed. changes is JSON.
CREATE TABLE audit (
    id TEXT NOT NULL,
    at TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    actor_role TEXT NOT NULL,
    remote TEXT NOT NULL,
    center_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    rec_key TEXT NOT NULL,
    event TEXT NOT NULL,
    seq INTEGER NOT NULL,
    changes TEXT NOT NULL,
    PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE INDEX audit_at ON audit (at, id);
CREATE INDEX audit_center ON audit (center_id, at, id);
CREATE INDEX audit_record ON audit (rec_key, at, id);

-- +goose Down
DROP TABLE audit;
DROP TABLE webhook_deliveries;
DROP TABLE webhook_cursors;
DROP TABLE webhooks;
