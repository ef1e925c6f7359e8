package domain

import (
	"archive/zip"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func calendar(t *testing.T, zone, starts string) Calendar {
	t.Helper()
	z, ok := Zone(zone)
	d, good := dayStart(starts)
	if !ok || !good {
		t.Fatalf("%s %s", zone, starts)
	}
	return Calendar{z, d}
}

func TestCalendar(t *testing.T) {
	for _, c := range []struct{ zone, starts, at, day, begin string }{
		{"Asia/Seoul", "00:00", "2026-03-01T15:30:00Z", "2026-03-02", "2026-03-01T15:00:00.000Z"},
		{"Asia/Seoul", "05:00", "2026-03-01T19:59:59Z", "2026-03-01", "2026-02-28T20:00:00.000Z"},
		{"Asia/Seoul", "05:00", "2026-03-01T20:00:00Z", "2026-03-02", "2026-03-01T20:00:00.000Z"},
		// The clock goes from 23:59 to 01:00: there is no midnight.
		{"America/Santiago", "00:00", "2026-09-06T03:30:00Z", "2026-09-05", "2026-09-05T04:00:00.000Z"},
		{"America/Santiago", "00:00", "2026-09-06T04:00:00Z", "2026-09-06", "2026-09-06T04:00:00.000Z"},
		{"America/Santiago", "00:00", "2026-09-07T02:30:00Z", "2026-09-06", "2026-09-06T04:00:00.000Z"},
		{"America/Santiago", "00:30", "2026-09-06T04:00:00Z", "2026-09-06", "2026-09-06T04:00:00.000Z"},
		// It goes from midnight back to 23:00: that hour is twice of the old day.
		{"America/Santiago", "00:00", "2026-04-05T03:30:00Z", "2026-04-04", "2026-04-04T03:00:00.000Z"},
		{"America/Santiago", "00:00", "2026-04-05T04:00:00Z", "2026-04-05", "2026-04-05T04:00:00.000Z"},
		// Midnight comes twice, an hour apart.
		{"America/Havana", "00:00", "2026-11-01T04:00:00Z", "2026-11-01", "2026-11-01T04:00:00.000Z"},
		{"America/Havana", "00:00", "2026-11-01T05:00:00Z", "2026-11-01", "2026-11-01T04:00:00.000Z"},
		// There was no such day.
		{"Pacific/Apia", "00:00", "2011-12-30T09:59:59Z", "2011-12-29", "2011-12-29T10:00:00.000Z"},
		{"Pacific/Apia", "00:00", "2011-12-30T10:00:00Z", "2011-12-31", "2011-12-30T10:00:00.000Z"},
	} {
		days := calendar(t, c.zone, c.starts)
		at, err := ParseTime(c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := days.Day(at.Time); got != c.day || days.Start(got).String() != c.begin {
			t.Errorf("%s %s at %s: %s from %s, want %s from %s", c.zone, c.starts, c.at, got, days.Start(got), c.day, c.begin)
		}
	}
	for _, bad := range []string{"", "8:00", "08:01", "24:00", "-1:00", "00:00:00", "noon"} {
		if _, ok := dayStart(bad); ok {
			t.Errorf("%q", bad)
		}
	}
}

// zoneNames are all zones that Go knows.
func zoneNames(t *testing.T) []string {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Skip("no go command:", err)
	}
	r, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Skip("no list of zones:", err)
	}
	defer func() { _ = r.Close() }()
	var names []string
	for _, f := range r.File {
		if !strings.HasSuffix(f.Name, "/") {
			names = append(names, f.Name)
		}
	}
	return names
}

// Around every change of every clock in the world each instant is of one day,
// and days begin where the wall clock says.
func TestCalendarPartition(t *testing.T) {
	names := zoneNames(t)
	if len(names) < 400 {
		t.Fatalf("%d zones", len(names))
	}
	first, last := time.Date(1995, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, starts := range []string{"00:00", "02:30", "05:00"} {
				days := calendar(t, name, starts)
				for at := first; at.Before(last); {
					around(t, days, at)
					_, next := at.In(days.zone).ZoneBounds()
					if next.IsZero() {
						break
					}
					at = next
				}
			}
		})
	}
}

func around(t *testing.T, days Calendar, change time.Time) {
	t.Helper()
	wall := func(at time.Time) time.Time {
		_, offset := at.In(days.zone).Zone()
		return at.UTC().Add(time.Duration(offset) * time.Second)
	}
	for _, by := range []time.Duration{-25 * time.Hour, -61 * time.Minute, -time.Millisecond, 0, 61 * time.Minute, 23*time.Hour + 59*time.Minute} {
		at := change.Add(by)
		day := days.Day(at)
		begin, end := days.Start(day), days.End(day)
		if at.Before(begin.Time) || !at.Before(end.Time) {
			t.Fatalf("%s is no instant of %s: %s to %s", at, day, begin, end)
		}
		if days.Day(begin.Time) != day || days.Day(end.Add(-time.Millisecond).Time) != day || days.Day(end.Time) == day {
			t.Fatalf("the ends of %s: %s to %s", day, begin, end)
		}
		due, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		due = due.Add(days.starts)
		if wall(begin.Time).Before(due) || !wall(begin.Time.Add(-time.Millisecond)).Before(due) {
			t.Fatalf("%s begins at %s", day, wall(begin.Time))
		}
	}
}

// A number of the evening that is still called out is not given again after midnight.
func TestNumbersAfterMidnight(t *testing.T) {
	w := newWorld(t)
	create := func() *Order {
		return must(w, func(tx Tx) (OrderResult, error) { return w.s.CreateOrder(ctx, tx, w.a.agent, w.order(w.a)) }).Order
	}
	first, second := create(), create()
	w.clock = w.clock.Add(24 * time.Hour)
	today := create()
	if first.Number != "0001" || second.Number != "0002" || today.Number != "0003" {
		t.Errorf("numbers: %s %s, the day after %s", first.Number, second.Number, today.Number)
	}
	res := must(w, func(tx Tx) (OrderResult, error) {
		return w.s.AcceptOrder(ctx, tx, w.a.agent, first.ID, AcceptOrder{})
	})
	if res.Delivery.Number != "0004" {
		t.Errorf("accepted the day after: %+v", res.Delivery)
	}
}
