package domain

import "testing"

// TestTransitions prints the state machines (go test -v) and checks that they
// hang together: every state can be reached, and ends are ends.
func TestTransitions(t *testing.T) {
	reached := map[Kind]map[string]bool{KindOrder: {"": true}, KindDelivery: {"": true}}
	seen := map[Transition]bool{}
	ends := map[string]bool{"completed": true, "rejected": true, "cancelled": true, "delivered": true}
	for _, tr := range Transitions() {
		t.Log(tr)
		if !reached[tr.Kind][tr.From] {
			t.Errorf("%s: %q is left before it can be reached", tr.Kind, tr.From)
		}
		reached[tr.Kind][tr.To] = true
		if ends[tr.From] && tr.From != tr.To {
			t.Errorf("%s leaves the end %s", tr.Action, tr.From)
		}
		if tr.Event == "" || tr.By == "" || seen[tr] {
			t.Errorf("bad line: %v", tr)
		}
		seen[tr] = true
	}
	for _, s := range []OrderStatus{OrderReceived, OrderAccepted, OrderCompleted, OrderRejected, OrderCancelled} {
		if !reached[KindOrder][string(s)] {
			t.Errorf("no order is ever %s", s)
		}
	}
	for _, s := range []DeliveryStatus{Waiting, Assigned, PickedUp, Delivered, Cancelled} {
		if !reached[KindDelivery][string(s)] {
			t.Errorf("no delivery is ever %s", s)
		}
	}
	list := Transitions()
	list[0].To = "nowhere"
	if transitions[0].To == "nowhere" {
		t.Error("the table can be changed from outside")
	}
}
