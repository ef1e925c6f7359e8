package store

import (
	"errors"
	"testing"
	"time"
)

// A database keeps the speed of the clock that its orders were made with.
func TestClock(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		url := newURL(t)
		db := open(t, url)
		ctx := t.Context()
		is := func(speed int, now, want time.Time) {
			t.Helper()
			began, err := db.Clock(ctx, speed, now)
			must(t, err)
			if !began.Equal(want) {
				t.Errorf("a clock of speed %d began at %s, want %s", speed, began, want)
			}
		}
		later := noon.Add(time.Hour).Time
		is(1, noon.Time, time.Time{})
		is(20, noon.Time, noon.Time)
		is(20, later, noon.Time)
		is(60, later, later)
		is(1, later, later)
		is(20, noon.Time, noon.Time)
		addCenter(t, db, "c", 1, 1)
		is(20, later, noon.Time)
		for _, speed := range []int{1, 60} {
			var other *SpeedError
			if _, err := db.Clock(ctx, speed, later); !errors.As(err, &other) || other.Speed != 20 {
				t.Errorf("a clock of speed %d beside orders: %v", speed, err)
			}
		}
		is(20, later, noon.Time)
	})
	onEach(t, func(t *testing.T, newURL fresh) {
		db := open(t, newURL(t))
		addCenter(t, db, "c", 1, 1)
		var other *SpeedError
		if _, err := db.Clock(t.Context(), 20, noon.Time); !errors.As(err, &other) || other.Speed != 1 {
			t.Errorf("a fast clock on a real database: %v", err)
		}
	})
}
