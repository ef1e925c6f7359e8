package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// traceBox is a collector of OpenTelemetry's protocol that keeps what it gets.
type traceBox struct {
	t    *testing.T
	url  string
	mu   sync.Mutex
	all  []*tracepb.Span
	of   map[string]string // attributes of the service
	grew chan struct{}
}

func newTraceBox(t *testing.T) *traceBox {
	b := &traceBox{t: t, of: map[string]string{}, grew: make(chan struct{})}
	srv := httptest.NewServer(http.HandlerFunc(b.take))
	t.Cleanup(srv.Close)
	b.url = srv.URL
	return b
}

func (b *traceBox) take(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	var req collector.ExportTraceServiceRequest
	if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(raw, &req) != nil {
		b.t.Errorf("what came to %s is no traces (%v)", r.URL.Path, err)
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, rs := range req.ResourceSpans {
		for k, v := range attributes(rs.Resource.Attributes) {
			b.of[k] = v
		}
		for _, ss := range rs.ScopeSpans {
			b.all = append(b.all, ss.Spans...)
		}
	}
	close(b.grew)
	b.grew = make(chan struct{})
}

func attributes(kvs []*commonpb.KeyValue) map[string]string {
	out := map[string]string{}
	for _, kv := range kvs {
		out[kv.Key] = strings.Trim(strings.SplitN(kv.Value.String(), ":", 2)[1], `"`)
	}
	return out
}

// await blocks until there are n spans of the trace with the name, and answers them.
func (b *traceBox) await(traceID, name string, n int) []*tracepb.Span {
	b.t.Helper()
	for deadline := time.After(patience); ; {
		b.mu.Lock()
		var out []*tracepb.Span
		for _, s := range b.all {
			if hex.EncodeToString(s.TraceId) == traceID && s.Name == name {
				out = append(out, s)
			}
		}
		grew := b.grew
		b.mu.Unlock()
		if len(out) >= n {
			return out
		}
		select {
		case <-grew:
		case <-deadline:
			b.t.Fatalf("%d of %d spans %q came", len(out), n, name)
		}
	}
}

func (b *traceBox) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.all)
}

const callersTrace, callersSpan = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"

// placeTraced posts an accepted order as part of a trace.
func placeTraced(t *testing.T, c *caller, b branch, flags string) (requestID, body string) {
	t.Helper()
	in := b.order("traced")
	in["accept"] = true
	raw, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, c.url+"/api/v1/orders", bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"Authorization": {"Bearer " + c.token}, "Content-Type": {"application/json"},
		"Traceparent": {"00-" + callersTrace + "-" + callersSpan + "-" + flags}}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusCreated {
		t.Fatalf("status %d: %s (%v)", res.StatusCode, out, err)
	}
	return res.Header.Get("X-Request-Id"), string(out)
}

// follow loads the center's rooms, and answers what they hold.
func follow(c *caller, center string) string {
	var out json.RawMessage
	c.must(http.StatusOK, http.MethodPost, "/changes", map[string]any{"addresses": []any{
		map[string]any{"address": "order/" + center}, map[string]any{"address": "delivery/" + center}}}, &out)
	return string(out)
}

// One POST of an order is one trace: the caller's, the request, its transaction,
// and what that put into the rooms.
func TestAnOrderIsATrace(t *testing.T) {
	t.Parallel()
	box := newTraceBox(t)
	p := serveIn(t, t.TempDir(), []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + box.url, "OTEL_SERVICE_NAME=kitchen", "OTEL_BSP_SCHEDULE_DELAY=50", "BROS_NODE_ID=node-7"})
	admin := p.admin()
	b := admin.branch()
	follow(admin, b.Center.ID)
	requestID, body := placeTraced(t, admin, b, "01")

	request := box.await(callersTrace, "POST /api/v1/orders", 1)[0]
	about := attributes(request.Attributes)
	if hex.EncodeToString(request.ParentSpanId) != callersSpan || request.Kind != tracepb.Span_SPAN_KIND_SERVER {
		t.Errorf("the request is no part of the caller's span: %v", request)
	}
	if about["bros.request_id"] != requestID || requestID == "" || about["http.route"] != "/api/v1/orders" || about["http.response.status_code"] != "201" {
		t.Errorf("attributes %v, want request id %q", about, requestID)
	}
	transaction := box.await(callersTrace, "transaction", 1)[0]
	if !bytes.Equal(transaction.ParentSpanId, request.SpanId) || attributes(transaction.Attributes)["bros.outcome"] != "committed" {
		t.Errorf("the transaction: %v", transaction)
	}
	if transaction.StartTimeUnixNano < request.StartTimeUnixNano || transaction.EndTimeUnixNano > request.EndTimeUnixNano {
		t.Error("the transaction is not within the request")
	}
	for _, publish := range box.await(callersTrace, "publish", 2) { // the order's number, and the delivery's
		if !bytes.Equal(publish.ParentSpanId, transaction.SpanId) || attributes(publish.Attributes)["bros.center"] != b.Center.ID {
			t.Errorf("publishing: %v", publish)
		}
	}
	box.mu.Lock()
	if box.of["service.name"] != "kitchen" || box.of["service.instance.id"] != "node-7" {
		t.Errorf("the service is %v", box.of)
	}
	for _, s := range box.all {
		if text := s.String(); strings.Contains(text, "9876-5432") || strings.Contains(text, "01098765432") || strings.Contains(text, "김손님") || strings.Contains(text, admin.token) {
			t.Errorf("a span holds what is the customer's or a secret: %s", text)
		}
	}
	box.mu.Unlock()
	// Nothing of it goes into the contract's messages; the log line leads to it.
	if text := body + follow(admin, b.Center.ID); strings.Contains(text, callersTrace) || strings.Contains(text, "traceparent") {
		t.Errorf("the trace is in a message: %s", text)
	}
	if len(lines(p.stderr.String(), `route=/api/v1/orders .*requestId=`+requestID+`.* traceId=`+callersTrace)) != 1 {
		t.Errorf("the log does not lead to the trace:\n%s", p.stderr)
	}
	p.stop()
}

// Traces that were not asked for are not made.
func TestTracesAreOffUnlessAskedFor(t *testing.T) {
	t.Parallel()
	box := newTraceBox(t)
	endpoint := "OTEL_EXPORTER_OTLP_ENDPOINT=" + box.url
	for name, env := range map[string][]string{
		"disabled":            {endpoint, "OTEL_SDK_DISABLED=true"},
		"no exporter":         {endpoint, "OTEL_TRACES_EXPORTER=none"},
		"sampled away":        {endpoint, "OTEL_TRACES_SAMPLER=always_off"},
		"as the caller wants": {endpoint, "OTEL_TRACES_SAMPLER=parentbased_always_off"},
	} {
		p := serveIn(t, t.TempDir(), env)
		admin := p.admin()
		placeTraced(t, admin, admin.branch(), "00")
		p.stop() // which sends what waits
		if n := box.count(); n > 0 {
			t.Errorf("%s: %d spans came", name, n)
		}
	}
}

// A collector that is not there, and one that never answers, harm nothing.
func TestADeadCollectorHarmsNothing(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	for _, url := range []string{"http://127.0.0.1:1", "http://" + ln.Addr().String()} {
		p := serveIn(t, t.TempDir(), []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + url, "OTEL_BSP_SCHEDULE_DELAY=20", "OTEL_EXPORTER_OTLP_TIMEOUT=200"})
		admin := p.admin()
		b := admin.branch()
		placeTraced(t, admin, b, "01")
		if p.stderr.await(`level=WARN msg="traces can't be sent"`, p.ended) == nil {
			t.Errorf("%s: the log does not say so:\n%s", url, p.stderr)
		}
		res, err := http.Get(p.url + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if !strings.Contains(string(raw), `"status":"ok"`) {
			t.Errorf("%s: readiness %s", url, raw)
		}
		began := time.Now()
		p.stop()
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s: the stop took %s", url, took)
		}
	}
}
