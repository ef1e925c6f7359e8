package main

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/brosops/bros/store"
)

// Two nodes of a simulation tell the same time, and a third of another speed
// does not start.
func TestClockSpeed(t *testing.T) {
	db, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "a.db"), Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	log := slog.New(slog.DiscardHandler)
	one, err := openClock(t.Context(), db, 20, log)
	if err != nil {
		t.Fatal(err)
	}
	two, err := openClock(t.Context(), db, 20, log)
	if err != nil || two != one {
		t.Errorf("the second node's clock is %v, the first's %v, %v", two, one, err)
	}
	begun := time.Now()
	a := one.now()
	b := two.now()
	if most := 20 * (time.Since(begun) + time.Millisecond); b.Before(a) || b.Sub(a) > most {
		t.Errorf("the clocks tell %s and %s", a, b)
	}
	if ahead := time.Until(one.now()); ahead < 0 || ahead > time.Hour {
		t.Errorf("a new clock is %s ahead", ahead)
	}
	if real := (clock{speed: 1}).now(); time.Since(real) > time.Minute || time.Since(real) < 0 {
		t.Errorf("the real time is %s", real)
	}
}

func TestClockSpeedSetting(t *testing.T) {
	for value, want := range map[string]int{"0": 0, "-1": 0, "1.5": 0, "601": 0, "": 1, "1": 1, "20": 20} {
		cfg, err := parse(t, map[string]string{"BROS_CLOCK_SPEED": value}, nil)
		if err == nil && cfg.ClockSpeed != want || (want == 0) != (exitCode(err) == 2) {
			t.Errorf("%q is taken for %d, %v", value, cfg.ClockSpeed, err)
		}
	}
}
