-- Where the browsers of riders take notifications. A subscription belongs to a
-- login: when the session has ended it is sent nothing, and pruned.

-- +goose Up
CREATE TABLE push_subscriptions (
    id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    user_id NVARCHAR(40) NOT NULL,
    session_hash NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    endpoint NVARCHAR(2000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    p256dh NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    auth NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    lang NVARCHAR(8) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at DATETIME2(3) NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX push_user ON push_subscriptions (user_id);

-- +goose Down
DROP TABLE push_subscriptions;
