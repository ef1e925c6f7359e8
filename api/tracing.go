package api

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/brosops/bros/domain"
)

// maxTraced bounds the changes whose trace is remembered until the rooms show them.
const maxTraced = 4096

// tracing follows a request over its transaction to the rooms: a span of the
// request, under it those of its statements that read and of its transactions,
// and under a transaction one for each change that gets into the rooms of a node.
// The log and clients' messages carry nothing of it, so the way from a number of
// the log back to its transaction is kept here; other nodes are told it beside the
// entry. A nil tracing does nothing.
type tracing struct {
	tracer trace.Tracer

	mu   sync.Mutex
	open map[traced]trace.SpanContext // transactions by what they appended
}

// traced is one number of a center's log.
type traced struct {
	center string
	seq    int64
}

func newTracing(t trace.Tracer) *tracing {
	if t == nil {
		return nil
	}
	return &tracing{tracer: t, open: map[traced]trace.SpanContext{}}
}

// request begins the span of a request, as part of its caller's trace if that
// says one.
func (t *tracing) request(ctx context.Context, r *http.Request) (context.Context, trace.Span) {
	if t == nil || quiet(r.URL.Path) {
		return ctx, nil
	}
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(r.Header))
	return t.tracer.Start(ctx, methodLabel(r.Method), trace.WithSpanKind(trace.SpanKindServer))
}

// answered ends the span of a request.
func answered(span trace.Span, c *call, method, pattern string, status int) {
	if span == nil {
		return
	}
	span.SetName(methodLabel(method) + " " + pattern)
	span.SetAttributes(attribute.String("http.request.method", methodLabel(method)), attribute.String("http.route", pattern),
		attribute.Int("http.response.status_code", status), attribute.String("bros.request_id", c.id))
	if c.actor.UserID != "" {
		span.SetAttributes(attribute.String("enduser.id", c.actor.UserID), attribute.String("enduser.role", string(c.actor.Role)))
	}
	if status >= http.StatusInternalServerError {
		span.SetStatus(codes.Error, "")
	}
	span.End()
}

// below begins a span under the one of ctx; nil when that is not followed.
func (t *tracing) below(ctx context.Context, name string, begun time.Time) trace.Span {
	if t == nil || !trace.SpanFromContext(ctx).IsRecording() {
		return nil
	}
	_, span := t.tracer.Start(ctx, name, trace.WithTimestamp(begun), trace.WithSpanKind(trace.SpanKindClient))
	return span
}

// note remembers that a transaction appended a number.
func (t *tracing) note(span trace.Span, center string, seq int64) {
	t.remember(traced{center, seq}, span.SpanContext())
}

func (t *tracing) remember(key traced, transaction trace.SpanContext) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.open) >= maxTraced { // of logs that nobody watches here
		clear(t.open)
	}
	t.open[key] = transaction
}

// parents are the transactions of entries as a traceparent each, empty for one
// that is not followed; nil: none is.
func (t *tracing) parents(entries []domain.LogEntry) (out []string) {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range entries {
		transaction, known := t.open[traced{entries[i].CenterID, entries[i].Seq}]
		if !known {
			continue
		}
		if out == nil {
			out = make([]string, len(entries))
		}
		carrier := propagation.MapCarrier{}
		propagation.TraceContext{}.Inject(trace.ContextWithSpanContext(context.Background(), transaction), carrier)
		out[i] = carrier[traceParent]
	}
	return out
}

// traceParent is the name that the text of a trace's place goes by.
const traceParent = "traceparent"

// heard remembers the transactions of another node's entries.
func (t *tracing) heard(entries []busEntry) {
	if t == nil {
		return
	}
	for i := range entries {
		e := &entries[i]
		if e.Trace == "" {
			continue
		}
		ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{traceParent: e.Trace})
		if transaction := trace.SpanContextFromContext(ctx); transaction.IsValid() {
			t.remember(traced{e.Center, e.Seq}, transaction)
		}
	}
}

// published is told that a number has got into the rooms.
func (t *tracing) published(center string, seq int64, begun time.Time) {
	if t == nil {
		return
	}
	key := traced{center, seq}
	t.mu.Lock()
	parent, known := t.open[key]
	delete(t.open, key)
	t.mu.Unlock()
	if !known {
		return
	}
	ctx := trace.ContextWithSpanContext(context.Background(), parent)
	_, span := t.tracer.Start(ctx, "publish", trace.WithTimestamp(begun), trace.WithSpanKind(trace.SpanKindProducer),
		trace.WithAttributes(attribute.String("bros.center", center), attribute.Int64("bros.seq", seq)))
	span.End()
}

// failed marks a span with an error that is none of the caller's.
func failed(span trace.Span, err error) {
	var e *domain.Error
	switch {
	case err == nil:
	case errors.As(err, &e) && e.Code != domain.CodeInternal && e.Code != domain.CodeUnavailable:
		span.SetAttributes(attribute.String("bros.refused", string(e.Code)))
	default:
		span.SetStatus(codes.Error, "")
	}
}

// tracedTx notes what a transaction appends.
type tracedTx struct {
	domain.Tx
	t    *tracing
	span trace.Span
}

// Append passes on, and looks at the numbers that the changes were stamped with.
func (x *tracedTx) Append(ctx context.Context, actor domain.Actor, centerID string, at domain.Time, changes ...*domain.Change) error {
	if err := x.Tx.Append(ctx, actor, centerID, at, changes...); err != nil {
		return err
	}
	for _, c := range changes {
		x.t.note(x.span, centerID, versionOf(c.Record))
	}
	return nil
}
