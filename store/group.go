package store

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/brosops/bros/domain"
)

// The bounds of a group. A second process that shares the file waits at least as
// long as one takes, and so does the first of its members.
const (
	groupMembers = 256
	groupTime    = 20 * time.Millisecond
	// beginPatience is how long the lock of another process is waited for.
	beginPatience = 10 * time.Second
	// courtesy is the pause after a group while another process writes too: the
	// engine has no queue for its lock, only processes that look again and again.
	courtesy       = 2 * time.Millisecond
	courtesyGroups = 256
	// carefulMembers is how many transactions get a savepoint after one has failed late.
	carefulMembers = 2048
)

// groupWriter is the one writer of an embedded database. A commit costs a wait
// for the disk, however much is in it; so all transactions that wait are run in
// one and answered after its commit. Each succeeds or fails alone: one that
// fails after it has written is rolled back to a savepoint of its own. As the
// savepoints cost a sixth of the throughput and such failures are rare (use
// cases check first and write then), they are set only for a while after one:
// that one's group is rolled back as a whole and run again with savepoints.
type groupWriter struct {
	*writerBase
	db   *sqlx.DB // of one connection
	conn *conn
	time time.Duration // bounds a group

	queue *fairQueue
	ended chan struct{} // closed when the loop has ended

	// Of the group under way; the loop's own.
	members []*job
	current *job // whose function runs now
	state   groupState
	careful int      // how many more members get a savepoint
	foreign struct { // traces of another process
		version int64
		groups  int // how many more groups are to be courteous
	}
}

// job is a transaction that waits to be run, or runs.
type job struct {
	fn      func(t *txn) error
	claimed atomic.Bool // by the writer, or by a caller that gave up
	done    chan struct{}
	err     error
	tx      *txn // of its last run, when that is to be committed
}

var errExited = errors.New("store: a transaction's function ended its goroutine")

func newGroupWriter(b *writerBase, db *sqlx.DB, o Options) *groupWriter {
	w := &groupWriter{writerBase: b, db: db, time: o.groupTime, queue: newFairQueue(o.Queue), ended: make(chan struct{})}
	w.conn = &conn{db: db, d: b.d, count: &w.writes}
	go w.loop()
	return w
}

func (w *groupWriter) write(ctx context.Context, fn func(t *txn) error) error {
	if err := ctx.Err(); err != nil {
		return wrap("store: write not begun", err)
	}
	j := &job{fn: fn, done: make(chan struct{})}
	if err := w.queue.push(domain.CallerOf(ctx), j); err != nil {
		return err
	}
	select {
	case <-j.done:
	case <-ctx.Done():
		if j.claimed.CompareAndSwap(false, true) {
			return wrap("store: write not begun", ctx.Err())
		}
		<-j.done
	}
	return j.err
}

func (w *groupWriter) stats(s *domain.StoreStats) {
	w.writerBase.stats(s)
	s.Waiting, s.MostWaiting = int64(w.queue.len()), int64(w.queue.most)
}

// close lets the queue run empty.
func (w *groupWriter) close() error {
	w.queue.close()
	<-w.ended
	return errors.Join(w.conn.close(), w.db.Close())
}

// loop runs group after group until the queue is closed. It survives a function
// that ends its goroutine (a test's FailNow): another goroutine takes over, and
// begins with the rest of that one's group.
func (w *groupWriter) loop() {
	defer func() {
		if j := w.current; j != nil { // neither returned nor panicked
			w.current = nil
			w.members = slices.DeleteFunc(w.members, func(m *job) bool { return m == j })
			w.rollback()
			j.answer(errExited)
			go w.loop()
		}
	}()
	w.runSingly()
	for j := w.queue.pop(); j != nil; j = w.queue.pop() {
		w.runGroup(j)
	}
	close(w.ended)
}

// runGroup commits first and whatever else waits.
func (w *groupWriter) runGroup(first *job) {
	until := time.Now().Add(w.time)
	if err := w.begin(); err != nil {
		if first.claimed.CompareAndSwap(false, true) {
			first.answer(engineErr(w.d, wrap("begin", err)))
		}
		return
	}
	for j := first; j != nil; j = w.next(until) {
		if !j.claimed.CompareAndSwap(false, true) {
			continue // its caller has gone
		}
		w.members = append(w.members, j)
		if err := w.runMember(j); err != nil {
			w.runAgain(err)
			return
		}
	}
	if err := w.commit(); err != nil {
		w.runAgain(err)
		return
	}
	w.finishAll()
	w.beCourteous()
}

// runAgain runs the members of a group that is lost: together when one of them
// failed late, else (an error of the engine that is not one of a statement
// alone) each in a transaction of its own.
func (w *groupWriter) runAgain(cause error) {
	w.rollback()
	w.retries.Add(int64(len(w.members)))
	if errors.Is(cause, errLate) {
		w.careful = carefulMembers
		if cause = w.runTogether(); cause == nil {
			w.finishAll()
			return
		}
		w.rollback()
	}
	w.log.Warn("a group of transactions was lost and runs again singly", "members", len(w.members), "error", cause)
	w.runSingly()
}

func (w *groupWriter) runTogether() error {
	if err := w.begin(); err != nil {
		return err
	}
	for _, j := range w.members {
		if err := w.runMember(j); err != nil {
			return err
		}
	}
	return w.commit()
}

// next is the following member of the group, nil when it is full or none waits.
func (w *groupWriter) next(until time.Time) *job {
	if len(w.members) >= groupMembers || !time.Now().Before(until) {
		return nil
	}
	return w.queue.poll()
}

// runSingly runs the members each on its own, with a savepoint: it may find
// that others were faster, and run again.
func (w *groupWriter) runSingly() {
	for len(w.members) > 0 {
		j := w.members[0]
		w.members = w.members[1:]
		w.careful = max(w.careful, maxRuns)
		err := w.begin()
		if err == nil {
			if err = w.runMember(j); err == nil {
				err = w.commit()
			}
		}
		if err != nil {
			w.rollback()
			j.answer(engineErr(w.d, err))
			continue
		}
		w.finish([]*job{j})
	}
}

// finish tells the hooks what has been committed, and then the callers.
func (w *groupWriter) finish(members []*job) {
	if len(members) == 0 {
		return
	}
	w.groups.Add(1)
	txs := make([]*txn, 0, len(members))
	for _, j := range members {
		if j.tx != nil {
			txs = append(txs, j.tx)
		}
	}
	w.commits.Add(int64(len(txs)))
	w.tell(txs...)
	for _, j := range members {
		close(j.done)
	}
}

func (w *groupWriter) finishAll() {
	w.finish(w.members)
	clear(w.members) // let go of them
	w.members = w.members[:0]
}

func (j *job) answer(err error) {
	j.err = err
	close(j.done)
}

// runMember runs a job within the open transaction, again while it finds that
// others were faster. An error means that the transaction as a whole is lost.
func (w *groupWriter) runMember(j *job) error {
	for run := 1; ; run++ {
		m := &member{conn: w.conn, careful: w.careful > 0}
		w.careful = max(0, w.careful-1)
		t := &txn{queries: queries{d: w.d, run: m, zones: w.zones}, now: w.now, group: &w.state}
		w.current = j
		err := protect(j.fn, t)
		w.current = nil
		if m.lost != nil {
			return m.lost
		}
		kept := keep(err)
		if err := m.end(kept); err != nil {
			return err
		}
		if !kept && m.wrote {
			w.state = groupState{}
		}
		if errors.Is(err, errAgain) {
			if run < maxRuns {
				w.retries.Add(1)
				continue
			}
			err = errConflict()
		}
		j.err, j.tx = err, nil
		if kept {
			j.tx = t
		}
		return nil
	}
}

// begin takes the write lock. The lock of another process is asked for again
// and again, at short and uneven intervals: there is no queue for it.
func (w *groupWriter) begin() error {
	w.state = groupState{}
	ctx := context.Background()
	start := time.Now()
	for try := 0; ; try++ {
		_, err := w.conn.exec(ctx, "BEGIN IMMEDIATE")
		if err == nil {
			return nil
		}
		if w.d.class(err) != classBusy {
			w.conn.reset()
			return err
		}
		if time.Since(start) > beginPatience {
			return err
		}
		time.Sleep(time.Duration(300+try*37%700) * time.Microsecond)
	}
}

func (w *groupWriter) commit() error {
	_, err := w.conn.exec(context.Background(), "COMMIT")
	return err
}

// rollback gives up the transaction. When even that fails the connection is
// given up, which does the same.
func (w *groupWriter) rollback() {
	if _, err := w.conn.exec(context.Background(), "ROLLBACK"); err != nil {
		w.conn.reset()
	}
}

// beCourteous leaves the lock alone for a moment when the file has been changed
// from elsewhere lately.
func (w *groupWriter) beCourteous() {
	var version int64
	q := queries{d: w.d, run: w.conn}
	if _, err := q.get(context.Background(), &version, "PRAGMA data_version"); err != nil {
		return
	}
	if last := w.foreign.version; last != 0 && last != version {
		w.foreign.groups = courtesyGroups
	}
	w.foreign.version = version
	if w.foreign.groups > 0 {
		w.foreign.groups--
		time.Sleep(courtesy)
	}
}
