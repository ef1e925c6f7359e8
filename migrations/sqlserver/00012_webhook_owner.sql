-- Who answers for a webhook, and why it was stopped.

-- +goose Up
ALTER TABLE webhooks ADD owner_id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT webhooks_owner_id DEFAULT '';
ALTER TABLE webhooks ADD stopped NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT webhooks_stopped DEFAULT '';

-- +goose Down
ALTER TABLE webhooks DROP CONSTRAINT webhooks_stopped;
ALTER TABLE webhooks DROP COLUMN stopped;
ALTER TABLE webhooks DROP CONSTRAINT webhooks_owner_id;
ALTER TABLE webhooks DROP COLUMN owner_id;
