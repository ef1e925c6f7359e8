package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/brosops/bros/domain"
)

// writer runs write transactions.
type writer interface {
	// write runs fn as DB.Write says.
	write(ctx context.Context, fn func(t *txn) error) error
	stats(s *domain.StoreStats)
	close() error
}

// writerBase is what the writers of all engines share.
type writerBase struct {
	d        dialect
	log      *slog.Logger
	now      func() time.Time
	onCommit func([]domain.LogEntry)
	onChat   func([]domain.ChatMessage)
	zones    *zoneCache

	writes, commits, groups, retries atomic.Int64
}

func newWriterBase(d dialect, o Options) *writerBase {
	b := &writerBase{d: d, log: o.Logger, now: o.Now, onCommit: o.OnCommit, onChat: o.OnChat, zones: o.zones}
	if b.onCommit == nil {
		b.onCommit = func([]domain.LogEntry) {}
	}
	if b.onChat == nil {
		b.onChat = func([]domain.ChatMessage) {}
	}
	return b
}

func (b *writerBase) stats(s *domain.StoreStats) {
	s.Writes, s.Commits, s.Groups, s.Retries = b.writes.Load(), b.commits.Load(), b.groups.Load(), b.retries.Load()
}

// tell calls the hooks with what committed transactions appended.
func (b *writerBase) tell(txs ...*txn) {
	var entries []domain.LogEntry
	var chats []domain.ChatMessage
	for _, t := range txs {
		entries = append(entries, t.entries...)
		chats = append(chats, t.chats...)
	}
	if len(entries) > 0 {
		b.onCommit(entries)
	}
	if len(chats) > 0 {
		b.onChat(chats)
	}
}

// PanicError is the answer to a Write whose function panicked: the transaction
// was rolled back, and the writer goes on.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("store: panic in a transaction: %v\n%s", e.Value, e.Stack)
}

// protect runs a transaction's function and turns its panic into an error.
func protect(fn func(t *txn) error, t *txn) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{v, debug.Stack()}
		}
	}()
	return fn(t)
}

// unavailable is the answer when the database can't take a write now.
func unavailable(detail string) *domain.Error {
	return &domain.Error{Code: domain.CodeUnavailable, Detail: detail, RetryAfter: 1}
}

// engineErr is an error of the engine as the caller gets it.
func engineErr(d dialect, err error) error {
	var de *domain.Error
	if err == nil || errors.As(err, &de) {
		return err
	}
	if c := d.class(err); c == classBusy || c == classAgain || c == classBroken {
		return fmt.Errorf("%w (%w)", unavailable("the database is busy"), err)
	}
	return err
}
