package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/brosops/bros/domain"
)

// A report over a year looks at hundreds of thousands of rows: it reads few
// columns of them, each row once, into one record that is used again.

const (
	selectOrderFacts = "SELECT id, status, created_at, accepted_at, reason, cancelled_by " +
		"FROM orders WHERE center_id = ? AND created_at >= ? AND created_at < ?"
	selectDeliveryFacts = "SELECT order_id, status, rider_id, rider_name, shop, payment_method, payment_amount, promised_at, created_at, " +
		"assigned_at, COALESCE(picked_up_device_at, picked_up_at), COALESCE(delivered_device_at, delivered_at), cancel_reason, held_until, fail_reason FROM deliveries WHERE center_id = ? AND created_at >= ? AND created_at < ?"
)

// EachOrderFact calls fn for the orders of a center created in [from, to), in
// no order, with a record that is its own only until it returns.
func (q queries) EachOrderFact(ctx context.Context, centerID string, from, to time.Time, fn func(*domain.OrderFact)) error {
	var f domain.OrderFact
	return eachFact(ctx, q, "orders", selectOrderFacts, []any{centerID, domain.At(from), domain.At(to)}, []any{
		&f.ID, (*string)(&f.Status), (*millis)(&f.CreatedAt), (*millis)(&f.AcceptedAt), &f.Reason, &f.CancelledBy,
	}, func() { fn(&f) })
}

// EachDeliveryFact calls fn for the deliveries of a center created in [from,
// to), in no order, with a record that is its own only until it returns.
func (q queries) EachDeliveryFact(ctx context.Context, centerID string, from, to time.Time, fn func(*domain.DeliveryFact)) error {
	var f domain.DeliveryFact
	return eachFact(ctx, q, "deliveries", selectDeliveryFacts, []any{centerID, domain.At(from), domain.At(to)}, []any{
		&f.OrderID, (*string)(&f.Status), &f.RiderID, &f.RiderName, &f.Shop, (*string)(&f.Method), &f.Amount,
		(*millis)(&f.PromisedAt), (*millis)(&f.CreatedAt), (*millis)(&f.AssignedAt), (*millis)(&f.PickedUpAt), (*millis)(&f.DeliveredAt), &f.CancelReason,
		(*millis)(&f.HeldUntil), (*string)(&f.FailReason),
	}, func() { fn(&f) })
}

// OfferCounts answers how many offers made in [from, to) came to what, by rider.
func (q queries) OfferCounts(ctx context.Context, centerID string, from, to domain.Time) ([]domain.OfferCount, error) {
	return findAll(ctx, q, "offers", func(c *domain.OfferCount) []any { return []any{&c.RiderID, (*string)(&c.Status), &c.Count} },
		"SELECT rider_id, status, COUNT(*) FROM offers WHERE center_id = ? AND created_at >= ? AND created_at < ? "+
			"GROUP BY rider_id, status ORDER BY rider_id, status", centerID, from, to)
}

// RiderNames answers what a center's riders are called, by id.
func (q queries) RiderNames(ctx context.Context, centerID string) (map[string]string, error) {
	riders, err := findAll(ctx, q, "riders", func(r *domain.Rider) []any { return []any{&r.ID, &r.Name} },
		"SELECT id, name FROM riders WHERE center_id = ?", centerID)
	if err != nil {
		return nil, err
	}
	names := make(map[string]string, len(riders))
	for _, r := range riders {
		names[r.ID] = r.Name
	}
	return names, nil
}

func eachFact(ctx context.Context, q queries, kind, query string, args, into []any, fn func()) error {
	leave, err := q.enter(ctx, false)
	if err != nil {
		return err
	}
	defer leave()
	rows, err := q.run.query(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("report on %s: %w", kind, err)
	}
	return wrap("report on "+kind, q.run.note(scanEach(rows, into, fn)))
}

func scanEach(rows *sqlx.Rows, into []any, fn func()) error {
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		fn()
	}
	return rows.Err()
}

// millis reads a column of time as milliseconds since 1970; NULL is 0.
type millis int64

// Scan takes the fixed text of SQLite, without the cost of a general parser,
// and the time of other engines.
func (m *millis) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*m = 0
	case string:
		ms, ok := fixedMillis(v)
		if !ok {
			return fmt.Errorf("a column of time holds %q", v)
		}
		*m = millis(ms)
	case time.Time:
		*m = millis(v.UnixMilli())
	default:
		return fmt.Errorf("a column of time holds %T", v)
	}
	return nil
}

// fixedMillis reads 2006-01-02T15:04:05.000Z.
func fixedMillis(s string) (int64, bool) {
	if len(s) != 24 || s[23] != 'Z' {
		return 0, false
	}
	good := true
	number := func(from, to int) int64 {
		n := int64(0)
		for i := from; i < to; i++ {
			c := s[i] - '0'
			good = good && c <= 9
			n = n*10 + int64(c)
		}
		return n
	}
	year, month, day := number(0, 4), number(5, 7), number(8, 10)
	seconds := daysSince1970(year, month, day)*86400 + number(11, 13)*3600 + number(14, 16)*60 + number(17, 19)
	return seconds*1000 + number(20, 23), good
}

// daysSince1970 counts to a date of the calendar. Its years begin with March, so
// that the day of leap years is a year's last and months have a regular length.
func daysSince1970(year, month, day int64) int64 {
	if month <= 2 {
		year, month = year-1, month+12
	}
	return 365*year + year/4 - year/100 + year/400 + (153*month-457)/5 + day - 719469
}
