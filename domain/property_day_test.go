package domain

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"
)

// The steps of the day that does not go to plan.

// oneIn draws true once in n times.
func (g *gambler) oneIn(n int, what string) bool {
	return rapid.IntRange(1, n).Draw(g.rt, what) == 1
}

// those draws a delivery in one of the statuses, mostly.
func (g *gambler) those(statuses ...DeliveryStatus) (Delivery, bool) {
	from := map[string]Delivery{}
	for id, d := range g.deliveries {
		if slices.Contains(statuses, d.Status) {
			from[id] = d
		}
	}
	if g.oneIn(8, "any") {
		from = g.deliveries
	}
	return pick(g, from, "delivery")
}

func (g *gambler) order(*rapid.T) {
	p := rapid.SampledFrom([]place{g.a, g.b}).Draw(g.rt, "place")
	in := g.world.order(p)
	in.Accept = rapid.Bool().Draw(g.rt, "accept")
	in.ExternalID = rapid.SampledFrom([]string{"", "", "x1", "x2"}).Draw(g.rt, "external")
	if g.oneIn(3, "pre-order") {
		in.PromisedAt = At(g.clock.Add(time.Duration(rapid.IntRange(60, 600).Draw(g.rt, "promise")) * time.Minute))
	}
	a := g.who(p.center, "")
	step(g, a, func(tx Tx) (OrderResult, error) { return g.s.CreateOrder(ctx, tx, a, in) })
}

func (g *gambler) correct(*rapid.T) {
	o, ok := pick(g, g.orders, "order")
	if !ok {
		return
	}
	in := CorrectOrder{Version: g.version(o.Version), Reason: g.reason()}
	switch rapid.IntRange(0, 4).Draw(g.rt, "what") {
	case 0:
		in.Customer = &CustomerPatch{AddressDetail: Just(rapid.SampledFrom([]string{"101", "102"}).Draw(g.rt, "flat"))}
	case 1:
		in.Items = Just([]Item{{Name: "rice", Quantity: rapid.IntRange(1, 3).Draw(g.rt, "n"), Price: 1000}})
	case 2:
		in.PrepMinutes = Just(new(rapid.IntRange(5, 30).Draw(g.rt, "prep")))
	case 3:
		in.PromisedAt = Just(At(g.clock.Add(time.Duration(rapid.IntRange(0, 600).Draw(g.rt, "promise")) * time.Minute)))
	default:
		in.Payment = Just(Payment{Method: Cash, Amount: int64(rapid.IntRange(0, 3).Draw(g.rt, "amount"))})
	}
	a := g.who(o.CenterID, "")
	step(g, a, func(tx Tx) (OrderResult, error) { return g.s.CorrectOrder(ctx, tx, a, o.ID, in) })
}

func (g *gambler) seen(*rapid.T) {
	if d, ok := g.those(InHandStatuses...); ok {
		a, in := g.rides(d), SeenInput{Version: d.Version - int64(rapid.IntRange(0, 1).Draw(g.rt, "behind")), At: g.at()}
		step(g, a, func(tx Tx) (*Delivery, error) { return g.s.SeenAmendment(ctx, tx, a, d.ID, in) })
	}
}

func (g *gambler) arrive(*rapid.T) {
	if d, ok := g.those(Assigned, PickedUp); ok {
		a, in := g.rides(d), ArriveInput{Place: rapid.SampledFrom([]Place{PlaceShop, PlaceDoor}).Draw(g.rt, "place"), At: g.at()}
		step(g, a, func(tx Tx) (*Delivery, error) { return g.s.Arrive(ctx, tx, a, d.ID, in) })
	}
}

func (g *gambler) problem(*rapid.T) {
	if d, ok := g.those(InHandStatuses...); ok {
		a, in := g.rides(d), ProblemInput{Kind: rapid.SampledFrom(ProblemKinds).Draw(g.rt, "kind"), At: g.at(), Version: g.version(d.Version)}
		step(g, a, func(tx Tx) (*Delivery, error) { return g.s.ReportProblem(ctx, tx, a, d.ID, in) })
	}
}

func (g *gambler) resolve(*rapid.T) {
	if d, ok := g.those(InHandStatuses...); ok {
		in := ResolveInput{
			Action:  rapid.SampledFrom([]ResolveAction{ResolveContinue, ResolveRetry, ResolveReturn, ResolveReturn, ResolveFail}).Draw(g.rt, "action"),
			Reason:  string(NobodyHome),
			Version: g.version(d.Version),
		}
		a := g.who(d.CenterID, "")
		step(g, a, func(tx Tx) (*Delivery, error) { return g.s.Resolve(ctx, tx, a, d.ID, in) })
	}
}

func (g *gambler) giveBack(*rapid.T) {
	if d, ok := g.those(Assigned); ok {
		a, in := g.rides(d), GiveBackInput{Reason: "flat tyre", At: g.at()}
		step(g, a, func(tx Tx) (*Delivery, error) { return g.s.GiveBack(ctx, tx, a, d.ID, in) })
	}
}

func (g *gambler) returned(*rapid.T) {
	if d, ok := g.those(Returning); ok {
		a, in := g.rides(d), ReturnedInput{Reason: "because", At: g.at()}
		step(g, a, func(tx Tx) (*Delivery, error) { return g.s.Returned(ctx, tx, a, d.ID, in) })
	}
}

func (g *gambler) reopen(*rapid.T) {
	if d, ok := g.those(Delivered, Returned, Failed); ok {
		a := g.who(d.CenterID, "")
		step(g, a, func(tx Tx) (*Delivery, error) {
			return g.s.Reopen(ctx, tx, a, d.ID, ReopenInput{Reason: "wrong button"})
		})
	}
}

func (g *gambler) release(*rapid.T) {
	if d, ok := g.held(); ok {
		a := g.who(d.CenterID, "")
		step(g, a, func(tx Tx) (*Delivery, error) { return g.s.Release(ctx, tx, a, d.ID, ReleaseInput{}) })
	}
}

// held is mostly a delivery that is held.
func (g *gambler) held() (Delivery, bool) {
	held := maps.Clone(g.deliveries)
	maps.DeleteFunc(held, func(_ string, d Delivery) bool { return d.Status != Waiting || !d.Held() })
	if len(held) == 0 || g.oneIn(4, "any that waits") {
		return g.those(Waiting)
	}
	return pick(g, held, "held")
}

func (g *gambler) advise(*rapid.T) {
	if d, ok := g.those(Waiting); ok {
		a, in := g.who(d.CenterID, ""), PinInput{RiderID: g.taker(d)}
		step(g, a, func(tx Tx) (*Delivery, error) {
			if g.oneIn(2, "pin") {
				return g.s.Pin(ctx, tx, a, d.ID, in)
			}
			return g.s.Avoid(ctx, tx, a, d.ID, in)
		})
	}
}

// offer asks for what mostly can be asked for: the mode, a rider on duty, and a
// delivery that waits.
func (g *gambler) offer(*rapid.T) {
	if !g.oneIn(4, "as it is") {
		mode := ModeOffer
		step(g, g.admin, func(tx Tx) (*Center, error) {
			return g.s.UpdateCenter(ctx, tx, g.admin, g.b.center, CenterPatch{AssignMode: &mode})
		})
	}
	var in MakeOffer
	for range rapid.IntRange(1, 2).Draw(g.rt, "bundle") {
		d, ok := g.those(Waiting)
		if !ok || slices.ContainsFunc(in.Deliveries, func(v VersionedID) bool { return v.ID == d.ID }) {
			continue
		}
		in.RiderID = g.taker(d)
		in.Deliveries = append(in.Deliveries, VersionedID{d.ID, d.Version})
		if !g.oneIn(4, "off") {
			step(g, System, func(tx Tx) (*Rider, error) { return g.s.SetDuty(ctx, tx, System, in.RiderID, SetDuty{Duty: DutyOn}) })
		}
	}
	if len(in.Deliveries) > 0 {
		step(g, System, func(tx Tx) (*Offer, error) { return g.s.MakeOffer(ctx, tx, in) })
	}
}

func (g *gambler) answer(*rapid.T) {
	o, ok := pick(g, g.openOffers(), "offer")
	if !ok {
		return
	}
	a := g.who(o.CenterID, o.RiderID)
	step(g, a, func(tx Tx) (OfferResult, error) {
		if g.oneIn(2, "no") {
			return g.s.DeclineOffer(ctx, tx, a, o.ID, AnswerOffer{At: g.at()})
		}
		return g.s.AcceptOffer(ctx, tx, a, o.ID, AnswerOffer{At: g.at()})
	})
}

// openOffers are mostly the open ones.
func (g *gambler) openOffers() map[string]Offer {
	open := maps.Clone(g.offers)
	if !g.oneIn(4, "any offer") {
		maps.DeleteFunc(open, func(_ string, o Offer) bool { return o.Status != OfferOpen })
	}
	return open
}

// due does what the server's clock asks for.
func (g *gambler) due(*rapid.T) {
	if o, ok := pick(g, g.openOffers(), "offer"); ok {
		if g.oneIn(2, "wait") && o.Status == OfferOpen {
			g.clock = o.ExpiresAt.Time
		}
		step(g, System, func(tx Tx) (*Offer, error) { return g.s.LapseDue(ctx, tx, o.ID) })
	}
	if d, ok := g.held(); ok {
		if d.Held() && g.oneIn(2, "wait") {
			g.clock = d.HeldUntil.Time
		}
		step(g, System, func(tx Tx) (*Delivery, error) { return g.s.ReleaseDue(ctx, tx, d.ID) })
	}
}

// checkOffers wants every open offer to be the only one of its rider and of its
// deliveries, and every delivery's offer to be open.
func (g *gambler) checkOffers() {
	riders, deliveries := map[string]string{}, map[string]string{}
	for _, o := range g.offers {
		if o.Status != OfferOpen {
			continue
		}
		if other, twice := riders[o.RiderID]; twice {
			g.rt.Fatalf("rider %s is asked twice: %s and %s", o.RiderName, o.ID, other)
		}
		riders[o.RiderID] = o.ID
		if r := g.riders[o.RiderID]; r.Duty != DutyOn || !r.Active {
			g.rt.Fatalf("rider %s is asked on duty %s", r.Name, r.Duty)
		}
		for _, id := range o.DeliveryIDs {
			d := g.deliveries[id]
			if other, twice := deliveries[id]; twice {
				g.rt.Fatalf("delivery %s is offered twice: %s and %s", d.Number, o.ID, other)
			}
			deliveries[id] = o.ID
			if d.Status != Waiting || d.Held() || d.Offer == nil || d.Offer.ID != o.ID {
				g.rt.Fatalf("delivery %s in offer %s is %s, held %v, offer %v", d.Number, o.ID, d.Status, d.Held(), d.Offer)
			}
		}
	}
	for _, d := range g.deliveries {
		if d.Offer != nil && deliveries[d.ID] != d.Offer.ID {
			g.rt.Fatalf("delivery %s (%s) names offer %s, which is not open", d.Number, d.Status, d.Offer.ID)
		}
		if d.Status != Waiting && !d.HeldUntil.IsZero() {
			g.rt.Fatalf("delivery %s is %s and held", d.Number, d.Status)
		}
		if d.Problem != nil && !d.Status.InHand() {
			g.rt.Fatalf("delivery %s is %s with a problem", d.Number, d.Status)
		}
	}
}

func (g *gambler) checkNumbers() {
	said := map[string]string{}
	say := func(center, number, order string, at Time) {
		c := g.centers[center]
		k := fmt.Sprint(center, DayOf(c, at), number)
		if other, there := said[k]; there && other != order {
			g.rt.Fatalf("number %s twice on %s", number, DayOf(c, at))
		}
		said[k] = order
	}
	for _, o := range g.orders {
		say(o.CenterID, o.Number, o.ID, o.CreatedAt)
	}
	for _, d := range g.deliveries {
		say(d.CenterID, d.Number, d.OrderID, d.CreatedAt)
	}
}
