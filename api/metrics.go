package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are this node's figures, in a registry of their own.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	// repairs counts holes of the log that were read from the database, by cause.
	repairs *prometheus.CounterVec
	// lag is how far the node's rooms stand behind the database's log, in seconds.
	lag prometheus.Gauge
}

func newMetrics(s *Server) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "bros_http_request_duration_seconds", Help: "Time to answer, by route and status.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 30},
		}, []string{"method", "route", "status"}),
		repairs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "bros_log_repairs_total", Help: "Holes in the followed log that were read from the database.",
		}, []string{"cause"}),
		lag: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "bros_log_lag_seconds", Help: "How far the node's rooms are behind the database's log.",
		}),
	}
	m.registry.MustRegister(m.requests, m.repairs, m.lag, storeCollector{s},
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

// handler serves GET /metrics.
func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// storeCollector reads the store's counters when it is asked.
type storeCollector struct{ s *Server }

var (
	descQueries = prometheus.NewDesc("bros_db_queries_total", "Statements sent to the database.", []string{"kind"}, nil)
	descCommits = prometheus.NewDesc("bros_db_commits_total", "Write transactions committed.", nil, nil)
	descGroups  = prometheus.NewDesc("bros_db_commit_groups_total", "Commits of the engine: each may hold many transactions.", nil, nil)
	descRetries = prometheus.NewDesc("bros_db_retries_total", "Write transactions that were run again.", nil, nil)
	descWaiting = prometheus.NewDesc("bros_db_writes_waiting", "Write transactions that wait for their turn.", nil, nil)
	descConns   = prometheus.NewDesc("bros_db_connections", "Connections to the database.", []string{"state"}, nil)
)

// Describe names the series.
func (c storeCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descQueries, descCommits, descGroups, descRetries, descWaiting, descConns} {
		ch <- d
	}
}

// Collect reads the counters.
func (c storeCollector) Collect(ch chan<- prometheus.Metric) {
	st := c.s.store.Stats()
	count := func(d *prometheus.Desc, v int64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	gauge := func(d *prometheus.Desc, v int64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v), labels...)
	}
	count(descQueries, st.Reads, "read")
	count(descQueries, st.Writes, "write")
	count(descCommits, st.Commits)
	count(descGroups, st.Groups)
	count(descRetries, st.Retries)
	gauge(descWaiting, st.Waiting)
	gauge(descConns, st.InUseConns, "in_use")
	gauge(descConns, st.OpenConns-st.InUseConns, "idle")
}
