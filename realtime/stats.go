package realtime

// Stats are a hub's figures: gauges of now, and counters since its start.
type Stats struct {
	Connections       int64            // gauge
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
}
