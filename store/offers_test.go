package store

import (
	"context"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
)

// An offer is a record of the log; a rider has at most one that is open, and
// what has come due is found with what is held.
func TestOffers(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db, ctx := open(t, newURL(t)), t.Context()
		addCenter(t, db, "c", 2, 2)
		d, err := db.FindDelivery(ctx, "cd1")
		must(t, err)
		first := &domain.Offer{ID: "of1", CenterID: "c", RiderID: "cr1", RiderName: "Kim", DeliveryIDs: []string{"cd1"},
			Deliveries: []*domain.Delivery{d.Masked()}, Distance: 1200, Duration: 600, MadeAt: noon,
			ExpiresAt: noon.Add(30 * time.Second), Status: domain.OfferOpen, Round: 1}
		append1 := func(c *domain.Change) error {
			return db.Write(ctx, func(tx domain.Tx) error { return tx.Append(ctx, agent, "c", noon, c) })
		}
		must(t, append1(&domain.Change{Event: domain.EventOfferMade, Record: first}))
		got, err := db.FindOffer(ctx, "of1")
		must(t, err)
		same(t, "the offer", got, first)
		second := *first
		second.ID, second.Version = "of2", 0
		wantCode(t, append1(&domain.Change{Event: domain.EventOfferMade, Record: &second}), domain.CodeConflict)

		held, err := db.FindDelivery(ctx, "cd2")
		must(t, err)
		before := domain.StateOf(held)
		held.HeldUntil = noon.Add(time.Hour)
		must(t, append1(&domain.Change{Event: domain.EventDeliveryChanged, Record: held, Before: before}))
		back, err := db.FindDelivery(ctx, "cd2")
		must(t, err)
		same(t, "what is held", back, held)

		due := func(at domain.Time) []domain.Due {
			t.Helper()
			out, err := db.Due(ctx, at, 10)
			must(t, err)
			return out
		}
		equal(t, "due at once", len(due(noon)), 0)
		same(t, "due after the offer's end", due(first.ExpiresAt), []domain.Due{{Kind: domain.KindOffer, ID: "of1"}})
		equal(t, "due after an hour", len(due(noon.Add(time.Hour))), 2)

		open1, err := db.OpenOfferOf(ctx, "cr1")
		must(t, err)
		same(t, "the open offer", open1, first)
		none, err := db.OpenOfferOf(ctx, "cr2")
		must(t, err)
		if none != nil {
			t.Errorf("an offer of nobody: %v", none)
		}
		st, err := db.LoadCenter(ctx, "c", noon.Time)
		must(t, err)
		equal(t, "loaded offers", len(st.Offers), 1)

		was := domain.StateOf(got)
		got.Status, got.EndedAt = domain.OfferLapsed, first.ExpiresAt
		must(t, append1(&domain.Change{Event: domain.EventOfferLapsed, Record: got, Before: was}))
		last, err := db.LastOffers(ctx, "cr1", 3)
		must(t, err)
		same(t, "what the rider was asked", last, []domain.Offer{*got})
		list, _, err := db.ListOffers(ctx, domain.WorkFilter{CenterIDs: []string{"c"}, RiderID: "cr1"}, domain.Page{})
		must(t, err)
		same(t, "the list", list, []domain.Offer{*got})
		counts, err := db.OfferCounts(ctx, "c", got.MadeAt, got.MadeAt.Add(time.Millisecond))
		must(t, err)
		same(t, "the counts", counts, []domain.OfferCount{{RiderID: "cr1", Status: domain.OfferLapsed, Count: 1}})
		outside, err := db.OfferCounts(ctx, "c", got.MadeAt.Add(time.Millisecond), got.MadeAt.Add(time.Hour))
		must(t, err)
		equal(t, "counts of another time", len(outside), 0)
		second.Version = 0
		must(t, append1(&domain.Change{Event: domain.EventOfferMade, Record: &second}))
	})
}

// What a correction changed stays in the history, and an act of a rider is
// found there by its device's time.
func TestHistoryOfTheDay(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db, ctx := open(t, newURL(t)), t.Context()
		addCenter(t, db, "c", 1, 1)
		d, err := db.FindDelivery(ctx, "cd1")
		must(t, err)
		diff := []domain.FieldChange{{Field: "customer.addressDetail", From: "101", To: "102"}}
		write(t, db, func(ctx context.Context, tx domain.Tx) error {
			return tx.Append(ctx, agent, "c", noon, &domain.Change{
				Event: domain.EventDeliveryChanged, Record: d, Before: domain.StateOf(d), DeviceAt: noon, Diff: diff})
		})
		hist, err := db.History(ctx, "cd1")
		must(t, err)
		same(t, "changes", hist[len(hist)-1].Changes, diff)
		for _, c := range []struct {
			at   domain.Time
			want bool
		}{{noon, true}, {noon.Add(time.Second), false}, {domain.Time{}, false}} {
			has, err := db.HasStep(ctx, "cd1", domain.EventDeliveryChanged, agent.UserID, c.at)
			must(t, err)
			equal(t, "has the step", has, c.want)
		}
		spots, err := db.Spots(ctx, "cr1")
		must(t, err)
		equal(t, "spots of a rider with empty hands", len(spots), 0)
		settled, err := db.IsSettled(ctx, "cd1")
		must(t, err)
		equal(t, "settled", settled, false)
	})
}
