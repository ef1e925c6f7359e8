package store

import (
	"context"
	"time"

	"github.com/brosops/bros/domain"
)

// answerLife is how long an idempotency key is remembered.
const answerLife = 24 * time.Hour

// FindAnswer answers what the caller's key was answered with in the last 24 h,
// or nil. One that is older is forgotten here, so that the key can be used again.
func (t *txn) FindAnswer(ctx context.Context, caller, key string) (*domain.Answer, error) {
	type row struct {
		domain.Answer
		created domain.Time
	}
	r, err := findOne(ctx, t.queries, "answer", func(r *row) []any {
		return []any{&r.Fingerprint, &r.Status, &r.Seq, &r.ContentType, &r.Body, at(&r.created)}
	}, "SELECT fingerprint, status, seq, content_type, body, created_at FROM answers WHERE caller_id = ? AND idem_key = ?", caller, key)
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if t.now().Sub(r.created.Time) < answerLife {
		return &r.Answer, nil
	}
	_, err = t.run.exec(ctx, "DELETE FROM answers WHERE caller_id = ? AND idem_key = ?", caller, key)
	return nil, wrap("forget an answer", err)
}

// SaveAnswer keeps what the caller's key was answered with. When a twin has
// done so meanwhile, the whole transaction runs again and finds that one's.
func (t *txn) SaveAnswer(ctx context.Context, caller, key string, a domain.Answer) error {
	body := a.Body
	if body == nil {
		body = []byte{}
	}
	_, err := t.run.exec(ctx, "INSERT INTO answers (caller_id, idem_key, fingerprint, status, seq, content_type, body, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		caller, key, a.Fingerprint, a.Status, a.Seq, a.ContentType, body, domain.At(t.now()))
	if err != nil && t.d.class(err) == classDuplicate {
		return errAgain
	}
	return wrap("save answer", err)
}
