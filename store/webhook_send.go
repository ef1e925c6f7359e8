package store

import (
	"context"

	"github.com/brosops/bros/domain"
)

var deliveryRows = table[domain.WebhookDelivery]{
	name: "webhook_deliveries",
	columns: []string{"webhook_id", "id", "center_id", "seq", "rec_key", "event", "at", "status", "attempts", "next_at", "give_up_at",
		"last_error"},
	cells: func(d *domain.WebhookDelivery) []any {
		return []any{&d.WebhookID, &d.ID, &d.CenterID, &d.Seq, &d.Key, &d.Event, at(&d.At), (*string)(&d.Status), &d.Attempts, at(&d.NextAt),
			at(&d.GiveUpAt), &d.LastError}
	},
}

var (
	selectDeliveryRows = "SELECT " + deliveryRows.list("") + " FROM webhook_deliveries"
	insertDeliveryRow  = deliveryRows.insert("body")
)

// WebhookCursors answers how far a webhook has followed each center, and how far
// the centers' logs go.
func (q queries) WebhookCursors(ctx context.Context, webhookID string) ([]domain.WebhookCursor, error) {
	return findAll(ctx, q, "webhook cursors", func(c *domain.WebhookCursor) []any {
		return []any{&c.CenterID, &c.Seq, &c.Head, &c.Epoch}
	}, "SELECT c.center_id, c.seq, heads.seq AS head, "+epochColumn+" FROM webhook_cursors c JOIN heads ON heads.center_id = c.center_id WHERE c.webhook_id = ?", webhookID)
}

// PendingDeliveries are what a webhook has still to take, without the bodies, in
// the order of the logs.
func (q queries) PendingDeliveries(ctx context.Context, webhookID string) ([]domain.WebhookDelivery, error) {
	return findAll(ctx, q, "webhook deliveries", deliveryRows.cells,
		selectDeliveryRows+" WHERE webhook_id = ? AND status = 'pending' ORDER BY center_id, seq", webhookID)
}

// ListWebhookDeliveries answers what a webhook has not taken (status empty: the
// dead ones too), newest first.
func (q queries) ListWebhookDeliveries(ctx context.Context, webhookID string, status domain.WebhookStatus, p domain.Page) ([]domain.WebhookDelivery, string, error) {
	var w where
	w.and("webhook_id = ?", webhookID)
	if status != "" {
		w.and("status = ?", string(status))
	}
	return listPage(ctx, q, "webhook deliveries", selectDeliveryRows, "at", deliveryRows.cells,
		func(d *domain.WebhookDelivery) (domain.Time, string) { return d.At, d.ID }, w, p)
}

// WebhookBody is what a kept delivery is sent as; NotFound when it is gone.
func (q queries) WebhookBody(ctx context.Context, webhookID, id string) ([]byte, error) {
	row, err := findOne(ctx, q, "webhook delivery", func(d *domain.WebhookDelivery) []any { return []any{&d.Body} },
		"SELECT body FROM webhook_deliveries WHERE webhook_id = ? AND id = ?", webhookID, id)
	if err != nil {
		return nil, err
	}
	return row.Body, nil
}

// SettleWebhook writes down what a sender has found out: all of it, or nothing
// when the webhook is gone.
func (db *DB) SettleWebhook(ctx context.Context, s domain.WebhookSettle) error {
	return db.do(ctx, func(t *txn) error {
		found, err := t.run.exec(ctx, "UPDATE webhooks SET last_success_at = COALESCE(?, last_success_at), "+
			"last_failure_at = COALESCE(?, last_failure_at), last_error = CASE WHEN ? = '' THEN last_error ELSE ? END WHERE id = ?",
			s.SuccessAt, s.FailureAt, s.Error, s.Error, s.WebhookID)
		if err != nil {
			return wrap("settle webhook", err)
		}
		if found == 0 {
			return domain.NotFound("webhook")
		}
		for i := range s.Keep {
			if err := t.keepDelivery(ctx, &s.Keep[i]); err != nil {
				return err
			}
		}
		for _, d := range s.Change {
			_, err := t.run.exec(ctx, "UPDATE webhook_deliveries SET status = ?, attempts = ?, next_at = ?, last_error = ? WHERE webhook_id = ? AND id = ?",
				string(d.Status), int64(d.Attempts), d.NextAt, d.LastError, d.WebhookID, d.ID)
			if err != nil {
				return wrap("settle webhook", err)
			}
		}
		for _, id := range s.Taken {
			if _, err := t.run.exec(ctx, "DELETE FROM webhook_deliveries WHERE webhook_id = ? AND id = ?", s.WebhookID, id); err != nil {
				return wrap("settle webhook", err)
			}
		}
		for center, seq := range s.Cursors {
			_, err := t.run.exec(ctx, "UPDATE webhook_cursors SET seq = ? WHERE webhook_id = ? AND center_id = ? AND seq < ?", seq, s.WebhookID, center, seq)
			if err != nil {
				return wrap("settle webhook", err)
			}
		}
		return nil
	})
}

// keepDelivery leaves one that another sender has kept as it is.
func (t *txn) keepDelivery(ctx context.Context, d *domain.WebhookDelivery) error {
	there := 0
	if _, err := t.get(ctx, &there, "SELECT COUNT(*) FROM webhook_deliveries WHERE webhook_id = ? AND id = ?", d.WebhookID, d.ID); err != nil || there > 0 {
		return wrap("keep webhook delivery", err)
	}
	args, err := deliveryRows.args(d)
	if err != nil {
		return wrap("keep webhook delivery", err)
	}
	if _, err = t.run.exec(ctx, insertDeliveryRow, append(args, d.Body)...); err != nil && t.d.class(err) == classDuplicate {
		return errAgain
	}
	return wrap("keep webhook delivery", err)
}

// webhookFloor is how far a center's log has been taken by the active webhooks
// that follow it; found is false when there are none.
func (t *txn) webhookFloor(ctx context.Context, centerID string) (seq int64, found bool, err error) {
	var row struct {
		Seq *int64 `db:"seq"`
	}
	_, err = t.get(ctx, &row, "SELECT MIN(c.seq) AS seq FROM webhook_cursors c JOIN webhooks ON webhooks.id = c.webhook_id "+
		"WHERE c.center_id = ? AND webhooks.active = ?", centerID, true)
	if err != nil || row.Seq == nil {
		return 0, false, wrap("read webhooks' cursors", err)
	}
	return *row.Seq, true, nil
}
