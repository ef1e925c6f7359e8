package domain

import (
	"errors"
	"strings"
	"testing"
)

// act is one action on a delivery by somebody, to be tried in every state.
type act struct {
	name string
	do   func(w *world, tx Tx, d *Delivery) (*Delivery, error)
	want map[DeliveryStatus]string // "status" it leads to, "same", or the code of the refusal
}

func assignTo(who func(w *world) Actor, to func(w *world) string, version bool, reason string) func(*world, Tx, *Delivery) (*Delivery, error) {
	return func(w *world, tx Tx, d *Delivery) (*Delivery, error) {
		in := AssignDelivery{RiderID: to(w), Reason: reason}
		if version {
			in.Version = &d.Version
		}
		return w.s.Assign(ctx, tx, who(w), d.ID, in)
	}
}

func dispatcher(w *world) Actor { return w.b.dispatcher }
func agent(w *world) Actor      { return w.b.agent }
func r1(w *world) string        { return w.b.r1.RiderID }
func r2(w *world) string        { return w.b.r2.RiderID }

func every(code Code) map[DeliveryStatus]string {
	m := map[DeliveryStatus]string{}
	for _, s := range []DeliveryStatus{Waiting, Assigned, PickedUp, Delivered, Cancelled} {
		m[s] = string(code)
	}
	return m
}

func states(waiting, assigned, pickup, delivered, cancelled string) map[DeliveryStatus]string {
	return map[DeliveryStatus]string{Waiting: waiting, Assigned: assigned, PickedUp: pickup, Delivered: delivered, Cancelled: cancelled}
}

const (
	illegal = string(CodeIllegalTransition)
	invalid = string(CodeValidation)
	missing = string(CodeNotFound)
)

// TestDeliveryActions tries every action in every state. The deliveries are of
// the center in mode claim; r1 has them where anybody does.
func TestDeliveryActions(t *testing.T) {
	cases := []act{
		{"assign r2", assignTo(dispatcher, r2, false, ""), states("assigned", illegal, illegal, illegal, illegal)},
		{"assign r1, who has it", assignTo(dispatcher, r1, false, ""), states("assigned", illegal, illegal, illegal, illegal)},
		{"assign r2 with version", assignTo(dispatcher, r2, true, ""), states("assigned", "assigned", invalid, illegal, illegal)},
		{"assign r2 with version and reason", assignTo(dispatcher, r2, true, "flat tyre"), states("assigned", "assigned", "pickup", illegal, illegal)},
		{"assign r1, who has it, with version", assignTo(dispatcher, r1, true, ""), states("assigned", "same", "same", illegal, illegal)},
		{"assign by the server", assignTo(func(*world) Actor { return System }, r2, false, ""), states("assigned", illegal, illegal, illegal, illegal)},
		{"assign by an agent", assignTo(agent, r2, false, ""), every(CodeForbidden)},
		{"assign by a rider", assignTo(func(w *world) Actor { return w.b.r1 }, r2, false, ""), every(CodeForbidden)},
		{"assign by a key", assignTo(func(w *world) Actor { return w.key }, r2, false, ""), every(CodeForbidden)},
		{"assign from another center", assignTo(func(w *world) Actor { return w.a.dispatcher }, r2, false, ""), every(CodeNotFound)},
		{"assign nobody", assignTo(dispatcher, func(*world) string { return "" }, false, ""), every(CodeValidation)},
		{"assign an unknown rider", assignTo(dispatcher, func(*world) string { return "nobody" }, false, ""), every(CodeValidation)},
		{"assign a rider of another center", assignTo(dispatcher, func(w *world) string { return w.a.r1.RiderID }, false, ""), every(CodeValidation)},
		{"assign who is off duty", assignTo(dispatcher, func(w *world) string { return w.b.off.RiderID }, true, "x"), every(CodeValidation)},
		{"assign with a long reason", assignTo(dispatcher, r2, false, strings.Repeat("가", 501)), every(CodeValidation)},
		{"assign with a stale version", func(w *world, tx Tx, d *Delivery) (*Delivery, error) {
			return w.s.Assign(ctx, tx, w.b.dispatcher, d.ID, AssignDelivery{RiderID: r2(w), Version: new(d.Version - 1)})
		}, every(CodeConflict)},

		{"unassign", unassignBy(dispatcher, false), states(illegal, "waiting", illegal, illegal, illegal)},
		{"unassign with a stale version", unassignBy(dispatcher, true), every(CodeConflict)},
		{"unassign by an agent", unassignBy(agent, false), every(CodeForbidden)},

		{"cancel", cancelBy(dispatcher), states("cancelled", "cancelled", "cancelled", illegal, illegal)},
		{"cancel by an agent", cancelBy(agent), every(CodeForbidden)},
		{"cancel by its rider", cancelBy(func(w *world) Actor { return w.b.r1 }), every(CodeForbidden)},

		{"pickup by its rider", pickupBy(func(w *world) Actor { return w.b.r1 }, ""), states(missing, "pickup", "same", "same", illegal)},
		{"pickup by another rider", pickupBy(func(w *world) Actor { return w.b.r2 }, ""), every(CodeNotFound)},
		{"pickup by a rider of another center", pickupBy(func(w *world) Actor { return w.a.r1 }, ""), every(CodeNotFound)},
		{"pickup by a dispatcher", pickupBy(dispatcher, ""), every(CodeValidation)},
		{"pickup by a dispatcher with reason", pickupBy(dispatcher, "phone dead"), states(illegal, "pickup", illegal, illegal, illegal)},
		{"pickup by an agent", pickupBy(agent, "phone dead"), every(CodeForbidden)},
		{"pickup by a key", pickupBy(func(w *world) Actor { return w.key }, "x"), every(CodeForbidden)},

		{"deliver by its rider", deliverBy(func(w *world) Actor { return w.b.r1 }, ""), states(missing, illegal, "delivered", "same", illegal)},
		{"deliver by a rider who never had it", deliverBy(func(w *world) Actor { return w.b.r2 }, ""), every(CodeNotFound)},
		{"deliver by a dispatcher", deliverBy(dispatcher, ""), every(CodeValidation)},
		{"deliver by a dispatcher with reason", deliverBy(dispatcher, "phone dead"), states(illegal, illegal, "delivered", illegal, illegal)},
		{"deliver by an agent", deliverBy(agent, "phone dead"), every(CodeForbidden)},

		{"claim by its rider", claimBy(func(w *world) Actor { return w.b.r1 }), states("assigned", "same", "same", "same", illegal)},
		{"claim by another rider", claimBy(func(w *world) Actor { return w.b.r2 }), states("assigned", illegal, illegal, illegal, illegal)},
		{"claim by who is off duty", claimBy(func(w *world) Actor { return w.b.off }), every(CodeIllegalTransition)},
		{"claim by a rider of another center", claimBy(func(w *world) Actor { return w.a.r1 }), every(CodeNotFound)},
		{"claim by a dispatcher", claimBy(dispatcher), every(CodeForbidden)},
	}
	for _, c := range cases {
		for status, want := range c.want {
			t.Run(c.name+"/"+string(status), func(t *testing.T) {
				w := newWorld(t)
				d := w.delivery(w.b, status)
				got, err := try(w, func(tx Tx) (*Delivery, error) { return c.do(w, tx, deep(*d)) })
				now := w.deliveries[d.ID]
				switch {
				case err != nil:
					if string(codeOf(err)) != want {
						t.Fatalf("got %v, want %s", err, want)
					}
					if now.Version != d.Version {
						t.Error("the refusal changed the record")
					}
					checkCurrent(t, err, d)
				case want == "same":
					if got.Version != d.Version || now.Version != d.Version {
						t.Errorf("version %d, stored %d, want %d unchanged", got.Version, now.Version, d.Version)
					}
				default:
					if string(got.Status) != want || string(now.Status) != want {
						t.Fatalf("got %s, stored %s, want %s", got.Status, now.Status, want)
					}
					if got.Version <= d.Version {
						t.Error("no new version")
					}
				}
			})
		}
	}
}

// checkCurrent wants a record in every 409.
func checkCurrent(t *testing.T, err error, d *Delivery) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Code != CodeConflict && e.Code != CodeIllegalTransition {
		return
	}
	current, ok := e.Current.(*Delivery)
	if !ok || current.ID != d.ID || current.Version != d.Version {
		t.Errorf("current is %+v", e.Current)
	}
}

func unassignBy(who func(*world) Actor, old bool) func(*world, Tx, *Delivery) (*Delivery, error) {
	return func(w *world, tx Tx, d *Delivery) (*Delivery, error) {
		in := Unassign{Reason: "r"}
		if old {
			in.Version = new(d.Version + 1)
		}
		return w.s.Unassign(ctx, tx, who(w), d.ID, in)
	}
}

func cancelBy(who func(*world) Actor) func(*world, Tx, *Delivery) (*Delivery, error) {
	return func(w *world, tx Tx, d *Delivery) (*Delivery, error) {
		return w.s.CancelDelivery(ctx, tx, who(w), d.ID, CancelDelivery{Reason: "r", Version: &d.Version})
	}
}

func pickupBy(who func(*world) Actor, reason string) func(*world, Tx, *Delivery) (*Delivery, error) {
	return func(w *world, tx Tx, d *Delivery) (*Delivery, error) {
		return w.s.Pickup(ctx, tx, who(w), d.ID, RiderAction{Reason: reason})
	}
}

func deliverBy(who func(*world) Actor, reason string) func(*world, Tx, *Delivery) (*Delivery, error) {
	return func(w *world, tx Tx, d *Delivery) (*Delivery, error) {
		return w.s.Deliver(ctx, tx, who(w), d.ID, Deliver{Reason: reason})
	}
}

func claimBy(who func(*world) Actor) func(*world, Tx, *Delivery) (*Delivery, error) {
	return func(w *world, tx Tx, d *Delivery) (*Delivery, error) {
		return w.s.Claim(ctx, tx, who(w), d.ID, RiderAction{})
	}
}

func TestAssignKeepsAndClears(t *testing.T) {
	w := newWorld(t)
	d := w.delivery(w.a, Assigned)
	if d.RiderName != "a-r1" || d.AssignedAt.IsZero() {
		t.Errorf("assigned: %+v", d)
	}
	free := must(w, func(tx Tx) (*Delivery, error) { return w.s.Unassign(ctx, tx, w.a.dispatcher, d.ID, Unassign{}) })
	if free.RiderID != "" || free.RiderName != "" || !free.AssignedAt.IsZero() {
		t.Errorf("unassigned: %+v", free)
	}
	last := w.log[len(w.log)-1]
	if last.Event != EventDeliveryWaiting || last.Before != (State{"assigned", w.a.r1.RiderID}) || last.After != (State{Status: "waiting"}) {
		t.Errorf("log: %+v", last)
	}

	d = w.delivery(w.a, PickedUp)
	over := must(w, func(tx Tx) (*Delivery, error) {
		return w.s.Assign(ctx, tx, w.a.dispatcher, d.ID, AssignDelivery{RiderID: w.a.r2.RiderID, Version: &d.Version, Reason: "flat tyre"})
	})
	if over.Status != PickedUp || over.RiderID != w.a.r2.RiderID || over.PickedUpAt != d.PickedUpAt || over.AssignedAt != d.AssignedAt {
		t.Errorf("handed over: %+v", over)
	}
	last = w.log[len(w.log)-1]
	if last.Event != EventDeliveryChanged || last.Reason != "flat tyre" || last.Before.RiderID != w.a.r1.RiderID {
		t.Errorf("log: %+v", last)
	}

	d = w.delivery(w.a, Cancelled)
	if d.RiderID != w.a.r1.RiderID || d.FinishedAt.IsZero() || d.CancelReason != "no food" {
		t.Errorf("cancelled: %+v", d)
	}
	if o := w.orders[d.OrderID]; o.Status != OrderCancelled || o.CancelledBy != "agent" || o.Reason != "no food" || o.FinishedAt.IsZero() {
		t.Errorf("its order: %+v", o)
	}
}

// A dispatcher may go beyond a rider's capacity; who is on a break can't be
// given anything but keeps what it has.
func TestAssignBeyondCapacityAndOnBreak(t *testing.T) {
	w := newWorld(t)
	for range 5 {
		w.delivery(w.a, Assigned)
	}
	d := w.delivery(w.a, Assigned)
	must(w, func(tx Tx) (*Rider, error) { return w.s.SetDuty(ctx, tx, w.a.r1, "me", SetDuty{Duty: DutyBreak}) })
	same := must(w, func(tx Tx) (*Delivery, error) {
		return w.s.Assign(ctx, tx, w.a.dispatcher, d.ID, AssignDelivery{RiderID: w.a.r1.RiderID, Version: &d.Version})
	})
	if same.Version != d.Version {
		t.Error("reassigning to the same rider changed the record")
	}
	fresh := w.delivery(w.a, Waiting)
	_, err := try(w, func(tx Tx) (*Delivery, error) {
		return w.s.Assign(ctx, tx, w.a.dispatcher, fresh.ID, AssignDelivery{RiderID: w.a.r1.RiderID})
	})
	if f := fieldsOf(err); codeOf(err) != CodeValidation || len(f) != 1 || f[0] != "riderId" {
		t.Errorf("got %v", err)
	}
}

func TestAssignMany(t *testing.T) {
	w := newWorld(t)
	d1, d2, d3 := w.delivery(w.a, Waiting), w.delivery(w.a, Waiting), w.delivery(w.a, Assigned)
	elsewhere := w.delivery(w.b, Waiting)
	rows := func(rows ...Assignment) AssignMany { return AssignMany{Assignments: rows} }
	many := func(a Actor, in AssignMany) ([]AssignResult, error) {
		return try(w, func(tx Tx) ([]AssignResult, error) { return w.s.AssignMany(ctx, tx, a, in) })
	}
	refusals := []struct {
		name  string
		actor Actor
		in    AssignMany
		code  Code
		rows  []Code
	}{
		{"one is taken", w.a.dispatcher, rows(Assignment{d1.ID, w.a.r1.RiderID, nil}, Assignment{d3.ID, w.a.r2.RiderID, nil}), CodeIllegalTransition, []Code{CodeOK, CodeIllegalTransition}},
		{"one is stale", w.a.dispatcher, rows(Assignment{d1.ID, w.a.r1.RiderID, nil}, Assignment{d3.ID, w.a.r2.RiderID, new(d3.Version - 1)}), CodeConflict, []Code{CodeOK, CodeConflict}},
		{"one is unknown", w.a.dispatcher, rows(Assignment{"none", w.a.r1.RiderID, nil}, Assignment{d1.ID, w.a.r1.RiderID, nil}), CodeConflict, []Code{CodeNotFound, CodeOK}},
		{"one is beyond", w.a.dispatcher, rows(Assignment{elsewhere.ID, w.a.r1.RiderID, nil}, Assignment{d1.ID, w.a.r1.RiderID, nil}), CodeConflict, []Code{CodeNotFound, CodeOK}},
		{"one rider is off", w.a.dispatcher, rows(Assignment{d1.ID, w.a.off.RiderID, nil}, Assignment{d2.ID, w.a.r1.RiderID, nil}), CodeConflict, []Code{CodeValidation, CodeOK}},
		{"two centers", w.admin, rows(Assignment{d1.ID, w.a.r1.RiderID, nil}, Assignment{elsewhere.ID, w.b.r1.RiderID, nil}), CodeValidation, nil},
		{"none", w.a.dispatcher, rows(), CodeValidation, nil},
		{"one twice", w.a.dispatcher, rows(Assignment{d1.ID, w.a.r1.RiderID, nil}, Assignment{d1.ID, w.a.r1.RiderID, nil}), CodeValidation, nil},
		{"without rider", w.a.dispatcher, rows(Assignment{d1.ID, "", nil}), CodeValidation, nil},
		{"too many", w.a.dispatcher, AssignMany{Assignments: make([]Assignment, 501)}, CodeValidation, nil},
		{"by an agent", w.a.agent, rows(Assignment{d1.ID, w.a.r1.RiderID, nil}), CodeForbidden, nil},
	}
	head := w.seq[w.a.center]
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) {
			_, err := many(c.actor, c.in)
			var e *Error
			if !errors.As(err, &e) || e.Code != c.code {
				t.Fatalf("got %v, want %s", err, c.code)
			}
			got, _ := e.Results.([]AssignRefusal)
			if len(got) != len(c.rows) {
				t.Fatalf("results %+v", e.Results)
			}
			for i, r := range got {
				if r.Code != c.rows[i] || r.DeliveryID != c.in.Assignments[i].DeliveryID {
					t.Errorf("row %d: %+v", i, r)
				}
				if has := r.Current != nil; has != (r.Code == CodeConflict || r.Code == CodeIllegalTransition) {
					t.Errorf("row %d: current %v", i, r.Current)
				}
			}
			if w.seq[w.a.center] != head {
				t.Error("the refusal took numbers")
			}
		})
	}
	res, err := many(w.a.dispatcher, AssignMany{Reason: "route", Assignments: []Assignment{
		{d1.ID, w.a.r1.RiderID, nil}, {d2.ID, w.a.r2.RiderID, &d2.Version}, {d3.ID, w.a.r3.RiderID, &d3.Version},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range res {
		if r.Delivery.Status != Assigned || r.Delivery.Version != head+int64(i)+1 {
			t.Errorf("row %d: %+v", i, r.Delivery)
		}
	}
	res, err = many(w.a.dispatcher, rows(Assignment{d1.ID, w.a.r1.RiderID, &res[0].Delivery.Version}))
	if err != nil || res[0].Delivery.Version != head+1 {
		t.Errorf("unchanged: %v %v", res, err)
	}
}
