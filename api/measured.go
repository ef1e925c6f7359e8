package api

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/brosops/bros/domain"
)

// measuredStore is the store with its transactions timed, counted and traced.
type measuredStore struct {
	Store
	s *Server
}

// Write passes on.
func (m measuredStore) Write(ctx context.Context, fn func(tx domain.Tx) error) error {
	if c := callOf(ctx); c.caller.ID != "" {
		ctx = domain.WithCaller(ctx, string(c.caller.Kind)+" "+c.caller.ID)
	}
	begun := time.Now()
	span := m.s.tracing.below(ctx, "transaction", begun)
	var turn time.Time // when fn first ran
	runs := 0
	err := m.Store.Write(ctx, func(tx domain.Tx) error {
		if runs++; runs == 1 {
			turn = time.Now()
		}
		if span == nil {
			return fn(tx)
		}
		err := fn(&tracedTx{tx, m.s.tracing, span})
		span.AddEvent("to commit", trace.WithAttributes(attribute.Int("bros.run", runs)))
		return err
	})
	if runs > 0 {
		m.s.metrics.writeWait.Observe(turn.Sub(begun).Seconds())
	}
	outcome := outcomeOf(err)
	m.s.metrics.writes.WithLabelValues(outcome).Observe(time.Since(begun).Seconds())
	if span != nil {
		if runs > 0 {
			span.AddEvent("begun", trace.WithTimestamp(turn))
		}
		span.SetAttributes(attribute.String("bros.outcome", outcome), attribute.Int("bros.runs", runs))
		failed(span, err)
		span.End()
	}
	return err
}

// The outcomes of a transaction, as bros_db_write_duration_seconds names them.
const (
	writeCommitted = "committed"
	writeRefused   = "refused" // by a rule: nothing changed, and nothing is wrong
	writeFailed    = "failed"
)

func outcomeOf(err error) string {
	var e *domain.Error
	switch {
	case err == nil || errors.As(err, &e) && e.Commit:
		return writeCommitted
	case e != nil && e.Code != domain.CodeInternal && e.Code != domain.CodeUnavailable:
		return writeRefused
	}
	return writeFailed
}

// Read is told of each statement that the store's readers were asked, when it was
// begun, and how it ended; the store calls it (store.Options.OnRead).
func (s *Server) Read(ctx context.Context, query string, begun time.Time, err error) {
	s.metrics.reads.Observe(time.Since(begun).Seconds())
	callOf(ctx).reads.Add(1)
	gone := ctx.Err() != nil // who asked is not there any more: that is no failure
	if err != nil && !gone {
		s.metrics.readErrors.Inc()
	}
	if span := s.tracing.below(ctx, "query", begun); span != nil {
		// The text has a ? for whatever a caller said.
		span.SetAttributes(attribute.String("db.query.text", query[:min(len(query), 300)]))
		if !gone {
			failed(span, err)
		}
		span.End()
	}
}
