package store

import (
	"context"

	"github.com/brosops/bros/domain"
)

var pushTable = table[domain.PushSubscription]{
	name:    "push_subscriptions",
	columns: []string{"id", "user_id", "session_hash", "endpoint", "p256dh", "auth", "lang", "created_at"},
	cells: func(p *domain.PushSubscription) []any {
		return []any{&p.ID, &p.UserID, &p.SessionHash, &p.Endpoint, &p.P256dh, &p.Auth, &p.Language, at(&p.CreatedAt)}
	},
}

const selectPushKey = "SELECT value FROM meta WHERE name = 'vapid'"

var (
	insertPush = pushTable.insert()
	// Of those whose login still stands.
	selectPushes = "SELECT " + pushTable.list("p.") + " FROM push_subscriptions p" +
		" JOIN sessions s ON s.hash = p.session_hash AND s.user_id = p.user_id JOIN users u ON u.id = p.user_id"
)

// SavePush writes a subscription in place of what has its id.
func (t *txn) SavePush(ctx context.Context, p *domain.PushSubscription) error {
	t.created(&p.CreatedAt)
	args, err := pushTable.args(p)
	if err != nil {
		return wrap("save subscription", err)
	}
	if _, err := t.run.exec(ctx, "DELETE FROM push_subscriptions WHERE id = ?", p.ID); err != nil {
		return wrap("save subscription", err)
	}
	_, err = t.run.exec(ctx, insertPush, args...)
	if err != nil && t.d.class(err) == classDuplicate {
		return errAgain // the same browser, on another node, at the same moment
	}
	return wrap("save subscription", err)
}

// DeletePush removes a subscription of the user.
func (t *txn) DeletePush(ctx context.Context, id, userID string) error {
	return t.delete(ctx, "subscription", "DELETE FROM push_subscriptions WHERE id = ? AND user_id = ?", id, userID)
}

// ForgetPush removes a subscription that the push service knows no more.
func (db *DB) ForgetPush(ctx context.Context, id string) error {
	return db.do(ctx, func(t *txn) error {
		_, err := t.run.exec(ctx, "DELETE FROM push_subscriptions WHERE id = ?", id)
		return wrap("forget subscription", err)
	})
}

// CountPushes is how many subscriptions the user has, one apart.
func (q queries) CountPushes(ctx context.Context, userID, except string) (int, error) {
	var n int
	_, err := q.get(ctx, &n, "SELECT COUNT(*) FROM push_subscriptions WHERE user_id = ? AND id <> ?", userID, except)
	return n, wrap("count subscriptions", err)
}

// AnyPush reports whether anybody has subscribed.
func (q queries) AnyPush(ctx context.Context) (bool, error) {
	var n int
	_, err := q.get(ctx, &n, "SELECT CASE WHEN EXISTS (SELECT 1 FROM push_subscriptions) THEN 1 ELSE 0 END AS n")
	return n > 0, wrap("look for subscriptions", err)
}

// PushesOfRider are the subscriptions of a rider's user.
func (q queries) PushesOfRider(ctx context.Context, riderID string, now domain.Time) ([]domain.PushSubscription, error) {
	return findAll(ctx, q, "subscriptions", pushTable.cells,
		selectPushes+" WHERE u.rider_id = ? AND u.active = ? AND s.expires_at > ? ORDER BY p.id", riderID, true, now)
}

// PushesOfUser are the subscriptions of a user.
func (q queries) PushesOfUser(ctx context.Context, userID string, now domain.Time) ([]domain.PushSubscription, error) {
	return findAll(ctx, q, "subscriptions", pushTable.cells,
		selectPushes+" WHERE u.id = ? AND u.active = ? AND s.expires_at > ? ORDER BY p.id", userID, true, now)
}

// PushesOfOffer are the subscriptions of everybody who may claim in a center
// now: none unless its riders claim.
func (q queries) PushesOfOffer(ctx context.Context, centerID string, now domain.Time) ([]domain.PushSubscription, error) {
	return findAll(ctx, q, "subscriptions", pushTable.cells,
		selectPushes+" JOIN riders r ON r.id = u.rider_id JOIN centers c ON c.id = r.center_id"+
			" WHERE c.id = ? AND c.assign_mode = ? AND r.duty = ? AND r.active = ? AND u.active = ? AND s.expires_at > ? ORDER BY p.id",
		centerID, string(domain.ModeClaim), string(domain.DutyOn), true, true, now)
}

// PrunePush removes the subscriptions whose login has ended.
func (db *DB) PrunePush(ctx context.Context) error {
	some, err := db.AnyPush(ctx)
	if err != nil || !some {
		return err
	}
	return db.do(ctx, func(t *txn) error {
		_, err := t.run.exec(ctx, "DELETE FROM push_subscriptions WHERE NOT EXISTS"+
			" (SELECT 1 FROM sessions WHERE sessions.hash = push_subscriptions.session_hash)")
		return wrap("prune subscriptions", err)
	})
}

// PushKey answers the private key that notifications are signed with. Of all
// nodes that bring one to a database without, one decides.
func (db *DB) PushKey(ctx context.Context, fresh string) (string, error) {
	return db.Secret(ctx, "vapid", fresh)
}
