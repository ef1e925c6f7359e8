package api

import "github.com/prometheus/client_golang/prometheus"

// storeCollector reads the store's counters when it is asked.
type storeCollector struct{ s *Server }

var (
	descQueries     = prometheus.NewDesc("bros_db_queries_total", "Statements sent to the database.", []string{"kind"}, nil)
	descCommits     = prometheus.NewDesc("bros_db_commits_total", "Write transactions committed.", nil, nil)
	descGroups      = prometheus.NewDesc("bros_db_commit_groups_total", "Commits of the engine: each may hold many transactions.", nil, nil)
	descRetries     = prometheus.NewDesc("bros_db_retries_total", "Write transactions that were run again.", nil, nil)
	descWaiting     = prometheus.NewDesc("bros_db_writes_waiting", "Write transactions that wait for their turn.", nil, nil)
	descMostWaiting = prometheus.NewDesc("bros_db_writes_waiting_max", "Write transactions that may wait before the next is refused.", nil, nil)
	descMostConns   = prometheus.NewDesc("bros_db_connections_max", "Connections for reading that may be open.", nil, nil)
	descConns       = prometheus.NewDesc("bros_db_connections", "Connections to the database.", []string{"state"}, nil)
)

// Describe names the series.
func (c storeCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descQueries, descCommits, descGroups, descRetries, descWaiting, descMostWaiting, descConns, descMostConns} {
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
	gauge(descMostWaiting, st.MostWaiting)
	gauge(descMostConns, st.MostConns)
	gauge(descConns, st.InUseConns, "in_use")
	gauge(descConns, st.OpenConns-st.InUseConns, "idle")
}
