package realtime

import (
	"sync/atomic"
	"time"
)

// flushBounds are the upper ends of the buckets of a flush's duration.
var flushBounds = [...]time.Duration{
	250 * time.Microsecond, 500 * time.Microsecond, time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond,
	25 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second,
}

// Histogram counts durations.
type Histogram struct {
	// Below is how many were at most so long, each with those of the shorter ones.
	Below map[time.Duration]int64
	Count int64
	Sum   time.Duration
}

// durations gathers a Histogram.
type durations struct {
	buckets [len(flushBounds) + 1]atomic.Int64
	sum     atomic.Int64
}

func (d *durations) add(took time.Duration) {
	i := 0
	for i < len(flushBounds) && took > flushBounds[i] {
		i++
	}
	d.buckets[i].Add(1)
	d.sum.Add(int64(took))
}

func (d *durations) read() Histogram {
	h := Histogram{Below: make(map[time.Duration]int64, len(flushBounds)), Sum: time.Duration(d.sum.Load())}
	for i := range d.buckets {
		h.Count += d.buckets[i].Load()
		if i < len(flushBounds) {
			h.Below[flushBounds[i]] = h.Count
		}
	}
	return h
}
