package domain

import (
	"errors"
	"testing"
	"time"
)

func TestClaimNeedsModeAndRoom(t *testing.T) {
	w := newWorld(t)
	claim := func(a Actor, d *Delivery, in RiderAction) (*Delivery, error) {
		return try(w, func(tx Tx) (*Delivery, error) { return w.s.Claim(ctx, tx, a, d.ID, in) })
	}

	d := w.delivery(w.a, Waiting)
	_, err := claim(w.a.r1, d, RiderAction{})
	if e := new(Error); !errors.As(err, &e) || e.Code != CodeIllegalTransition || e.Current != nil {
		t.Errorf("in mode dispatch: %+v", err)
	}

	for range 3 {
		if _, err := claim(w.b.r2, w.delivery(w.b, Waiting), RiderAction{}); err != nil {
			t.Fatal(err)
		}
	}
	d = w.delivery(w.b, Waiting)
	_, err = claim(w.b.r2, d, RiderAction{})
	if codeOf(err) != CodeIllegalTransition {
		t.Errorf("full: %v", err)
	}
	wantMasked(t, err)
	_, err = claim(w.b.r1, d, RiderAction{Version: new(d.Version + 5)})
	if codeOf(err) != CodeConflict {
		t.Errorf("stale: %v", err)
	}
	wantMasked(t, err)

	got, err := claim(w.b.r1, d, RiderAction{Version: &d.Version})
	if err != nil || got.RiderID != w.b.r1.RiderID || got.Customer.Phone == "" || got.AssignedAt.IsZero() {
		t.Fatalf("claimed: %+v %v", got, err)
	}
	again, err := claim(w.b.r1, d, RiderAction{Version: &d.Version}) // stale by now, and looked at last
	if err != nil || again.Version != got.Version {
		t.Errorf("again: %+v %v", again, err)
	}
	_, err = claim(w.b.r3, d, RiderAction{})
	if codeOf(err) != CodeIllegalTransition {
		t.Errorf("taken: %v", err)
	}
	wantMasked(t, err)
}

func wantMasked(t *testing.T, err error) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	d, ok := e.Current.(*Delivery)
	if !ok {
		t.Fatalf("current %T", e.Current)
	}
	if c := d.Customer; c.Name != "김" || c.Phone != "" || c.AddressDetail != "" || c.Memo != "" || c.Address == "" {
		t.Errorf("not masked: %+v", c)
	}
}

func TestDeviceTime(t *testing.T) {
	for _, c := range []struct {
		name  string
		at    time.Duration
		ok    bool
		shown bool
	}{
		{"now", 0, true, false},
		{"a minute ahead", time.Minute, true, false},
		{"more than a minute ahead", time.Minute + time.Millisecond, false, false},
		{"a minute back", -time.Minute, true, false},
		{"more than a minute back", -time.Minute - time.Millisecond, true, true},
		{"12 h back", -12 * time.Hour, true, true},
		{"more than 12 h back", -12*time.Hour - time.Millisecond, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			at := At(start.Add(c.at))
			offer := w.delivery(w.b, Waiting)
			_, err := try(w, func(tx Tx) (*Delivery, error) { return w.s.Claim(ctx, tx, w.b.r2, offer.ID, RiderAction{At: at}) })
			if (err == nil) != c.ok {
				t.Fatalf("claim: %v", err)
			}
			d := w.delivery(w.b, Assigned)
			p, err := try(w, func(tx Tx) (*Delivery, error) { return w.s.Pickup(ctx, tx, w.b.r1, d.ID, RiderAction{At: at}) })
			if !c.ok {
				if f := fieldsOf(err); codeOf(err) != CodeValidation || f[0] != "at" {
					t.Errorf("pickup: %v", err)
				}
				return
			}
			if err != nil || p.PickedUpDeviceAt.IsZero() == c.shown || p.PickedUpAt != At(start) {
				t.Fatalf("pickup: %+v %v", p, err)
			}
			p, err = try(w, func(tx Tx) (*Delivery, error) { return w.s.Deliver(ctx, tx, w.b.r1, d.ID, Deliver{At: at}) })
			if err != nil || p.DeliveredDeviceAt.IsZero() == c.shown {
				t.Fatalf("deliver: %+v %v", p, err)
			}
			if e := w.log[len(w.log)-2]; e.Event != EventDeliveryDelivered || e.DeviceAt != at {
				t.Errorf("log keeps %v", e.DeviceAt)
			}
		})
	}
}

func TestDeliverCompletesTheOrder(t *testing.T) {
	w := newWorld(t)
	d := w.delivery(w.a, PickedUp)
	head := w.seq[w.a.center]
	photo := must(w, func(tx Tx) (*Photo, error) {
		return w.s.AddPhoto(ctx, tx, w.a.r1, d.ID, Photo{ContentType: "image/png", Size: 9}, false)
	})
	d = must(w, func(tx Tx) (*Delivery, error) {
		return w.s.Deliver(ctx, tx, w.a.r1, d.ID, Deliver{ReceivedBy: " guard ", Note: "left at desk", PhotoID: photo.ID})
	})
	o := w.orders[d.OrderID]
	if d.Version != head+1 || o.Version != head+2 || o.Status != OrderCompleted || o.CompletedAt != d.DeliveredAt || o.FinishedAt.IsZero() {
		t.Errorf("delivery %+v\norder %+v", d, o)
	}
	if d.ReceivedBy != "guard" || d.Note != "left at desk" || d.PhotoID != photo.ID || d.FinishedAt != d.DeliveredAt {
		t.Errorf("delivery %+v", d)
	}

	other := w.delivery(w.a, PickedUp)
	for _, id := range []string{photo.ID, "none"} {
		_, err := try(w, func(tx Tx) (*Delivery, error) { return w.s.Deliver(ctx, tx, w.a.r1, other.ID, Deliver{PhotoID: id}) })
		if f := fieldsOf(err); len(f) != 1 || f[0] != "photoId" {
			t.Errorf("photo %s of another delivery: %v", id, err)
		}
	}
}

// A rider without signal delivers what was meanwhile given to another: kept in
// the history once for each device time, refused, and shown masked.
func TestLateDeliver(t *testing.T) {
	for _, c := range []struct {
		name string
		lose func(w *world, d *Delivery) *Delivery
	}{
		{"handed over", func(w *world, d *Delivery) *Delivery {
			return must(w, func(tx Tx) (*Delivery, error) {
				return w.s.Assign(ctx, tx, w.a.dispatcher, d.ID, AssignDelivery{RiderID: w.a.r2.RiderID, Version: &d.Version, Reason: "lost"})
			})
		}},
		{"handed over and delivered", func(w *world, d *Delivery) *Delivery {
			must(w, func(tx Tx) (*Delivery, error) {
				return w.s.Assign(ctx, tx, w.a.dispatcher, d.ID, AssignDelivery{RiderID: w.a.r2.RiderID, Version: &d.Version, Reason: "lost"})
			})
			return must(w, func(tx Tx) (*Delivery, error) { return w.s.Deliver(ctx, tx, w.a.r2, d.ID, Deliver{}) })
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			d := c.lose(w, w.delivery(w.a, PickedUp))
			late := func(a Actor, at Time) *Error {
				_, err := try(w, func(tx Tx) (*Delivery, error) {
					return w.s.Deliver(ctx, tx, a, d.ID, Deliver{At: at, Version: new(int64)})
				})
				var e *Error
				if !errors.As(err, &e) {
					t.Fatal(err)
				}
				return e
			}
			head := w.seq[w.a.center]
			at := At(start.Add(-10 * time.Minute))
			for i, step := range []struct {
				at    Time
				takes int64
			}{{at, 1}, {at, 1}, {at.Add(time.Second), 1}, {Time{}, 1}} {
				e := late(w.a.r1, step.at)
				if e.Code != CodeIllegalTransition || w.seq[w.a.center] != head+step.takes {
					t.Fatalf("step %d: %v, took %d numbers", i, e, w.seq[w.a.center]-head)
				}
				wantMasked(t, e)
				if got := e.Current.(*Delivery); got.Version != head+step.takes || got.Status != d.Status {
					t.Errorf("step %d: current %+v", i, got)
				}
			}
			last := w.log[len(w.log)-1]
			if last.Event != EventDeliveryLateDeliver || last.Before != last.After || last.Actor.ID != w.a.r1.UserID {
				t.Errorf("log: %+v", last)
			}
			if e := late(w.a.r3, at); e.Code != CodeNotFound {
				t.Errorf("a rider who never had it: %v", e)
			}
			if e := late(w.a.r1, at.Add(-13*time.Hour)); e.Code != CodeValidation {
				t.Errorf("too old: %v", e)
			}
			_, err := try(w, func(tx Tx) (*Delivery, error) { return w.s.Pickup(ctx, tx, w.a.r1, d.ID, RiderAction{}) })
			if codeOf(err) != CodeNotFound {
				t.Errorf("a pickup is not kept: %v", err)
			}
		})
	}
}

func TestSetDuty(t *testing.T) {
	w := newWorld(t)
	duty := func(a Actor, id string, in SetDuty) (*Rider, error) {
		return try(w, func(tx Tx) (*Rider, error) { return w.s.SetDuty(ctx, tx, a, id, in) })
	}
	r := w.a.r1.RiderID
	for _, c := range []struct {
		name string
		a    Actor
		id   string
		in   SetDuty
		want Code
	}{
		{"agent", w.a.agent, r, SetDuty{Duty: DutyBreak}, CodeForbidden},
		{"key without scope", w.keyOfA, r, SetDuty{Duty: DutyBreak}, CodeForbidden},
		{"another rider", w.a.r2, r, SetDuty{Duty: DutyBreak}, CodeNotFound},
		{"another center", w.b.dispatcher, r, SetDuty{Duty: DutyBreak}, CodeNotFound},
		{"unknown", w.admin, "none", SetDuty{Duty: DutyBreak}, CodeNotFound},
		{"me without being one", w.admin, "me", SetDuty{Duty: DutyBreak}, CodeNotFound},
		{"bad word", w.a.r1, "me", SetDuty{Duty: "holiday"}, CodeValidation},
		{"stale", w.a.r1, "me", SetDuty{Duty: DutyBreak, Version: new(int64(99999))}, CodeConflict},
		{"itself", w.a.r1, r, SetDuty{Duty: DutyBreak}, ""},
		{"dispatcher", w.a.dispatcher, r, SetDuty{Duty: DutyOff}, ""},
		{"key", w.key, r, SetDuty{Duty: DutyOn}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := duty(c.a, c.id, c.in)
			if codeOf(err) != c.want {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if err == nil && (got.Duty != c.in.Duty || w.log[len(w.log)-1].Event != EventRiderDuty) {
				t.Errorf("%+v", got)
			}
		})
	}
	head := w.seq[w.a.center]
	if got, err := duty(w.a.r1, "me", SetDuty{Duty: DutyOn}); err != nil || got.Duty != DutyOn || w.seq[w.a.center] != head {
		t.Errorf("the duty it has: %+v %v", got, err)
	}
	w.delivery(w.a, Assigned)
	for _, a := range []Actor{w.a.r1, w.a.dispatcher} {
		if _, err := duty(a, r, SetDuty{Duty: DutyOff}); codeOf(err) != CodeIllegalTransition {
			t.Errorf("off with a delivery in hand: %v", err)
		}
	}
	if _, err := duty(w.a.r1, "me", SetDuty{Duty: DutyBreak}); err != nil {
		t.Errorf("a break with a delivery in hand: %v", err)
	}
}
