-- Who answers for a webhook, and why it was stopped.

-- +goose Up
ALTER TABLE webhooks ADD owner_id TEXT NOT NULL DEFAULT '';
ALTER TABLE webhooks ADD stopped TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE webhooks DROP COLUMN stopped;
ALTER TABLE webhooks DROP COLUMN owner_id;
