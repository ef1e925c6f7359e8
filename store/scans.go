package store

import (
	"context"
	"time"

	"github.com/brosops/bros/domain"
)

// What may pass by all that there is takes turns on readers of its own, and what
// everybody waits for has readers that nothing else can hold.

// ListOrders answers the orders that fit, newest first.
func (db *DB) ListOrders(ctx context.Context, f domain.WorkFilter, p domain.Page) ([]domain.Order, string, error) {
	f, err := db.everywhere(ctx, f)
	if err != nil {
		return nil, "", err
	}
	return db.reader(f.Deep()).ListOrders(ctx, f, p)
}

// ListDeliveries answers the deliveries that fit, newest first.
func (db *DB) ListDeliveries(ctx context.Context, f domain.WorkFilter, p domain.Page) ([]domain.Delivery, string, error) {
	f, err := db.everywhere(ctx, f)
	if err != nil {
		return nil, "", err
	}
	return db.reader(f.Deep()).ListDeliveries(ctx, f, p)
}

// everywhere names the centers of a search in all of them: the index begins with
// the center.
func (db *DB) everywhere(ctx context.Context, f domain.WorkFilter) (domain.WorkFilter, error) {
	if f.CenterIDs != nil || f.Query == "" {
		return f, nil
	}
	var rows []struct {
		ID string `db:"id"`
	}
	if err := db.sel(ctx, &rows, "SELECT id FROM centers ORDER BY id"); err != nil {
		return f, wrap("list centers", err)
	}
	if len(rows) > mostCenters {
		return f, nil
	}
	f.CenterIDs = make([]string, len(rows))
	for i, r := range rows {
		f.CenterIDs[i] = r.ID
	}
	return f, nil
}

// mostCenters is how many centers are named at most: each is an argument.
const mostCenters = 500

func (db *DB) reader(deep bool) queries {
	if deep {
		return db.scans
	}
	return db.queries
}

// ListAudit answers the entries that fit, newest first.
func (db *DB) ListAudit(ctx context.Context, f domain.AuditFilter, p domain.Page) ([]domain.AuditEntry, string, error) {
	return db.scans.ListAudit(ctx, f, p)
}

// EachDelivery calls fn for the deliveries of a center created in [from, to), oldest first.
func (db *DB) EachDelivery(ctx context.Context, centerID string, from, to time.Time, fn func(*domain.Delivery) error) error {
	return db.scans.EachDelivery(ctx, centerID, from, to, fn)
}

// EachOrderFact calls fn for the orders of a center created in [from, to), in
// no order, with a record that is its own only until it returns.
func (db *DB) EachOrderFact(ctx context.Context, centerID string, from, to time.Time, fn func(*domain.OrderFact)) error {
	return db.scans.EachOrderFact(ctx, centerID, from, to, fn)
}

// EachDeliveryFact calls fn for the deliveries of a center created in [from,
// to), in no order, with a record that is its own only until it returns.
func (db *DB) EachDeliveryFact(ctx context.Context, centerID string, from, to time.Time, fn func(*domain.DeliveryFact)) error {
	return db.scans.EachDeliveryFact(ctx, centerID, from, to, fn)
}

// OfferCounts answers how many offers made in [from, to) came to what, by rider.
func (db *DB) OfferCounts(ctx context.Context, centerID string, from, to domain.Time) ([]domain.OfferCount, error) {
	return db.scans.OfferCounts(ctx, centerID, from, to)
}

// FindSession answers a session that stands and its user: NotFound for one that
// is unknown or expired, and for one of an inactive user.
func (db *DB) FindSession(ctx context.Context, hash string, now time.Time) (*domain.Session, *domain.User, error) {
	return db.vital.FindSession(ctx, hash, now)
}

// LiveSessions answers the users of those of the sessions that stand, by hash.
func (db *DB) LiveSessions(ctx context.Context, hashes []string, now time.Time) (map[string]domain.User, error) {
	return db.vital.LiveSessions(ctx, hashes, now)
}

// FindLogin answers the user and password hash behind a login name.
func (db *DB) FindLogin(ctx context.Context, login string) (*domain.User, string, error) {
	return db.vital.FindLogin(ctx, login)
}

// FindKeyByHash answers the API key with this SHA-256.
func (db *DB) FindKeyByHash(ctx context.Context, hash string) (*domain.APIKey, error) {
	return db.vital.FindKeyByHash(ctx, hash)
}
