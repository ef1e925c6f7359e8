package alert

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	gomail "github.com/wneessen/go-mail"

	"github.com/brosops/bros/cmd/bros/alert/mailtest"
)

const patience = time.Minute

func at(b *mailtest.Mailbox) Server {
	return Server{Host: "127.0.0.1", Port: b.Addr.Port, TLS: gomail.NoTLS, Timeout: 10 * time.Second}
}

// newAlerts runs a mailer and answers a logger that leads into it.
func newAlerts(t *testing.T, o Options) (*Mailer, *slog.Logger) {
	t.Helper()
	o.From, o.To, o.Node, o.Version = "bros@bros.test", []string{"ops@bros.test"}, "node-1", "v1"
	if o.Retry == 0 {
		o.Retry = 20 * time.Millisecond
	}
	m := New(o)
	ctx, cancel := context.WithCancel(context.Background())
	go m.Run(ctx)
	t.Cleanup(func() { cancel(); m.Wait(t.Context()); <-m.ended })
	return m, slog.New(m.Handler(slog.DiscardHandler))
}

// The first error of a cause is told at once, with what is needed to find it.
func TestTheFirstErrorIsToldAtOnce(t *testing.T) {
	box := mailtest.New(t, "127.0.0.1:0")
	_, log := newAlerts(t, Options{Server: at(box)})
	log.With("part", "api").Error("panic", "requestId", "abc123", "route", "/api/v1/orders", "panic", "index out of range\r\nBcc: x@y", "stack", "goroutine 1\nmain.go:7")
	log.Warn("only a warning")
	m := box.Await(1)
	if got := m.Subject; got != "[bros node-1] panic: index out of range" {
		t.Errorf("subject %q", got)
	}
	body := m.Text
	for _, want := range []string{"abc123", "/api/v1/orders", "node-1", "v1", "main.go:7", "Count:      1", "part:", "First:", "Last:"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in\n%s", want, body)
		}
	}
	if m.Header.Get("Bcc") != "" || m.Header.Get("To") != "<ops@bros.test>" || m.Header.Get("Auto-Submitted") != "auto-generated" {
		t.Errorf("header %v", m.Header)
	}
}

// Many errors of one cause are one mail, then one with their number, and a last
// one when they have ended; another cause is told by itself.
func TestErrorsAreGroupedByCause(t *testing.T) {
	box := mailtest.New(t, "127.0.0.1:0")
	clock := newClock()
	m, log := newAlerts(t, Options{Server: at(box), Now: clock.now})
	for n := range 1000 {
		log.Error("request failed", "requestId", fmt.Sprint("r", n), "error", fmt.Errorf("order %d of \"%d\" is stuck", n, n))
	}
	log.Error("request failed", "error", errors.New("the disk is full"))
	first, other := box.Await(1), box.Await(2)
	if !strings.Contains(first.Text, "Count:      1\r\n") || !strings.Contains(other.Subject, "the disk is full") {
		t.Errorf("%s\n%s", first.Text, other.Subject)
	}
	m.sweep(clock.now())
	clock.advance(59 * time.Second)
	log.Error("request failed", "error", errors.New("order 7 of \"7\" is stuck"))
	m.sweep(clock.now())
	clock.advance(2 * time.Second)
	m.sweep(clock.now())
	again := box.Await(3)
	if got := again.Subject; !strings.Contains(got, "(1001 times)") {
		t.Errorf("subject %q", got)
	}
	if got := again.Text; !strings.Contains(got, "Count:      1001") || !strings.Contains(got, "First:      2026-11-23 10:00:00 UTC") ||
		!strings.Contains(got, "Last:       2026-11-23 10:00:59 UTC") {
		t.Errorf("body %s", got)
	}
	clock.advance(10 * time.Minute)
	m.sweep(clock.now())
	if got := box.Await(4).Subject; !strings.HasPrefix(got, "[bros node-1] ended: ") {
		t.Errorf("subject %q", got)
	}
	log.Error("request failed", "error", errors.New("order 8 of \"8\" is stuck"))
	if got := box.Await(5).Text; !strings.Contains(got, "Count:      1\r\n") {
		t.Errorf("a new beginning: %s", got)
	}
}

// A server that is down, refuses, or says nothing harms nobody who logs; when it
// is back it gets the mail.
func TestAMailServerThatDoesNotWork(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // the kernel takes connections, nobody answers
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	down := closed.Addr().(*net.TCPAddr)
	_ = closed.Close()
	refusing := mailtest.New(t, "127.0.0.1:0")
	var mu sync.Mutex
	no := true
	refusing.RefuseBy(func() error {
		mu.Lock()
		defer mu.Unlock()
		if no {
			return &smtp.SMTPError{Code: 451, Message: "greylisted"}
		}
		return nil
	})
	for name, at := range map[string]Server{
		"silent":   {Host: "127.0.0.1", Port: silent.Addr().(*net.TCPAddr).Port, TLS: gomail.NoTLS, Timeout: 50 * time.Millisecond},
		"down":     {Host: "127.0.0.1", Port: down.Port, TLS: gomail.NoTLS, Timeout: 10 * time.Second},
		"refusing": at(refusing),
	} {
		t.Run(name, func(t *testing.T) {
			m, log := newAlerts(t, Options{Server: at})
			for n := range 10_000 {
				log.Error("it fails", "error", strings.Repeat("x", n%300)) // many causes
			}
			awaitTrue(t, "it is reported", func() bool { return m.Degraded() != "" && m.failed.Load() > 1 })
			m.mu.Lock()
			causes := len(m.causes)
			m.mu.Unlock()
			if causes > maxCauses+1 || len(m.queue) > maxQueued {
				t.Errorf("%d causes, %d mails", causes, len(m.queue))
			}
			switch name {
			case "refusing":
				mu.Lock()
				no = false
				mu.Unlock()
				refusing.Await(1)
			case "down":
				mailtest.New(t, down.String()).Await(1)
			default:
				return
			}
			awaitTrue(t, "it is well again", func() bool { return m.Degraded() == "" })
		})
	}
}

// What is queued when the process ends is still sent.
func TestTheLastMail(t *testing.T) {
	box := mailtest.New(t, "127.0.0.1:0")
	m := New(Options{Server: at(box), From: "a@b.test", To: []string{"c@d.test"}, Node: "n"})
	slog.New(m.Handler(slog.DiscardHandler)).Error("the end")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m.Run(ctx)
	box.Await(1)
}

func TestParseServer(t *testing.T) {
	for raw, want := range map[string]Server{
		"smtp://mail.test":                  {Host: "mail.test", Port: 587, TLS: gomail.TLSOpportunistic},
		"smtp://mail.test:25?tls=off":       {Host: "mail.test", Port: 25, TLS: gomail.NoTLS},
		"smtp://u%40x:p%3Aw@mail.test:2525": {Host: "mail.test", Port: 2525, TLS: gomail.TLSMandatory, User: "u@x", Password: "p:w"},
		"smtps://bros:s3cret@mail.test":     {Host: "mail.test", Port: 465, SSL: true, TLS: gomail.TLSMandatory, User: "bros", Password: "s3cret"},
	} {
		if got, err := ParseServer(raw); err != nil || got != want {
			t.Errorf("%s: %+v %v", raw, got, err)
		}
	}
	for _, raw := range []string{"", "mail.test", "http://mail.test", "smtp://", "smtp://u:s3cret@x:y", "smtp://s3cret@mail.test/box", "smtp://x?s3cret=1"} {
		if _, err := ParseServer(raw); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

// Credentials go to a server that is really that server, and over TLS only.
func TestCredentialsNeedTLS(t *testing.T) {
	box := mailtest.New(t, "127.0.0.1:0", func(s *smtp.Server) { s.AllowInsecureAuth = true })
	at, err := ParseServer(fmt.Sprintf("smtp://bros:s3cret@127.0.0.1:%d", box.Addr.Port))
	if err != nil {
		t.Fatal(err)
	}
	if err := New(Options{Server: at, From: "a@b.test", To: []string{"c@d.test"}}).Test(t.Context()); err == nil {
		t.Error("the password went out in the clear")
	}
}

type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func awaitTrue(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !is() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("never: " + what)
		}
	}
}
