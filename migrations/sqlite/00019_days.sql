-- When a center's business day begins.

-- +goose Up
ALTER TABLE centers ADD day_starts_at TEXT NOT NULL DEFAULT '00:00';

-- +goose Down
ALTER TABLE centers DROP COLUMN day_starts_at;
