package store

import (
	"context"
	"slices"
	"strings"

	"github.com/brosops/bros/domain"
)

var orderTable = table[domain.Order]{
	name: "orders",
	columns: []string{"id", "number", "center_id", "channel", "external_id", "shop_id", "shop", "customer",
		"items", "payment_method", "payment_amount", "status", "prep_minutes", "promised_at", "delivery_id", "tracking_url",
		"created_at", "accepted_at", "rejected_at", "cancelled_at", "completed_at", "finished_at",
		"reason", "cancelled_by", "preorder", "override_reason", "key_id", "version", "modified_at"},
	cells: func(o *domain.Order) []any {
		return []any{&o.ID, &o.Number, &o.CenterID, &o.Channel, &o.ExternalID, &o.Shop.ID, jsonCell{&o.Shop}, jsonCell{&o.Customer},
			jsonCell{&o.Items}, (*string)(&o.Payment.Method), &o.Payment.Amount, (*string)(&o.Status), &o.PrepMinutes, at(&o.PromisedAt), &o.DeliveryID, &o.TrackingURL,
			at(&o.CreatedAt), at(&o.AcceptedAt), at(&o.RejectedAt), at(&o.CancelledAt), at(&o.CompletedAt), at(&o.FinishedAt),
			&o.Reason, &o.CancelledBy, &o.PreOrder, &o.Override, &o.KeyID, &o.Version, at(&o.ModifiedAt)}
	},
	extra: []string{"customer_phone", "tracking_token", "search"},
	extras: func(o *domain.Order) []any {
		c := &o.Customer
		number, _ := domain.SplitPhone(c.Phone) // by which orders of a number are found
		return []any{number, trackingToken(o.TrackingURL), searchText(o.Number, c.Name, c.Phone, c.Address, c.AddressDetail, o.Shop.Name, o.ExternalID)}
	},
	fixed: []string{"id", "center_id", "key_id", "created_at"},
}

var (
	selectOrders           = "SELECT " + orderTable.list("") + " FROM orders"
	insertOrder            = orderTable.insert()
	updateOrder, pickOrder = orderTable.update()
)

// trackingToken is the last part of an order's tracking link.
func trackingToken(url string) string { return url[strings.LastIndexByte(url, '/')+1:] }

func orderKey(o *domain.Order) (domain.Time, string) { return o.CreatedAt, o.ID }

// FindOrder answers the order with this id.
func (q queries) FindOrder(ctx context.Context, id string) (*domain.Order, error) {
	return findOne(ctx, q, "order", orderTable.cells, selectOrders+" WHERE id = ?", id)
}

// FindOrderByExternal answers the order that a key (empty: staff) placed under this id.
func (q queries) FindOrderByExternal(ctx context.Context, centerID, channel, externalID, keyID string) (*domain.Order, error) {
	return findOne(ctx, q, "order", orderTable.cells,
		selectOrders+" WHERE center_id = ? AND channel = ? AND external_id = ? AND key_id = ? AND external_id <> ''", centerID, channel, externalID, keyID)
}

// ListOrders answers the orders that fit, newest first.
func (q queries) ListOrders(ctx context.Context, f domain.WorkFilter, p domain.Page) ([]domain.Order, string, error) {
	f.RiderID = "" // orders have none
	return listWork(ctx, q, work[domain.Order]{"orders", "orders", selectOrders, "id", orderTable.cells, orderKey}, f, p)
}

// CustomerOrders answers the newest orders of a phone number, in whatever form it
// was kept, in the given centers (nil: all). A number without an extension is that
// of all its extensions.
func (q queries) CustomerOrders(ctx context.Context, phone string, centerIDs []string, limit int) ([]domain.Order, error) {
	if phone == "" || centerIDs != nil && len(centerIDs) == 0 {
		return nil, nil
	}
	var w where
	w.in("customer_phone", domain.PhoneVariants(phone))
	w.and("customer_phone <> ''")
	if centerIDs != nil {
		w.in("center_id", centerIDs)
	}
	orders, err := findAll(ctx, q, "orders", orderTable.cells,
		selectOrders+w.text()+" ORDER BY created_at DESC, id DESC "+q.d.page(), append(w.args, limit)...)
	if _, asked := domain.SplitPhone(phone); asked != "" {
		orders = slices.DeleteFunc(orders, func(o domain.Order) bool {
			_, is := domain.SplitPhone(o.Customer.Phone)
			return is != asked
		})
	}
	return orders, err
}

// FindTracking answers the order, and when there is one the delivery, behind a
// tracking token (two queries).
func (q queries) FindTracking(ctx context.Context, token string) (*domain.Order, *domain.Delivery, error) {
	if token == "" {
		return nil, nil, domain.NotFound("order")
	}
	o, err := findOne(ctx, q, "order", orderTable.cells, selectOrders+" WHERE tracking_token = ? AND tracking_token <> ''", token)
	if err != nil || o.DeliveryID == "" {
		return o, nil, err
	}
	d, err := q.FindDelivery(ctx, o.DeliveryID)
	if err != nil && !isNotFound(err) {
		return nil, nil, err
	}
	return o, d, nil
}

// workWhere is the conditions of a list of orders or deliveries, all but the search.
func workWhere(f domain.WorkFilter) (w where, none bool) {
	if f.CenterIDs != nil {
		if len(f.CenterIDs) == 0 {
			return w, true
		}
		w.in("center_id", f.CenterIDs)
	}
	switch {
	case f.Held == nil:
	case *f.Held:
		w.and("held_until IS NOT NULL")
	default:
		w.and("held_until IS NULL")
	}
	if len(f.Statuses) > 0 {
		w.in("status", f.Statuses)
		if f.Open() {
			w.and("finished_at IS NULL") // for the index: few are open, however many there have been
		}
	}
	if f.RiderID != "" {
		w.and("rider_id = ?", f.RiderID)
		w.and("rider_id <> ''")
	}
	if !f.EndedSince.IsZero() {
		w.and("(finished_at IS NULL OR finished_at >= ?)", f.EndedSince)
	}
	if !f.From.IsZero() {
		w.and("created_at >= ?", f.From)
	}
	if !f.To.IsZero() {
		w.and("created_at < ?", f.To)
	}
	return w, false
}
