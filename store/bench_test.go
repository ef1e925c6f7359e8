package store

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
)

// benchWriters is how many callers write at once.
const benchWriters = 32

// BenchmarkTransitions is the durable write of bros: an assign, with its
// idempotency answer, by 32 callers at once.
func BenchmarkTransitions(b *testing.B) {
	db := open(b, freshSQLite(b))
	const deliveries = 2000
	addCenter(b, db, "c", 20, deliveries)
	var next atomic.Int64
	parallel(b, func() error {
		n := next.Add(1)
		id := nth("cd", int(n%deliveries)+1)
		return db.Write(context.Background(), func(tx domain.Tx) error {
			ctx := context.Background()
			key := "key" + strconv.FormatInt(n, 10)
			if _, err := tx.FindAnswer(ctx, "caller", key); err != nil {
				return err
			}
			d, err := tx.FindDelivery(ctx, id)
			if err != nil {
				return err
			}
			r, err := tx.FindRider(ctx, nth("cr", int(n%20)+1))
			if err != nil {
				return err
			}
			if d.Status != domain.Waiting {
				r = nil
			}
			if err := move(ctx, tx, d, r); err != nil {
				return err
			}
			return tx.SaveAnswer(ctx, "caller", key, domain.Answer{Fingerprint: "f", Status: 200, Seq: "e/1", ContentType: "application/json", Body: make([]byte, 900)})
		})
	})
	s := db.Stats()
	b.ReportMetric(float64(s.Commits)/float64(s.Groups), "commits/group")
}

// BenchmarkPositions is batches of 50 riders' fixes by 8 callers' worth of handlers.
func BenchmarkPositions(b *testing.B) {
	db := open(b, freshSQLite(b))
	var next atomic.Int64
	parallel(b, func() error {
		n := next.Add(1)
		fixes := make([]domain.Position, 50)
		for i := range fixes {
			fixes[i] = domain.Position{RiderID: nth("r", i), Lat: 37.5, Lng: 127.1, At: noon.Add(time.Duration(n) * time.Second)}
		}
		return db.SavePositions(context.Background(), fixes)
	})
	b.ReportMetric(50*float64(b.N)/b.Elapsed().Seconds(), "fixes/s")
}

// BenchmarkLoadCenter loads a busy center: 2,000 deliveries and a log of 14,000.
func BenchmarkLoadCenter(b *testing.B) {
	db := open(b, freshSQLite(b))
	addCenter(b, db, "c", 50, 2000)
	for range 5 {
		write(b, db, func(ctx context.Context, tx domain.Tx) error {
			var changes []*domain.Change
			for i := range 2000 {
				d, err := tx.FindDelivery(ctx, nth("cd", i+1))
				if err != nil {
					return err
				}
				changes = append(changes, &domain.Change{Event: domain.EventDeliveryChanged, Record: d, Before: domain.StateOf(d)})
			}
			return tx.Append(ctx, agent, "c", noon, changes...)
		})
	}
	b.ResetTimer()
	for range b.N {
		st, err := db.LoadCenter(context.Background(), "c", noon.Time)
		must(b, err)
		equal(b, "deliveries", len(st.Deliveries), 2000)
	}
}

// parallel runs op by benchWriters callers and reports the rate and the 99th percentile.
func parallel(b *testing.B, op func() error) {
	b.Helper()
	b.SetParallelism(benchWriters / runtime.GOMAXPROCS(0))
	var mu sync.Mutex
	var all []time.Duration
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		var took []time.Duration
		for pb.Next() {
			start := time.Now()
			if err := op(); err != nil {
				b.Error(err)
				return
			}
			took = append(took, time.Since(start))
		}
		mu.Lock()
		defer mu.Unlock()
		all = append(all, took...)
	})
	b.StopTimer()
	slices.Sort(all)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
	if len(all) > 0 {
		b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "p99-ms")
	}
}

// What pruning costs those who write: the log of another center is pruned in
// batches of 500, with a rest of four times what each took, as a node does it.
func BenchmarkWriteBesidePruning(b *testing.B) {
	for _, pruning := range []bool{false, true} {
		b.Run(fmt.Sprintf("pruning=%v", pruning), func(b *testing.B) {
			db := open(b, freshSQLite(b))
			addCenter(b, db, "c", 0, 0)
			addCenter(b, db, "old", 0, 20_000) // 40,000 entries
			ctx, stop := context.WithCancel(b.Context())
			done := make(chan struct{})
			pruned := 0
			go func() {
				defer close(done)
				for pruning && ctx.Err() == nil {
					begun := time.Now()
					n, err := db.PruneLog(ctx, "old", noon.Add(time.Hour).Time, 500)
					if pruned += n; err != nil || n < 500 {
						return
					}
					_ = backoff(ctx, 4*time.Since(begun), 0)
				}
			}()
			var worst, next atomic.Int64
			b.ResetTimer()
			b.SetParallelism(8)
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					begun, id := time.Now(), fmt.Sprintf("r%d", next.Add(1))
					if err := db.Write(b.Context(), func(tx domain.Tx) error {
						return tx.Append(b.Context(), agent, "c", noon, &domain.Change{Event: domain.EventRiderChanged, Record: sampleRider(id, "c")})
					}); err != nil {
						b.Error(err)
					}
					took := int64(time.Since(begun))
					for w := worst.Load(); took > w && !worst.CompareAndSwap(w, took); w = worst.Load() {
					}
				}
			})
			b.StopTimer()
			stop()
			<-done
			b.ReportMetric(float64(worst.Load())/1e6, "ms-worst")
			b.ReportMetric(float64(pruned), "pruned")
		})
	}
}
