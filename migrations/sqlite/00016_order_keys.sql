-- An order of another system belongs to the key that placed it, and so does the
-- id that it is known by there: another key's same id is another order. This
-- replaces a unique index by a wider one, so nodes of the release before must be
-- stopped first (docs/operations.md).

-- +goose Up
ALTER TABLE orders ADD key_id TEXT DEFAULT '' NOT NULL;
UPDATE orders SET key_id = (
    SELECT MIN(a.actor_id) FROM audit a WHERE a.rec_key = orders.id AND a.event = 'order:create' AND a.actor_role = 'key'
) WHERE EXISTS (
    SELECT 1 FROM audit a WHERE a.rec_key = orders.id AND a.event = 'order:create' AND a.actor_role = 'key'
);
DROP INDEX orders_external;
CREATE UNIQUE INDEX orders_external_key ON orders (center_id, channel, external_id, key_id) WHERE external_id <> '';

-- +goose Down
DROP INDEX orders_external_key;
CREATE UNIQUE INDEX orders_external ON orders (center_id, channel, external_id) WHERE external_id <> '';
ALTER TABLE orders DROP COLUMN key_id;
