package store

import (
	"context"

	"github.com/brosops/bros/domain"
)

var offerTable = table[domain.Offer]{
	name: "offers",
	columns: []string{"id", "center_id", "rider_id", "rider_name", "delivery_ids", "deliveries", "distance", "duration",
		"created_at", "expires_at", "ended_at", "status", "round_no", "reason", "version", "modified_at"},
	cells: func(o *domain.Offer) []any {
		return []any{&o.ID, &o.CenterID, &o.RiderID, &o.RiderName, jsonCell{&o.DeliveryIDs}, jsonCell{&o.Deliveries}, &o.Distance, &o.Duration,
			at(&o.MadeAt), at(&o.ExpiresAt), at(&o.EndedAt), (*string)(&o.Status), &o.Round, &o.Reason, &o.Version, at(&o.ModifiedAt)}
	},
	fixed: []string{"id", "center_id", "rider_id", "rider_name", "delivery_ids", "deliveries", "distance", "duration", "created_at", "expires_at", "round_no"},
}

var (
	selectOffers           = "SELECT " + offerTable.list("") + " FROM offers"
	insertOffer            = offerTable.insert()
	updateOffer, pickOffer = offerTable.update()
)

// FindOffer returns the offer with this id.
func (q queries) FindOffer(ctx context.Context, id string) (*domain.Offer, error) {
	return findOne(ctx, q, "offer", offerTable.cells, selectOffers+" WHERE id = ?", id)
}

// OpenOfferOf returns the rider's open offer; nil: none.
func (q queries) OpenOfferOf(ctx context.Context, riderID string) (*domain.Offer, error) {
	open, err := findAll(ctx, q, "offers", offerTable.cells, selectOffers+" WHERE rider_id = ? AND status = 'open'", riderID)
	if err != nil || len(open) == 0 {
		return nil, err
	}
	return &open[0], nil
}

// LastOffers returns the newest offers of a rider that have ended, newest first.
func (q queries) LastOffers(ctx context.Context, riderID string, limit int) ([]domain.Offer, error) {
	return findAll(ctx, q, "offers", offerTable.cells,
		selectOffers+" WHERE rider_id = ? AND status <> 'open' ORDER BY created_at DESC, id DESC "+q.d.page(), riderID, limit)
}

// ListOffers returns the offers that fit, newest first.
func (q queries) ListOffers(ctx context.Context, f domain.WorkFilter, p domain.Page) ([]domain.Offer, string, error) {
	statuses := f.Statuses
	f.Query, f.Statuses = "", nil // "accepted" is an end here, and open of orders
	w, none := workWhere(f)
	if none {
		return nil, "", nil
	}
	if len(statuses) > 0 {
		w.in("status", statuses)
	}
	return listPage(ctx, q, "offers", selectOffers, "created_at", offerTable.cells,
		func(o *domain.Offer) (domain.Time, string) { return o.MadeAt, o.ID }, w, p)
}

// Due returns the held deliveries and open offers whose time is over, at most
// limit of each, in one query.
func (q queries) Due(ctx context.Context, now domain.Time, limit int) ([]domain.Due, error) {
	due, err := findAll(ctx, q, "due work", func(d *domain.Due) []any { return []any{(*string)(&d.Kind), &d.ID} },
		"SELECT 'offer' AS kind, id FROM offers WHERE status = 'open' AND expires_at <= ? "+
			"UNION ALL SELECT 'delivery' AS kind, id FROM deliveries WHERE held_until IS NOT NULL AND held_until <= ?", now, now)
	return due[:min(len(due), limit)], err
}
