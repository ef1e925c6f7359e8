package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/brosops/bros/domain"
)

// brokenDialect calls an error of the connection what SQL Server's dialect does.
type brokenDialect struct{ sqliteDialect }

func (d brokenDialect) class(err error) errClass {
	if errors.Is(err, driver.ErrBadConn) {
		return classBroken
	}
	return d.sqliteDialect.class(err)
}

// When the connection breaks in a commit, the writer finds out what became of the
// transaction: it is neither lost nor done twice, and where that can't be known
// it is answered so.
func TestBrokenCommit(t *testing.T) {
	for _, done := range []bool{true, false} {
		var rec recorder
		url := freshSQLite(t)
		db := open(t, url, rec.hook)
		addCenter(t, db, "c", 0, 0)

		d := brokenDialect{}
		pool, err := d.connect(url, 4, "busy_timeout(5000)", "foreign_keys(1)")
		must(t, err)
		var o Options
		rec.hook(&o)
		o.Now = db.writer.(*groupWriter).now
		w := newSingleWriter(newWriterBase(d, o), pool, 16)
		defer func() { must(t, w.close()) }()
		breaks, runs := 1, 0
		w.commit = func(tx *sqlx.Tx) error {
			if breaks == 0 {
				return tx.Commit()
			}
			breaks--
			if done {
				must(t, tx.Commit())
			} else {
				must(t, tx.Rollback())
			}
			return driver.ErrBadConn
		}
		rider := func(ctx context.Context) func(t *txn) error {
			return func(t *txn) error {
				runs++
				return t.Append(ctx, agent, "c", noon, &domain.Change{Event: domain.EventRiderChanged, Record: sampleRider(nth("r", runs), "c")})
			}
		}
		must(t, w.write(t.Context(), rider(t.Context())))
		want := map[bool]int{true: 1, false: 2}[done]
		equal(t, "runs", runs, want)
		log := checkLog(t, db, "c")
		equal(t, "entries", len(log), 1)
		equal(t, "key", log[0].Key, nth("r", want))
		told, _ := rec.all()
		equal(t, "told", len(told), 1)

		// A transaction that leaves no trace is not run again.
		breaks, runs = 1, 0
		err = w.write(t.Context(), func(t *txn) error {
			runs++
			_, err := t.run.exec(context.Background(), swapEpoch, "x", "y")
			return err
		})
		wantCode(t, err, domain.CodeUnavailable)
		equal(t, "runs", runs, 1)

		// Unless it may as well be run twice.
		breaks, runs = 1, 0
		must(t, w.write(t.Context(), func(t *txn) error {
			t.repeatable = true
			runs++
			return nil
		}))
		equal(t, "runs", runs, 2)

		// What breaks before the commit is run again, and a caller who has gone is not waited for.
		runs = 0
		must(t, w.write(t.Context(), func(tx *txn) error {
			if runs++; runs < 3 {
				return driver.ErrBadConn
			}
			return nil
		}))
		equal(t, "runs", runs, 3)
		ctx, cancel := context.WithCancel(t.Context())
		err = w.write(ctx, func(*txn) error {
			cancel()
			return driver.ErrBadConn
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("answered %v", err)
		}
	}
}

// crowdDialect sends the writes of a change in one round trip, as SQL Server's does.
type crowdDialect struct{ sqliteDialect }

func (crowdDialect) sideBySide() bool { return true }

// roundTrip runs the statements of one round trip one after the other and answers
// the sum of the rows they hit, as SQL Server does.
type roundTrip struct{ runner }

func (r roundTrip) exec(ctx context.Context, q string, args ...any) (sum int64, err error) {
	for one := range strings.SplitSeq(q, "; ") {
		n := strings.Count(one, "?")
		hit, err := r.runner.exec(ctx, one, args[:n]...)
		if err != nil {
			return 0, err
		}
		sum, args = sum+hit, args[n:]
	}
	return sum, nil
}

// A record that somebody else has changed since it was read is seen among the
// other writes of its round trip, however many rows those hit.
func TestOneMissAmongManyRows(t *testing.T) {
	url := freshSQLite(t)
	db := open(t, url)
	addCenter(t, db, "c", 1, 1)
	ctx := t.Context()
	d := crowdDialect{}
	pool, err := d.connect(url, 4, "busy_timeout(5000)", "foreign_keys(1)")
	must(t, err)
	o := Options{Now: db.writer.(*groupWriter).now}
	w := newSingleWriter(newWriterBase(d, o), pool, 16)
	defer func() { must(t, w.close()) }()

	order, err := db.FindOrder(ctx, "co1")
	must(t, err)
	stale, err := db.FindDelivery(ctx, "cd1")
	must(t, err)
	write(t, db, func(ctx context.Context, tx domain.Tx) error {
		fresh := *stale
		fresh.Status, fresh.RiderID = domain.Assigned, "cr1"
		return tx.Append(ctx, agent, "c", noon, &domain.Change{Event: domain.EventDeliveryAssigned, Record: &fresh})
	})
	runs := 0
	must(t, w.write(ctx, func(tx *txn) error {
		delivery := *stale
		if runs++; runs > 1 {
			fresh, err := tx.FindDelivery(ctx, "cd1")
			if err != nil {
				return err
			}
			delivery = *fresh
		}
		delivery.Status, delivery.CancelReason = domain.Cancelled, "x"
		ended := *order
		ended.Status = domain.OrderCancelled
		tx.run = roundTrip{tx.run}
		return tx.Append(ctx, agent, "c", noon,
			&domain.Change{Event: domain.EventDeliveryCancelled, Record: &delivery}, &domain.Change{Event: domain.EventOrderCancelled, Record: &ended})
	}))
	equal(t, "runs", runs, 2)
	checkLog(t, db, "c")
	now, err := db.FindDelivery(ctx, "cd1")
	must(t, err)
	equal(t, "status", now.Status, domain.Cancelled)
	equal(t, "rider", now.RiderID, "cr1")
}

func TestBrokenConnections(t *testing.T) {
	d := sqlserverDialect{}
	for _, err := range []error{driver.ErrBadConn, io.EOF, io.ErrUnexpectedEOF} {
		equal(t, err.Error(), d.class(wrap("read", err)), classBroken)
	}
	equal(t, "a deadline", d.class(context.DeadlineExceeded), classNone)
	wantCode(t, engineErr(d, wrap("read", io.EOF)), domain.CodeUnavailable)
}

// A write whose caller has gone while it waited for a connection never runs.
func TestAbandonedWriteNeverRuns(t *testing.T) {
	url := freshSQLite(t)
	db := open(t, url)
	addCenter(t, db, "c", 0, 0)
	d := crowdDialect{}
	pool, err := d.connect(url, 1, "busy_timeout(5000)")
	must(t, err)
	w := newSingleWriter(newWriterBase(d, Options{Now: db.writer.(*groupWriter).now}), pool, 16)
	defer func() { must(t, w.close()) }()
	busy, err := pool.Connx(t.Context())
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- w.write(ctx, func(*txn) error {
			t.Error("it ran")
			return nil
		})
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("answered %v", err)
	}
	must(t, busy.Close())
}
