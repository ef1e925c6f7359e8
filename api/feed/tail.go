package feed

import (
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// step is one number of a log: an entry of a center's, or a message of its chat.
type step struct {
	seq     int64
	entry   *domain.LogEntry
	message *domain.ChatMessage
	at      time.Time // when this node had it from its commit or the bus; zero: it was read from the log
}

// epochOf is what a step was committed in; a message does not say it itself.
func (t *tail) epochOf(s step) string {
	if s.entry != nil && s.entry.Epoch != "" {
		return s.entry.Epoch
	}
	return t.f.KnownEpoch()
}

// changes is what the step does to rooms.
func (s step) changes() ([]realtime.Change, error) {
	if s.entry != nil {
		return relay(s.entry)
	}
	c, err := relayChat(s.message)
	return []realtime.Change{c}, err
}

// tail follows one log. Its goroutine lives while there is something to do.
type tail struct {
	f      *Follower
	name   string
	center string
	chat   bool
	kick   chan struct{} // something new for the goroutine

	mu      sync.Mutex
	queue   []step
	full    bool  // entries were let go: the log has them
	reload  bool  // the whole log is to be loaded again
	rewind  bool  // … though it ends before what the rooms show
	seen    int64 // the newest number known, or said, to be in the database
	sure    int64 // the newest that the database itself has told this process
	running bool
	waiters map[chan struct{}]int64
	loads   int                // first loads under way
	loadEnd time.Time          // of the last one
	early   []*domain.LogEntry // committed during them, for the facts
	facts   facts

	behindSeq   int64 // seen by a beat while the rooms did not have it yet …
	behindSince time.Time
}

func newTail(f *Follower, name string) *tail {
	center, chat := strings.CutPrefix(name, domain.NamespaceChat+":")
	return &tail{f: f, name: name, center: center, chat: chat, kick: make(chan struct{}, 1), waiters: map[chan struct{}]int64{}}
}

// push hands over committed steps, in order. Those that are sure were committed
// here; of the others another node says so.
func (t *tail) push(steps []step, sure bool) {
	t.wake(func() {
		if sure {
			t.sure = max(t.sure, steps[len(steps)-1].seq)
		}
		if len(t.queue)+len(steps) > MaxQueue {
			t.queue, t.full = nil, true
		} else {
			t.queue = append(t.queue, steps...)
		}
		t.seen = max(t.seen, steps[len(steps)-1].seq)
	})
}

// observe is told by the beat how far the database's log goes.
func (t *tail) observe(seq int64) {
	_, head, loaded := t.f.hub.Head(t.name)
	t.mu.Lock()
	t.sure = max(t.sure, seq)
	if !loaded || head >= t.behindSeq {
		t.behindSince = time.Time{}
	}
	behind := loaded && head < seq
	if behind && t.behindSince.IsZero() {
		t.behindSeq, t.behindSince = seq, time.Now()
	}
	t.mu.Unlock()
	if behind {
		t.wake(func() { t.seen = max(t.seen, seq) })
	}
}

// askReload has the log loaded again, whole.
func (t *tail) askReload() {
	t.wake(func() { t.reload = true })
}

// askRewind has the log loaded again, whole, and what the rooms show beyond it taken away.
func (t *tail) askRewind() {
	t.wake(func() { t.reload, t.rewind = true, true })
}

// wake makes a note under the lock and sees to it that the goroutine looks at it.
func (t *tail) wake(note func()) {
	t.mu.Lock()
	note()
	start := !t.running
	t.running = true
	t.mu.Unlock()
	if start {
		if !t.f.spawn(t.run) {
			t.mu.Lock()
			t.running = false
			t.mu.Unlock()
		}
		return
	}
	select {
	case t.kick <- struct{}{}:
	default:
	}
}

// surely is how far the database itself has told this process that the log goes.
func (t *tail) surely() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sure
}

// idle reports whether nothing is under way; the follower may forget the tail.
func (t *tail) idle() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.running && t.loads == 0 && len(t.waiters) == 0
}

func (t *tail) lag() time.Duration {
	_, head, loaded := t.f.hub.Head(t.name)
	t.mu.Lock()
	defer t.mu.Unlock()
	if !loaded || t.behindSince.IsZero() || head >= t.behindSeq {
		return 0
	}
	return time.Since(t.behindSince)
}

// beginLoad and endLoad enclose the hub's first load. The hub keeps what is
// applied in between; the tail keeps what the facts need of it.
func (t *tail) beginLoad() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.loads++
}

func (t *tail) endLoad() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.loadEnd = time.Now()
	if t.loads--; t.loads == 0 {
		t.early = nil
	}
}

// loadGrace covers the moment between the end of a load and its being the log.
const loadGrace = time.Second

// run applies what is there, in order, until there is nothing left to do.
func (t *tail) run() {
	var (
		pending []step    // in order of seq, each number once
		hole    time.Time // since when a number is missing
	)
	for t.f.ctx.Err() == nil {
		full, reload := false, false
		pending, full, reload = t.take(pending)
		err := error(nil)
		if reload {
			err = t.loadAgain(RepairEpoch)
		}
		inStep := false
		if err == nil {
			pending, inStep, err = t.advance(pending)
		}
		var apply applyError
		switch {
		case errors.Is(err, errUnloaded):
			pending, hole = nil, time.Time{}
			if !t.behind() && t.rest(math.MaxInt64) {
				return
			}
		case errors.As(err, &apply):
			t.f.log.Error("a log entry can't be applied: loading the log again", "log", t.name, "error", err)
			if err := t.loadAgain(RepairError); err != nil {
				t.failed(err)
			}
		case err != nil:
			t.failed(err)
		case inStep:
			hole = time.Time{}
			if _, head, _ := t.f.hub.Head(t.name); t.rest(head) {
				return
			}
		default: // a number is missing
			if hole.IsZero() {
				hole = time.Now()
			}
			if left := holeWait - time.Since(hole); left > 0 && !full {
				t.pause(left)
				continue
			}
			if err := t.repair(len(pending) > 0, full); err != nil {
				t.failed(err)
			} else {
				// What still doesn't follow is not in the database: it was said, never
				// committed. A beat finds it should it come yet.
				pending = nil
			}
			hole = time.Time{}
		}
	}
}

// failed waits for the next beat: the database does not answer just now.
func (t *tail) failed(err error) {
	if t.f.ctx.Err() != nil {
		return
	}
	t.f.log.Warn("the log can't be followed", "log", t.name, "error", err)
	t.pause(beatEvery)
}

// pause waits for something new, but no longer than d.
func (t *tail) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-t.kick:
	case <-timer.C:
	case <-t.f.ctx.Done():
	}
}

// rest ends the goroutine if nothing came meanwhile; head is how far the rooms
// are known to be.
func (t *tail) rest(head int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.queue) > 0 || t.full || t.reload || t.seen > head {
		return false
	}
	t.running = false
	return true
}

// behind reports whether the log is loaded and lacks what is in the database.
func (t *tail) behind() bool {
	_, head, loaded := t.f.hub.Head(t.name)
	t.mu.Lock()
	defer t.mu.Unlock()
	return loaded && head < t.seen
}

// take adds what was handed over to what is pending.
func (t *tail) take(pending []step) (_ []step, full, reload bool) {
	t.mu.Lock()
	fresh := t.queue
	full, reload = t.full, t.reload
	t.queue, t.full, t.reload = nil, false, false
	t.mu.Unlock()
	if len(fresh) == 0 {
		return pending, full, reload
	}
	pending = append(pending, fresh...)
	slices.SortStableFunc(pending, func(a, b step) int { return int(a.seq - b.seq) })
	pending = slices.CompactFunc(pending, func(a, b step) bool { return a.seq == b.seq })
	if len(pending) > MaxQueue {
		return nil, true, reload
	}
	return pending, full, reload
}
