package webhook

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/brosops/bros/domain"
)

const (
	parallel   = 8                // calls to one webhook at once, each of another order
	maxPause   = 15 * time.Minute // between two attempts
	listEvery  = 2 * time.Second  // how soon changed settings count
	pollEvery  = time.Second      // how soon the log of other nodes' commits is seen
	pollLeast  = 25 * time.Millisecond
	flushEvery = 250 * time.Millisecond
	goodbye    = 2 * time.Second // that calls under way may take when the sender stops
)

// Store is what a Sender asks of the database.
type Store interface {
	ListWebhooks(ctx context.Context) ([]domain.Webhook, error)
	// WebhookCursors are how far a webhook has followed each of its centers.
	WebhookCursors(ctx context.Context, webhookID string) ([]domain.WebhookCursor, error)
	// PendingDeliveries are kept events without bodies, in the order of the logs.
	PendingDeliveries(ctx context.Context, webhookID string) ([]domain.WebhookDelivery, error)
	WebhookBody(ctx context.Context, webhookID, id string) ([]byte, error)
	LogAfter(ctx context.Context, centerID string, after int64, limit int) ([]domain.LogEntry, error)
	// SettleWebhook writes down all of it in one transaction; NotFound: the webhook is gone.
	SettleWebhook(ctx context.Context, s domain.WebhookSettle) error
}

// Options make a Sender.
type Options struct {
	Store   Store
	Logger  *slog.Logger     // nil: discard
	Now     func() time.Time // nil: time.Now
	Private []netip.Prefix   // networks that may be called though they are private
	// Retry is the pause before the second attempt (1 s when zero); each further
	// one is twice as long, up to a quarter of an hour.
	Retry   time.Duration
	Timeout time.Duration // of one call (10 s when zero)
	// GiveUp is how long an event is tried (a day when zero).
	GiveUp time.Duration
}

// Sender sends what the logs hold to all active webhooks. Make it with New; Run
// it on one node at a time.
type Sender struct {
	o      Options
	client *http.Client

	mu    sync.Mutex
	lanes map[string]*lane // by webhook, while Run runs

	sent, failed, dead atomic.Int64
}

// New makes a sender; it starts nothing.
func New(o Options) *Sender {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Retry <= 0 {
		o.Retry = time.Second
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if o.GiveUp <= 0 {
		o.GiveUp = domain.WebhookRetries
	}
	return &Sender{o: o, client: newClient(o.Private), lanes: map[string]*lane{}}
}

// Stats are counters since the start.
type Stats struct {
	Sent   int64 // events that were taken
	Failed int64 // attempts that were not
	Dead   int64 // events that were given up
}

// Stats are this node's counters.
func (s *Sender) Stats() Stats { return Stats{s.sent.Load(), s.failed.Load(), s.dead.Load()} }

// Nudge says that something was committed: it need not wait for the next look.
func (s *Sender) Nudge() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.lanes {
		select {
		case l.nudge <- struct{}{}:
		default:
		}
	}
}

// Run sends until ctx ends; calls under way may still finish. It sees webhooks
// come, change and go within seconds.
func (s *Sender) Run(ctx context.Context) {
	tick := time.NewTicker(listEvery)
	defer tick.Stop()
	defer func() {
		for id := range s.lanes {
			s.end(id)
		}
		s.client.CloseIdleConnections()
	}()
	for {
		hooks, err := s.o.Store.ListWebhooks(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.o.Logger.Warn("the webhooks can't be read", "error", err)
		default:
			s.reconcile(ctx, hooks)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// reconcile has a lane run for each active webhook, as it is now.
func (s *Sender) reconcile(ctx context.Context, hooks []domain.Webhook) {
	want := map[string]domain.Webhook{}
	for _, h := range hooks {
		if h.Active {
			want[h.ID] = h
		}
	}
	var end []string
	s.mu.Lock()
	for id, l := range s.lanes {
		h, ok := want[id]
		if ok && h.Version == l.hook.Version && !l.ended() {
			delete(want, id)
			continue
		}
		end = append(end, id)
	}
	for _, id := range end {
		s.lanes[id].stop()
	}
	s.mu.Unlock()
	for _, id := range end {
		s.end(id)
	}
	for id, h := range want {
		l := newLane(s, h)
		s.mu.Lock()
		s.lanes[id] = l
		s.mu.Unlock()
		l.start(ctx)
	}
}

// end stops a lane and waits for it.
func (s *Sender) end(id string) {
	s.mu.Lock()
	l := s.lanes[id]
	s.mu.Unlock()
	l.stop()
	<-l.done
	s.mu.Lock()
	delete(s.lanes, id)
	s.mu.Unlock()
}

// pause is how long to wait after so many failed attempts: a random half of it
// keeps many from coming back at once.
func (s *Sender) pause(attempts int) time.Duration {
	d := s.o.Retry
	for range min(attempts, 20) - 1 {
		if d *= 2; d >= maxPause {
			d = maxPause
			break
		}
	}
	return d/2 + rand.N(d/2+1)
}

// gone reports whether err says that the webhook is no more.
func gone(err error) bool {
	var e *domain.Error
	return errors.As(err, &e) && e.Code == domain.CodeNotFound
}
