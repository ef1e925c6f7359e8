-- Where the browsers of riders take notifications. A subscription belongs to a
-- login: when the session has ended it is sent nothing, and pruned.

-- +goose Up
CREATE TABLE push_subscriptions (
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    session_hash TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    lang TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE INDEX push_user ON push_subscriptions (user_id);

-- +goose Down
DROP TABLE push_subscriptions;
