package feed

import (
	"context"
	"time"

	"github.com/brosops/bros/domain"
)

// Store is what the feed asks of the database.
type Store interface {
	// LoadCenter reads all a node needs of a center in one snapshot
	// transaction; records finished before cutoff are left out.
	LoadCenter(ctx context.Context, centerID string, cutoff time.Time) (*domain.CenterState, error)
	// Heads reads the epoch and the heads of these centers in one query.
	Heads(ctx context.Context, centerIDs []string) (epoch string, heads map[string]domain.Head, err error)
	// LogAfter reads entries with seq > after, oldest first, with Data.
	LogAfter(ctx context.Context, centerID string, after int64, limit int) ([]domain.LogEntry, error)
	// ChatAfter reads entries of the chat log with seq > after, oldest first:
	// messages, and what took some away.
	ChatAfter(ctx context.Context, centerID string, after int64, limit int) ([]domain.ChatMessage, error)
	// RenewEpoch sets a new epoch if the present one is still old; it returns the one that holds.
	RenewEpoch(ctx context.Context, old string) (string, error)
}
