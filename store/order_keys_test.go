package store

import (
	"context"
	"testing"

	"github.com/brosops/bros/domain"
)

// Orders from before the migration belong to the key that the audit names.
func TestOldOrdersGetTheirKey(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		url := newURL(t)
		db := open(t, url)
		addCenter(t, db, "c", 1, 1)
		now := noon
		write(t, db, func(ctx context.Context, tx domain.Tx) error {
			if err := tx.CreateShop(ctx, &domain.Shop{ID: "s", CenterID: "c", Name: "s", CreatedAt: now, Version: 1}); err != nil {
				return err
			}
			for id, a := range map[string]domain.Actor{
				"by-key":   {UserID: "k1", Role: domain.RoleKey},
				"by-staff": {UserID: "u1", Role: domain.RoleAgent},
			} {
				o := &domain.Order{ID: id, Number: id, CenterID: "c", Channel: "app", ExternalID: id, Shop: domain.ShopRef{ID: "s"}, Status: domain.OrderReceived, CreatedAt: now}
				if err := tx.Append(ctx, a, "c", now, &domain.Change{Event: domain.EventOrderCreate, Record: o}); err != nil {
					return err
				}
			}
			return nil
		})
		undone := func(steps []Migration) bool {
			for _, s := range steps {
				if s.Version == 16 {
					return s.Applied.IsZero()
				}
			}
			t.Fatal("there is no migration 16")
			return false
		}
		for steps, err := Migrate(t.Context(), url, "status"); ; steps, err = Migrate(t.Context(), url, "down") {
			must(t, err)
			if undone(steps) {
				break
			}
		}
		_, err := Migrate(t.Context(), url, "up")
		must(t, err)
		db = open(t, url)
		for id, want := range map[string]string{"by-key": "k1", "by-staff": ""} {
			o, err := db.FindOrder(t.Context(), id)
			must(t, err)
			equal(t, "key of the order "+id, o.KeyID, want)
		}
	})
}

// What is one id to two keys are two orders.
func TestExternalIDsBelongToTheirKey(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db := open(t, newURL(t))
		addCenter(t, db, "c", 1, 1)
		now := noon
		place := func(id, key string) error {
			return db.Write(t.Context(), func(tx domain.Tx) error {
				o := &domain.Order{ID: id, Number: id, CenterID: "c", Channel: "app", ExternalID: "X", KeyID: key, Status: domain.OrderReceived, CreatedAt: now}
				return tx.Append(t.Context(), domain.System, "c", now, &domain.Change{Event: domain.EventOrderCreate, Record: o})
			})
		}
		must(t, place("o1", "k1"))
		must(t, place("o2", "k2"))
		must(t, place("o3", ""))
		wantCode(t, place("o4", "k1"), domain.CodeConflict)
		for key, want := range map[string]string{"k1": "o1", "k2": "o2", "": "o3"} {
			o, err := db.FindOrderByExternal(t.Context(), "c", "app", "X", key)
			must(t, err)
			equal(t, "order of "+key, o.ID, want)
		}
	})
}
