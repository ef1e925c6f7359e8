package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/brosops/bros/cmd/bros/demo"
)

// drainTime is how long a stop may take; the contract allows 10 s from the
// signal to the end of the process.
const drainTime = 8 * time.Second

type serveCmd struct {
	Demo bool `help:"Serve a made-up center with sample traffic, from a database of its own (DATA-DIR/demo.db)."`
}

// Run serves until a signal comes.
func (c serveCmd) Run(env *runtimeEnv) error {
	cfg, err := env.config()
	if err != nil {
		return err
	}
	log, shown := cfg.logger(env.stderr), "(BROS_ADMIN_PASSWORD)"
	for _, name := range strangers(env.environ) {
		log.Warn("this variable is no setting of bros and has no effect", "name", name)
	}
	for _, name := range env.openFlags {
		log.Warn("a secret on the command line is read by everybody on this machine, and kept in the shell's history; set the variable, or a file", "name", name)
	}
	if c.Demo {
		if env.settings.DatabaseURL != "" {
			log.Warn("the demonstration uses a database of its own; BROS_DATABASE_URL has no effect")
		}
		if cfg = cfg.WithDemo(); cfg.AdminPassword == "" {
			cfg.AdminPassword, shown = demo.Password, demo.Password
		}
		if cfg, err = cfg.withTown(); err != nil {
			return err
		}
		log = quiet(log)
	}

	app, err := Open(env.ctx, cfg, log)
	if err != nil {
		return err
	}
	if app.AdminPassword != "" {
		fmt.Fprintf(env.stdout, "\nThe database is new. Log in as  admin  with the password  %s\n"+
			"It is shown this once; set another with: bros user password admin\n\n", app.AdminPassword)
	}
	if err := app.Start(env.ctx); err != nil {
		app.release()
		return err
	}
	stopDemo := func() {}
	if c.Demo {
		demo.PrintLogins(env.stdout, app.URL(), shown)
		stopDemo = startDemo(env.ctx, app, log)
	}

	select {
	case err := <-app.Failed():
		stopDemo()
		app.release()
		return fmt.Errorf("serve: %w", err)
	case <-env.ctx.Done():
	}
	log.Info("draining")
	stopDemo()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(env.ctx), drainTime)
	defer cancel()
	if err := app.Close(ctx); err != nil {
		log.Warn("the drain was cut short", "error", err)
	}
	log.Info("stopped")
	return nil
}

// startDemo drives the sample traffic in the background; the function it
// returns ends it and waits for that.
func startDemo(ctx context.Context, app *App, log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		// The server goes on without sample traffic.
		err := demo.Run(ctx, demo.Options{
			URL: app.URL(), HTTP: app.client(), Logger: log,
			AdminPassword: app.cfg.AdminPassword,
			ResetAdmin: func(ctx context.Context) error {
				_, err := setPassword(ctx, app.db, "admin", app.cfg.AdminPassword)
				return err
			},
		})
		if err != nil && ctx.Err() == nil {
			log.Error("the sample traffic has stopped", "error", err)
		}
	}()
	return func() { cancel(); <-done }
}

// quiet leaves out the line of each request that went well: the sample traffic
// would push the printed logins off the screen within seconds.
func quiet(log *slog.Logger) *slog.Logger { return slog.New(quietHandler{log.Handler()}) }

type quietHandler struct{ slog.Handler }

func (h quietHandler) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == "request" && r.Level == slog.LevelInfo {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

func (h quietHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return quietHandler{h.Handler.WithAttrs(attrs)}
}

func (h quietHandler) WithGroup(name string) slog.Handler {
	return quietHandler{h.Handler.WithGroup(name)}
}
