-- When a center's business day begins.

-- +goose Up
ALTER TABLE centers ADD day_starts_at NVARCHAR(5) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT centers_day_starts_at DEFAULT '00:00';

-- +goose Down
ALTER TABLE centers DROP CONSTRAINT centers_day_starts_at;
ALTER TABLE centers DROP COLUMN day_starts_at;
