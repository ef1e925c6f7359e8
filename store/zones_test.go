package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brosops/bros/domain"
)

// sampleZone serves a square around a place.
func sampleZone(t *testing.T, id, center string, lat float64, shops ...string) *domain.DeliveryZone {
	t.Helper()
	area := new(domain.Area)
	must(t, json.Unmarshal(fmt.Appendf(nil, `{"type":"Polygon","coordinates":[[[126,%[1]v],[128,%[1]v],[128,%[2]v],[126,%[2]v],[126,%[1]v]]]}`, lat-0.5, lat+0.5), area))
	return &domain.DeliveryZone{ID: id, CenterID: center, Name: "구역 " + id, Kind: domain.ZoneServe, ShopIDs: shops, Area: area,
		ExtraMinutes: 7, CreatedAt: noon, Version: 1, ModifiedAt: noon}
}

// sameZone compares what is kept of zones.
var sameZone = cmp.Comparer(func(a, b *domain.Area) bool { return a.Equal(*b) })

func TestZones(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db, ctx := open(t, newURL(t)), t.Context()
		addCenter(t, db, "c", 0, 0)
		addCenter(t, db, "d", 0, 0)
		door := &domain.Location{Lat: 37.5, Lng: 127}
		at := func(center string) domain.ZoneAnswer {
			t.Helper()
			set, err := db.ZonesOf(ctx, center)
			must(t, err)
			return set.At("s1", door)
		}
		equal(t, "without zones", at("c"), domain.ZoneAnswer{Allowed: true})

		z := sampleZone(t, "z1", "c", 37.5, "s1", "s2")
		write(t, db, func(ctx context.Context, tx domain.Tx) error { return tx.CreateZone(ctx, z) })
		write(t, db, func(ctx context.Context, tx domain.Tx) error {
			if err := tx.CreateZone(ctx, sampleZone(t, "z2", "c", 35)); err != nil {
				return err
			}
			return tx.CreateZone(ctx, sampleZone(t, "z3", "d", 35))
		})
		back, err := db.FindZone(ctx, "z1")
		must(t, err)
		if diff := cmp.Diff(z, back, sameZone); diff != "" {
			t.Error(diff)
		}
		equal(t, "inside", at("c"), domain.ZoneAnswer{Allowed: true, ZoneID: "z1", ZoneName: z.Name, ExtraMinutes: 7})
		equal(t, "outside", at("d"), domain.ZoneAnswer{})
		list := func(f domain.SetupFilter) string {
			t.Helper()
			return pages(t, 1, func(p domain.Page) ([]domain.DeliveryZone, string, error) { return db.ListZones(ctx, f, p) },
				func(z domain.DeliveryZone) string { return z.ID })
		}
		equal(t, "of a center", list(domain.SetupFilter{CenterIDs: []string{"c"}}), "z2 z1")
		equal(t, "found", list(domain.SetupFilter{Query: "구역 z3"}), "z3")
		equal(t, "of none", list(domain.SetupFilter{CenterIDs: []string{}}), "")

		// A change is seen at once, in its own transaction and by every reader.
		moved := sampleZone(t, "z1", "c", 36)
		moved.Name, moved.Kind, moved.ShopIDs, moved.Version, moved.ExtraMinutes, moved.ModifiedAt = "other", domain.ZoneRefuse, nil, 2, 0, noon.Add(time.Hour)
		write(t, db, func(ctx context.Context, tx domain.Tx) error {
			if err := tx.UpdateZone(ctx, moved, 1); err != nil {
				return err
			}
			set, err := tx.ZonesOf(ctx, "c")
			if err == nil && set.At("s1", door).Allowed {
				err = errors.New("a transaction does not see its own change")
			}
			return err
		})
		equal(t, "moved away", at("c"), domain.ZoneAnswer{})
		if back, err = db.FindZone(ctx, "z1"); err != nil || cmp.Diff(moved, back, sameZone) != "" {
			t.Errorf("%+v %v", back, err)
		}

		// One that comes to nothing leaves nothing, though it has been read.
		err = db.Write(ctx, func(tx domain.Tx) error {
			if err := tx.UpdateZone(ctx, sampleZone(t, "z1", "c", 37.5), 2); err != nil {
				return err
			}
			if _, err := tx.ZonesOf(ctx, "c"); err != nil {
				return err
			}
			return domain.Errorf(domain.CodeConflict, "on second thought")
		})
		wantCode(t, err, domain.CodeConflict)
		equal(t, "rolled back", at("c"), domain.ZoneAnswer{})
		err = db.Write(ctx, func(tx domain.Tx) error { return tx.UpdateZone(ctx, moved, 1) })
		if err == nil || !strings.Contains(err.Error(), "others were changing") {
			t.Errorf("a stale change: %v", err)
		}

		write(t, db, func(ctx context.Context, tx domain.Tx) error { return tx.DeleteZone(ctx, moved) })
		write(t, db, func(ctx context.Context, tx domain.Tx) error {
			z, err := tx.FindZone(ctx, "z2")
			if err != nil {
				return err
			}
			return tx.DeleteZone(ctx, z)
		})
		equal(t, "without zones again", at("c"), domain.ZoneAnswer{Allowed: true})
		err = db.Write(ctx, func(tx domain.Tx) error { return tx.DeleteZone(ctx, moved) })
		wantCode(t, err, domain.CodeNotFound)
	})
}
