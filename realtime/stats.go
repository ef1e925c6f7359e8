package realtime

import "sync/atomic"

// Stats are a hub's figures: gauges of now, and counters since its start.
type Stats struct {
	Connections       int64            // gauge: sockets held, those that are closing included
	PollsWaiting      int64            // gauge
	Logs              int64            // gauge: logs held in memory
	QueueBytes        int64            // gauge: waiting for slow clients
	SnapshotsInFlight int64            // gauge: large snapshots on their way
	Accepted          int64            // connections taken
	FramesSent        int64            // frames handed to the kernel
	BytesSent         int64            // bytes handed to the kernel
	MessagesSent      int64            // messages inside those frames
	Writes            int64            // system calls that wrote
	Commands          int64            // commands received
	BadFrames         int64            // frames that were no JSON or no known command
	Dropped           int64            // volatile messages dropped for slow clients
	SlowClosed        int64            // connections closed with 4408
	Superseded        int64            // connections closed with 4409
	Resyncs           map[string]int64 // by cause: "slow", "reload", "epoch"
	SnapshotsMost     int64            // large snapshots that may be on their way at once
	// Flush is how long messages took from the room to all its sockets: gathering,
	// and one write for each client.
	Flush Histogram
}

// counters are what is counted while it happens.
type counters struct {
	accepted, frames, bytes, messages, writes atomic.Int64
	commands, bad, dropped                    atomic.Int64
	slowClosed, superseded, polls             atomic.Int64
	flush                                     durations
}

// Stats are the hub's figures.
func (h *Hub) Stats() Stats {
	s := Stats{
		Connections:       h.connections.Load(),
		PollsWaiting:      h.stats.polls.Load(),
		SnapshotsInFlight: int64(len(h.slots)),
		Accepted:          h.stats.accepted.Load(),
		FramesSent:        h.stats.frames.Load(),
		BytesSent:         h.stats.bytes.Load(),
		MessagesSent:      h.stats.messages.Load(),
		Writes:            h.stats.writes.Load(),
		Commands:          h.stats.commands.Load(),
		BadFrames:         h.stats.bad.Load(),
		Dropped:           h.stats.dropped.Load(),
		SlowClosed:        h.stats.slowClosed.Load(),
		Superseded:        h.stats.superseded.Load(),
		SnapshotsMost:     int64(cap(h.slots)),
		Flush:             h.stats.flush.read(),
		Resyncs: map[string]int64{
			"slow":   h.resyncs[resyncSlow].Load(),
			"reload": h.resyncs[resyncReload].Load(),
			"epoch":  h.resyncs[resyncEpoch].Load(),
		},
	}
	h.mu.Lock()
	s.Logs = int64(len(h.logs))
	h.mu.Unlock()
	for _, c := range h.clients() {
		c.mu.Lock()
		s.QueueBytes += int64(c.waiting())
		c.mu.Unlock()
	}
	return s
}
