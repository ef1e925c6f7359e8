package api

import "github.com/prometheus/client_golang/prometheus"

// hubCollector reads the hub's figures when it is asked.
type hubCollector struct{ s *Server }

var (
	descConnections = prometheus.NewDesc("bros_realtime_connections", "Open sockets.", nil, nil)
	descPolls       = prometheus.NewDesc("bros_realtime_polls_waiting", "Long polls that wait.", nil, nil)
	descLogs        = prometheus.NewDesc("bros_realtime_logs", "Logs held in memory.", nil, nil)
	descQueue       = prometheus.NewDesc("bros_realtime_queue_bytes", "Bytes that wait for slow clients.", nil, nil)
	descAccepted    = prometheus.NewDesc("bros_realtime_accepted_total", "Sockets taken since the start.", nil, nil)
	descFrames      = prometheus.NewDesc("bros_realtime_frames_sent_total", "Frames handed to the kernel.", nil, nil)
	descBytes       = prometheus.NewDesc("bros_realtime_bytes_sent_total", "Bytes handed to the kernel.", nil, nil)
	descMessages    = prometheus.NewDesc("bros_realtime_messages_sent_total", "Messages inside the frames.", nil, nil)
	descDropped     = prometheus.NewDesc("bros_realtime_dropped_total", "Volatile messages dropped for slow clients.", nil, nil)
	descBad         = prometheus.NewDesc("bros_realtime_bad_frames_total", "Frames that were no JSON or no known command.", nil, nil)
	descCommands    = prometheus.NewDesc("bros_realtime_commands_total", "Commands that clients sent.", nil, nil)
	descWrites      = prometheus.NewDesc("bros_realtime_writes_total", "System calls that wrote frames.", nil, nil)
	descSnapshots   = prometheus.NewDesc("bros_realtime_snapshots_in_flight", "Large snapshots on their way.", nil, nil)
	descMostSnaps   = prometheus.NewDesc("bros_realtime_snapshots_in_flight_max", "Large snapshots that may be on their way; others wait.", nil, nil)
	descFlush       = prometheus.NewDesc("bros_realtime_flush_seconds", "Time of messages from their room to all its sockets.", nil, nil)
	descClosed      = prometheus.NewDesc("bros_realtime_closed_total", "Sockets that the server closed, by cause.", []string{"cause"}, nil)
	descResyncs     = prometheus.NewDesc("bros_realtime_resyncs_total", "Clients told to subscribe again, by cause.", []string{"cause"}, nil)
)

// Describe names the series.
func (c hubCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descConnections, descPolls, descLogs, descQueue, descAccepted, descFrames,
		descBytes, descMessages, descDropped, descBad, descCommands, descWrites, descSnapshots, descMostSnaps, descFlush, descClosed, descResyncs} {
		ch <- d
	}
}

// Collect reads the figures.
func (c hubCollector) Collect(ch chan<- prometheus.Metric) {
	st := c.s.live.hub.Stats()
	send := func(d *prometheus.Desc, kind prometheus.ValueType, v int64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, kind, float64(v), labels...)
	}
	send(descConnections, prometheus.GaugeValue, st.Connections)
	send(descPolls, prometheus.GaugeValue, st.PollsWaiting)
	send(descLogs, prometheus.GaugeValue, st.Logs)
	send(descQueue, prometheus.GaugeValue, st.QueueBytes)
	send(descAccepted, prometheus.CounterValue, st.Accepted)
	send(descFrames, prometheus.CounterValue, st.FramesSent)
	send(descBytes, prometheus.CounterValue, st.BytesSent)
	send(descMessages, prometheus.CounterValue, st.MessagesSent)
	send(descDropped, prometheus.CounterValue, st.Dropped)
	send(descBad, prometheus.CounterValue, st.BadFrames)
	send(descCommands, prometheus.CounterValue, st.Commands)
	send(descWrites, prometheus.CounterValue, st.Writes)
	send(descSnapshots, prometheus.GaugeValue, st.SnapshotsInFlight)
	send(descMostSnaps, prometheus.GaugeValue, st.SnapshotsMost)
	buckets := make(map[float64]uint64, len(st.Flush.Below))
	for bound, n := range st.Flush.Below {
		buckets[bound.Seconds()] = uint64(n)
	}
	ch <- prometheus.MustNewConstHistogram(descFlush, uint64(st.Flush.Count), st.Flush.Sum.Seconds(), buckets)
	send(descClosed, prometheus.CounterValue, st.SlowClosed, "slow")
	send(descClosed, prometheus.CounterValue, st.Superseded, "superseded")
	// The usual causes are there from the start, so that a rate can be taken.
	for _, cause := range []string{"slow", "reload", "epoch"} {
		send(descResyncs, prometheus.CounterValue, st.Resyncs[cause], cause)
	}
	for cause, n := range st.Resyncs {
		if cause != "slow" && cause != "reload" && cause != "epoch" {
			send(descResyncs, prometheus.CounterValue, n, cause)
		}
	}
}
