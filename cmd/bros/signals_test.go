package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/coder/websocket"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"

	"github.com/brosops/bros/cmd/bros/alert/mailtest"
	"github.com/brosops/bros/realtime/redistest"
)

// figures are what /metrics says, by name.
func (p *process) figures() map[string]*dto.MetricFamily {
	p.t.Helper()
	res, err := http.Get(p.url + "/metrics")
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	out, err := parser.TextToMetricFamilies(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return out
}

// total is the sum of a family's samples that have the label (name=value; empty:
// all): values, or how many were observed.
func total(f *dto.MetricFamily, label string) (sum float64) {
	name, value, _ := strings.Cut(label, "=")
next:
	for _, m := range f.GetMetric() {
		if label != "" {
			found := false
			for _, l := range m.GetLabel() {
				found = found || l.GetName() == name && l.GetValue() == value
			}
			if !found {
				continue next
			}
		}
		sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
	}
	return sum
}

// busyServer is one with all of its parts in use, and a little done.
func busyServer(t *testing.T) *process {
	t.Helper()
	redis, box := redistest.Start(t), mailtest.New(t, "127.0.0.1:0")
	p := serveIn(t, t.TempDir(), append(mailEnv(box), "BROS_REDIS_URL="+redis.URL(), "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1"))
	admin := p.admin()
	b := admin.branch()
	ws, _, err := websocket.Dial(t.Context(), p.url+"/api/v1/realtime", &websocket.DialOptions{
		Subprotocols: []string{"bros.v1"}, HTTPHeader: http.Header{"Authorization": {"Bearer " + admin.token}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.CloseNow() })
	if err := ws.Write(t.Context(), websocket.MessageText, []byte(`{"id":1,"cmd":"subscribe","address":"order/`+b.Center.ID+`"}`)); err != nil {
		t.Fatal(err)
	}
	for reply := ""; !strings.Contains(reply, `"id":1`); {
		_, raw, err := ws.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		reply = string(raw)
	}
	admin.must(http.StatusCreated, http.MethodPost, "/orders", b.order("one"), nil)
	if _, _, err := ws.Read(t.Context()); err != nil { // it is there
		t.Fatal(err)
	}
	for _, wrong := range []string{"/nowhere/1", "/nowhere/2"} {
		admin.must(http.StatusNotFound, http.MethodGet, wrong, nil, nil)
	}
	admin.must(http.StatusNotFound, http.MethodPost, "/orders/none/cancel", map[string]string{"reason": "none", "by": "agent"}, nil)
	return p
}

// Traffic, errors, latency and saturation of requests, store and hub are on
// /metrics, and no caller can make series without end.
func TestGoldenSignals(t *testing.T) {
	t.Parallel()
	p := busyServer(t)
	// What the server counts behind the answer may come a moment after it.
	p.awaitMetric("bros_realtime_flush_seconds_count", "1")
	got := p.figures()
	for _, want := range []struct{ layer, signal, name, label string }{
		{"requests", "traffic", "bros_http_request_duration_seconds", "route=/api/v1/orders"},
		{"requests", "errors", "bros_http_request_duration_seconds", "status=404"},
		{"requests", "saturation", "bros_http_requests_in_flight", ""},
		{"store", "traffic", "bros_db_queries_total", "kind=read"},
		{"store", "traffic", "bros_db_queries_total", "kind=write"},
		{"store", "latency", "bros_db_write_duration_seconds", "outcome=committed"},
		{"store", "latency", "bros_db_write_wait_seconds", ""},
		{"store", "latency", "bros_db_read_duration_seconds", ""},
		{"store", "errors", "bros_db_write_duration_seconds", "outcome=refused"},
		{"store", "saturation", "bros_db_writes_waiting_max", ""},
		{"store", "saturation", "bros_db_connections_max", ""},
		{"store", "saturation", "bros_disk_free_bytes", ""},
		{"hub", "traffic", "bros_realtime_messages_sent_total", ""},
		{"hub", "traffic", "bros_realtime_commands_total", ""},
		{"hub", "latency", "bros_log_apply_seconds", ""},
		{"hub", "latency", "bros_realtime_flush_seconds", ""},
		{"hub", "saturation", "bros_realtime_connections", ""},
		{"hub", "saturation", "bros_realtime_snapshots_in_flight_max", ""},
	} {
		if total(got[want.name], want.label) <= 0 {
			t.Errorf("%s, %s: %s{%s} says nothing", want.layer, want.signal, want.name, want.label)
		}
	}
	// What counts trouble is there before there is any, so that a rate can be taken.
	for name, labels := range map[string][]string{
		"bros_db_write_duration_seconds": {"outcome=failed"}, "bros_db_read_errors_total": {""}, "bros_db_retries_total": {""},
		"bros_db_writes_waiting": {""}, "bros_realtime_queue_bytes": {""}, "bros_realtime_bad_frames_total": {""},
		"bros_realtime_resyncs_total": {"cause=slow"}, "bros_realtime_closed_total": {"cause=slow"}, "bros_realtime_dropped_total": {""},
	} {
		f := got[name]
		for _, label := range labels {
			if f == nil || label != "" && !strings.Contains(f.String(), strings.SplitN(label, "=", 2)[1]) {
				t.Errorf("%s{%s} is not there", name, label)
			}
		}
	}
	before := len(got["bros_http_request_duration_seconds"].GetMetric())
	for _, path := range []string{"/a", "/b", "/api/v1/orders/x1", "/api/v1/orders/x2", "/api/v1/c?d=e"} {
		for _, method := range []string{"GET", "BREW", "PROPFIND"} {
			req, err := http.NewRequest(method, p.url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
		}
	}
	for _, m := range p.figures()["bros_http_request_duration_seconds"].GetMetric() {
		for _, l := range m.GetLabel() {
			if v := l.GetValue(); strings.Contains(v, "x1") || v == "BREW" || v == "/a" || strings.Contains(v, "d=e") {
				t.Errorf("a caller made a series: %v", m)
			}
		}
	}
	if after := len(p.figures()["bros_http_request_duration_seconds"].GetMetric()); after > before+12 {
		t.Errorf("%d series became %d", before, after)
	}
	p.stop()
}

var (
	metricName = regexp.MustCompile(`\b((?:bros|go|process)_[a-z0-9_]+|up)\b(?:\{([^}]*)\})?`)
	labelName  = regexp.MustCompile(`([a-z_]+)(?:=~|!~|!=|=)"`)
	quoted     = regexp.MustCompile(`"[^"]*"`)
	rated      = regexp.MustCompile(`\b(?:rate|increase)\(([a-z0-9_]+)`)
	grouped    = regexp.MustCompile(`\b(?:by|on|ignoring) \(([^)]*)\)`)
)

// checkExpression says what an expression names that /metrics does not have.
func checkExpression(t *testing.T, where, expr string, have map[string]*dto.MetricFamily) {
	t.Helper()
	names := metricName.FindAllStringSubmatch(expr, -1)
	if len(names) == 0 || strings.Count(expr, "(") != strings.Count(expr, ")") || strings.Count(quoted.ReplaceAllString(expr, ""), `"`) > 0 {
		t.Errorf("%s: no expression: %s", where, expr)
	}
	// Only what counts up has a rate, and says something by it alone.
	counts := map[string]bool{}
	for _, n := range rated.FindAllStringSubmatch(expr, -1) {
		counts[n[1]] = true
	}
	labels := map[string]bool{"job": true, "instance": true, "le": true} // Prometheus' own
	for _, n := range names {
		if n[1] == "up" {
			continue
		}
		f := have[n[1]]
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			if base := have[strings.TrimSuffix(n[1], suffix)]; f == nil && base.GetType() == dto.MetricType_HISTOGRAM {
				f = base
			}
		}
		if f == nil {
			t.Errorf("%s: /metrics has no %s", where, n[1])
			continue
		}
		if (f.GetType() == dto.MetricType_GAUGE) == counts[n[1]] {
			t.Errorf("%s: %s is a %s", where, n[1], strings.ToLower(f.GetType().String()))
		}
		own := map[string]bool{}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				labels[l.GetName()], own[l.GetName()] = true, true
			}
		}
		for _, l := range labelName.FindAllStringSubmatch(n[2], -1) {
			if !own[l[1]] && l[1] != "job" && l[1] != "instance" {
				t.Errorf("%s: %s has no label %s", where, n[1], l[1])
			}
		}
	}
	for _, g := range grouped.FindAllStringSubmatch(expr, -1) {
		for l := range strings.SplitSeq(g[1], ",") {
			if l = strings.TrimSpace(l); !labels[l] {
				t.Errorf("%s: groups by %s, which nothing there has", where, l)
			}
		}
	}
}

// What operators get to watch bros with names nothing that isn't there.
func TestDashboardAndAlertsFitTheMetrics(t *testing.T) {
	t.Parallel()
	p := busyServer(t)
	p.awaitMetric("bros_bus_up", "1")
	p.awaitMetric(`bros_lease_held{name="housekeeping"}`, "1")
	have := p.figures()
	p.stop()

	open := func(name string) *os.File {
		f, err := os.Open(filepath.Join("..", "..", "docs", "operations", name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		return f
	}
	var dashboard struct {
		Title  string
		Panels []struct {
			ID                       int
			Type, Title, Description string
			Targets                  []struct{ Expr, LegendFormat string }
		}
		Templating struct {
			List []struct{ Name, Type, Definition string }
		}
	}
	if err := json.NewDecoder(open("dashboard.json")).Decode(&dashboard); err != nil {
		t.Fatal(err)
	}
	ids := map[int]bool{}
	for _, panel := range dashboard.Panels {
		if ids[panel.ID] || panel.Title == "" || panel.Type != "row" && len(panel.Targets) == 0 {
			t.Errorf("panel %d %q: an id used twice, no title or nothing to show", panel.ID, panel.Title)
		}
		ids[panel.ID] = true
		for _, target := range panel.Targets {
			checkExpression(t, "dashboard, "+panel.Title, target.Expr, have)
		}
	}

	for _, v := range dashboard.Templating.List {
		if v.Type == "query" {
			checkExpression(t, "dashboard, variable "+v.Name, v.Definition, have)
		}
	}

	var rules struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	decoder := yaml.NewDecoder(open("alerts.yaml"))
	decoder.KnownFields(true)
	if err := decoder.Decode(&rules); err != nil {
		t.Fatal(err)
	}
	alerts := map[string]bool{}
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			if alerts[r.Alert] || !strings.HasPrefix(r.Alert, "Bros") {
				t.Errorf("alert %q: no name of its own", r.Alert)
			}
			alerts[r.Alert] = true
			if r.Annotations["summary"] == "" || len(r.Annotations["description"]) < 40 || r.Labels["severity"] != "page" && r.Labels["severity"] != "ticket" {
				t.Errorf("%s: says too little of what it means, what to do, or how urgent it is", r.Alert)
			}
			if r.For != "" {
				if _, err := model.ParseDuration(r.For); err != nil {
					t.Errorf("%s: %v", r.Alert, err)
				}
			}
			checkExpression(t, r.Alert, r.Expr, have)
		}
	}
	if len(ids) < 30 || len(alerts) < 15 {
		t.Errorf("%d panels and %d alerts: something is missing", len(ids), len(alerts))
	}
}
