-- Searches: an index holds what is looked through, so that a search passes by the
-- rows themselves (it is partial so that only searches use it); another system's id
-- is found however old.

-- +goose Up
CREATE INDEX orders_search ON orders (center_id, created_at, id, search) WHERE center_id <> '';
CREATE INDEX deliveries_search ON deliveries (center_id, created_at, id, order_id, search) WHERE center_id <> '';
CREATE INDEX orders_external_id ON orders (external_id, created_at) WHERE external_id <> '';
CREATE INDEX deliveries_order ON deliveries (order_id, center_id, created_at, id);

-- +goose Down
DROP INDEX deliveries_order;
DROP INDEX orders_external_id;
DROP INDEX deliveries_search;
DROP INDEX orders_search;
