package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/brosops/bros/cmd/bros/alert"
)

// newMailer is nil when no error mail was asked for. log takes what the mailer
// itself has to say.
func newMailer(cfg Config, log *slog.Logger) *alert.Mailer {
	if cfg.Alert == nil {
		return nil
	}
	return alert.New(alert.Options{
		Server: cfg.Alert.Server, To: cfg.Alert.To, From: cfg.Alert.From, Node: cfg.NodeID, Version: cfg.Version, Logger: log,
	})
}

// startMail runs the mailer for as long as the App lives; stopMail ends it after
// what else may still log.
func (a *App) startMail() {
	a.stopMail = func() {}
	if a.mailer == nil {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	go a.mailer.Run(ctx)
	a.stopMail = func() {
		stop()
		wait, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		a.mailer.Wait(wait)
	}
}

// degraded says what the process does without at the moment.
func (a *App) degraded() []string {
	var out []string
	if a.mailer != nil {
		if why := a.mailer.Degraded(); why != "" {
			out = append(out, why)
		}
	}
	return out
}

// figures are those that /metrics has of the App's own parts.
func (a *App) figures() []prometheus.Collector {
	out := diskFigures(a.cfg.DataDir)
	if a.mailer != nil {
		out = append(out, a.mailer)
	}
	if a.traces != nil {
		out = append(out, a.traces.failures)
	}
	return out
}

type alertCmd struct {
	Test alertTestCmd `cmd:"" help:"Send one error mail now, to see whether it gets through."`
}

type alertTestCmd struct{}

// Run sends a mail by the settings of the server.
func (alertTestCmd) Run(env *runtimeEnv) error {
	cfg, err := env.config()
	if err != nil {
		return err
	}
	mailer := newMailer(cfg, cfg.logger(env.stderr))
	if mailer == nil {
		return fmt.Errorf("no mail server is set: BROS_SMTP_URL and BROS_ALERT_TO are needed")
	}
	if err := mailer.Test(env.ctx); err != nil {
		return fmt.Errorf("the mail did not get through: %w", err)
	}
	fmt.Fprintf(env.stdout, "sent to %s\n", strings.Join(cfg.Alert.To, ", "))
	return nil
}
