package alert

import (
	"context"
	"log/slog"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

const (
	maxStack = 16 << 10
	maxValue = 2000
)

// event is one error as it was logged.
type event struct {
	at      time.Time
	message string
	where   string // file:line of the call
	attrs   []slog.Attr
	stack   string
}

// Handler passes everything on to next, and what is an error also to the mailer.
func (m *Mailer) Handler(next slog.Handler) slog.Handler { return &handler{m: m, next: next} }

type handler struct {
	m      *Mailer
	next   slog.Handler
	attrs  []slog.Attr
	prefix string
}

// Enabled asks next; errors are wanted in any case.
func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelError || h.next.Enabled(ctx, level)
}

// Handle never waits for a mail.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError {
		h.m.report(h.eventOf(r))
	}
	if !h.next.Enabled(ctx, r.Level) {
		return nil
	}
	return h.next.Handle(ctx, r)
}

// WithAttrs and WithGroup keep both sides in step.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	c.next = h.next.WithAttrs(attrs)
	c.attrs = append([]slog.Attr{}, h.attrs...)
	for _, a := range attrs {
		a.Key = h.prefix + a.Key
		c.attrs = append(c.attrs, a)
	}
	return &c
}

// WithGroup puts the name before what follows.
func (h *handler) WithGroup(name string) slog.Handler {
	c := *h
	c.next = h.next.WithGroup(name)
	if name != "" {
		c.prefix = h.prefix + name + "."
	}
	return &c
}

func (h *handler) eventOf(r slog.Record) event {
	e := event{at: r.Time, message: r.Message, attrs: append([]slog.Attr{}, h.attrs...)}
	r.Attrs(func(a slog.Attr) bool {
		a.Value = a.Value.Resolve()
		if a.Key == "stack" {
			e.stack = a.Value.String()
			return true
		}
		a.Key = h.prefix + a.Key
		e.attrs = append(e.attrs, a)
		return true
	})
	if r.PC != 0 {
		frame, _ := runtime.CallersFrames([]uintptr{r.PC}).Next()
		e.where = frame.Function
	}
	return e
}

// capture adds the stack of who logs, when the record brought none.
func (e *event) capture() {
	if e.stack == "" {
		e.stack = string(debug.Stack())
	}
	if len(e.stack) > maxStack {
		e.stack = e.stack[:maxStack] + "\n…"
	}
}

// attr is the text of an attribute, or empty.
func (e *event) attr(key string) string {
	for _, a := range e.attrs {
		if a.Key == key {
			return a.Value.String()
		}
	}
	return ""
}

// varying is what differs between two errors of the same cause: ids, numbers,
// addresses, quoted texts.
var varying = regexp.MustCompile(`"[^"]*"|'[^']*'|[0-9a-z]{20,}|0x[0-9a-f]+|\d+`)

// fingerprint names the cause: what was logged, where, on which route, and the
// error without what varies.
func (e *event) fingerprint() string {
	what := e.attr("error")
	if what == "" {
		what = e.attr("panic")
	}
	what, _, _ = strings.Cut(what, "\n")
	if len(what) > 300 {
		what = what[:300]
	}
	return strings.Join([]string{e.message, e.where, e.attr("route"), varying.ReplaceAllString(what, "…")}, "\x00")
}
