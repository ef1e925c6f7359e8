// Package client follows the rooms of a bros server: it keeps, for each
// address, a model that is equal to the server's room, over cut connections,
// lost and repeated messages, restarts and new epochs.
//
// It is the client rule of the protocol to the letter, with a fallback to
// plain HTTP while no socket can be had. Programs that replay or test the
// system use it; so may any Go program that wants to watch a center.
package client

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Options say whom to follow and how. Only URL is required.
type Options struct {
	URL string // of the server: http://host:port
	// Token gives the bearer token. stale is the one that was just refused, or
	// empty; answering the same again is fatal. Nil: no authentication.
	Token func(ctx context.Context, stale string) (string, error)
	// Client names this client, so that its new connection supersedes its old
	// one. Default: random.
	Client string
	HTTP   *http.Client // default: http.DefaultClient; must have no Timeout
	Logger *slog.Logger // default: silent

	Silence       time.Duration // no frame for so long: the connection is dead (12 s)
	ReplyWithin   time.Duration // a subscribe unanswered for so long is sent again (15 s)
	DialWithin    time.Duration // (10 s)
	BackoffMin    time.Duration // the first wait after a cut is up to this (500 ms)
	BackoffMax    time.Duration // no wait is longer (15 s)
	HealthyAfter  time.Duration // a connection that lived so long resets the backoff (10 s)
	PollAfter     int           // failed connects in a row before POST /changes (3)
	PollWait      time.Duration // how long a poll may hang on the server, at most 25 s (25 s)
	MaxFrameBytes int64         // (64 MiB)

	// The hooks run one at a time, in order, and must not block or call the
	// client's blocking methods.
	OnEvent func(Event) // every message and every event of a resume
	OnReply func(Reply) // every whole reply
	OnState func(State) // live, polling, offline
}

// Event is one change that arrived.
type Event struct {
	Address string
	Seq     int64 // 0: a volatile message
	Event   string
	Key     string
	Data    []byte // JSON; nil: the key has left the room
	Live    bool   // pushed as it happened; false: part of a resume
	// Latency is the time from the record's modifiedAt to now by this machine's
	// clock; 0 for what is not Live or has no modifiedAt.
	Latency time.Duration
}

// Reply is the answer to a subscribe that has been taken.
type Reply struct {
	Address string
	Mode    string // snapshot or resume
	Epoch   string
	Seq     int64
	Changes int // records of the snapshot or events of the resume
}

// State is how the client is connected.
type State string

// The states.
const (
	Offline State = "offline"
	Polling State = "polling"
	Live    State = "live"
)

// Stats count what the client has been through since it was made.
type Stats struct {
	Connects       int // sockets that were opened
	FailedConnects int
	Cuts           int // sockets that ended, for whatever reason
	Silences       int // of them: given up because nothing came
	Frames         int
	Bytes          int64
	Messages       int // sequenced, as they arrived
	Duplicates     int // dropped by the client rule
	Volatile       int
	Snapshots      int
	Resumes        int
	Repaired       int // events that a resume brought
	GapsSeen       int // holes, resyncs and new epochs that were noticed
	GapsRepaired   int // of them: closed by a reply
	Resyncs        int
	Epochs         int // times that a room turned out to be in another epoch
	Polls          int
	FailedPolls    int
}

// FatalError ends Run: coming back unchanged would be refused again.
type FatalError struct {
	Code   int // close code, or HTTP status of the handshake
	Reason string
}

func (e *FatalError) Error() string {
	return fmt.Sprintf("realtime: not to be tried again: %d %s", e.Code, e.Reason)
}

// ErrDisconnected is the answer to a command whose connection ended.
var ErrDisconnected = errors.New("realtime: disconnected")

// ErrRevoked is why a room is closed whose right was taken away.
var ErrRevoked = errors.New("realtime: revoked")

// Client follows rooms. Make it with New, name rooms with Subscribe, let it
// work with Run.
type Client struct {
	o Options

	mu       sync.Mutex
	rooms    map[string]*room
	state    State
	stats    Stats
	conn     Connection
	offset   time.Duration // server's clock − ours
	lastID   int64
	drops    []string           // addresses to unsubscribe
	cmds     []command          // to be sent
	calls    map[int64]chan any // commands waiting for their answer
	wake     chan struct{}      // something is to be sent
	back     chan struct{}      // a poll got through: the server is there again
	waiters  map[*waiter]struct{}
	token    string
	tokenBad bool
}

type waiter struct {
	cond func() bool
	done chan struct{}
}

// New makes a client; it does nothing before Run.
func New(o Options) *Client {
	o.Client = or(o.Client, rand.Text())
	o.HTTP = or(o.HTTP, http.DefaultClient)
	o.Logger = or(o.Logger, slog.New(slog.DiscardHandler))
	o.Silence = or(o.Silence, 12*time.Second)
	o.ReplyWithin = or(o.ReplyWithin, 15*time.Second)
	o.DialWithin = or(o.DialWithin, 10*time.Second)
	o.BackoffMin = or(o.BackoffMin, 500*time.Millisecond)
	o.BackoffMax = or(o.BackoffMax, 15*time.Second)
	o.HealthyAfter = or(o.HealthyAfter, 10*time.Second)
	o.PollAfter = or(o.PollAfter, 3)
	o.PollWait = or(o.PollWait, 25*time.Second)
	o.MaxFrameBytes = or(o.MaxFrameBytes, 64<<20)
	return &Client{
		o:       o,
		rooms:   map[string]*room{},
		state:   Offline,
		calls:   map[int64]chan any{},
		wake:    make(chan struct{}, 1),
		back:    make(chan struct{}, 1),
		waiters: map[*waiter]struct{}{},
	}
}

func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// Subscribe follows addresses from now on, connected or not. One that was
// revoked or refused is asked for again.
func (c *Client) Subscribe(addresses ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range addresses {
		if r := c.rooms[a]; r == nil || r.closed != nil {
			c.rooms[a] = &room{address: a, want: true, records: map[string]record{}, places: map[string]place{}}
		}
	}
	c.poke()
}

// Unsubscribe forgets addresses and their models.
func (c *Client) Unsubscribe(addresses ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range addresses {
		if c.rooms[a] != nil {
			delete(c.rooms, a)
			c.drops = append(c.drops, a)
		}
	}
	c.poke()
}

// poke tells the writer (or poller) that there is something to send.
func (c *Client) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Stats are the counters so far.
func (c *Client) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats
}

// State is how the client is connected now.
func (c *Client) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// Connection is who the server said we are on the present or last socket.
func (c *Client) Connection() Connection {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.conn
}

// Addresses are the rooms that are followed, sorted.
func (c *Client) Addresses() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.rooms))
}

// setState tells the caller of a new state.
func (c *Client) setState(s State) {
	c.mu.Lock()
	same := c.state == s
	c.state = s
	c.settle()
	c.mu.Unlock()
	if !same {
		c.o.Logger.Debug("realtime", "state", s)
		if c.o.OnState != nil {
			c.o.OnState(s)
		}
	}
}

// settle wakes those who wait for what has come true; called under mu.
func (c *Client) settle() {
	for w := range c.waiters {
		if w.cond() {
			delete(c.waiters, w)
			close(w.done)
		}
	}
}

// wait blocks until cond, which is looked at under mu whenever something changed.
func (c *Client) wait(ctx context.Context, cond func() bool) error {
	w := &waiter{cond: cond, done: make(chan struct{})}
	c.mu.Lock()
	if cond() {
		c.mu.Unlock()
		return nil
	}
	c.waiters[w] = struct{}{}
	c.mu.Unlock()
	select {
	case <-w.done:
		return nil
	case <-ctx.Done():
		c.mu.Lock()
		delete(c.waiters, w)
		c.mu.Unlock()
		return ctx.Err()
	}
}

// WaitState blocks until the client is in a state.
func (c *Client) WaitState(ctx context.Context, s State) error {
	return c.wait(ctx, func() bool { return c.state == s })
}

// WaitSeq blocks until a room has caught up with a number of its log (as a
// write's BROS-Seq header tells it); an empty epoch stands for any.
func (c *Client) WaitSeq(ctx context.Context, address, epoch string, seq int64) error {
	var closed error
	err := c.wait(ctx, func() bool {
		r := c.rooms[address]
		if r == nil {
			closed = fmt.Errorf("realtime: %s is not subscribed", address)
			return true
		}
		if r.closed != nil {
			closed = r.closed
			return true
		}
		return r.known && (epoch == "" || r.epoch == epoch) && r.last >= seq
	})
	return errors.Join(err, closed)
}
