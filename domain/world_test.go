package domain

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

// world is a small firm: center a (dispatch) with a shop, three riders on duty
// and one off, center b (claim) with the same, and people of every role.
type world struct {
	*memory
	t       testing.TB
	s       *Service
	clock   time.Time
	admin   Actor
	a, b    place
	key     Actor // all scopes, all centers
	keyOfA  Actor // orders:write in a
	readKey Actor // orders:read
}

type place struct {
	center, shop               string
	manager, dispatcher, agent Actor
	r1, r2, r3, off            Actor
}

var start = time.Date(2026, 11, 5, 3, 0, 0, 0, time.UTC) // noon in Seoul

// template is a world as it begins; building one takes a while.
var template = sync.OnceValue(func() *world { return buildWorld(new(testing.T)) })

func newWorld(t testing.TB) *world {
	t.Helper()
	w := *template()
	w.memory, w.t = w.clone(), t
	w.s = &Service{Now: func() time.Time { return w.clock }, PublicURL: "https://bros.example"}
	return &w
}

func buildWorld(t testing.TB) *world {
	w := &world{memory: newMemory(), t: t, clock: start}
	w.s = &Service{Now: func() time.Time { return w.clock }, PublicURL: "https://bros.example"}
	w.admin = Actor{UserID: "root", Name: "Root", Role: RoleAdmin}
	w.users["root"] = User{ID: "root", Login: "root", Name: "Root", Role: RoleAdmin, Active: true, Version: 1, CenterIDs: []string{}}
	w.a = w.place("a", ModeDispatch)
	w.b = w.place("b", ModeClaim)
	w.key = Actor{UserID: "k1", Name: "till", Role: RoleKey, Scopes: []Scope{ScopeOrdersWrite, ScopeOrdersRead, ScopeRidersWrite}}
	w.keyOfA = Actor{UserID: "k2", Name: "app", Role: RoleKey, Scopes: []Scope{ScopeOrdersWrite}, CenterIDs: []string{w.a.center}}
	w.readKey = Actor{UserID: "k3", Name: "eye", Role: RoleKey, Scopes: []Scope{ScopeOrdersRead}}
	return w
}

func (w *world) place(code string, mode AssignMode) place {
	w.t.Helper()
	var p place
	c := must(w, func(tx Tx) (*Center, error) {
		return w.s.CreateCenter(ctx, tx, w.admin, NewCenter{Code: code, Name: "Center " + code, Location: &Location{37.5145, 127.1059}, AssignMode: mode})
	})
	p.center = c.ID
	p.manager = w.staff(code+"-manager", RoleManager, c.ID)
	p.dispatcher = w.staff(code+"-dispatcher", RoleDispatcher, c.ID)
	p.agent = w.staff(code+"-agent", RoleAgent, c.ID)
	shop := must(w, func(tx Tx) (*Shop, error) {
		return w.s.CreateShop(ctx, tx, p.manager, NewShop{CenterID: c.ID, Name: "Shop " + code, Phone: "02-123-4567", Address: "1 Main St", Location: &Location{37.51, 127.1}, PrepMinutes: new(20)})
	})
	p.shop = shop.ID
	p.r1, p.r2, p.r3 = w.rider(p, code+"-r1"), w.rider(p, code+"-r2"), w.rider(p, code+"-r3")
	for _, r := range []Actor{p.r1, p.r2, p.r3} {
		must(w, func(tx Tx) (*Rider, error) { return w.s.SetDuty(ctx, tx, r, "me", SetDuty{Duty: DutyOn}) })
	}
	p.off = w.rider(p, code+"-off")
	return p
}

func (w *world) staff(login string, role Role, center string) Actor {
	w.t.Helper()
	return must(w, func(tx Tx) (*User, error) {
		return w.s.CreateUser(ctx, tx, w.admin, NewUser{Login: login, Password: "correct horse", Name: login, Role: role, CenterIDs: []string{center}}, "hash")
	}).Actor()
}

func (w *world) rider(p place, login string) Actor {
	w.t.Helper()
	r := must(w, func(tx Tx) (*Rider, error) {
		return w.s.CreateRider(ctx, tx, p.manager, NewRider{CenterID: p.center, Name: login, Login: login, Password: "correct horse"}, "hash")
	})
	u, err := w.FindRiderUser(ctx, r.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return u.Actor()
}

var ctx = context.Background()

// must runs a use case that is to succeed.
func must[T any](w *world, fn func(tx Tx) (T, error)) T {
	w.t.Helper()
	v, err := try(w, fn)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func try[T any](w *world, fn func(tx Tx) (T, error)) (v T, err error) {
	err = w.write(func(tx Tx) error {
		v, err = fn(tx)
		return err
	})
	return v, err
}

func (w *world) order(p place) NewOrder {
	return NewOrder{
		ShopID: p.shop, Channel: "phone",
		Customer: Customer{
			Name: "김철수", Phone: "+82 10-1234-5678", Address: "2 Side St", AddressDetail: "#301",
			Location: &Location{37.52, 127.11}, Memo: "door code 77",
		},
		Items:   []Item{{Name: "Noodles", Quantity: 2, Price: 9000}},
		Payment: Payment{Method: Card, Amount: 18000},
	}
}

// delivery is a fresh one, brought to the given state; r1 has it.
func (w *world) delivery(p place, status DeliveryStatus) *Delivery {
	w.t.Helper()
	in := w.order(p)
	in.Accept = true
	d := must(w, func(tx Tx) (OrderResult, error) { return w.s.CreateOrder(ctx, tx, p.agent, in) }).Delivery
	if status == Waiting {
		return d
	}
	d = must(w, func(tx Tx) (*Delivery, error) {
		return w.s.Assign(ctx, tx, p.dispatcher, d.ID, AssignDelivery{RiderID: p.r1.RiderID})
	})
	switch status {
	case PickedUp, Delivered:
		d = must(w, func(tx Tx) (*Delivery, error) { return w.s.Pickup(ctx, tx, p.r1, d.ID, RiderAction{}) })
	case Cancelled:
		return must(w, func(tx Tx) (*Delivery, error) {
			return w.s.CancelDelivery(ctx, tx, p.dispatcher, d.ID, CancelDelivery{Reason: "no food"})
		})
	}
	if status == Delivered {
		d = must(w, func(tx Tx) (*Delivery, error) { return w.s.Deliver(ctx, tx, p.r1, d.ID, Deliver{}) })
	}
	return d
}

// codeOf is the code of an error; "" for none.
func codeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	if err != nil {
		return Code("unknown: " + err.Error())
	}
	return ""
}

// fieldsOf are the names of the fields that an error blames.
func fieldsOf(err error) []string {
	var e *Error
	if !errors.As(err, &e) {
		return nil
	}
	var out []string
	for _, f := range e.Fields {
		out = append(out, f.Field)
	}
	return out
}
