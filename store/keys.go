package store

import (
	"context"
	"fmt"

	"github.com/brosops/bros/domain"
)

var keyTable = table[domain.APIKey]{
	name:    "api_keys",
	columns: []string{"id", "name", "scopes", "center_ids", "created_at", "version", "modified_at"},
	cells: func(k *domain.APIKey) []any {
		return []any{&k.ID, &k.Name, jsonCell{&k.Scopes}, jsonCell{&k.CenterIDs}, at(&k.CreatedAt), &k.Version, at(&k.ModifiedAt)}
	},
	extra:  []string{"search"},
	extras: func(k *domain.APIKey) []any { return []any{searchText(k.Name)} },
	fixed:  []string{"id", "created_at"},
}

var (
	selectKeys         = "SELECT " + keyTable.list("") + " FROM api_keys"
	insertKey          = keyTable.insert("key_hash")
	updateKey, pickKey = keyTable.update()
)

// FindKey answers the API key with this id.
func (q queries) FindKey(ctx context.Context, id string) (*domain.APIKey, error) {
	return findOne(ctx, q, "key", keyTable.cells, selectKeys+" WHERE id = ?", id)
}

// FindKeyByHash answers the API key with this SHA-256.
func (q queries) FindKeyByHash(ctx context.Context, hash string) (*domain.APIKey, error) {
	return findOne(ctx, q, "key", keyTable.cells, selectKeys+" WHERE key_hash = ?", hash)
}

// ListKeys answers the keys that fit, newest first.
func (q queries) ListKeys(ctx context.Context, f domain.SetupFilter, p domain.Page) ([]domain.APIKey, string, error) {
	w, none := memberWhere(q.d, f)
	if none {
		return nil, "", nil
	}
	return listPage(ctx, q, "keys", selectKeys, "created_at", keyTable.cells,
		func(k *domain.APIKey) (domain.Time, string) { return k.CreatedAt, k.ID }, w, p)
}

// CreateKey writes a new key under the hash of its secret.
func (t *txn) CreateKey(ctx context.Context, k *domain.APIKey, hash string) error {
	t.created(&k.CreatedAt)
	args, err := keyTable.args(k)
	if err != nil {
		return fmt.Errorf("create key: %w", err)
	}
	_, err = t.run.exec(ctx, insertKey, append(args, hash)...)
	return t.taken(err, "create key", "this key exists")
}

// UpdateKey writes k if its stored version is prev.
func (t *txn) UpdateKey(ctx context.Context, k *domain.APIKey, prev int64) error {
	args, err := keyTable.args(k)
	if err != nil {
		return fmt.Errorf("update key: %w", err)
	}
	return t.conditional(ctx, "update key", updateKey, pickKey(args, k.ID, prev))
}

// DeleteKey removes a key.
func (t *txn) DeleteKey(ctx context.Context, id string) error {
	return t.delete(ctx, "key", "DELETE FROM api_keys WHERE id = ?", id)
}
