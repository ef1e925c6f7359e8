package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/brosops/bros/domain"
)

const (
	readSeq       = "UPDATE chat_reads SET seq = ? WHERE center_id = ? AND user_id = ? AND peer_id = ? AND seq < ?"
	readDelivered = "UPDATE chat_reads SET delivered_at = ? WHERE center_id = ? AND user_id = ? AND peer_id = ? AND (delivered_at IS NULL OR delivered_at < ?)"
	readRead      = "UPDATE chat_reads SET read_at = ? WHERE center_id = ? AND user_id = ? AND peer_id = ? AND (read_at IS NULL OR read_at < ?)"
	firstRead     = "INSERT INTO chat_reads (center_id, user_id, peer_id, seq, delivered_at, read_at) SELECT ?, ?, ?, ?, ?, ? " +
		"WHERE NOT EXISTS (SELECT 1 FROM chat_reads WHERE center_id = ? AND user_id = ? AND peer_id = ?)"
	forgetReads = "DELETE FROM chat_reads WHERE user_id = ? OR peer_id = ?"
)

// readsAtOnce bounds how many marks one transaction writes, and so how long a
// change of an order may wait for them.
const readsAtOnce = 100

// SaveReads moves marks forward, never back. It returns when they are durable.
func (db *DB) SaveReads(ctx context.Context, reads []domain.ChatRead) error {
	// The order keeps two nodes from locking crosswise.
	reads = slices.SortedFunc(slices.Values(reads), func(a, b domain.ChatRead) int {
		return cmp.Or(cmp.Compare(a.CenterID, b.CenterID), cmp.Compare(a.User.ID, b.User.ID), cmp.Compare(a.With, b.With))
	})
	for some := range slices.Chunk(reads, readsAtOnce) {
		if err := db.do(ctx, func(t *txn) error {
			t.repeatable = true
			for i := range some {
				if err := t.saveRead(ctx, &some[i]); err != nil {
					return wrap("save read marks", err)
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

func (t *txn) saveRead(ctx context.Context, r *domain.ChatRead) error {
	forward := func(query string, v any) (int64, error) {
		return t.run.exec(ctx, query, v, r.CenterID, r.User.ID, r.With, v)
	}
	hit, err := int64(0), error(nil)
	switch {
	case r.With == "":
		hit, err = forward(readSeq, r.Seq)
	default:
		hit, err = forward(readDelivered, r.DeliveredAt)
		if err == nil && !r.ReadAt.IsZero() {
			hit, err = forward(readRead, r.ReadAt)
		}
	}
	if err != nil || hit > 0 {
		return err
	}
	_, err = t.run.exec(ctx, firstRead, r.CenterID, r.User.ID, r.With, r.Seq, r.DeliveredAt, r.ReadAt, r.CenterID, r.User.ID, r.With)
	return t.retryDuplicate(err)
}

// ListReads answers how far everybody has read in the center's room, and how far
// the user and the others have in what they said to each other alone.
func (q queries) ListReads(ctx context.Context, centerID, userID string) ([]domain.ChatRead, error) {
	reads, err := findAll(ctx, q, "chat_reads", func(r *domain.ChatRead) []any {
		return []any{&r.CenterID, &r.User.ID, &r.With, &r.Seq, at(&r.DeliveredAt), at(&r.ReadAt)}
	}, "SELECT center_id, user_id, peer_id, seq, delivered_at, read_at FROM chat_reads "+
		"WHERE center_id = ? AND (peer_id = '' OR user_id = ? OR peer_id = ?) ORDER BY user_id, peer_id", centerID, userID, userID)
	if err != nil {
		return nil, err
	}
	// The users are asked for by themselves: on a server their ids may be of another
	// collation, and then the columns can't be compared.
	people := map[string]domain.Person{}
	var ids []string
	for _, r := range reads {
		if len(ids) == 0 || ids[len(ids)-1] != r.User.ID {
			ids = append(ids, r.User.ID)
		}
	}
	for some := range slices.Chunk(ids, 512) {
		marks, args := inList(some)
		found, err := findAll(ctx, q, "users", func(p *domain.Person) []any { return []any{&p.ID, &p.Name, (*string)(&p.Role)} },
			"SELECT id, name, role FROM users WHERE id IN ("+marks+")", args...)
		if err != nil {
			return nil, err
		}
		for _, p := range found {
			people[p.ID] = p
		}
	}
	out := reads[:0]
	for _, r := range reads {
		if p, ok := people[r.User.ID]; ok {
			r.User = p
			out = append(out, r)
		}
	}
	return out, nil
}
