package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/brosops/bros/domain"
)

var settlementTable = table[domain.Settlement]{
	name: "settlements",
	columns: []string{"id", "center_id", "rider_id", "rider_name", "from_at", "created_at", "deliveries",
		"expected", "counted", "on_duty_seconds", "note", "by_id", "by_name", "by_role"},
	cells: func(s *domain.Settlement) []any {
		return []any{&s.ID, &s.CenterID, &s.RiderID, &s.RiderName, at(&s.From), at(&s.To), &s.Deliveries,
			&s.Expected, &s.Counted, &s.OnDutySeconds, &s.Note, &s.By.ID, &s.By.Name, (*string)(&s.By.Role)}
	},
}

var (
	selectSettlements = "SELECT " + settlementTable.list("") + " FROM settlements"
	insertSettlement  = settlementTable.insert()
)

// lateCommit is how long before a settlement a delivery may say that it was
// made, and not be in it: far more than any transaction takes to commit.
const lateCommit = 48 * time.Hour

// CashInHand answers when the rider last settled (zero: never), and the cash
// deliveries that no settlement has, oldest first (two queries).
func (q queries) CashInHand(ctx context.Context, riderID string) (domain.Time, []domain.CashDelivery, error) {
	var last []struct {
		At nullTime `db:"created_at"`
	}
	err := q.sel(ctx, &last, "SELECT created_at FROM settlements WHERE rider_id = ? ORDER BY created_at DESC "+q.d.page(), riderID, 1)
	if err != nil {
		return domain.Time{}, nil, wrap("find the last settlement", err)
	}
	var w where
	w.and("d.rider_id = ?", riderID)
	w.and("d.payment_method = 'cash'")
	w.and("d.status = 'delivered'")
	w.and("s.delivery_id IS NULL")
	var since domain.Time
	if len(last) > 0 {
		since = last[0].At.Time
		w.and("d.delivered_at >= ?", since.Add(-lateCommit))
	}
	open, err := findAll(ctx, q, "cash", func(c *domain.CashDelivery) []any {
		return []any{&c.DeliveryID, &c.Number, &c.Amount, at(&c.DeliveredAt)}
	}, "SELECT d.id, d.number, d.payment_amount, d.delivered_at FROM deliveries d LEFT JOIN settled s ON s.delivery_id = d.id"+
		w.text()+" ORDER BY d.delivered_at, d.id", w.args...)
	return since, open, err
}

// IsSettled reports whether a settlement has the delivery's cash.
func (q queries) IsSettled(ctx context.Context, deliveryID string) (bool, error) {
	var n int
	_, err := q.get(ctx, &n, "SELECT COUNT(*) FROM settled WHERE delivery_id = ?", deliveryID)
	return n > 0, wrap("look for a settlement", err)
}

// DutySpans answers a rider's (riderID empty: all riders' of the center) that
// touch [from, to), by rider in order of time.
func (q queries) DutySpans(ctx context.Context, centerID, riderID string, from, to domain.Time) ([]domain.DutySpan, error) {
	cells := func(s *domain.DutySpan) []any { return []any{&s.RiderID, (*string)(&s.Duty), at(&s.At)} }
	args := []any{centerID, from}
	only := ""
	if riderID != "" {
		only = " AND r.id = ?"
		args = append(args, riderID)
	}
	// What each rider's duty was at from, by one look into the index for each.
	spans, err := findAll(ctx, q, "duties", cells, "SELECT d.rider_id, d.duty, d.at FROM riders r JOIN duties d ON d.rider_id = r.id "+
		"WHERE r.center_id = ? AND d.at = (SELECT MAX(x.at) FROM duties x WHERE x.rider_id = r.id AND x.at < ?)"+only+" ORDER BY d.rider_id, d.seq", args...)
	if err != nil {
		return nil, err
	}
	args, only = []any{centerID, from, to}, ""
	if riderID != "" {
		only = " AND rider_id = ?"
		args = append(args, riderID)
	}
	later, err := findAll(ctx, q, "duties", cells,
		"SELECT rider_id, duty, at FROM duties WHERE center_id = ? AND at >= ? AND at < ?"+only+" ORDER BY rider_id, at, seq", args...)
	if err != nil {
		return nil, err
	}
	spans = append(spans, later...)
	slices.SortStableFunc(spans, func(a, b domain.DutySpan) int {
		if a.RiderID != b.RiderID {
			return strings.Compare(a.RiderID, b.RiderID)
		}
		return a.At.Compare(b.At.Time)
	})
	return spans, nil
}

// ListSettlements answers the settlements that fit, newest first.
func (q queries) ListSettlements(ctx context.Context, f domain.WorkFilter, p domain.Page) ([]domain.Settlement, string, error) {
	f.Query, f.Statuses = "", nil
	w, none := workWhere(f)
	if none {
		return nil, "", nil
	}
	list, next, err := listPage(ctx, q, "settlements", selectSettlements, "created_at", settlementTable.cells,
		func(s *domain.Settlement) (domain.Time, string) { return s.To, s.ID }, w, p)
	for i := range list {
		list[i].Difference = list[i].Counted - list[i].Expected
	}
	return list, next, err
}

// SaveSettlement writes a settlement with the deliveries that are in it.
func (t *txn) SaveSettlement(ctx context.Context, s *domain.Settlement, of []domain.CashDelivery) error {
	args, err := settlementTable.args(s)
	if err != nil {
		return wrap("write settlement", err)
	}
	if _, err := t.run.exec(ctx, insertSettlement, args...); err != nil {
		return wrap("write settlement", err)
	}
	for _, d := range of {
		if _, err := t.run.exec(ctx, "INSERT INTO settled (delivery_id, settlement_id) VALUES (?, ?)", d.DeliveryID, s.ID); err != nil {
			if t.d.class(err) == classDuplicate {
				return errAgain
			}
			return wrap("write settlement", err)
		}
	}
	return nil
}

// dutyWrites keep a rider's duty over time: reports and settlements count hours by it.
func dutyWrites(r *domain.Rider, event string, at domain.Time) []rowWrite {
	if event != domain.EventRiderDuty && (r.Active || r.Duty != domain.DutyOff) {
		return nil
	}
	return []rowWrite{{"write duty", "INSERT INTO duties (rider_id, at, seq, center_id, duty) VALUES (?, ?, ?, ?, ?)",
		[]any{r.ID, at, r.Version, r.CenterID, string(r.Duty)}, 1}}
}
