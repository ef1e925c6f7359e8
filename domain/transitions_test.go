package domain

import "testing"

// TestTransitions prints the state machines (go test -v) and checks that they
// hang together: every state can be reached, and ends are ends.
func TestTransitions(t *testing.T) {
	reached := map[Kind]map[string]bool{KindOrder: {"": true}, KindDelivery: {"": true}, KindOffer: {"": true}}
	seen := map[Transition]bool{}
	ends := map[string]bool{"rejected": true, "cancelled": true, "accepted offer": true, "declined": true, "lapsed": true, "withdrawn": true}
	for _, tr := range Transitions() {
		t.Log(tr)
		if !reached[tr.Kind][tr.From] {
			t.Errorf("%s: %q is left before it can be reached", tr.Kind, tr.From)
		}
		reached[tr.Kind][tr.To] = true
		if ended := DeliveryStatus(tr.From).Ended() || tr.From == "completed" || tr.From == "failed"; (ends[tr.From] || ended && tr.Action != ActReopen) && tr.From != tr.To {
			t.Errorf("%s leaves the end %s", tr.Action, tr.From)
		}
		if tr.Event == "" || tr.By == "" || seen[tr] {
			t.Errorf("bad line: %v", tr)
		}
		seen[tr] = true
	}
	for _, s := range OrderStatuses {
		if !reached[KindOrder][string(s)] {
			t.Errorf("no order is ever %s", s)
		}
	}
	for _, s := range DeliveryStatuses {
		if !reached[KindDelivery][string(s)] {
			t.Errorf("no delivery is ever %s", s)
		}
	}
	for _, s := range OfferStatuses {
		if !reached[KindOffer][string(s)] {
			t.Errorf("no offer is ever %s", s)
		}
	}
	list := Transitions()
	list[0].To = "nowhere"
	if transitions[0].To == "nowhere" {
		t.Error("the table can be changed from outside")
	}
}
