package realtime

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// The times of the Redis bus.
const (
	// redisTimeout bounds one step: a dial, a write, the answer to a batch.
	redisTimeout = time.Second
	// redisProbe is how often a message is sent to oneself.
	redisProbe = 500 * time.Millisecond
	// redisDeaf is how long one may take before the bus is not up, and the
	// subscription is made anew.
	redisDeaf = 2 * time.Second
	// Waits between tries are drawn between half and the whole of a step, which
	// doubles from the first to the last.
	redisFirstWait = 50 * time.Millisecond
	redisLastWait  = 2 * time.Second
	// redisFlush is how long Stop waits for what is queued.
	redisFlush = 500 * time.Millisecond
)

// CheckRedisURL says what is wrong with the URL of a RedisBus. The error does
// not repeat it: it may hold a password.
func CheckRedisURL(url string) error {
	_, err := redisOptions(url)
	return err
}

func redisOptions(url string) (*redis.Options, error) {
	bad := errors.New("is not of the form redis://[user:password@]host:port/number or rediss://…")
	if !strings.HasPrefix(url, "redis://") && !strings.HasPrefix(url, "rediss://") {
		return nil, bad
	}
	opt, err := redis.ParseURL(url)
	if err != nil {
		return nil, bad
	}
	return opt, nil
}

// RedisBus is a Bus over the publish and subscribe of one Redis server. It
// keeps nothing there: no key is ever written or read.
//
// Three goroutines drive it: one publishes what waits in a bounded queue, one
// listens, one sends a message to itself twice a second, which shows a
// subscription that is deaf.
type RedisBus struct {
	client  *redis.Client
	log     *slog.Logger
	prefix  string // of every channel: publish and subscribe know no database numbers
	origin  [8]byte
	queue   *busQueue
	handler BusHandler
	key     []byte // of the signatures; set before anything runs

	ctx     context.Context
	cancel  context.CancelFunc
	ending  chan struct{} // closed when Stop begins
	done    sync.WaitGroup
	sending sync.WaitGroup // the one that publishes
	stop    sync.Once

	mu        sync.Mutex
	started   bool
	state     BusState
	listening *redis.PubSub // nil: between two connections
	wanted    map[string]bool
	joined    map[string]bool     // channels that the present connection was asked for
	origins   map[[8]byte]lastOf  // newest message of each other node
	refresh   chan struct{}       // wanted has changed
	probes    map[int64]time.Time // sent to oneself, not back yet
	probed    int64               // number of the newest

	published, received, repeated, refused, connects, probe atomic.Int64
	refusedSaid                                             atomic.Int64 // when the log was told last, ns
}

// lastOf is the newest message of a node, for telling repeats.
type lastOf struct {
	number int64
	at     time.Time
}

// RedisOptions are the settings of a RedisBus.
type RedisOptions struct {
	URL    string       // redis:// or rediss://
	Name   string       // of this node, as Redis' list of clients shows it
	Logger *slog.Logger // default: discard
}

// NewRedisBus makes a bus; it connects when it is started. That the server does
// not answer is no error, at the start or later: the bus is not up, and tries again.
func NewRedisBus(opt RedisOptions) (*RedisBus, error) {
	o, err := redisOptions(opt.URL)
	if err != nil {
		return nil, err
	}
	o.Protocol = 2
	o.ClientName = "bros:" + opt.Name
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	o.MaxRetries = -1 // tries are counted here
	o.DialerRetries = 1
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout = redisTimeout, redisTimeout, redisTimeout
	o.ContextTimeoutEnabled = true
	o.PoolSize = 2
	o.PoolTimeout = redisTimeout
	dial := redis.NewDialer(o)
	o.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if ctx.Value(receiving{}) != nil {
			return nil, net.ErrClosed
		}
		return dial(ctx, network, addr)
	}
	silenceRedis()
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	b := &RedisBus{
		client: redis.NewClient(o), log: opt.Logger,
		prefix: "bros:" + strconv.Itoa(o.DB) + ":",
		queue:  newBusQueue(), ending: make(chan struct{}),
		state:   BusState{Reason: "redis: not connected yet", Since: time.Now()},
		wanted:  map[string]bool{},
		origins: map[[8]byte]lastOf{}, refresh: make(chan struct{}, 1), probes: map[int64]time.Time{},
	}
	_, _ = rand.Read(b.origin[:])
	b.ctx, b.cancel = context.WithCancel(context.Background())
	return b, nil
}

// receiving marks the context of a receive. The library would connect again from
// inside one whose connection breaks, at once; here that has its own, spread time.
type receiving struct{}

// silenceRedis keeps the library from writing to standard error: what it says
// comes back as errors, too.
var silenceRedis = sync.OnceFunc(func() { redis.SetLogger(mute{}) })

type mute struct{}

func (mute) Printf(context.Context, string, ...any) {}

// Start begins to publish, listen and probe.
func (b *RedisBus) Start(h BusHandler) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.started {
		return
	}
	b.started, b.handler, b.key = true, h, h.Key
	b.sending.Go(b.send)
	b.done.Go(b.listen)
	b.done.Go(b.resubscribe)
	b.done.Go(b.probing)
}

// Publish queues a message.
func (b *RedisBus) Publish(topic string, size int, encode func([]byte) []byte) {
	b.queue.put(busMessage{topic: topic, size: size, encode: encode, at: time.Now()})
}

// Follow sets the topics.
func (b *RedisBus) Follow(topics []string) {
	wanted := make(map[string]bool, len(topics))
	for _, t := range topics {
		wanted[t] = true
	}
	b.mu.Lock()
	same := len(wanted) == len(b.wanted)
	for t := range wanted {
		same = same && b.wanted[t]
	}
	b.wanted = wanted
	b.mu.Unlock()
	if !same {
		select {
		case b.refresh <- struct{}{}:
		default:
		}
	}
}

// Stats are the figures of the moment.
func (b *RedisBus) Stats() BusStats {
	st := BusStats{
		Published: b.published.Load(), Received: b.received.Load(), Repeated: b.repeated.Load(), Refused: b.refused.Load(), Connects: b.connects.Load(),
		Probe: time.Duration(b.probe.Load()), Dropped: map[string]int64{},
	}
	b.queue.mu.Lock()
	for _, cause := range []string{BusDropFull, BusDropStale, BusDropRefused, BusDropLost} {
		st.Dropped[cause] = b.queue.dropped[cause]
	}
	st.QueueBytes = int64(b.queue.bytes)
	b.queue.mu.Unlock()
	b.mu.Lock()
	st.State, st.Topics = b.state, int64(len(b.wanted))
	b.mu.Unlock()
	return st
}

// Stop gives what waits a moment to leave, and ends everything.
func (b *RedisBus) Stop() {
	b.stop.Do(func() {
		close(b.ending)
		b.queue.wake()
		timer := time.AfterFunc(redisFlush, b.cancel)
		b.sending.Wait()
		timer.Stop()
		b.cancel()
		b.done.Wait()
		_ = b.client.Close()
	})
}

// says sets the state, and tells the log of a change.
func (b *RedisBus) says(up bool, reason string) {
	b.mu.Lock()
	changed := b.state.Up != up
	if changed {
		b.state.Since = time.Now()
	}
	b.state.Up, b.state.Reason = up, reason
	b.mu.Unlock()
	switch {
	case changed && up:
		b.log.Info("redis is back: nodes tell each other again")
	case changed:
		b.log.Warn("redis is away: each node follows the database by itself", "reason", reason)
	}
}

// redisReason is an error for people: no addresses, no passwords.
func redisReason(err error) string {
	var refused redis.Error
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &refused):
		word, _, _ := strings.Cut(refused.Error(), " ")
		return "redis: refuses (" + word + ")"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "redis: no answer"
	}
	return "redis: no connection"
}

// backoff draws growing waits.
type backoff struct{ step time.Duration }

func (w *backoff) next() time.Duration {
	w.step = min(max(2*w.step, redisFirstWait), redisLastWait)
	return w.step/2 + mathrand.N(w.step/2)
}

// pause waits, unless the bus ends.
func (b *RedisBus) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-b.ending:
		return false
	case <-b.ctx.Done():
		return false
	}
}

// header is what stands before each message: who says it, and which of its
// messages it is.
func (b *RedisBus) header(dst []byte, number int64) []byte {
	return binary.AppendUvarint(append(dst, b.origin[:]...), uint64(number))
}
