package store

import (
	"context"
	"fmt"
	"time"

	"github.com/brosops/bros/domain"
)

var deliveryTable = table[domain.Delivery]{
	name: "deliveries",
	columns: []string{"id", "number", "order_id", "center_id", "status", "rider_id", "rider_name",
		"shop", "customer", "items", "payment_method", "payment_amount", "ready_at", "promised_at", "created_at",
		"assigned_at", "picked_up_at", "delivered_at", "cancelled_at", "finished_at", "picked_up_device_at", "delivered_device_at",
		"received_by", "note", "photo_id", "cancel_reason", "more", "version", "modified_at"},
	cells: func(d *domain.Delivery) []any {
		return []any{&d.ID, &d.Number, &d.OrderID, &d.CenterID, (*string)(&d.Status), &d.RiderID, &d.RiderName,
			jsonCell{&d.Shop}, jsonCell{&d.Customer}, jsonCell{&d.Items}, (*string)(&d.Payment.Method), &d.Payment.Amount, at(&d.ReadyAt), at(&d.PromisedAt), at(&d.CreatedAt),
			at(&d.AssignedAt), at(&d.PickedUpAt), at(&d.DeliveredAt), at(&d.CancelledAt), at(&d.FinishedAt), at(&d.PickedUpDeviceAt), at(&d.DeliveredDeviceAt),
			&d.ReceivedBy, &d.Note, &d.PhotoID, &d.CancelReason, laterCell[domain.DeliveryMore]{&d.DeliveryMore, domain.DeliveryMore{Attempt: 1}}, &d.Version, at(&d.ModifiedAt)}
	},
	extra: []string{"held_until", "fail_reason", "search"},
	extras: func(d *domain.Delivery) []any {
		c := &d.Customer
		return []any{d.HeldUntil, string(d.FailReason), searchText(d.Number, c.Name, c.Phone, c.Address, c.AddressDetail, d.Shop.Name, d.RiderName)}
	},
	fixed: []string{"id", "order_id", "center_id", "created_at"},
}

var photoTable = table[domain.Photo]{
	name:    "photos",
	columns: []string{"id", "delivery_id", "center_id", "rider_id", "content_type", "size", "created_at"},
	cells: func(p *domain.Photo) []any {
		return []any{&p.ID, &p.DeliveryID, &p.CenterID, &p.RiderID, &p.ContentType, &p.Size, at(&p.CreatedAt)}
	},
}

var (
	selectDeliveries             = "SELECT " + deliveryTable.list("") + " FROM deliveries"
	insertDelivery               = deliveryTable.insert()
	updateDelivery, pickDelivery = deliveryTable.update()
	selectPhotos                 = "SELECT " + photoTable.list("") + " FROM photos"
	insertPhoto                  = photoTable.insert()
)

func deliveryKey(d *domain.Delivery) (domain.Time, string) { return d.CreatedAt, d.ID }

// FindDelivery answers the delivery with this id.
func (q queries) FindDelivery(ctx context.Context, id string) (*domain.Delivery, error) {
	return findOne(ctx, q, "delivery", deliveryTable.cells, selectDeliveries+" WHERE id = ?", id)
}

// ListDeliveries answers the deliveries that fit, newest first.
func (q queries) ListDeliveries(ctx context.Context, f domain.WorkFilter, p domain.Page) ([]domain.Delivery, string, error) {
	return listWork(ctx, q, work[domain.Delivery]{"deliveries", "deliveries", selectDeliveries, "order_id", deliveryTable.cells, deliveryKey}, f, p)
}

// WaitingDeliveries answers a center's waiting deliveries that are not held, oldest first.
func (q queries) WaitingDeliveries(ctx context.Context, centerID string) ([]domain.Delivery, error) {
	return findAll(ctx, q, "deliveries", deliveryTable.cells,
		selectDeliveries+" WHERE center_id = ? AND finished_at IS NULL AND status = 'waiting' AND held_until IS NULL ORDER BY created_at, id", centerID)
}

// ErrandsInHand answers what the riders of a center have in hand, oldest first.
func (q queries) ErrandsInHand(ctx context.Context, centerID string) ([]domain.Errand, error) {
	return findAll(ctx, q, "deliveries", func(e *domain.Errand) []any {
		return []any{&e.ID, &e.RiderID, (*string)(&e.Status), placeCell{&e.Shop}, placeCell{&e.Door}, at(&e.ReadyAt), at(&e.PromisedAt)}
	}, "SELECT id, rider_id, status, shop, customer, ready_at, promised_at FROM deliveries "+
		"WHERE center_id = ? AND "+inHand+" ORDER BY created_at, id", centerID)
}

// Spots answers the next places of a rider's deliveries in hand where it is not
// known to have arrived.
func (q queries) Spots(ctx context.Context, riderID string) ([]domain.Spot, error) {
	type row struct {
		id, status       string
		shop, door       *domain.Location
		assigned, picked domain.Time
		more             domain.DeliveryMore
	}
	rows, err := findAll(ctx, q, "deliveries", func(r *row) []any {
		return []any{&r.id, &r.status, placeCell{&r.shop}, placeCell{&r.door}, at(&r.assigned), at(&r.picked), laterCell[domain.DeliveryMore]{v: &r.more}}
	}, "SELECT id, status, shop, customer, assigned_at, picked_up_at, more FROM deliveries WHERE rider_id = ? AND "+inHand, riderID)
	if err != nil {
		return nil, err
	}
	var spots []domain.Spot
	for _, r := range rows {
		switch domain.DeliveryStatus(r.status) {
		case domain.Assigned:
			if r.shop != nil && r.more.ArrivedShopAt.IsZero() {
				spots = append(spots, domain.Spot{DeliveryID: r.id, Place: domain.PlaceShop, At: *r.shop, Since: r.assigned})
			}
		case domain.PickedUp:
			if r.door != nil && r.more.ArrivedDoorAt.IsZero() {
				spots = append(spots, domain.Spot{DeliveryID: r.id, Place: domain.PlaceDoor, At: *r.door, Since: r.picked})
			}
		}
	}
	return spots, nil
}

// EachDelivery calls fn for the deliveries of a center created in [from, to), oldest first.
func (q queries) EachDelivery(ctx context.Context, centerID string, from, to time.Time, fn func(*domain.Delivery) error) error {
	w, _ := workWhere(domain.WorkFilter{CenterIDs: []string{centerID}, From: domain.At(from), To: domain.At(to)})
	return eachPage(ctx, q, "deliveries", selectDeliveries, deliveryTable.cells, deliveryKey, w, fn)
}

// History answers a delivery's steps, oldest first.
func (q queries) History(ctx context.Context, deliveryID string) ([]domain.HistoryEntry, error) {
	return findAll(ctx, q, "history", func(h *domain.HistoryEntry) []any {
		return []any{&h.Seq, at(&h.At), at(&h.DeviceAt), &h.Actor.ID, &h.Actor.Name, (*string)(&h.Actor.Role), &h.Event,
			(*string)(&h.From), (*string)(&h.To), &h.RiderID, &h.Reason, laterCell[[]domain.FieldChange]{v: &h.Changes}}
	}, "SELECT seq, at, device_at, actor_id, actor_name, actor_role, event, from_status, to_status, rider_id, reason, changes "+
		"FROM history WHERE delivery_id = ? ORDER BY seq", deliveryID)
}

// HadDelivery reports whether the rider has ever had the delivery.
func (q queries) HadDelivery(ctx context.Context, deliveryID, riderID string) (bool, error) {
	var n int
	_, err := q.get(ctx, &n, "SELECT COUNT(*) FROM history WHERE delivery_id = ? AND rider_id = ? AND event <> ?",
		deliveryID, riderID, domain.EventDeliveryLateDeliver)
	return n > 0, wrap("look for a rider in the history", err)
}

// HasLateDeliver reports whether a late deliver of this rider is already in the
// delivery's history.
func (q queries) HasLateDeliver(ctx context.Context, deliveryID, riderID string) (bool, error) {
	var n int
	_, err := q.get(ctx, &n, "SELECT COUNT(*) FROM history WHERE delivery_id = ? AND event = ? AND rider_id = ?",
		deliveryID, domain.EventDeliveryLateDeliver, riderID)
	return n > 0, wrap("look for a late deliver", err)
}

// HasStep reports whether the delivery's history has an event by this user with
// this device time (zero: one sent without).
func (q queries) HasStep(ctx context.Context, deliveryID, event, userID string, deviceAt domain.Time) (bool, error) {
	query := "SELECT COUNT(*) FROM history WHERE delivery_id = ? AND event = ? AND actor_id = ? AND device_at IS NULL"
	args := []any{deliveryID, event, userID}
	if !deviceAt.IsZero() {
		query = "SELECT COUNT(*) FROM history WHERE delivery_id = ? AND event = ? AND actor_id = ? AND device_at = ?"
		args = append(args, deviceAt)
	}
	var n int
	_, err := q.get(ctx, &n, query, args...)
	return n > 0, wrap("look for a step in the history", err)
}

// FindPhoto answers what is known of a proof photo.
func (q queries) FindPhoto(ctx context.Context, id string) (*domain.Photo, error) {
	return findOne(ctx, q, "photo", photoTable.cells, selectPhotos+" WHERE id = ?", id)
}

// CountPhotos is how many photos the delivery has.
func (q queries) CountPhotos(ctx context.Context, deliveryID string) (int, error) {
	var n int
	_, err := q.get(ctx, &n, "SELECT COUNT(*) FROM photos WHERE delivery_id = ?", deliveryID)
	return n, wrap("count photos", err)
}

// CreatePhoto writes what is known of a proof photo.
func (t *txn) CreatePhoto(ctx context.Context, p *domain.Photo) error {
	t.created(&p.CreatedAt)
	args, err := photoTable.args(p)
	if err != nil {
		return fmt.Errorf("create photo: %w", err)
	}
	_, err = t.run.exec(ctx, insertPhoto, args...)
	return t.taken(err, "create photo", "this photo exists")
}
