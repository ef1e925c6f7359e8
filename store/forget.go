package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/brosops/bros/domain"
)

// A masked record keeps its version: that a customer was forgotten is no change
// that a live room is told of. Records in the live rooms are left alone.

// MaskCustomers masks the customers of a center's orders that ended at an instant
// or before, the oldest first and at most batch of them. It answers how many it
// looked at: fewer than batch, and the center is done. Where it stands is kept, so
// no order is looked at again and again.
func (db *DB) MaskCustomers(ctx context.Context, centerID string, before time.Time, batch int) (n int, err error) {
	err = db.do(ctx, func(t *txn) error {
		name := "masked " + centerID
		var text string
		if _, err := t.get(ctx, &text, "SELECT value FROM meta WHERE name = ?", name); err != nil {
			return wrap("read how far customers are masked", err)
		}
		from, err := domain.ParseTime(text)
		if err != nil { // nothing: from the beginning
			from = domain.At(time.Unix(0, 0))
		}
		orders, err := findAll(ctx, t.queries, "orders", orderTable.cells,
			selectOrders+" WHERE center_id = ? AND finished_at > ? AND finished_at <= ? ORDER BY finished_at, created_at, id "+t.d.page(),
			centerID, from, before, batch)
		if err != nil {
			return err
		}
		if n = len(orders); n == 0 {
			return nil
		}
		for i := range orders {
			if err := t.maskOrder(ctx, &orders[i]); err != nil {
				return err
			}
		}
		to := orders[n-1].FinishedAt
		if short := to.Add(-time.Millisecond); n == batch && short.After(from.Time) {
			to = short // others may have ended in the same millisecond
		}
		return t.setMeta(ctx, name, to.String())
	})
	return n, err
}

func (t *txn) setMeta(ctx context.Context, name, value string) error {
	hit, err := t.run.exec(ctx, "UPDATE meta SET value = ? WHERE name = ?", value, name)
	if err == nil && hit == 0 {
		_, err = t.run.exec(ctx, "INSERT INTO meta (name, value) VALUES (?, ?)", name, value)
		if t.d.class(err) == classDuplicate {
			return errAgain
		}
	}
	return wrap("write meta", err)
}

// maskOrder masks an order that has ended, and its delivery.
func (t *txn) maskOrder(ctx context.Context, o *domain.Order) error {
	if o.Forget() {
		args, err := orderTable.args(o)
		if err != nil {
			return wrap("mask an order", err)
		}
		if err := t.conditional(ctx, "mask an order", updateOrder, pickOrder(args, o.ID, o.Version)); err != nil {
			return err
		}
	}
	if o.DeliveryID == "" {
		return nil
	}
	d, err := t.FindDelivery(ctx, o.DeliveryID)
	if isNotFound(err) || err == nil && !d.Forget() {
		return nil
	}
	if err != nil {
		return err
	}
	args, err := deliveryTable.args(d)
	if err != nil {
		return wrap("mask a delivery", err)
	}
	if err := t.conditional(ctx, "mask a delivery", updateDelivery, pickDelivery(args, d.ID, d.Version)); err != nil {
		return err
	}
	if err := t.maskHistory(ctx, d.ID); err != nil {
		return err
	}
	return t.maskOffers(ctx, d)
}

// maskHistory leaves of the corrections of a delivery which fields they changed.
func (t *txn) maskHistory(ctx context.Context, deliveryID string) error {
	steps, err := t.History(ctx, deliveryID)
	if err != nil {
		return err
	}
	for _, e := range steps {
		if !domain.ForgetChanges(e.Changes) {
			continue
		}
		changes, err := valueOf(jsonCell{e.Changes})
		if err == nil {
			_, err = t.run.exec(ctx, "UPDATE history SET changes = ? WHERE delivery_id = ? AND seq = ?", changes, deliveryID, e.Seq)
		}
		if err != nil {
			return wrap("mask a history", err)
		}
	}
	return nil
}

// maskOffers masks a delivery in the offers that it was in.
func (t *txn) maskOffers(ctx context.Context, d *domain.Delivery) error {
	found, err := findAll(ctx, t.queries, "offers", offerTable.cells,
		selectOffers+" WHERE center_id = ? AND created_at >= ? AND created_at <= ? AND "+t.d.contains("delivery_ids"), d.CenterID, d.CreatedAt, d.FinishedAt, `"`+d.ID+`"`)
	if err != nil {
		return err
	}
	for i := range found {
		if !found[i].Forget(d.ID) {
			continue
		}
		text, err := valueOf(jsonCell{found[i].Deliveries})
		if err == nil {
			_, err = t.run.exec(ctx, "UPDATE offers SET deliveries = ? WHERE id = ?", text, found[i].ID)
		}
		if err != nil {
			return wrap("mask an offer", err)
		}
	}
	return nil
}

// ForgetCustomer masks every order of a phone number (digits) that ended at an
// instant or before, at once: the records, what the log, histories, offers, kept
// answers and webhooks' deliveries hold of them, the photos' rows, and what others
// have written of the number. trace is what it knows of the customer then.
func (db *DB) ForgetCustomer(ctx context.Context, phone string, before time.Time) (out domain.Forgotten, trace *domain.Trace, err error) {
	trace = domain.NewTrace(phone)
	s := sweep{db: db, trace: trace, before: domain.At(before), live: map[string]bool{}}
	if err := s.findLive(ctx); err != nil {
		return out, nil, err
	}
	// Words go first: while the orders are there, another run finds them again.
	var orders []domain.Order
	for {
		if orders, err = db.CustomerOrders(ctx, phone, nil, 10_000); err != nil {
			return out, nil, err
		}
		out.Live = 0
		var ended []domain.Order
		for i := range orders {
			o := &orders[i]
			if s.live[o.ID] {
				out.Live++
				s.own = append(s.own, o.ID)
				continue
			}
			trace.Learn(o.Customer, o.ID, o.DeliveryID)
			ended = append(ended, *o)
		}
		if out.Texts == 0 || len(ended) > 0 {
			n, err := s.run(ctx, sweptWords)
			if out.Texts += n; err != nil {
				return out, nil, err
			}
		}
		for i := range ended {
			photos, err := db.forgetOrder(ctx, ended[i].ID)
			if err != nil {
				return out, nil, err
			}
			out.Photos = append(out.Photos, photos...)
			out.Orders++
		}
		if len(ended) == 0 || len(orders) < 10_000 {
			break
		}
	}
	n, err := s.run(ctx, sweptRecords)
	out.Texts += n
	return out, trace, err
}

func (db *DB) forgetOrder(ctx context.Context, id string) (photos []string, err error) {
	err = db.do(ctx, func(t *txn) (err error) {
		o, err := t.FindOrder(ctx, id)
		if err != nil {
			return err
		}
		photos, err = t.forgetOrder(ctx, o)
		return err
	})
	return photos, err
}

// forgetOrder masks an order wherever something of it is kept.
func (t *txn) forgetOrder(ctx context.Context, o *domain.Order) (photos []string, err error) {
	if err := t.maskOrder(ctx, o); err != nil {
		return nil, err
	}
	rows, err := findAll(ctx, t.queries, "log", func(e *domain.LogEntry) []any { return []any{&e.Seq, (*string)(&e.Kind), &e.Data} },
		"SELECT seq, kind, data FROM log WHERE center_id = ? AND (rec_key = ? OR (rec_key = ? AND rec_key <> ''))", o.CenterID, o.ID, o.DeliveryID)
	if err != nil {
		return nil, err
	}
	for _, e := range rows {
		data, err := maskEntry(e.Kind, e.Data)
		if err != nil {
			return nil, wrap("mask the log", err)
		}
		if _, err := t.run.exec(ctx, "UPDATE log SET data = ? WHERE center_id = ? AND seq = ?", data, o.CenterID, e.Seq); err != nil {
			return nil, wrap("mask the log", err)
		}
	}
	if _, err := t.run.exec(ctx, "DELETE FROM webhook_deliveries WHERE center_id = ? AND (rec_key = ? OR (rec_key = ? AND rec_key <> ''))", o.CenterID, o.ID, o.DeliveryID); err != nil {
		return nil, wrap("forget webhooks' deliveries", err)
	}
	if o.DeliveryID == "" {
		return nil, nil
	}
	found, err := findAll(ctx, t.queries, "photos", photoTable.cells, selectPhotos+" WHERE delivery_id = ?", o.DeliveryID)
	for _, p := range found {
		photos = append(photos, p.ID)
	}
	if err == nil && len(photos) > 0 {
		_, err = t.run.exec(ctx, "DELETE FROM photos WHERE delivery_id = ?", o.DeliveryID)
	}
	return photos, wrap("forget photos", err)
}

func maskEntry(kind domain.Kind, data []byte) ([]byte, error) {
	if kind == domain.KindOrder {
		var o domain.Order
		if err := json.Unmarshal(data, &o); err != nil {
			return nil, err
		}
		o.Forget()
		return json.Marshal(&o)
	}
	var d domain.Delivery
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, err
	}
	d.Forget()
	return json.Marshal(&d)
}
