package realtime

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// naive is a room as one would write it down: every change in order.
type naive struct {
	changes []naiveChange
	floor   int64
	base    int64 // the floor at the last load
	window  time.Duration
}

type naiveChange struct {
	seq      int64
	key      string
	data     string // empty: removed
	finished time.Time
}

func (n *naive) out(c naiveChange, now time.Time) bool {
	return c.data == "" || !c.finished.IsZero() && c.finished.Before(now.Add(-n.window))
}

// newest is the newest change of each key with a number over since, oldest first.
func (n *naive) newest(since int64) []naiveChange {
	last := map[string]naiveChange{}
	for _, c := range n.changes {
		if c.seq > since {
			last[c.key] = c
		}
	}
	return slices.SortedFunc(maps.Values(last), func(a, b naiveChange) int { return int(a.seq - b.seq) })
}

func (n *naive) resume(since int64, now time.Time) []string {
	var list []string
	for _, c := range n.newest(since) {
		data := c.data
		if n.out(c, now) {
			data = ""
		}
		list = append(list, fmt.Sprint(c.seq, c.key, data))
	}
	return list
}

func (n *naive) snapshot(now time.Time) []string {
	var list []string
	for _, c := range n.newest(0) {
		if !n.out(c, now) {
			list = append(list, c.data)
		}
	}
	return list
}

// prev is the number before the next change.
func (n *naive) prev() int64 {
	if len(n.changes) == 0 {
		return n.base
	}
	return max(n.base, n.changes[len(n.changes)-1].seq)
}

func TestRoomAgainstModel(t *testing.T) {
	h := NewHub(Options{Window: time.Hour})
	defer h.Stop()
	start := time.Now()
	rapid.Check(t, func(t *rapid.T) {
		l := newLog(h, "c", LogState{Epoch: "e"})
		l.mu.Lock()
		defer l.mu.Unlock()
		r := l.room("delivery/c")
		within := rapid.SampledFrom([]time.Duration{0, 20 * time.Minute, 2 * time.Hour}).Draw(t, "within")
		r.setWindowed(true, within)
		defer l.forget(r)
		m := &naive{window: time.Hour}
		if within > 0 {
			m.window = min(m.window, within)
		}
		now := start
		keys := rapid.SampledFrom([]string{"a", "b", "c", "d"})
		t.Repeat(map[string]func(*rapid.T){
			"": func(t *rapid.T) {
				if got := r.last; got != m.prev() {
					t.Fatalf("prev %d, want %d", got, m.prev())
				}
			},
			"change": func(t *rapid.T) {
				c := naiveChange{seq: l.head + 1, key: keys.Draw(t, "key")}
				ch := Change{Address: r.address, Event: "delivery:changed", Key: c.key}
				if rapid.IntRange(0, 3).Draw(t, "op") > 0 {
					c.data = fmt.Sprintf(`{"id":%q,"v":%d}`, c.key, c.seq)
					ch.Data = []byte(c.data)
					if rapid.Bool().Draw(t, "done") {
						c.finished = now
						ch.Finished = now
					}
				}
				if got := l.apply("e", c.seq, []Change{ch}); got != Applied {
					t.Fatalf("apply: %v", got)
				}
				m.changes = append(m.changes, c)
			},
			"elsewhere": func(t *rapid.T) {
				if got := l.apply("e", l.head+1, []Change{rec("order/c", "x", 1)}); got != Applied {
					t.Fatalf("apply: %v", got)
				}
			},
			"time passes": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(1, 50).Draw(t, "minutes")) * time.Minute)
			},
			"sweep": func(*rapid.T) { r.sweep(r.cutoff(now)) },
			"prune": func(t *rapid.T) {
				floor := rapid.Int64Range(0, l.head).Draw(t, "floor")
				l.prune(floor)
				m.floor = max(m.floor, floor)
			},
			"restart": func(*rapid.T) { // a load keeps newest per key, removals above the floor
				st := LogState{Epoch: "e", Seq: l.head, Floor: l.floor}
				for _, c := range m.newest(0) {
					if c.data != "" || c.seq > m.floor {
						it := Item{Address: r.address, Key: c.key, Seq: c.seq, Event: "delivery:changed", Finished: c.finished}
						if c.data != "" {
							it.Data = []byte(c.data)
						}
						st.Items = append(st.Items, it)
					}
				}
				slices.Reverse(st.Items)
				l.replace(st)
				m.base = m.floor
			},
			"resume": func(t *rapid.T) {
				since := rapid.Int64Range(l.floor, l.head).Draw(t, "since")
				if !l.resumable(&Since{"e", since}) {
					t.Fatalf("no resume from %d", since)
				}
				b, ok := r.appendResume(nil, nil, since, now)
				if !ok {
					t.Fatal("a snapshot instead")
				}
				var reply message
				if err := json.Unmarshal(b, &reply); err != nil {
					t.Fatalf("%s: %v", b, err)
				}
				var got []string
				for _, e := range reply.Events {
					if (e.Op == "remove") != (e.Data == nil) {
						t.Fatalf("event %+v", e)
					}
					got = append(got, fmt.Sprint(e.Seq, e.Key, string(e.Data)))
				}
				if d := cmp.Diff(m.resume(since, now), got); d != "" {
					t.Fatalf("resume from %d: %s", since, d)
				}
				if fresh := len(got) > 0; r.changedAfter(since) != fresh {
					t.Fatalf("changed after %d: %v", since, !fresh)
				}
			},
			"snapshot": func(t *rapid.T) {
				s := r.snapshot(now)
				if len(s.parts) != 1 {
					t.Fatalf("%d parts", len(s.parts))
				}
				var got []json.RawMessage
				if err := json.Unmarshal(append([]byte(`[`), strings.TrimSuffix(string(s.parts[0]), "}")...), &got); err != nil {
					t.Fatalf("%s: %v", s.parts[0], err)
				}
				var records []string
				for _, g := range got {
					records = append(records, string(g))
				}
				if d := cmp.Diff(m.snapshot(now), records); d != "" {
					t.Fatal(d)
				}
			},
		})
	})
}

// TestResumeGivesWayToASnapshot when it is huge and that much shorter.
func TestResumeGivesWayToASnapshot(t *testing.T) {
	h := NewHub(Options{})
	defer h.Stop()
	l := newLog(h, "c", LogState{Epoch: "e"})
	l.mu.Lock()
	defer l.mu.Unlock()
	const removals, size = 800, 32 << 10 // 25 MiB of keys
	for i := range removals {
		l.apply("e", l.head+1, []Change{del("delivery/c", fmt.Sprint(i, strings.Repeat("k", size)))})
	}
	r := l.room("delivery/c")
	if _, ok := r.appendResume(nil, nil, 0, time.Now()); ok {
		t.Error("25 MiB of removals are sent rather than an empty snapshot")
	}
	if _, ok := r.appendResume(nil, nil, removals-400, time.Now()); !ok {
		t.Error("12 MiB of removals are not sent")
	}
	if _, large := r.reply(nil, &Since{"e", removals - 400}); !large {
		t.Error("12 MiB need no slot")
	}
	if _, large := r.reply(nil, &Since{"e", removals - 1}); large {
		t.Error("a removal needs a slot")
	}
}

// TestSnapshotPartsHoldEverything once, in order, within the bound, whatever
// the sizes.
func TestSnapshotPartsHoldEverything(t *testing.T) {
	h := NewHub(Options{})
	defer h.Stop()
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 0))
		sizes := make([]int, rng.IntN(12))
		for i := range sizes {
			if sizes[i] = rng.IntN(2000); rng.IntN(2) == 0 {
				sizes[i] = 60_000 + rng.IntN(140_000)
			}
		}
		l := newLog(h, "c", LogState{Epoch: "e"})
		l.mu.Lock()
		for i, n := range sizes {
			ch := rec("delivery/c", fmt.Sprint(i), i)
			ch.Data = fmt.Appendf(nil, `{"id":"%d","pad":"%s"}`, i, strings.Repeat("p", n))
			l.apply("e", l.head+1, []Change{ch})
		}
		frames, _ := l.room("delivery/c").reply([]byte(`"`+strings.Repeat("i", 60)+`"`), nil)
		l.mu.Unlock()
		n := 0
		for i, f := range frames {
			if f.size() > 256<<10 {
				t.Fatalf("part %d has %d bytes", i, f.size())
			}
			whole := bufio.NewReader(io.MultiReader(bytes.NewReader(f.a), bytes.NewReader(f.b)))
			_, payload := readFrame(t, whole)
			m := decode(t, payload)[0]
			if m.More != (i < len(frames)-1) || len(frames) > 1 && m.Part != i+1 || len(frames) == 1 && m.Part != 0 {
				t.Fatalf("part %d says %d, more %v", i, m.Part, m.More)
			}
			for _, r := range m.Records {
				var id struct{ ID string }
				if err := json.Unmarshal(r, &id); err != nil || id.ID != fmt.Sprint(n) {
					t.Fatalf("record %d is %s", n, r)
				}
				n++
			}
		}
		if n != len(sizes) {
			t.Fatalf("%d of %d records", n, len(sizes))
		}
	}
}

// TestOneChangePerAddressAndEntry: a second one would carry a number that is used.
func TestOneChangePerAddressAndEntry(t *testing.T) {
	h := NewHub(Options{})
	defer h.Stop()
	l := newLog(h, "c", LogState{Epoch: "e"})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.apply("e", 1, []Change{rec("mine/r", "a", 1), rec("mine/r", "b", 1), rec("mine/s", "a", 1)})
	if r := l.room("mine/r"); len(r.keys) != 1 || r.last != 1 || l.head != 1 {
		t.Errorf("%d keys, last %d", len(r.keys), r.last)
	}
}
