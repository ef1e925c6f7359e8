package api

import (
	"path/filepath"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime/redistest"
)

// TestTraceReachesOtherNodes: a change that gets into another node's rooms is a
// span of the transaction that made it, where both nodes trace; one that doesn't
// gets the change all the same.
func TestTraceReachesOtherNodes(t *testing.T) {
	srv, path := redistest.Start(t), filepath.Join(t.TempDir(), "bros.db")
	join := func(name string, traced bool) (*node, *tracetest.InMemoryExporter) {
		spans := tracetest.NewInMemoryExporter()
		return openNodeOn(t, path, name, srv.URL(), nil, func(_ *Config, d *Deps) {
			if traced {
				d.Tracer = sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)).Tracer("bros")
			}
		}), spans
	}
	one, there := join("one", true)
	one.settle()
	two, here := join("two", true)
	three, none := join("three", false)
	room := "delivery/" + one.a.center.ID
	var desks []*socket
	for _, n := range []*node{one, two, three} {
		if n != one {
			n.beside(one)
		}
		n.hearing()
		s := n.connect(n.a.agent)
		s.joined(room)
		n.followsCenter(n.a.center.ID)
		desks = append(desks, s)
	}
	transactions := func() map[string]bool {
		all := map[string]bool{}
		for _, s := range there.GetSpans() {
			if s.Name == "transaction" {
				all[s.SpanContext.TraceID().String()+s.SpanContext.SpanID().String()] = true
			}
		}
		return all
	}
	// Until a node has joined the center's topic it reads the log, without traces.
	var published tracetest.SpanStub
	var last domain.Delivery
	until(t, "a span of the other node", func() bool {
		last = one.newDelivery(one.a)
		for _, s := range here.GetSpans() {
			if s.Name == "publish" {
				published = s
				return true
			}
		}
		return false
	})
	if parent := published.Parent; !transactions()[parent.TraceID().String()+parent.SpanID().String()] || !parent.IsRemote() {
		t.Errorf("the span is under %v, not under a transaction of the other node", parent)
	}
	center := attribute.String("bros.center", one.a.center.ID)
	found := false
	for _, a := range published.Attributes {
		found = found || a == center
	}
	if !found {
		t.Errorf("the span says %v", published.Attributes)
	}
	for _, s := range desks {
		s.change(room, last.ID)
	}
	if len(none.GetSpans()) > 0 {
		t.Errorf("a node without traces made %v", none.GetSpans())
	}
	for _, s := range desks { // no client is told anything of it
		if s.has(func(m *message) bool { return strings.Contains(m.raw, published.SpanContext.TraceID().String()) }) {
			t.Error("a client's message holds a trace")
		}
	}
}

// A trace's place that can't be read is as none, and a node that traces nothing
// passes over any.
func TestTraceOfAnotherNode(t *testing.T) {
	tracing := newTracing(sdktrace.NewTracerProvider().Tracer("bros"))
	const good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	entries := []busEntry{{Center: "c", Seq: 1}, {Center: "c", Seq: 2, Trace: "00-zz"}, {Center: "c", Seq: 3, Trace: good}}
	tracing.heard(entries)
	got := tracing.parents([]domain.LogEntry{{CenterID: "c", Seq: 1}, {CenterID: "c", Seq: 2}, {CenterID: "c", Seq: 3}})
	if len(tracing.open) != 1 || len(got) != 3 || got[0] != "" || got[1] != "" || got[2] != good {
		t.Errorf("remembers %v, tells %q", tracing.open, got)
	}
	if tracing.parents([]domain.LogEntry{{CenterID: "d", Seq: 3}}) != nil {
		t.Error("a trace of nothing that is followed")
	}
	tracing = nil
	tracing.heard(entries)
	if tracing.parents([]domain.LogEntry{{CenterID: "c", Seq: 3}}) != nil {
		t.Error("a trace without traces")
	}
}
