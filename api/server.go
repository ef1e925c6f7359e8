// Package api is bros as programs and browsers see it: the REST routes, the
// realtime socket, the pages, and the bridge from the log to the rooms. It
// alone knows HTTP; the rules are in package domain.
package api

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/brosops/bros/api/doors"
	"github.com/brosops/bros/api/lease"
	"github.com/brosops/bros/api/pmtiles"
	"github.com/brosops/bros/api/push"
	"github.com/brosops/bros/api/quota"
	"github.com/brosops/bros/api/report"
	"github.com/brosops/bros/api/retention"
	"github.com/brosops/bros/api/roads"
	"github.com/brosops/bros/api/session"
	"github.com/brosops/bros/api/webhook"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
	"github.com/brosops/bros/realtime/supervise"
)

// Config is what the operator sets; the zero value serves plain HTTP on one node.
type Config struct {
	// PublicURL is the origin pages and tracking links are reached at, without
	// a path ("https://bros.example"). Empty: taken from each request.
	PublicURL string
	// Window is how long a finished delivery or order stays in the live rooms (24 h when zero).
	Window time.Duration
	// NodeID names this process on the monitor page.
	NodeID string
	// Version is the build's, shown by /readyz and the monitor page.
	Version string
	// TrustedProxies are the networks whose X-Forwarded-For and -Proto are believed.
	TrustedProxies []netip.Prefix
	// Secure says that this process itself serves TLS.
	Secure bool
	// Static holds the built pages (web/dist); nil or empty: a hint is served.
	Static fs.FS
	// TileOrigin is the origin of map tiles that pages may load ("https://tile.example"); empty: none.
	TileOrigin string
	// Peers are the origins of other nodes that pages may open a socket to, with a
	// ticket, when this one stays away; empty: none.
	Peers []string
	// Tiles are handed to the pages by GET /about; nil: none.
	Tiles *Tiles
	// Ground is the map that this server has itself; nil: none.
	Ground *pmtiles.File
	// Keep says for how long what grows is kept.
	Keep retention.Keep
	// LeaseTime is how long a node that was killed in the middle of scheduled work
	// is waited for before another does it (a minute when zero).
	LeaseTime time.Duration
	// WebhookPrivate are the private networks that webhooks may lead to.
	WebhookPrivate []netip.Prefix
	// WebhookRetry is the pause before a webhook's second attempt (1 s when zero);
	// each further one is twice as long, up to a quarter of an hour.
	WebhookRetry time.Duration
	// Realtime are the bounds and times of sockets; what is zero has its default,
	// and what the server itself decides (node, window, backend) is overwritten.
	Realtime realtime.Options
	// MetricsToken lets a bearer read /metrics from another machine; empty: none.
	MetricsToken string
	// Quotas bound what each caller takes; nil: quota.Default.
	Quotas quota.Table
	// ClockSpeed is how many times as fast as the real one Deps.Now runs; 0 is 1.
	ClockSpeed int
	// PushKey signs notifications (push.NewKey); empty: the database's own.
	PushKey string
}

// Deps are the parts the server works with.
type Deps struct {
	Store  Store
	Photos PhotoStore
	Logger *slog.Logger
	Now    func() time.Time // nil: time.Now
	// Degraded says what the process does without at the moment, for /readyz
	// (nil: nothing): mail, the bus.
	Degraded func() []string
	// Figures are further ones for /metrics.
	Figures []prometheus.Collector
	// Router knows the roads; nil: ways are straight lines.
	Router roads.Router
	// Push sends notifications to the browsers' push services; nil: a client that
	// reaches nothing but the public internet.
	Push *http.Client
	// Tracer makes spans of requests, of what they ask the store and of what gets
	// into the rooms by them; nil: none.
	Tracer trace.Tracer
	// Addresses is the embedded index of addresses; nil: there is none.
	Addresses domain.AddressIndex
	// Bus joins the nodes; nil: each follows the others by the database alone.
	// The server starts it. Who made it stops it, after Drain.
	Bus realtime.Bus
}

// Server answers every request of one node. Make it with New, then Start,
// serve Handler, and Drain before the process ends.
type Server struct {
	cfg     Config
	store   Store
	photos  PhotoStore
	log     *slog.Logger
	now     func() time.Time
	svc     *domain.Service
	auth    *session.Cache
	metrics *metrics
	tracing *tracing // nil: off
	quotas  *quota.Quotas

	passwords    *session.Gate
	failsLogin   *session.Failures // per login and address
	failsAddress *session.Failures // per address
	failed       loginTally        // for the audit
	reports      *report.Counter

	degraded func() []string // may be nil
	answers  keyLocks        // idempotency keys under way
	waits    waits           // polls and streams under way
	epoch    atomic.Pointer[string]

	cookieName string // of this installation: Start sets it
	busKey     []byte // of the signatures between nodes: Start sets it
	routes     []routeInfo
	handler    http.Handler
	pages      *pages
	push       *push.Sender
	hooks      *webhook.Sender
	roads      *roads.Roads        // nil: none
	addresses  domain.AddressIndex // nil: none
	doors      *doors.Book
	live       *live // the realtime half: hub, relay, follower (live.go)

	unwritable atomic.Bool // the database takes no writes (writable.go)

	draining atomic.Bool
	asked    atomic.Int64 // when the newest request came, in nanoseconds of the wall clock; probes apart
	leases   *lease.Leases
	keeper   *retention.Keeper
	stop     context.CancelFunc
	tasks    sync.WaitGroup
}

// New checks the configuration and puts the server together. It starts nothing.
func New(cfg Config, deps Deps) (*Server, error) {
	if deps.Store == nil {
		return nil, errors.New("api: a Store is needed")
	}
	if deps.Logger == nil {
		deps.Logger = slog.New(slog.DiscardHandler)
	}
	if deps.Now == nil {
		deps.Now = time.Now
	}
	if cfg.Window <= 0 {
		cfg.Window = 24 * time.Hour
	}
	if cfg.Keep.Log <= 0 {
		cfg.Keep.Log = 7 * 24 * time.Hour
	}
	if cfg.LeaseTime <= 0 {
		cfg.LeaseTime = time.Minute
	}
	if cfg.Quotas == nil {
		cfg.Quotas = quota.Default()
	}
	s := &Server{
		cfg:      cfg,
		store:    deps.Store,
		photos:   deps.Photos,
		log:      deps.Logger,
		now:      deps.Now,
		svc:      &domain.Service{Now: deps.Now, PublicURL: cfg.PublicURL, MaxPushes: cfg.Quotas[quota.Subscriptions][quota.Rider].Burst},
		degraded: deps.Degraded,

		failsLogin:   session.NewFailures(10),
		failsAddress: session.NewFailures(200),
	}
	s.passwords = session.NewGate(func(address string) int { return s.failsAddress.Count(address, s.now()) })
	s.tracing = newTracing(deps.Tracer)
	s.metrics = newMetrics(s)
	s.quotas = quota.New(cfg.Quotas, func(n quota.Name, k quota.Kind) { s.metrics.limited.WithLabelValues(string(n), string(k)).Inc() })
	s.store = measuredStore{deps.Store, s}
	s.addresses, s.doors = deps.Addresses, doors.New(s.store.PinnedDoors, s.now)
	s.auth = session.New(s.store, s.now)
	s.reports = report.New(s.store, s.now)
	s.metrics.registry.MustRegister(deps.Figures...)
	pages, err := newPages(cfg)
	if err != nil {
		return nil, err
	}
	s.pages = pages
	s.push = push.New(push.Options{
		Store: s.store, Log: s.log, Now: s.now, Client: deps.Push, Key: cfg.PushKey, PublicURL: cfg.PublicURL,
		Count: func(outcome string) { s.metrics.pushes.WithLabelValues(outcome).Inc() },
	})
	s.hooks = s.newSender()
	if deps.Router != nil {
		s.roads = roads.New(roads.Options{Router: deps.Router, Now: s.now, Log: s.log, Count: func(outcome string, took time.Duration) {
			s.metrics.router.WithLabelValues(outcome).Observe(took.Seconds())
		}})
		s.svc.Ways = s.knownWay
	}
	s.liveInit(deps.Bus)
	s.leases = lease.New(s.store, cfg.NodeID, cfg.LeaseTime, s.log)
	s.keeper = retention.New(retention.Options{
		Store: s.store, Hub: s.live.hub, Photos: deps.Photos, Keep: cfg.Keep, Now: s.now, Log: s.log,
		Count: func(kind string, n int) { s.metrics.pruned.WithLabelValues(kind).Add(float64(n)) },
	})
	s.handler = s.buildRouter()
	return s, nil
}

// Handler serves every path of the process.
func (s *Server) Handler() http.Handler { return s.handler }

// Start begins the background work (following the log, pruning); it ends with
// ctx or Drain. An error means that the database could not be read.
func (s *Server) Start(ctx context.Context) error {
	ctx, s.stop = context.WithCancel(ctx)
	if _, err := s.currentEpoch(ctx); err != nil {
		s.stop()
		return err
	}
	if err := s.push.Open(ctx); err != nil {
		s.stop()
		return err
	}
	if err := s.openSecrets(ctx); err != nil {
		s.stop()
		return err
	}
	s.background(ctx, s.tallyLogins)
	s.background(ctx, func(ctx context.Context) {
		s.leases.AloneFor(ctx, leaseWebhooks, webhookLease, s.hooks.Run)
	})
	s.background(ctx, s.push.Run)
	s.background(ctx, s.sweepLoop)
	s.background(ctx, s.watchWrites)
	s.background(ctx, s.keeper.RunLocal)
	s.background(ctx, func(ctx context.Context) { s.leases.Alone(ctx, leaseHousekeeping, s.keeper.Run) })
	if err := s.liveStart(ctx); err != nil {
		s.stop()
		return err
	}
	return nil
}

// Refuse answers every request that comes from now on with unavailable, on a
// connection that then closes: who calls goes elsewhere, and /readyz says so to
// load balancers. What has begun goes on.
func (s *Server) Refuse() { s.draining.Store(true) }

// SinceAsked is how long no request has come, probes apart.
func (s *Server) SinceAsked() time.Duration { return time.Since(time.Unix(0, s.asked.Load())) }

// Drain refuses new requests, tells connected clients to come back elsewhere, and
// ends the background work. Requests in flight are for the http.Server's
// Shutdown.
func (s *Server) Drain(ctx context.Context) {
	s.Refuse()
	s.liveDrain(ctx)
	if s.stop != nil {
		s.stop()
	}
	s.tasks.Wait()
	s.live.link.leave()
}

// taskName is the function's name, for the log.
func taskName(fn func(context.Context)) string {
	name := runtime.FuncForPC(reflect.ValueOf(fn).Pointer()).Name()
	return strings.TrimSuffix(name[strings.LastIndexByte(name, '/')+1:], "-fm")
}

// background runs fn until its context ends, again after a panic; Drain waits for it.
func (s *Server) background(ctx context.Context, fn func(context.Context)) {
	s.tasks.Add(1)
	go func() {
		defer s.tasks.Done()
		supervise.Run(ctx, s.log, taskName(fn), fn)
	}()
}

// sweepLoop forgets, once a minute, what this node remembers of callers.
func (s *Server) sweepLoop(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := s.now()
		s.auth.Sweep(now)
		s.quotas.Sweep(now)
		s.failsLogin.Sweep(now)
		s.passwords.Sweep()
		s.failsAddress.Sweep(now)
	}
}

// currentEpoch is the database's epoch as this node knows it; it is read once
// and then kept by the log's follower (setEpoch).
func (s *Server) currentEpoch(ctx context.Context) (string, error) {
	if e := s.epoch.Load(); e != nil {
		return *e, nil
	}
	e, _, err := s.store.Heads(ctx, nil)
	if err != nil {
		return "", err
	}
	s.epoch.CompareAndSwap(nil, &e)
	return *s.epoch.Load(), nil
}

// setEpoch is told by whoever sees a new one in the database or the log.
func (s *Server) setEpoch(e string) {
	if cur := s.epoch.Load(); e != "" && (cur == nil || *cur != e) {
		s.epoch.Store(&e)
	}
}
