package api

import (
	"github.com/prometheus/client_golang/prometheus"
)

// busCollector reads the bus' figures when it is asked. Without a bus there are none.
type busCollector struct{ s *Server }

var (
	descBusUp        = prometheus.NewDesc("bros_bus_up", "1 while the nodes hear each other.", nil, nil)
	descBusPublished = prometheus.NewDesc("bros_bus_published_total", "Messages told to other nodes.", nil, nil)
	descBusReceived  = prometheus.NewDesc("bros_bus_received_total", "Messages of other nodes.", nil, nil)
	descBusRepeated  = prometheus.NewDesc("bros_bus_repeated_total", "Messages of other nodes that came twice.", nil, nil)
	descBusRefused   = prometheus.NewDesc("bros_bus_refused_total", "Messages that were not signed with the database's key, and dropped.", nil, nil)
	descBusDropped   = prometheus.NewDesc("bros_bus_dropped_total", "Messages that were not told, by cause.", []string{"cause"}, nil)
	descBusConnects  = prometheus.NewDesc("bros_bus_connects_total", "Times that the bus was joined.", nil, nil)
	descBusTopics    = prometheus.NewDesc("bros_bus_topics", "Topics that the node follows.", nil, nil)
	descBusQueue     = prometheus.NewDesc("bros_bus_queue_bytes", "Bytes that wait to be told.", nil, nil)
	descBusProbe     = prometheus.NewDesc("bros_bus_probe_seconds", "Newest round trip of a message to oneself.", nil, nil)
)

// Describe names the series.
func (c busCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descBusUp, descBusPublished, descBusReceived, descBusRepeated, descBusRefused, descBusDropped,
		descBusConnects, descBusTopics, descBusQueue, descBusProbe} {
		ch <- d
	}
}

// Collect reads the figures.
func (c busCollector) Collect(ch chan<- prometheus.Metric) {
	bus := c.s.live.link.bus
	if bus == nil {
		return
	}
	st := bus.Stats()
	send := func(d *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, kind, v, labels...)
	}
	up := 0.0
	if st.State.Up {
		up = 1
	}
	send(descBusUp, prometheus.GaugeValue, up)
	send(descBusPublished, prometheus.CounterValue, float64(st.Published))
	send(descBusReceived, prometheus.CounterValue, float64(st.Received))
	send(descBusRepeated, prometheus.CounterValue, float64(st.Repeated))
	send(descBusRefused, prometheus.CounterValue, float64(st.Refused))
	send(descBusConnects, prometheus.CounterValue, float64(st.Connects))
	send(descBusTopics, prometheus.GaugeValue, float64(st.Topics))
	send(descBusQueue, prometheus.GaugeValue, float64(st.QueueBytes))
	send(descBusProbe, prometheus.GaugeValue, st.Probe.Seconds())
	for cause, n := range st.Dropped {
		send(descBusDropped, prometheus.CounterValue, float64(n), cause)
	}
}
