package realtime

import (
	"log/slog"
	"runtime"
	"time"
)

// Options are the settings of a Hub; zero values stand for the defaults named.
type Options struct {
	NodeID  string
	Backend Backend
	Logger  *slog.Logger  // default: discard
	Window  time.Duration // how long a finished record stays in windowed rooms; default 24 h

	HeadsEvery     time.Duration      // at most this long between two heads of a connection; default 5 s
	FullHeadsEvery time.Duration      // … and two that name every address; default 30 s
	PingEvery      time.Duration      // default 9 s
	SilentAfter    time.Duration      // a client that takes nothing, or answers no ping, for this long is closed with 4408; default 25 s
	PositionsEvery time.Duration      // positions of a room are merged for this long; default 500 ms
	FlushEvery     time.Duration      // messages are gathered for this long before they go out together; default 2 ms
	CloseGrace     time.Duration      // how long a close handshake may take; default 5 s
	OnNamed        func(ConnInfo)     // called when a connection with a ClientID is there; must not block
	MaxOfUser      func(Identity) int // how many connections the user may have (0: any number); default: any number
	PlaceEvent     string             // the event of position messages; default "rider:position"

	QueueBytes   int // what a slow client may have waiting before it is cut over to resync; default 1 MiB
	SendBuffer   int // the kernel's send buffer of a connection in bytes; default 0: the kernel's choice
	MaxConns     int // connections on this node; default 20,000
	MaxAddresses int // subscriptions of one connection; default 2,000
	MaxSnapshots int // large snapshots on their way at once; default 64
	Shards       int // goroutines that write; default GOMAXPROCS
}

// withDefaults fills what is not set.
func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	setDuration(&o.Window, 24*time.Hour)
	setDuration(&o.HeadsEvery, 5*time.Second)
	setDuration(&o.FullHeadsEvery, 30*time.Second)
	setDuration(&o.PingEvery, 9*time.Second)
	setDuration(&o.SilentAfter, 25*time.Second)
	setDuration(&o.PositionsEvery, 500*time.Millisecond)
	setDuration(&o.FlushEvery, 2*time.Millisecond)
	setDuration(&o.CloseGrace, 5*time.Second)
	if o.PlaceEvent == "" {
		o.PlaceEvent = "rider:position"
	}
	setInt(&o.QueueBytes, 1<<20)
	setInt(&o.MaxConns, 20_000)
	setInt(&o.MaxAddresses, 2_000)
	setInt(&o.MaxSnapshots, 64)
	setInt(&o.Shards, runtime.GOMAXPROCS(0))
	return o
}

func setDuration(d *time.Duration, v time.Duration) {
	if *d <= 0 {
		*d = v
	}
}

func setInt(n *int, v int) {
	if *n <= 0 {
		*n = v
	}
}
