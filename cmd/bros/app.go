package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"time"

	"github.com/brosops/bros/api"
	"github.com/brosops/bros/api/pmtiles"
	"github.com/brosops/bros/cmd/bros/alert"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
	"github.com/brosops/bros/store"
	"github.com/brosops/bros/store/places"
	"github.com/brosops/bros/web"
)

// The server's limits on time. Reading a body may take a while on a phone in a
// basement; writing allows for a report of a year to a slow line. Hijacked
// connections are not subject to them.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = time.Minute
	writeTimeout  = 5 * time.Minute
	idleTimeout   = 2 * time.Minute
	maxHeader     = 32 << 10
)

// databasePatience is how long a start waits for a database server that comes up
// beside it.
const databasePatience = time.Minute

// App is the whole process: database, photos, API and hub, and the listener
// they are served at. The server command and the end-to-end tests use the same one.
type App struct {
	cfg    Config
	log    *slog.Logger
	db     *store.DB
	places *places.Index
	photos *api.PhotoDir
	ground *pmtiles.File      // nil: none
	bus    *realtime.RedisBus // nil: none
	server *api.Server
	http   *http.Server
	unused unusedConns
	ln     net.Listener
	debug  *debugServer // nil: no profiles
	traces *tracer      // nil: none

	// AdminPassword is the random password that this start gave to the user
	// admin of an empty database; empty when there was no need for one.
	AdminPassword string

	served chan error

	mailer   *alert.Mailer // nil: no error mail
	stopMail func()
}

// Open brings everything up to the point where requests could be served: the
// schema is migrated, the first user exists, the address is taken. The caller
// calls Start, and Close in any case.
func Open(ctx context.Context, cfg Config, log *slog.Logger) (*App, error) {
	return open(ctx, cfg, log, func(s api.Store) api.Store { return s })
}

// open is Open with something between the server and its store, for tests.
func open(ctx context.Context, cfg Config, log *slog.Logger, between func(api.Store) api.Store) (_ *App, err error) {
	mailer := newMailer(cfg, log)
	if mailer != nil {
		log = slog.New(mailer.Handler(log.Handler()))
	}
	a := &App{cfg: cfg, log: log, mailer: mailer, served: make(chan error, 1)}
	a.startMail()
	defer func() {
		if err != nil {
			a.release()
		}
	}()
	a.db, err = store.Open(ctx, store.Options{
		URL: cfg.DatabaseURL, Logger: log, Migrate: true, Patience: databasePatience, Conns: cfg.DatabaseConns,
		// Called by the store, which is asked by nobody else before the server exists.
		OnCommit: func(entries []domain.LogEntry) {
			if a.server != nil {
				a.server.Committed(entries)
			}
		},
		OnRead: func(ctx context.Context, query string, begun time.Time, err error) {
			if a.server != nil {
				a.server.Read(ctx, query, begun, err)
			}
		},
		OnChat: func(messages []domain.ChatMessage) {
			if a.server != nil {
				a.server.CommittedChat(messages)
			}
		},
	})
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	clock, err := openClock(ctx, a.db, cfg.ClockSpeed, log)
	if err != nil {
		return nil, err
	}
	if a.AdminPassword, err = createAdmin(ctx, a.db, cfg.AdminPassword); err != nil {
		return nil, fmt.Errorf("create the first user: %w", err)
	}
	if a.photos, err = api.NewPhotoDir(filepath.Join(cfg.DataDir, "photos")); err != nil {
		return nil, err
	}
	if a.traces, err = newTracer(ctx, cfg, log); err != nil {
		return nil, err
	}
	a.places = places.New(cfg.addressesFile(), log)
	deps := api.Deps{
		Store: between(a.db), Addresses: a.places, Photos: a.photos, Logger: log, Degraded: a.degraded, Figures: a.figures(), Tracer: a.traces.spans(),
		Router: cfg.Router, Now: clock.now,
	}
	if cfg.RedisURL != "" {
		if a.bus, err = realtime.NewRedisBus(realtime.RedisOptions{URL: cfg.RedisURL, Name: cfg.NodeID, Logger: log}); err != nil {
			return nil, fmt.Errorf("join the nodes: %w", err)
		}
		deps.Bus = a.bus
	}
	if cfg.TilesFile != "" {
		if a.ground, err = pmtiles.Open(cfg.TilesFile); err != nil {
			return nil, fmt.Errorf("open the map: %w", err)
		}
	}
	a.server, err = api.New(api.Config{
		Ground:         a.ground,
		PublicURL:      cfg.PublicURL,
		Window:         cfg.Window,
		Keep:           cfg.Keep,
		NodeID:         cfg.NodeID,
		Version:        cfg.Version,
		TrustedProxies: cfg.TrustedProxies,
		WebhookPrivate: cfg.WebhookPrivate,
		Secure:         cfg.TLS != nil,
		Static:         web.FS(),
		Peers:          cfg.Peers,
		TileOrigin:     cfg.TileOrigin,
		Tiles:          cfg.Tiles,
		PushKey:        cfg.PushKey,
		MetricsToken:   cfg.MetricsToken,
		Quotas:         cfg.Quotas,
		ClockSpeed:     cfg.ClockSpeed,
		Realtime:       realtime.Options{MaxConns: mostSockets()},
	}, deps)
	if err != nil {
		return nil, err
	}
	a.http = &http.Server{
		Handler:           a.server.Handler(),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ConnState:         a.unused.note,
	}
	if a.debug, err = listenDebug(ctx, cfg, log); err != nil {
		return nil, err
	}
	if a.ln, err = (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Addr); err != nil {
		return nil, err
	}
	return a, nil
}

// fileReserve are files that sockets leave to the database, probes, and the
// requests of staff.
const fileReserve = 1024

// mostSockets is how many connections the limit on open files allows, at most as
// many as the hub takes by itself (0).
func mostSockets() int {
	limit, err := openFiles()
	if err != nil || limit > 20_000+20_000/10+fileReserve {
		return 0
	}
	return int(max(limit/2, limit-min(limit, fileReserve)) * 10 / 11) // a tenth more are told to come back
}

// Start serves in the background until Close. ctx bounds the start alone.
func (a *App) Start(ctx context.Context) error {
	if err := a.server.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	ln := a.ln
	if a.cfg.TLS != nil {
		ln = tls.NewListener(ln, &tls.Config{
			Certificates: []tls.Certificate{*a.cfg.TLS},
			MinVersion:   tls.VersionTLS12,
			// Realtime connections are hijacked, so HTTP/2 is not offered.
			NextProtos: []string{"http/1.1"},
		})
	}
	go func() { a.served <- a.http.Serve(ln) }()
	a.debug.start(a.log)
	a.log.Info("listening", "addr", a.ln.Addr().String(), "url", a.URL(),
		"version", a.cfg.Version, "node", a.cfg.NodeID, "database", a.cfg.databaseName())
	return nil
}

// Failed delivers the error that ended serving, if it ends without Close.
func (a *App) Failed() <-chan error { return a.served }

// URL is where a browser on this machine finds the server.
func (a *App) URL() string {
	scheme := "http"
	if a.cfg.TLS != nil {
		scheme = "https"
	}
	addr := a.ln.Addr().(*net.TCPAddr)
	host := addr.IP.String()
	if addr.IP.IsUnspecified() {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, strconv.Itoa(addr.Port))
}

// client calls this very server, whatever name its certificate has.
func (a *App) client() *http.Client { return clientOf(a.cfg.TLS) }

// clientOf calls a server on this machine that has the certificate (nil: none).
func clientOf(cert *tls.Certificate) *http.Client {
	tr := http.DefaultTransport.(*http.Transport).Clone()
	tr.Proxy = nil
	tr.MaxIdleConnsPerHost = 64
	if cert != nil {
		own := cert.Certificate[0]
		tr.TLSClientConfig = &tls.Config{
			MinVersion: tls.VersionTLS12,
			// The name and the chain don't matter: it must be our own certificate.
			InsecureSkipVerify: true,
			VerifyConnection: func(cs tls.ConnectionState) error {
				if !bytes.Equal(cs.PeerCertificates[0].Raw, own) {
					return errors.New("somebody else answers at our address")
				}
				return nil
			},
		}
	}
	return &http.Client{Transport: tr}
}

// release lets go of whatever has been opened.
func (a *App) release() {
	if a.ln != nil {
		if err := a.ln.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			a.log.Warn("closing the listener failed", "error", err)
		}
	}
	a.debug.close()
	if a.bus != nil {
		a.bus.Stop() // behind the last commit
	}
	if a.db != nil {
		if err := a.db.Close(); err != nil {
			a.log.Error("closing the database failed", "error", err)
		}
	}
	if a.places != nil {
		_ = a.places.Close()
	}
	if a.photos != nil {
		_ = a.photos.Close()
	}
	if a.ground != nil {
		_ = a.ground.Close()
	}
	a.traces.close()
	a.stopMail()
}
