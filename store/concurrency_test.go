package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
)

// each runs fn n times at once and waits.
func each(n int, fn func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { fn(i) })
	}
	wg.Wait()
}

// checkLog checks that a center's log has no hole, that its head is its last
// number, and that the stored records are what it led to.
func checkLog(t *testing.T, db *DB, center string) []domain.LogEntry {
	t.Helper()
	ctx := context.Background()
	log, err := db.LogAfter(ctx, center, 0, 1<<20)
	must(t, err)
	newest := map[string]string{}
	for i, e := range log {
		if e.Seq != int64(i+1) {
			t.Fatalf("entry %d of %s has number %d", i+1, center, e.Seq)
		}
		newest[e.Key] = string(e.Data)
	}
	_, heads, err := db.Heads(ctx, []string{center})
	must(t, err)
	equal(t, "head of "+center, heads[center].Seq, int64(len(log)))
	for key, data := range newest {
		var r any
		if r, err = db.FindDelivery(ctx, key); isNotFound(err) {
			if r, err = db.FindOrder(ctx, key); isNotFound(err) {
				r, err = db.FindRider(ctx, key)
			}
		}
		must(t, err)
		b, err := json.Marshal(r)
		must(t, err)
		equal(t, "stored "+key, string(b), data)
	}
	return log
}

// 64 writers at two centers, with functions that fail before and after they have
// written, panic, end their goroutine, swallow errors, or whose callers give up:
// the numbers have no hole, what was answered as done is there, the rest is not,
// and the hook was told all of it in order.
func TestNumbersHaveNoHole(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		var rec recorder
		db := open(t, newURL(t), rec.hook)
		for _, c := range []string{"a", "b"} {
			addCenter(t, db, c, 0, 0)
		}
		errRefused := errors.New("refused")
		rounds := 30
		if testing.Short() {
			rounds = 8
		}
		var mu sync.Mutex
		want := map[string]bool{} // by record: whether it must be there
		each(64, func(w int) {
			rnd := rand.New(rand.NewPCG(uint64(w), 1))
			for i := range rounds {
				center := string("ab"[rnd.IntN(2)])
				id, mode := fmt.Sprintf("w%di%d", w, i), rnd.IntN(12)
				ctx, cancel := context.WithCancel(context.Background())
				if mode == 6 && rnd.IntN(2) == 0 {
					cancel() // before it is asked
				}
				err := db.Write(ctx, func(tx domain.Tx) error {
					if mode == 1 {
						return errRefused
					}
					if mode == 6 {
						cancel() // while it runs: too late
					}
					n := 1 + len(id)%3
					var cs []*domain.Change
					for k := range n {
						cs = append(cs, &domain.Change{Event: "rider:changed", Record: sampleRider(fmt.Sprintf("%sr%d", id, k), center)})
					}
					if err := tx.Append(ctx, agent, center, noon, cs...); err != nil {
						return err
					}
					switch mode {
					case 2:
						return errRefused
					case 3:
						panic("a bug in a use case")
					case 4:
						if rnd.IntN(4) == 0 {
							runtime.Goexit()
						}
					case 5:
						return &domain.Error{Code: domain.CodeIllegalTransition, Commit: true}
					}
					return nil
				})
				var p *PanicError
				var ok bool
				switch mode {
				case 1, 2:
					ok = errors.Is(err, errRefused)
				case 3:
					ok = errors.As(err, &p) && p.Value == "a bug in a use case"
				case 4:
					ok = err == nil || errors.Is(err, errExited)
				case 5:
					ok = codeOf(err) == domain.CodeIllegalTransition
				case 6:
					ok = err == nil || errors.Is(err, context.Canceled)
				default:
					ok = err == nil
				}
				if !ok {
					t.Errorf("mode %d answered %v", mode, err)
				}
				cancel()
				mu.Lock()
				want[id+"r0"] = err == nil || mode == 5
				mu.Unlock()
			}
		})
		told, _ := rec.all()
		last := map[string]int64{}
		for _, e := range told {
			if e.Seq != last[e.CenterID]+1 && db.d.engine() == "sqlite" {
				t.Fatalf("the hook was told %d of %s after %d", e.Seq, e.CenterID, last[e.CenterID])
			}
			last[e.CenterID] = e.Seq
		}
		n := len(checkLog(t, db, "a")) + len(checkLog(t, db, "b"))
		equal(t, "entries told", len(told), n)
		for id, there := range want {
			_, err := db.FindRider(t.Context(), id)
			equal(t, id+" is there", err == nil, there)
		}
	})
}

// Of any number of concurrent assigns of one delivery exactly one wins, and the
// others see whose it is.
func TestOneWinner(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db := open(t, newURL(t))
		addCenter(t, db, "c", 8, 5)
		for d := 1; d <= 5; d++ {
			var won atomic.Int32
			var winner atomic.Value
			losers := make(chan string, 40)
			each(40, func(i int) {
				rider := nth("cr", i%8+1)
				err := db.Write(context.Background(), func(tx domain.Tx) error {
					return assign(context.Background(), tx, nth("cd", d), rider)
				})
				var e *domain.Error
				switch {
				case err == nil:
					won.Add(1)
					winner.Store(rider)
				case errors.As(err, &e) && e.Code == domain.CodeIllegalTransition:
					losers <- e.Current.(*domain.Delivery).RiderID
				default:
					t.Errorf("answered %v", err)
				}
			})
			close(losers)
			equal(t, "winners", won.Load(), 1)
			for got := range losers {
				equal(t, "current rider", got, winner.Load().(string))
			}
		}
		checkLog(t, db, "c")
	})
}

// A stale record, read before the transaction, is never written over a newer one.
func TestStaleVersionRunsAgain(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db := open(t, newURL(t))
		addCenter(t, db, "c", 1, 1)
		stale, err := db.FindDelivery(t.Context(), "cd1")
		must(t, err)
		write(t, db, func(ctx context.Context, tx domain.Tx) error { return assign(ctx, tx, "cd1", "cr1") })
		runs := 0
		write(t, db, func(ctx context.Context, tx domain.Tx) error {
			runs++
			d := stale
			if runs > 1 { // as a use case would: read within
				if d, err = tx.FindDelivery(ctx, "cd1"); err != nil {
					return err
				}
			}
			d.Note = "changed"
			return tx.Append(ctx, agent, "c", noon, &domain.Change{Event: domain.EventDeliveryChanged, Record: d})
		})
		equal(t, "runs", runs, 2)
		d, err := db.FindDelivery(t.Context(), "cd1")
		must(t, err)
		equal(t, "rider", d.RiderID, "cr1")
		checkLog(t, db, "c")
	})
}

// One order comes of any number of posts with one idempotency key, and all get
// the first answer.
func TestIdempotencyInOneTransaction(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		clock := noon
		db := open(t, newURL(t), func(o *Options) { o.Now = func() time.Time { return clock.Time } })
		addCenter(t, db, "c", 0, 0)
		var made atomic.Int64
		post := func(key string) (body string) {
			must(t, db.Write(context.Background(), func(tx domain.Tx) error {
				ctx := context.Background()
				prev, err := tx.FindAnswer(ctx, "caller", key)
				if err != nil {
					return err
				}
				if prev != nil {
					body = string(prev.Body)
					return nil
				}
				n := made.Add(1)
				o := sampleOrder("o"+strconv.FormatInt(n, 10), "c")
				if err := tx.Append(ctx, agent, "c", noon, &domain.Change{Event: domain.EventOrderCreate, Record: o}); err != nil {
					return err
				}
				body = o.ID
				return tx.SaveAnswer(ctx, "caller", key, domain.Answer{Fingerprint: "f", Status: 201, Seq: "e/1", ContentType: "application/json", Body: []byte(body)})
			}))
			return body
		}
		var mu sync.Mutex
		bodies := map[string]int{}
		each(30, func(int) {
			b := post("Key")
			mu.Lock()
			bodies[b]++
			mu.Unlock()
		})
		equal(t, "different answers", len(bodies), 1)
		equal(t, "orders", len(checkLog(t, db, "c")), 1)
		if post("key") == post("Key") {
			t.Fatal("keys are not told apart by case")
		}
		// A refused write keeps no answer.
		_ = db.Write(t.Context(), func(tx domain.Tx) error {
			must(t, tx.SaveAnswer(t.Context(), "caller", "refused", domain.Answer{Status: 200}))
			return errors.New("refused")
		})
		write(t, db, func(ctx context.Context, tx domain.Tx) error {
			a, err := tx.FindAnswer(ctx, "caller", "refused")
			if a != nil {
				t.Error("a refused write has left an answer")
			}
			return err
		})
		// After 24 h a key is free again.
		clock = noon.Add(answerLife)
		before := len(checkLog(t, db, "c"))
		post("Key")
		equal(t, "orders a day later", len(checkLog(t, db, "c")), before+1)
	})
}

// Spoken numbers of a center's day come without a hole or a repetition.
func TestSpokenNumbers(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db := open(t, newURL(t))
		addCenter(t, db, "c", 0, 0)
		var mu sync.Mutex
		seen := map[int]bool{}
		each(40, func(i int) {
			var n int
			err := db.Write(context.Background(), func(tx domain.Tx) (err error) {
				if n, err = tx.NextNumber(context.Background(), "c", "2026-11-23"); err == nil && i%4 == 0 {
					err = errors.New("refused")
				}
				return err
			})
			if err == nil {
				mu.Lock()
				seen[n] = true
				mu.Unlock()
			}
		})
		for n := 1; n <= 30; n++ {
			if !seen[n] {
				t.Fatalf("number %d was not given: %v", n, seen)
			}
		}
		write(t, db, func(ctx context.Context, tx domain.Tx) error {
			n, err := tx.NextNumber(ctx, "c", "2026-11-24")
			equal(t, "first of another day", n, 1)
			if err != nil {
				return err
			}
			used, err := tx.NumberInUse(ctx, "c", "0001", domain.At(time.Now()))
			equal(t, "in use", used, false)
			return err
		})
	})
}

// A rule over several records (a rider has at most so many deliveries in hand)
// holds however many look at it at once.
func TestRulesOverRecordsHold(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db := open(t, newURL(t))
		const deliveries, capacity = 12, 3
		addCenter(t, db, "c", 1, deliveries)
		errFull := errors.New("full")
		var refused atomic.Int64
		each(deliveries, func(i int) {
			err := db.Write(context.Background(), func(tx domain.Tx) error {
				n, err := tx.OpenDeliveries(context.Background(), "cr1")
				if err != nil {
					return err
				}
				if n >= capacity {
					return errFull
				}
				return assign(context.Background(), tx, nth("cd", i+1), "cr1")
			})
			if errors.Is(err, errFull) || codeOf(err) == domain.CodeConflict { // lost every time
				refused.Add(1)
			} else if err != nil {
				t.Error(err)
			}
		})
		n, err := db.OpenDeliveries(t.Context(), "cr1")
		must(t, err)
		if n > capacity || n+int(refused.Load()) != deliveries {
			t.Fatalf("%d deliveries in hand, %d refused", n, refused.Load())
		}
	})
}
