package store

import (
	"context"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
)

// deliverFor hands a delivery over in two steps, paid in cash.
func deliverFor(t *testing.T, db *DB, id, rider string, at domain.Time) {
	t.Helper()
	write(t, db, func(ctx context.Context, tx domain.Tx) error {
		d, err := tx.FindDelivery(ctx, id)
		if err != nil {
			return err
		}
		before := domain.StateOf(d)
		d.Status, d.RiderID, d.Payment.Method, d.DeliveredAt, d.FinishedAt = domain.Delivered, rider, domain.Cash, at, at
		return tx.Append(ctx, agent, d.CenterID, at, &domain.Change{Event: domain.EventDeliveryDelivered, Record: d, Before: before})
	})
}

func TestSettlements(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db := open(t, newURL(t))
		ctx := t.Context()
		addCenter(t, db, "c", 2, 5)
		for i := range 3 {
			deliverFor(t, db, nth("cd", i+1), "cr1", noon.Add(time.Duration(i)*time.Minute))
		}
		deliverFor(t, db, "cd4", "cr2", noon)
		since, open, err := db.CashInHand(ctx, "cr1")
		must(t, err)
		equal(t, "never settled", since.IsZero(), true)
		equal(t, "open", len(open), 3)
		equal(t, "the oldest", open[0].DeliveryID, "cd1")
		equal(t, "amount", open[0].Amount, 11000)

		first := &domain.Settlement{ID: "s1", CenterID: "c", RiderID: "cr1", RiderName: "라이더", From: noon, To: noon.Add(time.Hour),
			Deliveries: 3, Expected: 33000, Counted: 32000, Difference: -1000, OnDutySeconds: 3600, Note: "천원 부족", By: agent.Person()}
		write(t, db, func(ctx context.Context, tx domain.Tx) error { return tx.SaveSettlement(ctx, first, open) })
		list, _, err := db.ListSettlements(ctx, domain.WorkFilter{CenterIDs: []string{"c"}, RiderID: "cr1"}, domain.Page{})
		must(t, err)
		same(t, "settlements", list, []domain.Settlement{*first})
		none, _, err := db.ListSettlements(ctx, domain.WorkFilter{CenterIDs: []string{"c"}, RiderID: "cr2"}, domain.Page{})
		must(t, err)
		equal(t, "of the other rider", len(none), 0)

		deliverFor(t, db, "cd5", "cr1", noon.Add(59*time.Minute)) // before the settlement, committed after it
		since, open, err = db.CashInHand(ctx, "cr1")
		must(t, err)
		equal(t, "since", since.String(), first.To.String())
		equal(t, "left", len(open), 1)
		equal(t, "the late one", open[0].DeliveryID, "cd5")

		err = db.Write(ctx, func(tx domain.Tx) error {
			return tx.SaveSettlement(ctx, &domain.Settlement{ID: "s2", CenterID: "c", RiderID: "cr1", From: noon, To: noon},
				[]domain.CashDelivery{{DeliveryID: "cd1"}})
		})
		wantCode(t, err, domain.CodeConflict)
		list, _, err = db.ListSettlements(ctx, domain.WorkFilter{CenterIDs: []string{"c"}}, domain.Page{})
		must(t, err)
		equal(t, "a delivery settles once", len(list), 1)
	})
}

func TestDutySpans(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db := open(t, newURL(t))
		addCenter(t, db, "c", 2, 0)
		addCenter(t, db, "other", 1, 0)
		set := func(rider string, duty domain.Duty, at domain.Time) {
			write(t, db, func(ctx context.Context, tx domain.Tx) error {
				r, err := tx.FindRider(ctx, rider)
				if err != nil {
					return err
				}
				r.Duty = duty
				return tx.Append(ctx, agent, r.CenterID, at, &domain.Change{Event: domain.EventRiderDuty, Record: r})
			})
		}
		minute := func(n int) domain.Time { return noon.Add(time.Duration(n) * time.Minute) }
		set("cr1", domain.DutyOff, minute(-50))
		set("cr1", domain.DutyOn, minute(-10))
		set("cr1", domain.DutyBreak, minute(10))
		set("cr2", domain.DutyOn, minute(20))
		set("otherr1", domain.DutyOn, minute(5))
		set("cr1", domain.DutyOff, minute(60)) // outside
		spans, err := db.DutySpans(t.Context(), "c", "", noon, minute(60))
		must(t, err)
		same(t, "spans", spans, []domain.DutySpan{
			{RiderID: "cr1", Duty: domain.DutyOn, At: minute(-10)},
			{RiderID: "cr1", Duty: domain.DutyBreak, At: minute(10)},
			{RiderID: "cr2", Duty: domain.DutyOn, At: minute(20)},
		})
		one, err := db.DutySpans(t.Context(), "c", "cr2", noon, minute(60))
		must(t, err)
		equal(t, "spans of one rider", len(one), 1)
	})
}

func TestFacts(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db := open(t, newURL(t))
		ctx := t.Context()
		addCenter(t, db, "c", 1, 2)
		addCenter(t, db, "other", 1, 1)
		deliverFor(t, db, "cd1", "cr1", noon.Add(time.Hour))
		seen := map[string]domain.DeliveryFact{}
		must(t, db.EachDeliveryFact(ctx, "c", noon.Time, noon.Time.Add(2*time.Second), func(f *domain.DeliveryFact) { seen[f.OrderID] = *f }))
		equal(t, "deliveries", len(seen), 2)
		f := seen["co1"]
		f.Shop = ""
		same(t, "fact", f, domain.DeliveryFact{
			OrderID: "co1", Status: domain.Delivered, RiderID: "cr1", Method: domain.Cash, Amount: 11000,
			PromisedAt: noon.Add(30 * time.Minute).UnixMilli(), CreatedAt: noon.UnixMilli(), DeliveredAt: noon.Add(time.Hour).UnixMilli(),
		})
		names, err := db.RiderNames(ctx, "c")
		must(t, err)
		equal(t, "riders", len(names), 1)
		orders := 0
		must(t, db.EachOrderFact(ctx, "c", noon.Time, noon.Time.Add(2*time.Second), func(o *domain.OrderFact) {
			orders++
			equal(t, "created", o.CreatedAt/60_000, noon.UnixMilli()/60_000)
			equal(t, "accepted", o.AcceptedAt, 0)
		}))
		equal(t, "orders", orders, 2)
		must(t, db.EachOrderFact(ctx, "c", noon.Time.Add(1001*time.Millisecond), noon.Time.Add(time.Hour), func(*domain.OrderFact) { t.Error("outside") }))
	})
}

func TestFixedMillis(t *testing.T) {
	// Each day of the calendar's whole cycle, at an hour of its own.
	for at := time.Date(1900, 1, 1, 0, 0, 0, 1e6, time.UTC); at.Year() < 2301; at = at.Add(24*time.Hour + 61*time.Second + 7*time.Millisecond) {
		ms, ok := fixedMillis(at.Format("2006-01-02T15:04:05.000Z"))
		if !ok || ms != at.UnixMilli() {
			t.Fatalf("%v: %d %v", at, ms, ok)
		}
	}
	for _, bad := range []string{"", "2026-11-23", "2026-11-23T03:00:00.000+", "2026-11-2xT03:00:00.000Z", "2026-11-23T03:00:00.0000Z"} {
		if _, ok := fixedMillis(bad); ok {
			t.Errorf("%q was read", bad)
		}
	}
}
