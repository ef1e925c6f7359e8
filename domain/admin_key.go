package domain

import (
	"context"
	"fmt"
	"slices"
)

// CreateKey lets another system in (admin). keyHash is the SHA-256 of the key,
// which is shown once and kept nowhere.
func (s *Service) CreateKey(ctx context.Context, tx Tx, a Actor, in NewKey, keyHash string) (*APIKey, error) {
	if err := need(a, RoleAdmin); err != nil {
		return nil, err
	}
	if err := stillMay(ctx, tx, a); err != nil {
		return nil, err
	}
	if err := namedCenters(ctx, tx, a, in.CenterIDs); err != nil {
		return nil, err
	}
	now := s.now()
	k := &APIKey{ID: NewID(), Name: in.Name, Scopes: in.Scopes, CenterIDs: in.CenterIDs, CreatedAt: now, Version: 1, ModifiedAt: now}
	var f form
	f.key(k)
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := tx.CreateKey(ctx, k, keyHash); err != nil {
		return nil, err
	}
	return k, audit(ctx, tx, a, now, "key", AuditCreate, nil, nil, k)
}

// UpdateKey changes what a key may do (admin).
func (s *Service) UpdateKey(ctx context.Context, tx Tx, a Actor, id string, in KeyPatch) (*APIKey, error) {
	if err := need(a, RoleAdmin); err != nil {
		return nil, err
	}
	if err := stillMay(ctx, tx, a); err != nil {
		return nil, err
	}
	k, err := tx.FindKey(ctx, id)
	if err != nil {
		return nil, err
	}
	n := *k
	set(&n.Name, in.Name)
	set(&n.Scopes, in.Scopes)
	if in.CenterIDs != nil {
		if err := namedCenters(ctx, tx, a, *in.CenterIDs); err != nil {
			return nil, err
		}
		n.CenterIDs = *in.CenterIDs
	}
	var f form
	f.key(&n)
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := stale(in.Version, k.Version, k); err != nil {
		return nil, err
	}
	if n.Name == k.Name && slices.Equal(n.Scopes, k.Scopes) && slices.Equal(n.CenterIDs, k.CenterIDs) {
		return k, nil
	}
	n.Version, n.ModifiedAt = k.Version+1, s.now()
	if err := tx.UpdateKey(ctx, &n, k.Version); err != nil {
		return nil, err
	}
	return &n, audit(ctx, tx, a, n.ModifiedAt, "key", AuditChanged, nil, k, &n)
}

// DeleteKey shuts another system out (admin).
func (s *Service) DeleteKey(ctx context.Context, tx Tx, a Actor, id string) error {
	if err := need(a, RoleAdmin); err != nil {
		return err
	}
	k, err := tx.FindKey(ctx, id)
	if err != nil {
		return err
	}
	if err := tx.DeleteKey(ctx, k.ID); err != nil {
		return err
	}
	return audit(ctx, tx, a, s.now(), "key", AuditDelete, nil, k, nil)
}

func (f *form) key(k *APIKey) {
	f.needed("name", &k.Name, maxName)
	if len(k.Scopes) == 0 {
		f.bad("scopes", "must name at least one")
	}
	for i, sc := range k.Scopes {
		oneOf(f, fmt.Sprintf("scopes[%d]", i), sc,
			ScopeOrdersWrite, ScopeOrdersRead, ScopeEventsPublish, ScopeRidersWrite, ScopeReportsRead)
	}
	if len(k.Scopes) > 0 {
		k.Scopes = slices.Compact(slices.Sorted(slices.Values(k.Scopes)))
	}
	f.centers(&k.CenterIDs)
}
