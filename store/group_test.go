package store

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
)

// held is a write that holds the writer until it is let go.
type held struct {
	running chan struct{}
	release chan struct{}
	done    chan error
}

func hold(db *DB, finish func(t *txn) error) *held {
	h := &held{make(chan struct{}), make(chan struct{}), make(chan error, 1)}
	var once sync.Once
	go func() {
		h.done <- db.do(context.Background(), func(t *txn) error {
			once.Do(func() {
				close(h.running)
				<-h.release
			})
			return finish(t)
		})
	}()
	<-h.running
	return h
}

func nothing(*txn) error { return nil }

// queued starts n writes and returns when all of them wait.
func queued(t *testing.T, db *DB, n int, fn func(i int, t *txn) error) (answers func() []error) {
	t.Helper()
	before := db.Stats().Waiting
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = db.do(context.Background(), func(t *txn) error { return fn(i, t) }) })
	}
	await(t, func() bool { return db.Stats().Waiting == before+int64(n) })
	return func() []error { wg.Wait(); return errs }
}

// patience is how long a test waits for what is to come by itself: far longer
// than a loaded machine takes, so that only what never comes fails.
const patience = time.Minute

// await yields until the condition holds, and fails the test when it never does.
func await(t *testing.T, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !cond(); pause() {
		if time.Now().After(end) {
			t.Fatalf("waited %v in vain", patience)
		}
	}
}

// addRider is a write of one number in center c.
func addRider(t *txn, id string) error {
	return t.Append(context.Background(), agent, "c", noon, &domain.Change{Event: domain.EventRiderChanged, Record: sampleRider(id, "c")})
}

// onSQLite opens a database whose groups end only when nothing waits.
func onSQLite(t *testing.T, set ...func(*Options)) *DB {
	db := open(t, freshSQLite(t), append(set, func(o *Options) { o.groupTime = time.Hour })...)
	addCenter(t, db, "c", 0, 0)
	return db
}

// What waits is committed at once, and a member that fails takes no other along.
func TestGroupIsOneCommit(t *testing.T) {
	for _, when := range []string{"before it wrote", "after it wrote"} {
		t.Run(when, func(t *testing.T) {
			var rec recorder
			db := onSQLite(t, rec.hook)
			h := hold(db, nothing)
			boom := errors.New("boom")
			answers := queued(t, db, 20, func(i int, tx *txn) error {
				if i%5 == 0 && when == "before it wrote" {
					return boom
				}
				if err := addRider(tx, nth("r", i)); err != nil || i%5 != 0 {
					return err
				}
				return boom
			})
			groups := db.Stats().Groups
			close(h.release)
			must(t, <-h.done)
			for i, err := range answers() {
				if want := i%5 == 0; errors.Is(err, boom) != want {
					t.Errorf("member %d was answered %v", i, err)
				}
			}
			want := int64(1)
			if when == "after it wrote" {
				want = 2 // those up to the first late failure, and the rest
			}
			equal(t, "commits", db.Stats().Groups-groups, want)
			equal(t, "numbers", len(checkLog(t, db, "c")), 16)
			told, _ := rec.all()
			equal(t, "told", len(told), 16)
			if db.writer.(*groupWriter).careful == 0 == (when == "after it wrote") {
				t.Error("savepoints are to be set after a late failure, and only then")
			}
			// With savepoints on, late failures cost nobody a second run.
			if when == "after it wrote" {
				h, retries := hold(db, nothing), db.Stats().Retries
				answers := queued(t, db, 10, func(i int, tx *txn) error {
					if err := addRider(tx, nth("again", i)); err != nil || i%2 == 0 {
						return err
					}
					return boom
				})
				close(h.release)
				must(t, <-h.done)
				answers()
				equal(t, "second runs", db.Stats().Retries, retries)
				equal(t, "numbers", len(checkLog(t, db, "c")), 21)
			}
		})
	}
}

// A group that the engine has rolled back is run again, member by member: nobody
// is told that something is there that is not, and nothing is there twice.
func TestLostGroupRunsAgain(t *testing.T) {
	for _, careful := range []int{0, 1000} {
		db := onSQLite(t)
		db.writer.(*groupWriter).careful = careful
		h := hold(db, func(tx *txn) error { return addRider(tx, "first") })
		var lost atomic.Bool
		answers := queued(t, db, 10, func(i int, tx *txn) error {
			if i == 5 && lost.CompareAndSwap(false, true) {
				// As the engine does by itself when the disk fails: with an error,
				// which this function swallows, as it does what comes of it.
				_, err := db.writer.(*groupWriter).conn.exec(context.Background(), "ROLLBACK")
				_, _ = tx.run.exec(context.Background(), "UPDATE nowhere SET x = 1")
				_ = addRider(tx, "swallowed")
				return err
			}
			return addRider(tx, nth("r", i))
		})
		close(h.release)
		must(t, <-h.done)
		for _, err := range answers() {
			must(t, err)
		}
		equal(t, "numbers", len(checkLog(t, db, "c")), 11)
	}
}

// A statement that the engine refuses to understand is its caller's trouble alone.
func TestBrokenStatementIsItsOwn(t *testing.T) {
	db := onSQLite(t)
	h := hold(db, nothing)
	answers := queued(t, db, 10, func(i int, tx *txn) error {
		if i == 3 {
			_, err := tx.run.exec(context.Background(), "UPDATE nowhere SET x = 1")
			return err
		}
		return addRider(tx, nth("r", i))
	})
	close(h.release)
	must(t, <-h.done)
	for i, err := range answers() {
		if (err != nil) != (i == 3) {
			t.Errorf("member %d was answered %v", i, err)
		}
	}
	equal(t, "numbers", len(checkLog(t, db, "c")), 9)
}

func TestFullQueueIsUnavailable(t *testing.T) {
	db := onSQLite(t, func(o *Options) { o.Queue = 3 })
	h := hold(db, nothing)
	answers := queued(t, db, 3, func(int, *txn) error { return nil })
	err := db.Write(t.Context(), func(domain.Tx) error { return nil })
	wantCode(t, err, domain.CodeUnavailable)
	var e *domain.Error
	if errors.As(err, &e) && e.RetryAfter != 1 {
		t.Errorf("retry after %d s", e.RetryAfter)
	}
	close(h.release)
	must(t, <-h.done)
	for _, err := range answers() {
		must(t, err)
	}
}

// Who gives up before its turn is skipped; who gives up later gets the true answer.
func TestGivingUp(t *testing.T) {
	db := onSQLite(t)
	h := hold(db, func(tx *txn) error { return addRider(tx, "held") })
	ctx, cancel := context.WithCancel(t.Context())
	early := make(chan error)
	go func() {
		early <- db.do(ctx, func(tx *txn) error { return addRider(tx, "early") })
	}()
	await(t, func() bool { return db.Stats().Waiting == 1 })
	cancel()
	if err := <-early; !errors.Is(err, context.Canceled) {
		t.Fatalf("answered %v", err)
	}
	close(h.release)
	must(t, <-h.done)

	ctx, cancel = context.WithCancel(t.Context())
	must(t, db.do(ctx, func(tx *txn) error {
		cancel()
		return addRider(tx, "late")
	}))
	equal(t, "numbers", len(checkLog(t, db, "c")), 2)
	if err := db.Write(ctx, func(domain.Tx) error { t.Error("it ran"); return nil }); !errors.Is(err, context.Canceled) {
		t.Fatalf("answered %v", err)
	}
}

// The hook is told before the caller is answered, when the change can be read.
func TestHookComesBeforeTheAnswer(t *testing.T) {
	var db *DB
	var told atomic.Int64
	db = onSQLite(t, func(o *Options) {
		o.OnCommit = func(es []domain.LogEntry) {
			log, err := db.LogAfter(context.Background(), "c", es[0].Seq-1, 1)
			if err != nil || len(log) != 1 {
				t.Errorf("what was told can't be read: %v, %v", log, err)
			}
			told.Store(es[len(es)-1].Seq)
		}
	})
	for i := range 20 {
		must(t, db.do(t.Context(), func(tx *txn) error { return addRider(tx, nth("r", i)) }))
		equal(t, "told before the answer", told.Load(), int64(i+1))
	}
}

func TestCloseLetsTheQueueRunEmpty(t *testing.T) {
	url := freshSQLite(t)
	db, err := Open(t.Context(), Options{URL: url, Migrate: true})
	must(t, err)
	addCenter(t, db, "c", 0, 0)
	h := hold(db, nothing)
	answers := queued(t, db, 10, func(i int, tx *txn) error { return addRider(tx, nth("r", i)) })
	closed := make(chan error)
	go func() { closed <- db.Close() }()
	close(h.release)
	for _, err := range answers() {
		must(t, err)
	}
	must(t, <-h.done)
	must(t, <-closed)
	wantCode(t, db.Write(t.Context(), func(domain.Tx) error { return nil }), domain.CodeUnavailable)
	db = open(t, url)
	equal(t, "numbers", len(checkLog(t, db, "c")), 10)
}
