package store

import (
	"context"
	"fmt"

	"github.com/brosops/bros/domain"
)

var webhookTable = table[domain.Webhook]{
	name: "webhooks",
	columns: []string{"id", "name", "url", "center_ids", "events", "active", "created_at", "version", "modified_at",
		"secret", "old_secret", "old_until", "last_success_at", "last_failure_at", "last_error", "owner_id", "stopped"},
	cells: func(h *domain.Webhook) []any {
		return []any{&h.ID, &h.Name, &h.URL, jsonCell{&h.CenterIDs}, jsonCell{&h.Events}, &h.Active, at(&h.CreatedAt), &h.Version, at(&h.ModifiedAt),
			&h.Secret, &h.OldSecret, at(&h.OldUntil), at(&h.LastSuccessAt), at(&h.LastFailureAt), &h.LastError,
			&h.OwnerID, (*string)(&h.Stopped)}
	},
	fixed: []string{"id", "created_at", "last_success_at", "last_failure_at", "last_error"},
}

var (
	selectWebhooks             = "SELECT " + webhookTable.list("") + " FROM webhooks"
	insertWebhook              = webhookTable.insert()
	updateWebhook, pickWebhook = webhookTable.update()
)

// FindWebhook answers the webhook with this id.
func (q queries) FindWebhook(ctx context.Context, id string) (*domain.Webhook, error) {
	return findOne(ctx, q, "webhook", webhookTable.cells, selectWebhooks+" WHERE id = ?", id)
}

// ListWebhooks answers all webhooks, newest first: there are never many.
func (q queries) ListWebhooks(ctx context.Context) ([]domain.Webhook, error) {
	return findAll(ctx, q, "webhooks", webhookTable.cells, selectWebhooks+" ORDER BY created_at DESC, id DESC")
}

// WebhooksOf answers those that a user answers for: of those made before owners
// were kept, what the audit says it made.
func (q queries) WebhooksOf(ctx context.Context, ownerID string) ([]domain.Webhook, error) {
	return findAll(ctx, q, "webhooks", webhookTable.cells, selectWebhooks+" WHERE owner_id = ? OR (owner_id = '' AND "+
		"EXISTS (SELECT 1 FROM audit WHERE audit.rec_key = webhooks.id AND audit.event = 'webhook:create' AND audit.actor_id = ?)) ORDER BY id", ownerID, ownerID)
}

// CountWebhooks answers how many there are.
func (q queries) CountWebhooks(ctx context.Context) (n int, err error) {
	_, err = q.get(ctx, &n, "SELECT COUNT(*) FROM webhooks")
	return n, wrap("count webhooks", err)
}

// WebhooksWaiting answers what each webhook has not taken yet.
func (q queries) WebhooksWaiting(ctx context.Context) (map[string]domain.WebhookWaiting, error) {
	out := map[string]domain.WebhookWaiting{}
	var behind []struct {
		ID     string `db:"webhook_id"`
		Behind int64  `db:"behind"`
		Missed int64  `db:"missed"`
	}
	err := q.sel(ctx, &behind, "SELECT c.webhook_id, SUM(h.seq - c.seq) AS behind, MAX(c.missed) AS missed FROM webhook_cursors c "+
		"JOIN heads h ON h.center_id = c.center_id GROUP BY c.webhook_id")
	if err != nil {
		return nil, wrap("count webhooks' log", err)
	}
	for _, r := range behind {
		out[r.ID] = domain.WebhookWaiting{Behind: r.Behind, Missed: r.Missed > 0}
	}
	var kept []struct {
		ID     string `db:"webhook_id"`
		Status string `db:"status"`
		Count  int64  `db:"n"`
	}
	if err := q.sel(ctx, &kept, "SELECT webhook_id, status, COUNT(*) AS n FROM webhook_deliveries GROUP BY webhook_id, status"); err != nil {
		return nil, wrap("count webhooks' deliveries", err)
	}
	for _, r := range kept {
		w := out[r.ID]
		if domain.WebhookStatus(r.Status) == domain.WebhookDead {
			w.Dead = r.Count
		} else {
			w.Pending = r.Count
		}
		out[r.ID] = w
	}
	return out, nil
}

// CreateWebhook writes h; it follows its centers from where their logs are now.
func (t *txn) CreateWebhook(ctx context.Context, h *domain.Webhook) error {
	t.created(&h.CreatedAt)
	args, err := webhookTable.args(h)
	if err != nil {
		return fmt.Errorf("create webhook: %w", err)
	}
	if _, err := t.run.exec(ctx, insertWebhook, args...); err != nil {
		return wrap("create webhook", err)
	}
	return t.followCenters(ctx, h)
}

// UpdateWebhook writes h if its stored version is prev. Centers that it did not
// follow are followed from now on; of those that it follows no more nothing is kept.
func (t *txn) UpdateWebhook(ctx context.Context, h *domain.Webhook, prev int64) error {
	args, err := webhookTable.args(h)
	if err != nil {
		return fmt.Errorf("update webhook: %w", err)
	}
	if err := t.conditional(ctx, "update webhook", updateWebhook, pickWebhook(args, h.ID, prev)); err != nil {
		return err
	}
	if len(h.CenterIDs) > 0 {
		marks, centers := inList(h.CenterIDs)
		of := append([]any{h.ID}, centers...)
		if _, err := t.run.exec(ctx, "DELETE FROM webhook_deliveries WHERE webhook_id = ? AND center_id NOT IN ("+marks+")", of...); err != nil {
			return wrap("update webhook", err)
		}
		if _, err := t.run.exec(ctx, "DELETE FROM webhook_cursors WHERE webhook_id = ? AND center_id NOT IN ("+marks+")", of...); err != nil {
			return wrap("update webhook", err)
		}
	}
	return t.followCenters(ctx, h)
}

const followFrom = "INSERT INTO webhook_cursors (webhook_id, center_id, seq, missed) SELECT webhooks.id, heads.center_id, heads.seq, 0 " +
	"FROM heads, webhooks WHERE webhooks.id = ? AND " +
	"NOT EXISTS (SELECT 1 FROM webhook_cursors c WHERE c.webhook_id = webhooks.id AND c.center_id = heads.center_id)"

// followCenters begins at the head of every center that has no cursor yet.
func (t *txn) followCenters(ctx context.Context, h *domain.Webhook) error {
	if len(h.CenterIDs) == 0 {
		_, err := t.run.exec(ctx, followFrom, h.ID)
		return wrap("follow centers", err)
	}
	marks, centers := inList(h.CenterIDs)
	_, err := t.run.exec(ctx, followFrom+" AND heads.center_id IN ("+marks+")", append([]any{h.ID}, centers...)...)
	return wrap("follow centers", err)
}

// followedByAll has a new center's log sent to the webhooks of all centers.
func (t *txn) followedByAll(ctx context.Context, centerID string) error {
	_, err := t.run.exec(ctx, "INSERT INTO webhook_cursors (webhook_id, center_id, seq, missed) "+
		"SELECT webhooks.id, heads.center_id, 0, 0 FROM heads, webhooks WHERE heads.center_id = ? AND webhooks.center_ids = '[]'", centerID)
	return wrap("follow a new center", err)
}

// DeleteWebhook removes a webhook and all that it had still to send.
func (t *txn) DeleteWebhook(ctx context.Context, id string) error {
	if _, err := t.run.exec(ctx, "DELETE FROM webhook_deliveries WHERE webhook_id = ?", id); err != nil {
		return wrap("delete webhook", err)
	}
	if _, err := t.run.exec(ctx, "DELETE FROM webhook_cursors WHERE webhook_id = ?", id); err != nil {
		return wrap("delete webhook", err)
	}
	return t.delete(ctx, "webhook", "DELETE FROM webhooks WHERE id = ?", id)
}

// ReplayDead makes dead deliveries due at once.
func (t *txn) ReplayDead(ctx context.Context, webhookID string, ids []string, now, giveUpAt domain.Time) (int, error) {
	query := "UPDATE webhook_deliveries SET status = 'pending', attempts = 0, next_at = ?, give_up_at = ? WHERE webhook_id = ? AND status = 'dead'"
	args := []any{now, giveUpAt, webhookID}
	if len(ids) > 0 {
		marks, more := inList(ids)
		query, args = query+" AND id IN ("+marks+")", append(args, more...)
	}
	n, err := t.run.exec(ctx, query, args...)
	if err != nil || n == 0 {
		return int(n), wrap("replay", err)
	}
	// The sender looks again at a webhook that has changed.
	_, err = t.run.exec(ctx, "UPDATE webhooks SET version = version + 1 WHERE id = ?", webhookID)
	return int(n), wrap("replay", err)
}
