// Package retention deletes what has been kept for long enough, a little at a time.
package retention

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/brosops/bros/domain"
)

// Keep says for how long what grows is kept. Orders, deliveries and their
// history are kept for ever.
type Keep struct {
	// Log is how far back a client may resume (7 days when zero): one that was
	// away for longer gets a snapshot.
	Log time.Duration
	// Positions are the riders' tracks, Chat the messages, Photos the proofs of
	// deliveries, Audit who did what; zero keeps them for ever.
	Positions, Chat, Photos, Audit time.Duration
	// Customers is when who ordered is masked, after an order's end; zero: never.
	// It is longer than Log and the window of the live rooms.
	Customers time.Duration
}

// Store deletes what is old. Each call is one small transaction about the
// oldest; it returns how many rows it saw: fewer than batch, and that is all.
type Store interface {
	// PruneLog deletes the oldest entries of a center's log, at most batch of
	// them and none that is not older than before, and moves the floor there.
	PruneLog(ctx context.Context, centerID string, before time.Time, batch int) (int, error)
	// PruneAged deletes rows of a kind that are as old as before or older; answers
	// to idempotency keys that still count are left.
	PruneAged(ctx context.Context, kind domain.Aged, before time.Time, batch int) (int, error)
	// PrunePositions does the same for a rider's track, PruneChat for a center's messages.
	PrunePositions(ctx context.Context, riderID string, before time.Time, batch int) (int, error)
	PruneChat(ctx context.Context, centerID string, before time.Time, batch int) (int, error)
	// PrunePush removes the subscriptions whose login has ended.
	PrunePush(ctx context.Context) error
	// MaskCustomers masks the customers of a center's orders that ended then or before.
	MaskCustomers(ctx context.Context, centerID string, before time.Time, batch int) (int, error)
	// TrackedRiders are at most limit riders behind after that have sent a place, by id.
	TrackedRiders(ctx context.Context, after string, limit int) ([]string, error)
	ListCenters(ctx context.Context, f domain.SetupFilter, p domain.Page) ([]domain.Center, string, error)
	// LogAfter reads entries with seq > after, oldest first.
	LogAfter(ctx context.Context, centerID string, after int64, limit int) ([]domain.LogEntry, error)
}

// Hub holds logs in memory; *realtime.Hub is one.
type Hub interface {
	Logs() []string
	Head(log string) (epoch string, seq int64, loaded bool)
	Prune(log string, floor int64)
}

// Photos are the files on this node's disk.
type Photos interface {
	// Forget removes those written before then, and returns how many.
	Forget(ctx context.Context, before time.Time) (int, error)
}

// Options put a Keeper together; Photos may be nil.
type Options struct {
	Store  Store
	Hub    Hub
	Photos Photos
	Keep   Keep
	Now    func() time.Time
	Log    *slog.Logger
	// Count is told of rows or files that were deleted, by kind.
	Count func(kind string, n int)
}

// Keeper deletes by a Keep.
type Keeper struct{ Options }

// New returns a Keeper.
func New(o Options) *Keeper { return &Keeper{o} }

const (
	// page is how many centers or riders are asked for at a time.
	page = 200
	// pruneBatch bounds how many rows one transaction deletes, and so how long a
	// write may wait for one.
	pruneBatch = 500
	// pruneRest is how many times as long as a batch took there is none, so that
	// most of the time is other writes'; pruneRestLeast bounds it from below.
	pruneRest      = 4
	pruneRestLeast = 20 * time.Millisecond
	// pruneOften is for what expires by the minute, pruneSeldom for the rest.
	pruneOften  = time.Minute
	pruneSeldom = time.Hour
	// deadKept is for how long an event that no webhook took can be replayed.
	deadKept = 30 * 24 * time.Hour
	// lowerEvery is how often a node looks where the logs begin now.
	lowerEvery = 10 * time.Minute
)

// Run deletes what is old until ctx ends; one node does it for all.
func (k *Keeper) Run(ctx context.Context) {
	tick := time.NewTicker(pruneOften)
	defer tick.Stop()
	var seldom time.Time
	for {
		err := k.Expired(ctx)
		if time.Since(seldom) >= pruneSeldom {
			seldom = time.Now() // what fails is not tried again every minute
			err = errors.Join(err, k.Old(ctx))
		}
		if err != nil && ctx.Err() == nil {
			k.Log.Error("pruning failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Expired deletes sessions, tickets and idempotency answers.
func (k *Keeper) Expired(ctx context.Context) error {
	var errs []error // none of them keeps the others from being done
	for _, kind := range []domain.Aged{domain.AgedSessions, domain.AgedTickets, domain.AgedAnswers} {
		errs = append(errs, k.pruneAged(ctx, kind, k.Now()))
	}
	return errors.Join(append(errs, k.Store.PrunePush(ctx))...)
}

// Old takes one round over the logs and whatever else has its time. What
// fails, a center say, keeps nothing else from its turn.
func (k *Keeper) Old(ctx context.Context) error {
	now, keep := k.Now(), k.Keep
	var errs []error
	err := k.eachCenter(ctx, func(id string) error {
		err := k.pace(ctx, "log", func() (int, error) {
			return k.Store.PruneLog(ctx, id, now.Add(-keep.Log), pruneBatch)
		})
		if keep.Customers > 0 {
			err = errors.Join(err, k.pace(ctx, "customers", func() (int, error) {
				return k.Store.MaskCustomers(ctx, id, now.Add(-keep.Customers), pruneBatch)
			}))
		}
		if keep.Chat > 0 {
			err = errors.Join(err, k.pace(ctx, "chat", func() (int, error) {
				return k.Store.PruneChat(ctx, id, now.Add(-keep.Chat), pruneBatch)
			}))
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("center %s: %w", id, err))
		}
		return ctx.Err()
	})
	errs = append(errs, err, k.pruneAged(ctx, domain.AgedDead, now.Add(-deadKept)))
	if keep.Audit > 0 {
		errs = append(errs, k.pruneAged(ctx, domain.AgedAudit, now.Add(-keep.Audit)))
	}
	if keep.Photos > 0 {
		errs = append(errs, k.pruneAged(ctx, domain.AgedPhotos, now.Add(-keep.Photos)))
	}
	if keep.Positions > 0 {
		errs = append(errs, k.forgetTracks(ctx, now.Add(-keep.Positions)))
	}
	return errors.Join(errs...)
}

func (k *Keeper) forgetTracks(ctx context.Context, before time.Time) error {
	var errs []error
	for after := ""; ; {
		riders, err := k.Store.TrackedRiders(ctx, after, page)
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		for _, id := range riders {
			if err := k.pace(ctx, "positions", func() (int, error) {
				return k.Store.PrunePositions(ctx, id, before, pruneBatch)
			}); err != nil {
				errs = append(errs, err)
			}
			after = id
		}
		if len(riders) < page || ctx.Err() != nil {
			return errors.Join(errs...)
		}
	}
}

func (k *Keeper) pruneAged(ctx context.Context, kind domain.Aged, before time.Time) error {
	return k.pace(ctx, string(kind), func() (int, error) { return k.Store.PruneAged(ctx, kind, before, pruneBatch) })
}

// pace runs a step until it finds less than a batch, and rests between the
// batches. While the database can't take writes it waits for longer.
func (k *Keeper) pace(ctx context.Context, what string, step func() (int, error)) error {
	for {
		begun := time.Now()
		n, err := step()
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		k.Count(what, n)
		if n < pruneBatch {
			return ctx.Err()
		}
		select {
		case <-time.After(max(pruneRest*time.Since(begun), pruneRestLeast)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (k *Keeper) eachCenter(ctx context.Context, fn func(id string) error) error {
	for p := (domain.Page{Limit: page}); ; {
		centers, next, err := k.Store.ListCenters(ctx, domain.SetupFilter{}, p)
		if err != nil {
			return err
		}
		for i := range centers {
			if err := fn(centers[i].ID); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		p.Cursor = next
	}
}

// RunLocal is every node's own part: what others have pruned leaves its memory
// and its disk.
func (k *Keeper) RunLocal(ctx context.Context) {
	tick := time.NewTicker(lowerEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := k.Lower(ctx); err != nil && ctx.Err() == nil {
			k.Log.Warn("what was pruned stays in memory or on the disk for now", "error", err)
		}
	}
}

// Lower has the hub let go of what is below the first entries that are left, and
// removes old photos from this node's disk.
func (k *Keeper) Lower(ctx context.Context) error {
	for _, name := range k.Hub.Logs() {
		if strings.HasPrefix(name, domain.NamespaceChat+":") {
			continue // only its newest are in memory
		}
		_, head, loaded := k.Hub.Head(name)
		if !loaded {
			continue
		}
		first, err := k.Store.LogAfter(ctx, name, 0, 1)
		if err != nil {
			return err
		}
		floor := head
		if len(first) > 0 {
			floor = first[0].Seq - 1
		}
		k.Hub.Prune(name, floor)
	}
	if k.Keep.Photos <= 0 || k.Photos == nil {
		return nil
	}
	n, err := k.Photos.Forget(ctx, k.Now().Add(-k.Keep.Photos))
	k.Count("photo files", n)
	return err
}
