package domain

import (
	"testing"
	"time"
)

func TestMarkRead(t *testing.T) {
	me := Actor{UserID: "me", Name: "Me", Role: RoleAgent}
	now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	at, later := At(now), At(now.Add(2*time.Minute))
	for name, c := range map[string]struct {
		in   MarkRead
		want Code
	}{
		"the room":              {MarkRead{Seq: 5}, ""},
		"a talk":                {MarkRead{With: "you", ReadAt: at}, ""},
		"delivered":             {MarkRead{With: "you", DeliveredAt: at}, ""},
		"nothing":               {MarkRead{}, CodeValidation},
		"a negative number":     {MarkRead{Seq: -1}, CodeValidation},
		"a number of a talk":    {MarkRead{Seq: 5, With: "you", ReadAt: at}, CodeValidation},
		"a talk without a time": {MarkRead{With: "you"}, CodeValidation},
		"a time of the room":    {MarkRead{Seq: 5, ReadAt: at}, CodeValidation},
		"oneself":               {MarkRead{With: "me", ReadAt: at}, CodeValidation},
		"ahead":                 {MarkRead{With: "you", ReadAt: later}, CodeValidation},
	} {
		mark, err := c.in.Mark(me, "c", now)
		if codeOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && (mark.User != me.Person() || mark.CenterID != "c" || mark.With != c.in.With || mark.Seq != c.in.Seq || mark.ReadAt.After(mark.DeliveredAt.Time)) {
			t.Errorf("%s: %+v", name, mark)
		}
	}
	a := ChatRead{Seq: 3, DeliveredAt: later, ReadAt: at}
	if got, want := a.Newer(ChatRead{Seq: 5, DeliveredAt: at, ReadAt: later}), (ChatRead{Seq: 5, DeliveredAt: later, ReadAt: later}); got != want {
		t.Errorf("newer: %+v", got)
	}
}
