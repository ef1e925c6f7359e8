package domain

import (
	"testing"
	"time"
)

func TestSettle(t *testing.T) {
	w := newWorld(t)
	settle := func(a Actor, in Settle) (*Settlement, error) {
		return try(w, func(tx Tx) (*Settlement, error) { return w.s.Settle(ctx, tx, a, w.a.r1.RiderID, in) })
	}
	counted := func(n int64) Settle { return Settle{Counted: &n} }
	if _, err := settle(w.a.dispatcher, counted(0)); codeOf(err) != CodeIllegalTransition {
		t.Errorf("nothing to settle: %v", err)
	}
	var total int64
	for range 2 {
		d := w.delivery(w.a, Delivered)
		stored := w.deliveries[d.ID]
		stored.Payment.Method, stored.RiderID = Cash, w.a.r1.RiderID
		w.deliveries[d.ID] = stored
		total += stored.Payment.Amount
	}
	for _, c := range []struct {
		name string
		a    Actor
		in   Settle
		want Code
	}{
		{"an agent", w.a.agent, counted(total), CodeForbidden},
		{"the rider", w.a.r1, counted(total), CodeForbidden},
		{"another center's", w.b.dispatcher, counted(total), CodeNotFound},
		{"no count", w.a.dispatcher, Settle{}, CodeValidation},
		{"less than nothing", w.a.dispatcher, counted(-1), CodeValidation},
		{"a difference without a word", w.a.dispatcher, counted(total - 1), CodeValidation},
		{"something came meanwhile", w.a.dispatcher, Settle{Counted: &total, Expected: new(total - 1)}, CodeConflict},
	} {
		if _, err := settle(c.a, c.in); codeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	got, err := settle(w.a.dispatcher, Settle{Counted: new(total - 500), Expected: &total, Note: "a note is missing"})
	if err != nil || got.Expected != total || got.Difference != -500 || got.Deliveries != 2 || got.By.ID != w.a.dispatcher.UserID {
		t.Fatalf("%+v %v", got, err)
	}
	if _, err := settle(w.a.manager, counted(total)); codeOf(err) != CodeIllegalTransition {
		t.Errorf("settled twice: %v", err)
	}
}

func TestOnDutySeconds(t *testing.T) {
	at := func(minutes int) Time {
		return At(time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC).Add(time.Duration(minutes) * time.Minute))
	}
	span := func(rider string, minutes int, duty Duty) DutySpan {
		return DutySpan{RiderID: rider, Duty: duty, At: at(minutes)}
	}
	for name, c := range map[string]struct {
		spans []DutySpan
		want  int64
	}{
		"never on":                  {[]DutySpan{span("r", 70, DutyOff)}, 0},
		"on the whole time":         {[]DutySpan{span("r", -500, DutyOn)}, 3600},
		"a break is not duty":       {[]DutySpan{span("r", 0, DutyOn), span("r", 10, DutyBreak), span("r", 20, DutyOn), span("r", 30, DutyOff)}, 1200},
		"over midnight":             {[]DutySpan{span("r", -30, DutyOn), span("r", 15, DutyOff)}, 900},
		"on twice counts once":      {[]DutySpan{span("r", 0, DutyOn), span("r", 5, DutyOn), span("r", 10, DutyOff)}, 600},
		"before it all was over":    {[]DutySpan{span("r", -30, DutyOff)}, 0},
		"others are others":         {[]DutySpan{span("q", 0, DutyOn), span("r", 50, DutyOn)}, 600},
		"a change at the same time": {[]DutySpan{span("r", 5, DutyOn), span("r", 5, DutyOff)}, 0},
	} {
		if got := OnDutySeconds(c.spans, at(0), at(60))["r"]; got != c.want {
			t.Errorf("%s: %d s, want %d", name, got, c.want)
		}
	}
}
