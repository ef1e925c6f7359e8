package quota

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

func TestTake(t *testing.T) {
	table, bad := Parse("calls.rider=10/s:20")
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	var refused []string
	q := New(table, func(n Name, k Kind) { refused = append(refused, string(n)+"."+string(k)) })
	me, other := Caller{Rider, "u1"}, Caller{Rider, "u2"}
	now := time.Now()
	n := 0
	for q.Take(Calls, me, 1, now) == nil {
		n++
	}
	if n != 20 || len(refused) != 1 || refused[0] != "calls.rider" {
		t.Errorf("a burst of %d; refused %v", n, refused)
	}
	var e *Exceeded
	if err := q.Take(Calls, me, 5, now); !errors.As(err, &e) || e.Wait.Round(time.Millisecond) != 500*time.Millisecond || e.RetryAfter() != 1 || e.Error() != "quota calls.rider: 10/s:20" {
		t.Errorf("refused with %v, %+v", err, e)
	}
	if q.Take(Calls, other, 1, now) != nil || q.Take(Calls, Caller{Key, "u1"}, 1, now) != nil {
		t.Error("another caller is refused, too")
	}
	if q.Take(Calls, me, 1, now.Add(100*time.Millisecond)) != nil || q.Take(Calls, me, 1, now.Add(100*time.Millisecond)) == nil {
		t.Error("the rate is not 10 a second")
	}
	q.Sweep(now.Add(time.Minute))
	if q.Callers() != 0 {
		t.Errorf("%d callers are kept", q.Callers())
	}
}

// TestCharge: what is known afterwards is owed, and the next call is refused
// until it is made up for.
func TestCharge(t *testing.T) {
	table, _ := Parse("answers.rider=1K/s:10K")
	q := New(table, func(Name, Kind) {})
	me, now := Caller{Rider, "u1"}, time.Now()
	q.Charge(Answers, me, 9<<10, now)
	if err := q.Due(Answers, me, now); err != nil {
		t.Errorf("within the burst: %v", err)
	}
	q.Charge(Answers, me, 1<<30, now)
	var e *Exceeded
	if err := q.Due(Answers, me, now); !errors.As(err, &e) || e.Wait < 9*time.Second || e.Wait > 10*time.Second {
		t.Errorf("in debt: %v", err)
	}
	if err := q.Due(Answers, me, now.Add(10*time.Second)); err != nil {
		t.Errorf("made up for: %v", err)
	}
}

func TestHold(t *testing.T) {
	table, _ := Parse("polls.rider=2")
	q := New(table, func(Name, Kind) {})
	me := Caller{Rider, "u1"}
	one, err1 := q.Hold(Polls, me)
	two, err2 := q.Hold(Polls, me)
	if _, err := q.Hold(Polls, me); err1 != nil || err2 != nil || err == nil || err.Error() != "quota polls.rider: at most 2 at once" {
		t.Fatalf("%v, %v, %v", err1, err2, err)
	}
	one()
	one()
	three, err := q.Hold(Polls, me)
	if _, full := q.Hold(Polls, me); err != nil || full == nil {
		t.Errorf("after a release: %v, %v", err, full)
	}
	two()
	three()
	if q.Callers() != 0 {
		t.Errorf("%d callers are kept", q.Callers())
	}
}

func TestParse(t *testing.T) {
	table, bad := Parse(" calls=5/s , messages.staff=30/m:9,sockets.rider=3, answers.key=2M/s,photos=off, subscriptions=1K,")
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	for name, want := range map[string]string{
		"calls.rider": "5/s:25", "calls.address": "5/s:25", "messages.staff": "30/m:9", "messages.rider": "1/s:40", "sockets.rider": "3",
		"answers.key": "2M/s:10M", "photos.rider": "off", "subscriptions.rider": "1024",
	} {
		n, k, _ := strings.Cut(name, ".")
		if got := table[Name(n)][Kind(k)].String(); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	_, bad = Parse("calls,nothing=1/s,calls.robot=1/s,calls=many,calls=1/x,calls=0/s,sockets=1/s,sockets=0,sockets=1.5,calls=1/s:0,answers=9G/s")
	if len(bad) != 11 {
		t.Errorf("%d wrong entries of 11: %v", len(bad), bad)
	}
	for _, err := range bad {
		if !strings.HasPrefix(err.Error(), `"`) {
			t.Errorf("%v does not name the entry", err)
		}
	}
}

// TestDefaultsCanBeWritten: what the table shows is what BROS_QUOTAS takes.
func TestDefaultsCanBeWritten(t *testing.T) {
	def := Default()
	for _, n := range def.Names() {
		for _, k := range def.Kinds(n) {
			if got, err := parseLimit(def[n][k].String(), def[n][k].Rate != 0); err != nil || got != def[n][k] {
				t.Errorf("%s.%s=%s is read as %+v, %v", n, k, def[n][k], got, err)
			}
		}
	}
}

// TestDocumented: docs/security.md has the table as it is.
func TestDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	def := Default()
	for _, n := range def.Names() {
		row := "| `" + string(n) + "` |"
		for _, k := range kinds {
			cell := " "
			if l, ok := def[n][k]; ok {
				cell = " " + l.String() + " "
			}
			row += cell + "|"
		}
		if !strings.Contains(string(doc), row) {
			t.Errorf("docs/security.md has no row %q", row)
		}
	}
}
