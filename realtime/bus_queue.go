package realtime

import (
	"sync"
	"time"
)

const (
	// The bounds of what waits to be published.
	busQueueCount = 16_384
	busQueueBytes = 16 << 20
	// busFresh is how long a message may wait. An older one is of no use: by
	// then the log has been read from the database.
	busFresh = 2 * time.Second
	// The bounds of what goes out in one round trip.
	busBatchCount = 2048
	busBatchBytes = 1 << 20
)

// busMessage is one message that waits to be published.
type busMessage struct {
	topic  string
	size   int
	encode func([]byte) []byte
	number int64     // among those of this node: it shows repeats
	at     time.Time // when it was handed over
	tries  int
}

// busQueue is what waits: bounded, and cut instead of waited for.
type busQueue struct {
	mu      sync.Mutex
	waiting []busMessage
	bytes   int
	number  int64
	dropped map[string]int64
	kick    chan struct{} // holds a value when something waits
}

func newBusQueue() *busQueue {
	return &busQueue{kick: make(chan struct{}, 1), dropped: map[string]int64{}}
}

// put queues a message, or drops it.
func (q *busQueue) put(m busMessage) {
	q.mu.Lock()
	if len(q.waiting) >= busQueueCount || q.bytes+m.size > busQueueBytes {
		q.dropped[BusDropFull]++
		q.mu.Unlock()
		return
	}
	q.number++
	m.number = q.number
	q.waiting = append(q.waiting, m)
	q.bytes += m.size
	q.mu.Unlock()
	q.wake()
}

func (q *busQueue) wake() {
	select {
	case q.kick <- struct{}{}:
	default:
	}
}

// take is the next batch, without what has waited too long.
func (q *busQueue) take(now time.Time) []busMessage {
	q.mu.Lock()
	defer q.mu.Unlock()
	var batch []busMessage
	bytes, n := 0, 0
	for n < len(q.waiting) && len(batch) < busBatchCount && bytes < busBatchBytes {
		m := q.waiting[n]
		n++
		q.bytes -= m.size
		if now.Sub(m.at) > busFresh {
			q.dropped[BusDropStale]++
			continue
		}
		bytes += m.size
		batch = append(batch, m)
	}
	if n == len(q.waiting) {
		q.waiting = nil
	} else {
		clear(q.waiting[:n]) // what they refer to may go
		q.waiting = q.waiting[n:]
	}
	return batch
}

// back takes a batch whose connection broke: it is tried once more.
func (q *busQueue) back(batch []busMessage) {
	q.mu.Lock()
	defer q.mu.Unlock()
	again := make([]busMessage, 0, len(batch)+len(q.waiting))
	for _, m := range batch {
		if m.tries++; m.tries > 1 {
			q.dropped[BusDropLost]++
			continue
		}
		q.bytes += m.size
		again = append(again, m)
	}
	q.waiting = append(again, q.waiting...)
}

// drop counts messages that are let go.
func (q *busQueue) drop(cause string, n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.dropped[cause] += int64(n)
}

// empty reports whether nothing waits.
func (q *busQueue) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting) == 0
}
