package realtime

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// large is a record of n bytes.
func large(address, key string, n int) Change {
	data := fmt.Sprintf(`{"id":%q,"v":1,"memo":%q}`, key, strings.Repeat("x", n))
	return Change{Address: address, Event: "delivery:changed", Key: key, Data: []byte(data)}
}

// TestPollIsBounded: what does not fit into an answer comes in the next ones,
// of a snapshot and of a resume, and no record is missing in the end.
func TestPollIsBounded(t *testing.T) {
	inPipeWorld(t, Options{}, func(t *testing.T, w *world) {
		const records, size = 60, 1 << 18 // 15 MiB
		for i := range records {
			w.db.publish(t, "c1", large("delivery/c1", fmt.Sprint("k", i), size))
		}
		rounds := func(since *Since, mode string) (n int, at *Since) {
			seen := map[string]bool{}
			for at = since; ; n++ {
				a := w.hub.Poll(t.Context(), Identity{UserID: "u1"}, []Sub{{"delivery/c1", at}}, 0)
				if a.Size() > maxAnswer+2*maxPart {
					t.Fatalf("an answer of %d bytes", a.Size())
				}
				var m message
				if err := json.Unmarshal(a.Messages()[0], &m); err != nil {
					t.Fatal(err)
				}
				a.Release()
				if n == 0 && m.Mode != mode || n > 0 && m.Mode != "resume" {
					t.Fatalf("answer %d is a %s", n, m.Mode)
				}
				for _, raw := range m.Records {
					var r struct{ ID string }
					_ = json.Unmarshal(raw, &r)
					seen[r.ID] = true
				}
				for _, e := range m.Events {
					seen[e.Key] = true
				}
				at = &Since{m.Epoch, m.Seq}
				if len(m.Records)+len(m.Events) == 0 {
					break
				}
			}
			if len(seen) != records {
				t.Errorf("%s: %d records of %d", mode, len(seen), records)
			}
			return n, at
		}
		if n, _ := rounds(nil, "snapshot"); n < 2 || n > 4 {
			t.Errorf("a snapshot in %d answers", n)
		}
		if n, at := rounds(&Since{"e1", 0}, "resume"); n < 2 || n > 4 || at.Seq != records {
			t.Errorf("a resume in %d answers, up to %+v", n, at)
		}
	})
}

// TestPollSharesBytes: an answer refers to the room's snapshot, it has no copy of it.
func TestPollSharesBytes(t *testing.T) {
	inPipeWorld(t, Options{}, func(t *testing.T, w *world) {
		w.db.publish(t, "c1", large("delivery/c1", "a", 1<<20))
		ask := func() *Answer {
			return w.hub.Poll(t.Context(), Identity{UserID: "u1"}, []Sub{{Address: "delivery/c1"}}, 0)
		}
		one, two := ask(), ask()
		defer one.Release()
		defer two.Release()
		if &one.replies[0][1][0] != &two.replies[0][1][0] {
			t.Error("two answers hold two copies of a snapshot")
		}
		var b bytes.Buffer
		if _, err := one.WriteTo(&b); err != nil || !json.Valid(b.Bytes()) || b.Len() < 1<<20 {
			t.Errorf("%d bytes, valid %v, %v", b.Len(), json.Valid(b.Bytes()), err)
		}
	})
}

// TestPollWaitsForSlot: large answers on their way are counted, and the next waits.
func TestPollWaitsForSlot(t *testing.T) {
	inPipeWorld(t, Options{MaxSnapshots: 4}, func(t *testing.T, w *world) { // one slot for polls
		w.db.publish(t, "c1", large("delivery/c1", "a", 1<<20))
		first := w.hub.Poll(t.Context(), Identity{UserID: "u1"}, []Sub{{Address: "delivery/c1"}}, 0)
		done := w.poll(t.Context(), 0, Sub{Address: "delivery/c1"})
		time.Sleep(time.Second)
		synctest.Wait()
		select {
		case <-done:
			t.Fatal("a second large answer is on its way")
		default:
		}
		first.Release()
		first.Release()
		if got := <-done; len(got) != 1 {
			t.Errorf("then %d replies", len(got))
		}
	})
}

// TestPollLookups: one call has the host read a bounded number of logs; the
// others come in the next call.
func TestPollLookups(t *testing.T) {
	inPipeWorld(t, Options{}, func(t *testing.T, w *world) {
		var subs []Sub
		for i := range 3 * maxLookups {
			log := fmt.Sprint("c", i)
			w.db.publish(t, log, rec("delivery/"+log, "a", 1))
			subs = append(subs, Sub{Address: "delivery/" + log})
		}
		for _, want := range []int{maxLookups, 2 * maxLookups, 3 * maxLookups} {
			if got := <-w.poll(t.Context(), time.Hour, subs...); len(got) != want {
				t.Errorf("%d replies, want %d", len(got), want)
			}
		}
	})
}
