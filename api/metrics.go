package api

import (
	"crypto/subtle"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/brosops/bros/api/feed"
	"github.com/brosops/bros/api/push"
	"github.com/brosops/bros/api/session"
	"github.com/brosops/bros/domain"
)

// metrics are this node's figures, in a registry of their own.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	inFlight prometheus.Gauge
	// writes and reads are how long the database took, writeWait how long a
	// transaction waited for its turn, in seconds.
	writes     *prometheus.HistogramVec
	writeWait  prometheus.Histogram
	reads      prometheus.Histogram
	readErrors prometheus.Counter
	// applied is how long a change took from its commit (or its arrival from
	// another node) into the rooms, in seconds.
	applied prometheus.Histogram
	// repairs counts holes of the log that were read from the database, by cause.
	repairs *prometheus.CounterVec
	// lag is how far the node's rooms stand behind the database's log, in seconds.
	lag prometheus.Gauge
	// router is how long the router took, by what became of the question, in seconds.
	router *prometheus.HistogramVec
	// pushes counts notifications to browsers, by what became of them.
	pushes *prometheus.CounterVec
	// limited counts calls that a quota has refused.
	limited *prometheus.CounterVec
	// pruned counts rows and files that were old enough to be deleted, by kind.
	pruned *prometheus.CounterVec
}

// storeBuckets are those of what takes less than a millisecond when all is well.
var storeBuckets = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}

func newMetrics(s *Server) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "bros_http_request_duration_seconds", Help: "Time to answer, by route and status.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 30},
		}, []string{"method", "route", "status"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "bros_http_requests_in_flight", Help: "Requests that are being answered, long polls among them.",
		}),
		writes: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "bros_db_write_duration_seconds", Help: "Time of a write transaction, from asking to durable, by outcome.", Buckets: storeBuckets,
		}, []string{"outcome"}),
		writeWait: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "bros_db_write_wait_seconds", Help: "Time that a write transaction waited for its turn.", Buckets: storeBuckets,
		}),
		reads: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "bros_db_read_duration_seconds", Help: "Time of a reading statement until its first row.", Buckets: storeBuckets,
		}),
		readErrors: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "bros_db_read_errors_total", Help: "Reading statements that failed.",
		}),
		applied: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "bros_log_apply_seconds", Help: "Time of a change from its commit, or its arrival from another node, into the rooms.", Buckets: storeBuckets,
		}),
		repairs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "bros_log_repairs_total", Help: "Holes in the followed log that were read from the database.",
		}, []string{"cause"}),
		lag: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "bros_log_lag_seconds", Help: "How far the node's rooms are behind the database's log.",
		}),
		router: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "bros_router_request_duration_seconds", Help: "Time of a question to the router, by outcome; refused ones were not asked.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5},
		}, []string{"outcome"}),
		pushes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "bros_push_total", Help: "Notifications to browsers, by outcome.",
		}, []string{"outcome"}),
	}
	for _, outcome := range []string{writeCommitted, writeRefused, writeFailed} {
		m.writes.WithLabelValues(outcome)
	}
	for _, outcome := range push.Outcomes {
		m.pushes.WithLabelValues(outcome)
	}
	m.limited = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "bros_quota_refused_total", Help: "Calls that were refused for a quota, by quota and kind of caller.",
	}, []string{"quota", "caller"})
	for _, name := range s.cfg.Quotas.Names() {
		for _, kind := range s.cfg.Quotas.Kinds(name) {
			m.limited.WithLabelValues(string(name), string(kind))
		}
	}
	m.pruned = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "bros_pruned_total", Help: "Rows and files deleted for their age by this node.",
	}, []string{"kind"})
	// Every cause is there from the start, so that a rate can be taken.
	for _, cause := range []string{feed.RepairBeat, feed.RepairGap, feed.RepairFull, feed.RepairError, feed.RepairEpoch} {
		m.repairs.WithLabelValues(cause)
	}
	m.registry.MustRegister(m.requests, m.inFlight, m.writes, m.writeWait, m.reads, m.readErrors, m.applied,
		m.repairs, m.lag, m.router, m.pushes, m.limited, m.pruned,
		storeCollector{s}, leaseCollector{s}, hooksCollector{s}, hubCollector{s}, busCollector{s},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// observe counts one answered request.
func (m *metrics) observe(method, route string, status int, took time.Duration) {
	m.requests.WithLabelValues(methodLabel(method), route, strconv.Itoa(status)).Observe(took.Seconds())
}

// methodLabel keeps made-up methods from making series without end.
func methodLabel(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "OTHER"
}

// metricsPage answers GET /metrics.
func (s *Server) metricsPage() http.Handler {
	page := promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.mayScrape(r); err != nil {
			s.problem(w, r, err)
			return
		}
		s.liveReasons() // sets the lag
		page.ServeHTTP(w, r)
	})
}

// mayScrape lets the figures out to programs on this machine, and otherwise to
// who brings the token that was set for it, an admin's session, or a key that
// reads the reports of all centers. What a proxy passes on comes from elsewhere,
// wherever the proxy runs.
func (s *Server) mayScrape(r *http.Request) error {
	if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil && peer.Addr().Unmap().IsLoopback() && !passedOn(r.Header) {
		return nil
	}
	if token, _ := s.credentials(r); s.cfg.MetricsToken != "" && subtle.ConstantTimeCompare([]byte(session.HashToken(token)), []byte(session.HashToken(s.cfg.MetricsToken))) == 1 {
		return nil
	}
	a, _, err := s.authenticate(r)
	if err != nil {
		return err
	}
	if a.Role == domain.RoleAdmin || a.Role == domain.RoleKey && a.Has(domain.ScopeReportsRead) && a.AllCenters() {
		return nil
	}
	return forbidden("the figures are for admins")
}

// passedOn reports whether a proxy has handed the request on.
func passedOn(h http.Header) bool {
	for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-Ip", "Forwarded", "Via"} {
		if h.Get(name) != "" {
			return true
		}
	}
	return false
}

// leaseCollector says which scheduled work this node does.
type leaseCollector struct{ s *Server }

var descLease = prometheus.NewDesc("bros_lease_held", "Whether this node does the scheduled work of this name.", []string{"name"}, nil)

// Describe names the series.
func (c leaseCollector) Describe(ch chan<- *prometheus.Desc) { ch <- descLease }

// Collect reads what is held.
func (c leaseCollector) Collect(ch chan<- prometheus.Metric) {
	c.s.leases.Each(func(name string, held bool) {
		v := 0.0
		if held {
			v = 1
		}
		ch <- prometheus.MustNewConstMetric(descLease, prometheus.GaugeValue, v, name)
	})
}

// hooksCollector reads the figures of the sender of webhooks when it is asked.
type hooksCollector struct{ s *Server }

var descHooks = prometheus.NewDesc("bros_webhook_events_total", "Events for webhooks that this node sent, attempts that failed, and events given up.",
	[]string{"outcome"}, nil)

// Describe names the series.
func (c hooksCollector) Describe(ch chan<- *prometheus.Desc) { ch <- descHooks }

// Collect reads the figures.
func (c hooksCollector) Collect(ch chan<- prometheus.Metric) {
	st := c.s.hooks.Stats()
	for outcome, n := range map[string]int64{"taken": st.Sent, "failed": st.Failed, "dead": st.Dead} {
		ch <- prometheus.MustNewConstMetric(descHooks, prometheus.CounterValue, float64(n), outcome)
	}
}
