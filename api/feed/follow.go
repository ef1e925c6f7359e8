package feed

import (
	"context"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
	"github.com/brosops/bros/realtime/supervise"
)

const (
	// beatEvery is how often the heads of all loaded logs are read (one query).
	beatEvery = time.Second
	// holeWait is how long a hole in the numbers may be filled by entries that
	// come late, before the log is read.
	holeWait = 50 * time.Millisecond
	// repairPage is how many entries one repair reads at a time.
	repairPage = 500
	// MaxQueue bounds the entries that wait for a log: beyond it they are
	// let go and read from the database.
	MaxQueue = 8192
	// catchUpWait bounds how long a subscriber that is ahead of this node waits for it.
	catchUpWait = 3 * time.Second
	// A beat out of turn comes after soonLeast, and up to soonSpread later.
	soonLeast  = 20 * time.Millisecond
	soonSpread = 200 * time.Millisecond
	// unloadAfter is how long a log stays in memory that nobody uses, and
	// unloadEvery how often that is looked at.
	unloadAfter = 15 * time.Minute
	unloadEvery = time.Minute
)

// The causes of a repair, as bros_log_repairs_total names them.
const (
	RepairGap   = "gap"   // entries came with a number missing between them
	RepairBeat  = "beat"  // the database's head was ahead: another process wrote, or a hand-over was lost
	RepairFull  = "full"  // more entries waited than are kept
	RepairError = "error" // an entry could not be applied: the whole log was loaded again
	RepairEpoch = "epoch" // the database began another history
)

// followedHub is what the follower drives; *realtime.Hub is one.
type followedHub interface {
	Apply(log, epoch string, seq int64, changes []realtime.Change) realtime.ApplyResult
	Reload(log string, st realtime.LogState)
	Rewind(log string, st realtime.LogState)
	Head(log string) (epoch string, seq int64, loaded bool)
	Logs() []string
	Unload(idle time.Duration) []string
}

// Follower keeps the hub's logs in step with the database. Committed entries
// are handed to it and applied in order; once a second it reads the heads of
// all loaded logs and so finds whatever it was not handed. Nothing it is given
// is needed for correctness: the log alone is.
type Follower struct {
	store  Store
	hub    followedHub
	log    *slog.Logger
	now    func() time.Time
	window time.Duration
	// OnNotice is called once for each entry this node comes by that is a notice
	// (IsNotice) beside being a change of rooms.
	OnNotice func(*domain.LogEntry)
	// OnRights is called when something that rooms' rights depend on has changed in a center.
	OnRights func(centerID string)
	OnEpoch  func(epoch string)
	OnRepair func(cause string)
	// OnApplied is told that a number of a log has got into the rooms: when this node
	// had it (zero: the log was read for it), and when it began to put it there.
	OnApplied func(log string, seq int64, had, begun time.Time)
	// OnEntry is given each entry of a center's log that has got into its rooms, in
	// order; OnLoaded says that the log was loaded again instead. Neither may block.
	OnEntry  func(*domain.LogEntry)
	OnLoaded func(centerID string)
	// OnLogs is called when a log begins to load, and after each beat.
	OnLogs func()

	ctx    context.Context // of every goroutine and query of the follower
	cancel context.CancelFunc
	wg     sync.WaitGroup
	heads  singleflight.Group     // fresh reads of one center's heads
	soon   chan struct{}          // holds a value: beat before it is time
	epoch  atomic.Pointer[string] // the database's, as last seen

	mu       sync.Mutex
	closed   bool
	tails    map[string]*tail // by name of the log
	lastBeat time.Time        // of the last one that was answered
	told     map[told]bool    // notices that were given
}

// told names an entry that was a notice.
type told struct {
	epoch, center string
	seq           int64
}

// maxTold bounds how many notices are remembered.
const maxTold = 4096

// New returns a follower that keeps hub in step with store; Run makes it beat.
func New(store Store, hub followedHub, window time.Duration, now func() time.Time, log *slog.Logger) *Follower {
	ctx, cancel := context.WithCancel(context.Background())
	return &Follower{
		store: store, hub: hub, window: window, now: now, log: log, ctx: ctx, cancel: cancel,
		OnNotice: func(*domain.LogEntry) {}, OnRights: func(string) {}, OnEpoch: func(string) {}, OnRepair: func(string) {},
		OnApplied: func(string, int64, time.Time, time.Time) {}, OnLogs: func() {},
		OnEntry: func(*domain.LogEntry) {}, OnLoaded: func(string) {},
		soon: make(chan struct{}, 1), tails: map[string]*tail{}, told: map[told]bool{}, lastBeat: time.Now(),
	}
}

// Stop ends the follower's goroutines and waits for them.
func (f *Follower) Stop() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.cancel()
	f.wg.Wait()
}

// learnEpoch notes the database's epoch.
func (f *Follower) learnEpoch(epoch string) {
	if epoch != f.KnownEpoch() {
		f.epoch.Store(&epoch)
	}
	f.OnEpoch(epoch)
}

// KnownEpoch returns the database's epoch as last seen, empty before the first look.
func (f *Follower) KnownEpoch() string {
	if e := f.epoch.Load(); e != nil {
		return *e
	}
	return ""
}

// tail of a log, made when it is first heard of.
func (f *Follower) tail(name string) *tail {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.tails[name]
	if t == nil {
		t = newTail(f, name)
		f.tails[name] = t
	}
	return t
}

// Notice tells of an entry, once however often and in whatever order it comes.
func (f *Follower) Notice(e *domain.LogEntry) {
	if e == nil || !IsNotice(e) {
		return
	}
	f.mu.Lock()
	key := told{e.Epoch, e.CenterID, e.Seq}
	known := f.told[key]
	if len(f.told) >= maxTold {
		clear(f.told)
	}
	f.told[key] = true
	f.mu.Unlock()
	if !known {
		f.OnNotice(e)
	}
}

// spawn runs fn unless the follower is stopping.
func (f *Follower) spawn(fn func()) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	f.wg.Go(func() { supervise.Run(f.ctx, f.log, "follower", func(context.Context) { fn() }) })
	return true
}

// Committed takes entries in the order they were committed in. It never blocks.
func (f *Follower) Committed(entries []domain.LogEntry, sure bool) {
	now := time.Now()
	for len(entries) > 0 {
		n := 1
		for n < len(entries) && entries[n].CenterID == entries[0].CenterID {
			n++
		}
		steps := make([]step, n)
		for i := range steps {
			steps[i] = step{seq: entries[i].Seq, entry: &entries[i], at: now}
		}
		f.tail(entries[0].CenterID).push(steps, sure)
		entries = entries[n:]
	}
}

// CommittedChat takes messages in the order they were committed in; private
// ones have no number and belong to no log.
func (f *Follower) CommittedChat(messages []domain.ChatMessage, sure bool) {
	for i := range messages {
		if m := &messages[i]; m.Seq > 0 {
			f.tail(ChatLog(m.CenterID)).push([]step{{seq: m.Seq, message: m, at: time.Now()}}, sure)
		}
	}
}

// Run beats once a second until ctx ends.
func (f *Follower) Run(ctx context.Context) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	f.mu.Lock()
	f.lastBeat = time.Now()
	f.mu.Unlock()
	unload := time.Now().Add(unloadEvery)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-f.soon:
			// Spread, for all nodes are told at once; and no more often than this.
			if !waited(ctx, soonLeast+rand.N(soonSpread)) {
				return
			}
		}
		if err := f.beat(ctx); err != nil && ctx.Err() == nil {
			f.log.Warn("the heads of the log can't be read", "error", err)
		}
		f.OnLogs()
		if now := time.Now(); now.After(unload) {
			unload = now.Add(unloadEvery)
			f.forget(f.hub.Unload(unloadAfter))
		}
	}
}

// LookSoon has the heads read before the next beat: something may have been missed.
func (f *Follower) LookSoon() {
	select {
	case f.soon <- struct{}{}:
	default:
	}
}

// waited is false when ctx ended first.
func waited(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// Nudge says that a center's log goes up to seq.
func (f *Follower) Nudge(centerID string, seq int64) {
	f.mu.Lock()
	t := f.tails[centerID]
	f.mu.Unlock()
	if t != nil {
		t.wake(func() { t.seen = max(t.seen, seq) })
	}
}

// Centers are those of which a log is loaded, or being loaded.
func (f *Follower) Centers() []string {
	ids := map[string]bool{}
	f.mu.Lock()
	for _, t := range f.tails {
		t.mu.Lock()
		if t.loads > 0 {
			ids[t.center] = true
		}
		t.mu.Unlock()
	}
	f.mu.Unlock()
	for _, name := range f.hub.Logs() {
		ids[strings.TrimPrefix(name, domain.NamespaceChat+":")] = true
	}
	return slices.Collect(maps.Keys(ids))
}

// Idle reports whether nothing of a log is under way.
func (f *Follower) Idle(name string) bool { return f.tail(name).idle() }

// forget drops the tails of unloaded logs that have nothing to do.
func (f *Follower) forget(names []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, name := range names {
		if t := f.tails[name]; t != nil && t.idle() {
			delete(f.tails, name)
		}
	}
}

// followed is a loaded log as it stood before a read of the heads: the
// database can't be behind it, unless it has lost something.
type followed struct {
	t     *tail
	epoch string
	seq   int64
}

func (f *Follower) loaded() []followed {
	var out []followed
	for _, name := range f.hub.Logs() {
		if epoch, seq, ok := f.hub.Head(name); ok {
			out = append(out, followed{f.tail(name), epoch, seq})
		}
	}
	return out
}

func (t *tail) of(heads map[string]domain.Head) (int64, bool) {
	h, ok := heads[t.center]
	if t.chat {
		return h.ChatSeq, ok
	}
	return h.Seq, ok
}

// beat compares every loaded log with the database, in one query.
func (f *Follower) beat(ctx context.Context) error {
	logs := f.loaded()
	epoch, heads, err := f.readHeads(ctx, logs)
	if err != nil {
		return err
	}
	f.mu.Lock()
	f.lastBeat = time.Now()
	f.mu.Unlock()
	f.learnEpoch(epoch)
	backwards := false
	for _, l := range logs {
		seq, ok := l.t.of(heads)
		switch {
		case l.epoch != epoch:
			l.t.askReload()
		case !ok || seq < l.seq:
			backwards = true
		default:
			l.t.observe(seq)
		}
	}
	if backwards {
		return f.wentBack(ctx, epoch)
	}
	return nil
}

func (f *Follower) readHeads(ctx context.Context, logs []followed) (string, map[string]domain.Head, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var centers []string
	seen := make(map[string]bool, len(logs))
	for _, l := range logs {
		if !seen[l.t.center] {
			seen[l.t.center] = true
			centers = append(centers, l.t.center)
		}
	}
	return f.store.Heads(ctx, centers)
}

// wentBack is called when a log in the database ends before what this node has
// already shown. A second read makes sure; then the history gets a new name,
// one that all nodes agree on, and every log is loaded again. A log of which only
// other nodes have said that it goes further is loaded again, and that is all.
func (f *Follower) wentBack(ctx context.Context, epoch string) error {
	logs := f.loaded()
	again, heads, err := f.readHeads(ctx, logs)
	if err != nil {
		return err
	}
	lost := false
	for _, l := range logs {
		seq, ok := l.t.of(heads)
		lost = lost || l.epoch == again && (!ok || seq < l.t.surely())
	}
	if !lost {
		for _, l := range logs {
			if seq, _ := l.t.of(heads); l.epoch == again && seq < l.seq {
				f.log.Error("a log was said to go further than the database: loading it again", "log", l.t.name, "said", l.seq, "is", seq)
				l.t.askRewind()
			}
		}
		return nil
	}
	if again == epoch {
		if again, err = f.store.RenewEpoch(ctx, epoch); err != nil {
			return err
		}
		f.log.Error("the database's log went backwards: a new epoch begins", "epoch", again)
	}
	f.learnEpoch(again)
	for _, l := range logs {
		l.t.askReload()
	}
	return nil
}

// Lag is how long the node has known of entries that its rooms don't show, or
// has had no answer from the database.
func (f *Follower) Lag() time.Duration {
	f.mu.Lock()
	tails := make([]*tail, 0, len(f.tails))
	for _, t := range f.tails {
		tails = append(tails, t)
	}
	worst := max(0, time.Since(f.lastBeat)-2*beatEvery)
	f.mu.Unlock()
	for _, t := range tails {
		worst = max(worst, t.lag())
	}
	return worst
}
