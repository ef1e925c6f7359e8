package store

import (
	"context"
	"testing"

	"github.com/brosops/bros/domain"
)

// The doors of the newest orders that have a place are answered, those of other
// centers not, and nothing else of the customers.
func TestPinnedDoors(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db, ctx := open(t, newURL(t)), t.Context()
		addCenter(t, db, "c", 2, 1)
		addCenter(t, db, "d", 1, 0)
		all, err := db.PinnedDoors(ctx, "c", 10)
		must(t, err)
		want := 0
		orders, _, err := db.ListOrders(ctx, domain.WorkFilter{CenterIDs: []string{"c"}}, domain.Page{Limit: 10})
		must(t, err)
		for _, o := range orders {
			if o.Customer.Location != nil && o.Customer.Address != "" {
				if want < len(all) {
					equal(t, "the address", all[want].Address, o.Customer.Address)
					equal(t, "the place", all[want].Location, *o.Customer.Location)
					equal(t, "the time", all[want].At.UnixMilli(), o.CreatedAt.UnixMilli())
				}
				want++
			}
		}
		if want == 0 {
			t.Fatal("no order has a place")
		}
		equal(t, "doors", len(all), want)
		one, err := db.PinnedDoors(ctx, "c", 1)
		must(t, err)
		equal(t, "the newest", len(one), 1)
		none, err := db.PinnedDoors(context.WithoutCancel(ctx), "nowhere", 10)
		must(t, err)
		equal(t, "doors of no center", len(none), 0)
	})
}
