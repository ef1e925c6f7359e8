package main

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// realDays holds real days of orders, where they are at hand; their licence
// does not let them be part of this project.
const realDays = "../../../shared/data/mdrp"

// simulation is what bin/simulate reported of a replay.
type simulation struct{ placed, delivered, cancelled, notDelivered, differences int }

// replay starts bin/simulate against a server.
func replay(t *testing.T, p *process, folder, speed string) *process {
	t.Helper()
	folder, err := filepath.Abs(folder)
	if err != nil {
		t.Fatal(err)
	}
	return launch(t, simulateBinary, t.TempDir(), []string{"BROS_PASSWORD=" + adminPassword},
		"-url", p.url, "-login", "admin", "-data", folder, "-speed", speed)
}

// report waits for the replay's end and reads its last lines.
func (p *process) report() simulation {
	p.t.Helper()
	if code := p.exit(); code != 0 {
		p.t.Errorf("simulate ended with %d:\n%s%s", code, tail(p.stdout.String()), tail(p.stderr.String()))
	}
	number := func(name string) int {
		found := p.stdout.await(`(?m)^`+name+`: (\d+)$`, p.ended)
		if found == nil {
			p.t.Fatalf("no %q in the report:\n%s", name, tail(p.stdout.String()))
		}
		n, _ := strconv.Atoi(found[1]) // the pattern has digits only
		return n
	}
	return simulation{number("placed"), number("delivered"), number("cancelled"), number("not delivered"), number("differences")}
}

// check that every order is accounted for.
func (s simulation) check(t *testing.T, orders int) {
	t.Helper()
	if s.placed != orders || s.delivered+s.cancelled+s.notDelivered != orders || s.differences != 0 || s.delivered == 0 {
		t.Errorf("of %d orders: %+v", orders, s)
	}
}

func TestSimulateAMadeUpDay(t *testing.T) {
	t.Parallel()
	p := serveIn(t, t.TempDir(), nil)
	got := replay(t, p, "testdata/day", "0").report()
	got.check(t, 16)
	if got.delivered != 16 {
		t.Errorf("this day can be delivered whole: %+v", got)
	}
	p.stop()
}

// TestSimulateSurvivesKills restarts the server three times in mid-replay.
func TestSimulateSurvivesKills(t *testing.T) {
	t.Parallel()
	replayWithKills(t, "testdata/day", "300", 3).check(t, 16)
}

// TestSimulateARealDay replays 252 real orders as fast as it can, with three kills.
func TestSimulateARealDay(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(realDays, "0o50t100s1p100")
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("the real days are not at hand: they can't be part of the project (%v)", err)
	}
	replayWithKills(t, folder, "0", 40).check(t, 252)
}

// replayWithKills kills the server three times, each time after so many orders.
func replayWithKills(t *testing.T, folder, speed string, orders int) simulation {
	t.Helper()
	dir := t.TempDir()
	p := serveIn(t, dir, nil)
	sim := replay(t, p, folder, speed)
	for range 3 {
		// Some of this life's orders are in, the rest of the day is to come.
		if !p.stderr.awaitTimes("route=/api/v1/orders status=201", orders, sim.ended) {
			t.Fatal("the replay ended before the server could be killed")
		}
		addr := p.addr()
		p.kill()
		p = serveIn(t, dir, nil, "--addr", addr)
	}
	report := sim.report()
	p.stop()
	return report
}
