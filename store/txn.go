package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/brosops/bros/domain"
)

// txn is a write transaction: the reads of queries as of it, the writes, and
// what it has to tell after its commit.
type txn struct {
	queries
	now   func() time.Time
	group *groupState
	// What was appended, for the hooks.
	entries []domain.LogEntry
	chats   []domain.ChatMessage

	// Where transactions run side by side: what was read of records that this one
	// does not write, to be looked at again once the center's head is held, and
	// whether it is.
	seen []func(ctx context.Context) error
	held bool

	// repeatable says that to run it twice is as good as once.
	repeatable bool
}

var _ domain.Tx = (*txn)(nil)

// groupState is what the transactions of one commit know in common, nobody else
// being able to write meanwhile. A rollback of any of them makes it void.
type groupState struct {
	epoch string
	heads map[string]int64 // the last number given, by center
}

// errAgain makes the whole transaction run again: somebody else was faster.
var errAgain = errors.New("store: changed by another transaction")

// maxRuns bounds how often a transaction is run before it is given up as a conflict.
const maxRuns = 8

// errConflict is the answer for a transaction that lost every time.
func errConflict() error {
	return domain.Errorf(domain.CodeConflict, "others were changing the same records; try again")
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// FindRider answers the rider, who must still be the same when the change is numbered.
func (t *txn) FindRider(ctx context.Context, id string) (*domain.Rider, error) {
	r, err := t.queries.FindRider(ctx, id)
	if err == nil {
		read := r.Version
		t.again(func(ctx context.Context) (bool, error) {
			r, err := t.queries.FindRider(ctx, id)
			return err == nil && r.Version == read, err
		})
	}
	return r, err
}

// OpenDeliveries counts what the rider has in hand; the count must still hold
// when the change is numbered.
func (t *txn) OpenDeliveries(ctx context.Context, riderID string) (int, error) {
	n, err := t.queries.OpenDeliveries(ctx, riderID)
	if err == nil {
		t.again(func(ctx context.Context) (bool, error) {
			now, err := t.queries.OpenDeliveries(ctx, riderID)
			return now == n, err
		})
	}
	return n, err
}

func (t *txn) again(same func(ctx context.Context) (bool, error)) {
	if t.held || !t.d.sideBySide() {
		return
	}
	t.seen = append(t.seen, func(ctx context.Context) error {
		if ok, err := same(ctx); err != nil || ok {
			return err
		}
		return errAgain
	})
}

// hold says that the center's head is held: nobody else changes the center's
// records from here on, so what was read before is looked at for the last time.
func (t *txn) hold(ctx context.Context) error {
	t.held = true
	for _, look := range t.seen {
		if err := look(ctx); err != nil {
			return err
		}
	}
	t.seen = nil
	return nil
}

// created gives a record that has none its time of creation.
func (t *txn) created(at *domain.Time) {
	if at.IsZero() {
		*at = domain.At(t.now())
	}
}

// taken answers conflict when err says that a unique key is taken.
func (t *txn) taken(err error, what, detail string) error {
	if err != nil && t.d.class(err) == classDuplicate {
		return domain.Errorf(domain.CodeConflict, "%s", detail)
	}
	return wrap(what, err)
}

// conditional runs an update that must hit one row; errAgain when it does not.
func (t *txn) conditional(ctx context.Context, what, query string, args []any) error {
	n, err := t.run.exec(ctx, query, args...)
	if err != nil {
		return wrap(what, err)
	}
	if n == 0 {
		return errAgain
	}
	return nil
}

// rowWrite is a statement that must hit so many rows: an insert, or an update of
// the one row of a version that may have passed.
type rowWrite struct {
	what, query string
	args        []any
	rows        int64
}

// batchArgs bounds the arguments of what goes to the engine at once; SQL Server
// takes 2,100.
const batchArgs = 1500

// writeAll runs the writes in their order; errAgain when somebody was faster.
// Where the head is held against others they go in one round trip, and it is the
// sum of rows that must fit: none can hit more than its own, so a sum that fits
// says that each has hit.
func (t *txn) writeAll(ctx context.Context, writes []rowWrite) error {
	for len(writes) > 0 {
		n, what, query, args, rows := 1, writes[0].what, writes[0].query, writes[0].args, writes[0].rows
		for t.d.sideBySide() && n < len(writes) && len(args)+len(writes[n].args) <= batchArgs {
			query += "; " + writes[n].query
			args = append(args, writes[n].args...)
			rows += writes[n].rows
			n++
		}
		hit, err := t.run.exec(ctx, query, args...)
		switch {
		case t.d.class(err) == classDuplicate:
			return errAgain // the use case found the place free
		case err != nil:
			return wrap(what, err)
		case hit != rows:
			return errAgain
		}
		writes = writes[n:]
	}
	return nil
}

func (t *txn) delete(ctx context.Context, kind, query string, args ...any) error {
	n, err := t.run.exec(ctx, query, args...)
	if err != nil {
		return wrap("delete "+kind, err)
	}
	if n == 0 {
		return domain.NotFound(kind)
	}
	return nil
}

// keep reports whether a transaction whose function ended so is committed.
func keep(err error) bool {
	var e *domain.Error
	return err == nil || errors.As(err, &e) && e.Commit
}
