package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/brosops/bros/domain"
)

const (
	metaClock = "clock" // at which speed the clock of this database's orders runs, and since when
	// selectOrdered finds out whether there are any orders.
	selectOrdered = "SELECT COUNT(*) FROM (SELECT 1 AS one WHERE EXISTS (SELECT 1 FROM orders)) AS found"
	deleteMeta    = "DELETE FROM meta WHERE name = ?"
)

// SpeedError says that a database has orders of a clock of another speed.
type SpeedError struct {
	Speed int // the database's; 1: the real clock
}

func (e *SpeedError) Error() string {
	return fmt.Sprintf("the database has orders that were made with a clock of speed %d", e.Speed)
}

// Clock makes a database one of a clock that runs so many times as fast as the
// real one, and answers since when it does: all nodes, and later starts, tell the
// same time by it. A database with orders keeps the speed that they were made at.
func (db *DB) Clock(ctx context.Context, speed int, now time.Time) (began time.Time, err error) {
	kept, began, err := db.clock(ctx)
	if err != nil || kept == speed {
		return began, err
	}
	err = db.do(ctx, func(t *txn) error {
		if kept, began, err = t.clock(ctx); err != nil || kept == speed {
			return err
		}
		ordered := 0
		if _, err := t.get(ctx, &ordered, selectOrdered); err != nil {
			return wrap("look for orders", err)
		}
		if ordered > 0 {
			return &SpeedError{kept}
		}
		began = domain.At(now).Time
		if _, err := t.run.exec(ctx, deleteMeta, metaClock); err != nil || speed == 1 {
			return wrap("forget the clock", err)
		}
		_, err := t.run.exec(ctx, insertMeta, metaClock, strconv.Itoa(speed)+" "+domain.At(now).String(), metaClock)
		return wrap("keep the clock", err)
	})
	return began, err
}

// clock is the speed that a database has, 1 when nothing was said, and since when.
func (q queries) clock(ctx context.Context) (speed int, began time.Time, err error) {
	var value string
	found, err := q.get(ctx, &value, selectMeta, metaClock)
	if err != nil || !found {
		return 1, time.Time{}, wrap("read the clock", err)
	}
	n, at, _ := strings.Cut(value, " ")
	if speed, err = strconv.Atoi(n); err != nil {
		return 0, began, wrap("read the clock", err)
	}
	t, err := domain.ParseTime(at)
	return speed, t.Time, wrap("read the clock", err)
}
