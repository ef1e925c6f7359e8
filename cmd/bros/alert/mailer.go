// Package alert mails what goes wrong. It listens to the log: what is logged as
// an error, a panic among it, is grouped by its cause and told by SMTP at once,
// then at most once a minute and less and less often while it lasts, and a last
// time when it has ended. Nothing here ever blocks who logs: everything is
// bounded, and a mail server that is down, slow or refuses is only reported.
package alert

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

const (
	maxCauses = 200 // that are told apart; what goes beyond shares one
	maxQueued = 50  // mails that wait for the server
	// burst mails may go at once whatever their causes, then one each budgetEvery.
	burst       = 10
	budgetEvery = 10 * time.Second
	mailTimeout = 15 * time.Second // of one attempt, all of it
	mailLife    = time.Hour        // after which a mail that nobody took is given up
	maxEvery    = time.Hour        // the longest pause between two mails of one cause
)

// Options make a Mailer.
type Options struct {
	Server  Server
	To      []string
	From    string
	Node    string // whose errors these are
	Version string
	// Logger takes what the mailer itself has to say; it must not lead back into it.
	Logger *slog.Logger

	Every time.Duration    // the least pause between two mails of one cause (a minute when zero)
	Quiet time.Duration    // after which a cause has ended (10 minutes when zero)
	Retry time.Duration    // the first pause after the server did not take a mail (5 s when zero)
	Now   func() time.Time // nil: time.Now
}

// Mailer groups errors and mails them. Make it with New, have its Handler in the
// logger, Run it, and Close it last.
type Mailer struct {
	o     Options
	queue chan *mail
	ended chan struct{} // closed when Run has returned

	mu      sync.Mutex
	causes  map[string]*cause
	budget  float64
	filled  time.Time // when the budget was last reckoned
	trouble string    // why the last attempt failed; empty: it did not

	sent, failed, dropped, errors atomic.Int64
}

// cause is one sort of error.
type cause struct {
	key         string
	first, last time.Time
	count       int // since first
	told        int // of these by mail
	mails       int
	due         time.Time // not before
	newest      event
}

// New makes a mailer; it starts nothing.
func New(o Options) *Mailer {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Every <= 0 {
		o.Every = time.Minute
	}
	if o.Quiet <= 0 {
		o.Quiet = 10 * time.Minute
	}
	if o.Retry <= 0 {
		o.Retry = 5 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Mailer{o: o, queue: make(chan *mail, maxQueued), ended: make(chan struct{}), causes: map[string]*cause{}, budget: burst, filled: o.Now()}
}

// report takes an error in. It never waits for anything but the mutex.
func (m *Mailer) report(e event) {
	m.errors.Add(1)
	now := m.o.Now()
	key := e.fingerprint()
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.causes[key]
	if c == nil {
		if len(m.causes) >= maxCauses {
			key = "others"
			c = m.causes[key]
		}
		if c == nil {
			c = &cause{key: key, first: now}
			m.causes[key] = c
		}
	}
	c.count++
	c.last = now
	if c.mails == 0 || len(c.newest.stack) == 0 || !now.Before(c.due) {
		e.capture()
	} else {
		e.stack = c.newest.stack
	}
	c.newest = e
	m.tell(c, now)
}

// tell mails a cause if it is time and there is something new.
func (m *Mailer) tell(c *cause, now time.Time) {
	if c.told == c.count || now.Before(c.due) || !m.afford(now) {
		return
	}
	kind := kindFirst
	if c.mails > 0 {
		kind = kindAgain
	}
	if !m.enqueue(m.compose(c, kind, now)) {
		return
	}
	c.told = c.count
	// 1, 2, 4 … minutes: who knows of it already needs no mail a minute.
	c.due = now.Add(min(m.o.Every<<min(c.mails, 10), maxEvery))
	c.mails++
}

// afford takes one mail from what may be sent altogether.
func (m *Mailer) afford(now time.Time) bool {
	m.budget = min(burst, m.budget+now.Sub(m.filled).Seconds()/budgetEvery.Seconds())
	m.filled = now
	if m.budget < 1 {
		return false
	}
	m.budget--
	return true
}

func (m *Mailer) enqueue(mail *mail) bool {
	select {
	case m.queue <- mail:
		return true
	default:
		m.dropped.Add(1)
		return false
	}
}

// sweep tells what is due, and ends causes that have been quiet.
func (m *Mailer) sweep(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key, c := range m.causes {
		m.tell(c, now)
		if now.Sub(c.last) < m.o.Quiet || c.told < c.count {
			continue
		}
		if c.count > 1 && (!m.afford(now) || !m.enqueue(m.compose(c, kindEnded, now))) {
			continue
		}
		delete(m.causes, key)
	}
}

// Run mails until ctx ends, and then what is still queued, for a moment.
func (m *Mailer) Run(ctx context.Context) {
	defer close(m.ended)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go m.sweepLoop(ctx)
	for {
		select {
		case mail := <-m.queue:
			m.deliver(ctx, mail)
		case <-ctx.Done():
			m.last()
			return
		}
	}
}

func (m *Mailer) sweepLoop(ctx context.Context) {
	tick := time.NewTicker(min(m.o.Every, m.o.Quiet) / 4)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			m.sweep(m.o.Now())
		case <-ctx.Done():
			return
		}
	}
}

// last tries what is queued once, within a second or two: the process ends.
func (m *Mailer) last() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	for {
		select {
		case mail := <-m.queue:
			if m.attempt(ctx, mail) != nil {
				return
			}
		default:
			return
		}
	}
}

// deliver tries until the server takes the mail, it is too old, or ctx ends.
func (m *Mailer) deliver(ctx context.Context, mail *mail) {
	pause := m.o.Retry
	for {
		if ctx.Err() == nil && m.attempt(ctx, mail) == nil {
			return
		}
		if ctx.Err() != nil {
			_ = m.enqueue(mail) // last tries it once more
			return
		}
		if m.o.Now().Sub(mail.at) >= mailLife {
			m.dropped.Add(1)
			return
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
		pause = min(2*pause, max(time.Minute, m.o.Retry))
	}
}

func (m *Mailer) attempt(ctx context.Context, mail *mail) error {
	err := m.o.Server.send(ctx, m.o.From, m.o.To, mail)
	m.mu.Lock()
	was := m.trouble
	m.trouble = ""
	if err != nil {
		m.trouble = err.Error()
	}
	m.mu.Unlock()
	switch {
	case err == nil:
		m.sent.Add(1)
		if was != "" {
			m.o.Logger.Info("the mail server takes mail again")
		}
	default:
		m.failed.Add(1)
		if was == "" { // a warning: an error would lead to more mail
			m.o.Logger.Warn("the mail server does not take error mail", "error", err)
		}
	}
	return err
}

// Degraded says why mail does not get through at the moment; empty: it does, as
// far as is known.
func (m *Mailer) Degraded() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.trouble == "" {
		return ""
	}
	return "error mail does not get through"
}

// Wait blocks until Run has returned, or ctx ends.
func (m *Mailer) Wait(ctx context.Context) {
	select {
	case <-m.ended:
	case <-ctx.Done():
	}
}
