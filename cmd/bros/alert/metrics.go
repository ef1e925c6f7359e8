package alert

import "github.com/prometheus/client_golang/prometheus"

var (
	descErrors = prometheus.NewDesc("bros_alert_errors_total", "Errors that were logged.", nil, nil)
	descMails  = prometheus.NewDesc("bros_alert_mails_total", "Error mails: sent, attempts that failed, and dropped.", []string{"outcome"}, nil)
	descQueue  = prometheus.NewDesc("bros_alert_queue", "Error mails that wait for the mail server.", nil, nil)
	descUp     = prometheus.NewDesc("bros_alert_up", "Whether the mail server took the last error mail (1 before the first).", nil, nil)
)

var _ prometheus.Collector = (*Mailer)(nil)

// Describe names the series.
func (m *Mailer) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descErrors, descMails, descQueue, descUp} {
		ch <- d
	}
}

// Collect reads the figures.
func (m *Mailer) Collect(ch chan<- prometheus.Metric) {
	ch <- prometheus.MustNewConstMetric(descErrors, prometheus.CounterValue, float64(m.errors.Load()))
	for outcome, n := range map[string]int64{"sent": m.sent.Load(), "failed": m.failed.Load(), "dropped": m.dropped.Load()} {
		ch <- prometheus.MustNewConstMetric(descMails, prometheus.CounterValue, float64(n), outcome)
	}
	ch <- prometheus.MustNewConstMetric(descQueue, prometheus.GaugeValue, float64(len(m.queue)))
	up := 1.0
	if m.Degraded() != "" {
		up = 0
	}
	ch <- prometheus.MustNewConstMetric(descUp, prometheus.GaugeValue, up)
}
