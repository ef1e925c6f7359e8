package api

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/brosops/bros/api/report"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/store"
)

// The steps of a day that does not go to plan, and what has to hold of it.

func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.shift.Load())) }

// dayRules let pre-orders come due, and offers lapse, within the test.
func (w *world) dayRules(ctx context.Context, tx domain.Tx) error {
	preorder, release, seconds := 1, 0, 5
	_, err := w.svc.UpdateCenter(ctx, tx, chief, w.center.ID, domain.CenterPatch{RulesPatch: domain.RulesPatch{
		PreorderMinutes: &preorder, ReleaseMinutes: &release, OfferSeconds: &seconds}})
	return err
}

// dayChange runs one random step, and reports whether it changed anything.
func (w *world) dayChange(ctx context.Context, db *store.DB, rnd *rand.Rand) bool {
	n := rnd.IntN(100)
	if n < 8 { // the clock is set: mostly on, and sometimes a little back
		w.shift.Add(int64(time.Duration(rnd.IntN(180)-10) * time.Second))
		return false
	}
	parcels := make([]string, 10)
	for i := range parcels {
		parcels[i] = w.pick(rnd, &w.parcels)
	}
	g := &dayGambler{w: w, rnd: rnd, parcels: parcels, n: n, twice: rnd.IntN(3) == 0, seed: rnd.Uint64()}
	err := db.Write(ctx, func(tx domain.Tx) error {
		g.rnd = rand.New(rand.NewPCG(g.seed, 7)) // the store may run it again
		g.placed = nil
		return g.step(ctx, tx)
	})
	var e *domain.Error
	if err != nil && !errors.As(err, &e) && ctx.Err() == nil {
		w.t.Errorf("seed %d: %v", w.seed, err)
	}
	if err == nil && g.placed != nil {
		w.mu.Lock()
		w.orders, w.parcels = append(w.orders, g.placed.Order.ID), append(w.parcels, g.placed.Delivery.ID)
		w.mu.Unlock()
	}
	return err == nil || e != nil && e.Commit
}

type dayGambler struct {
	w       *world
	rnd     *rand.Rand
	seed    uint64
	parcels []string
	n       int
	twice   bool
	placed  *domain.OrderResult
}

// errNone is that there is nothing to do the step with.
var errNone = domain.Errorf(domain.CodeNotFound, "there is none")

// those finds a delivery in one of the statuses.
func (g *dayGambler) those(ctx context.Context, tx domain.Tx, statuses ...domain.DeliveryStatus) (*domain.Delivery, error) {
	for _, id := range g.parcels {
		if d, err := tx.FindDelivery(ctx, id); err == nil && (slices.Contains(statuses, d.Status) || g.rnd.IntN(12) == 0) {
			return d, nil
		}
	}
	return nil, errNone
}

// rides is the delivery's rider, mostly.
func (g *dayGambler) rides(d *domain.Delivery) domain.Actor {
	for _, r := range g.w.riders {
		if r.id == d.RiderID && g.rnd.IntN(8) > 0 {
			return r.actor
		}
	}
	return g.any().actor
}

func (g *dayGambler) any() worldRider { return g.w.riders[g.rnd.IntN(len(g.w.riders))] }

// at is the device's time of an act: now, or of a phone that was offline since.
func (g *dayGambler) at() domain.Time {
	if g.rnd.IntN(3) == 0 {
		return domain.Time{}
	}
	return domain.At(g.w.now().Add(-time.Duration(g.rnd.IntN(600_000)) * time.Millisecond))
}

// act makes a rider's act, and sometimes again, as an app does that got no answer:
// then it is unchanged.
func (g *dayGambler) act(do func() (*domain.Delivery, error), at domain.Time) error {
	first, err := do()
	if err != nil || !g.twice || at.IsZero() {
		return err
	}
	again, err := do()
	if err != nil || again.Version != first.Version {
		g.w.t.Errorf("seed %d: step %d at %s again: %v", g.w.seed, g.n, at, err)
	}
	return nil
}

func (g *dayGambler) step(ctx context.Context, tx domain.Tx) error {
	w, svc, rnd, n := g.w, g.w.svc, g.rnd, g.n
	switch {
	case n < 15:
		in := w.order(rnd)
		in.Accept, in.PromisedAt = true, domain.At(w.now().Add(time.Duration(2+rnd.IntN(60))*time.Minute))
		placed, err := svc.CreateOrder(ctx, tx, chief, in)
		g.placed = &placed
		return err
	case n < 20:
		mode := []domain.AssignMode{domain.ModeOffer, domain.ModeOffer, domain.ModeAuto, domain.ModeClaim, domain.ModeDispatch}[rnd.IntN(5)]
		_, err := svc.UpdateCenter(ctx, tx, chief, w.center.ID, domain.CenterPatch{AssignMode: &mode})
		return err
	case n < 30:
		return g.answer(ctx, tx)
	}
	return g.ofDelivery(ctx, tx)
}

// answer is a rider's yes or no, if any is asked.
func (g *dayGambler) answer(ctx context.Context, tx domain.Tx) error {
	for _, i := range g.rnd.Perm(len(g.w.riders)) {
		r := g.w.riders[i]
		o, err := tx.OpenOfferOf(ctx, r.id)
		switch {
		case err != nil:
			return err
		case o == nil:
		case g.rnd.IntN(3) == 0:
			_, err = g.w.svc.DeclineOffer(ctx, tx, r.actor, o.ID, domain.AnswerOffer{At: g.at()})
			return err
		default:
			_, err = g.w.svc.AcceptOffer(ctx, tx, r.actor, o.ID, domain.AnswerOffer{At: g.at()})
			return err
		}
	}
	return errNone
}

// dayParts are the states that the steps of ofDelivery are for.
var dayParts = []struct {
	below    int
	statuses []domain.DeliveryStatus
}{
	{40, domain.OpenStatuses},
	{49, domain.InHandStatuses},
	{58, []domain.DeliveryStatus{domain.Assigned}},
	{64, []domain.DeliveryStatus{domain.PickedUp}},
	{70, domain.InHandStatuses},
	{80, domain.CarriedStatuses},
	{84, []domain.DeliveryStatus{domain.Assigned}},
	{89, []domain.DeliveryStatus{domain.Returning}},
	{95, []domain.DeliveryStatus{domain.Delivered, domain.Returned, domain.Failed}},
}

// ofDelivery is a step with a delivery that is in a state for it, mostly.
func (g *dayGambler) ofDelivery(ctx context.Context, tx domain.Tx) error {
	svc, rnd, at := g.w.svc, g.rnd, g.at()
	statuses := []domain.DeliveryStatus{domain.Waiting}
	for _, part := range dayParts {
		if g.n < part.below {
			statuses = part.statuses
			break
		}
	}
	d, err := g.those(ctx, tx, statuses...)
	if err != nil {
		return err
	}
	a := g.rides(d)
	switch n := g.n; {
	case n < 40:
		_, err = svc.CorrectOrder(ctx, tx, chief, d.OrderID, g.correction())
	case n < 44:
		if d.Amendment == nil {
			return errNone
		}
		err = g.act(func() (*domain.Delivery, error) {
			return svc.SeenAmendment(ctx, tx, a, d.ID, domain.SeenInput{Version: d.Amendment.Version, At: at})
		}, at)
	case n < 49:
		place := []domain.Place{domain.PlaceShop, domain.PlaceDoor}[rnd.IntN(2)]
		err = g.act(func() (*domain.Delivery, error) {
			return svc.Arrive(ctx, tx, a, d.ID, domain.ArriveInput{Place: place, At: at})
		}, at)
	case n < 58:
		err = g.act(func() (*domain.Delivery, error) {
			return svc.Pickup(ctx, tx, a, d.ID, domain.RiderAction{At: at})
		}, at)
	case n < 64:
		err = g.act(func() (*domain.Delivery, error) {
			return svc.Deliver(ctx, tx, a, d.ID, domain.Deliver{At: at})
		}, at)
	case n < 70:
		kind := domain.ProblemKinds[rnd.IntN(len(domain.ProblemKinds))]
		err = g.act(func() (*domain.Delivery, error) {
			return svc.ReportProblem(ctx, tx, a, d.ID, domain.ProblemInput{Kind: kind, At: at})
		}, at)
	case n < 80:
		action := []domain.ResolveAction{domain.ResolveContinue, domain.ResolveRetry, domain.ResolveReturn, domain.ResolveReturn, domain.ResolveFail}[rnd.IntN(5)]
		_, err = svc.Resolve(ctx, tx, chief, d.ID, domain.ResolveInput{Action: action, Reason: string(domain.NobodyHome)})
	case n < 84:
		err = g.act(func() (*domain.Delivery, error) {
			return svc.GiveBack(ctx, tx, a, d.ID, domain.GiveBackInput{Reason: "flat tyre", At: at})
		}, at)
	case n < 89:
		err = g.act(func() (*domain.Delivery, error) {
			return svc.Returned(ctx, tx, a, d.ID, domain.ReturnedInput{At: at})
		}, at)
	case n < 95:
		_, err = svc.Reopen(ctx, tx, chief, d.ID, domain.ReopenInput{Reason: "wrong button"})
	case n < 97:
		_, err = svc.Release(ctx, tx, chief, d.ID, domain.ReleaseInput{})
	case n < 99:
		_, err = svc.Pin(ctx, tx, chief, d.ID, domain.PinInput{RiderID: g.any().id})
	default:
		_, err = svc.Avoid(ctx, tx, chief, d.ID, domain.PinInput{RiderID: g.any().id})
	}
	return err
}

func (g *dayGambler) correction() domain.CorrectOrder {
	in := domain.CorrectOrder{Reason: "misheard"}
	switch rnd := g.rnd; rnd.IntN(5) {
	case 0:
		in.Customer = &domain.CustomerPatch{AddressDetail: domain.Just([]string{"101", "102"}[rnd.IntN(2)])}
	case 1:
		in.Items = domain.Just([]domain.Item{{Name: "rice", Quantity: 1 + rnd.IntN(3), Price: 1000}})
	case 2:
		in.Payment = domain.Just(domain.Payment{Method: []domain.PaymentMethod{domain.Cash, domain.Card}[rnd.IntN(2)], Amount: int64(1000 * rnd.IntN(9))})
	case 3:
		in.PromisedAt = domain.Just(domain.At(g.w.now().Add(time.Duration(rnd.IntN(60)) * time.Minute)))
	default:
		in.Customer = &domain.CustomerPatch{Location: domain.Just(&domain.Location{Lat: 37.5 + rnd.Float64()/50, Lng: 127.1})}
	}
	return in
}

// endDay leaves nothing that the server's clock would change: what is held is
// released, and nobody is being asked.
func (w *world) endDay() {
	offers := w.listOffers(string(domain.OfferOpen))
	for i := range offers {
		w.must(func(ctx context.Context, tx domain.Tx) error {
			_, err := w.svc.WithdrawOffer(ctx, tx, offers[i].ID, "the day is over")
			return err
		})
	}
	st, err := w.db.LoadCenter(w.t.Context(), w.center.ID, time.Now().Add(-24*time.Hour))
	if err != nil {
		w.t.Fatal(err)
	}
	for i := range st.Deliveries {
		if !st.Deliveries[i].Held() {
			continue
		}
		w.must(func(ctx context.Context, tx domain.Tx) error {
			_, err := w.svc.Release(ctx, tx, chief, st.Deliveries[i].ID, domain.ReleaseInput{})
			var e *domain.Error
			if errors.As(err, &e) && e.Code == domain.CodeIllegalTransition {
				return nil // its time came meanwhile
			}
			return err
		})
	}
}

func (w *world) listOffers(statuses ...string) (all []domain.Offer) {
	w.t.Helper()
	f := domain.WorkFilter{CenterIDs: []string{w.center.ID}, Statuses: statuses}
	for p := (Page{Limit: maxLimit}); ; {
		items, next, err := w.db.ListOffers(w.t.Context(), f, p)
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, items...)
		if p.Cursor = next; next == "" {
			return all
		}
	}
}

// checkDay looks through the whole log, compares the webhook's receiver with it,
// and the reports and the cash with the records.
func (w *world) checkDay(ctx context.Context) {
	w.checkLog(ctx)
	w.told.compare(ctx, w.db, w.center.ID)
	w.checkFigures(ctx)
	if w.t.Failed() {
		w.t.Logf("seed %d", w.seed)
	}
}

// checkLog wants no rider and no delivery to be in two open offers, every offer to
// end once, and what is held to be given to nobody and released once, not before
// its time.
func (w *world) checkLog(ctx context.Context) {
	held, riders, asked := map[string]domain.Time{}, map[string]string{}, map[string]string{}
	counts := map[string]int{}
	for after := int64(0); ; {
		page, err := w.db.LogAfter(ctx, w.center.ID, after, 500)
		if err != nil {
			w.t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for i := range page {
			e := &page[i]
			after = e.Seq
			counts[e.Event]++
			switch e.Kind {
			case domain.KindOffer:
				w.offerEntry(e, riders, asked)
			case domain.KindDelivery:
				w.heldEntry(e, held)
			}
		}
	}
	for rider, offer := range riders {
		w.t.Errorf("offer %s to %s was never ended", offer, rider)
	}
	w.t.Log(counts)
}

func (w *world) offerEntry(e *domain.LogEntry, riders, asked map[string]string) {
	var o domain.Offer
	if err := json.Unmarshal(e.Data, &o); err != nil {
		w.t.Fatal(err)
	}
	if e.Event != domain.EventOfferMade {
		if riders[o.RiderID] != o.ID {
			w.t.Errorf("%d: %s of %s, which is not open", e.Seq, e.Event, o.ID)
		}
		delete(riders, o.RiderID)
		for _, id := range o.DeliveryIDs {
			delete(asked, id)
		}
		if e.Event == domain.EventOfferLapsed && e.At.Before(o.ExpiresAt.Time) {
			w.t.Errorf("%d: offer %s lapsed at %s, before %s", e.Seq, o.ID, e.At, o.ExpiresAt)
		}
		return
	}
	if other := riders[o.RiderID]; other != "" {
		w.t.Errorf("%d: %s is asked twice: %s and %s", e.Seq, o.RiderName, other, o.ID)
	}
	riders[o.RiderID] = o.ID
	for _, id := range o.DeliveryIDs {
		if other := asked[id]; other != "" {
			w.t.Errorf("%d: %s is in two offers: %s and %s", e.Seq, id, other, o.ID)
		}
		asked[id] = o.ID
	}
}

func (w *world) heldEntry(e *domain.LogEntry, held map[string]domain.Time) {
	var d domain.Delivery
	if err := json.Unmarshal(e.Data, &d); err != nil {
		w.t.Fatal(err)
	}
	until, was := held[d.ID]
	server := e.Actor.Role == domain.System.Role && e.Actor.ID == domain.System.UserID
	switch {
	case e.Event == domain.EventDeliveryReleased && !was:
		w.t.Errorf("%d: %s is released, and was not held", e.Seq, d.ID)
	case e.Event == domain.EventDeliveryReleased && server && e.At.Before(until.Time):
		w.t.Errorf("%d: %s is released at %s, before %s", e.Seq, d.ID, e.At, until)
	case was && e.Event == domain.EventDeliveryOffered:
		w.t.Errorf("%d: %s is offered, and held", e.Seq, d.ID)
	case was && e.Event == domain.EventDeliveryAssigned && (server || e.Actor.Role == domain.RoleRider):
		w.t.Errorf("%d: %s is given by %s, and held", e.Seq, d.ID, e.Actor.Role)
	}
	delete(held, d.ID)
	if d.Held() {
		held[d.ID] = d.HeldUntil
	}
}

// checkFigures counts the records by hand.
func (w *world) checkFigures(ctx context.Context) {
	boss := &domain.User{ID: domain.NewID(), Login: "boss", Name: "Boss", Role: domain.RoleManager, CenterIDs: []string{w.center.ID}, Active: true, Version: 1}
	w.must(func(ctx context.Context, tx domain.Tx) error { return tx.CreateUser(ctx, boss, "x") })
	token := w.session(boss.ID)
	st, err := w.db.LoadCenter(ctx, w.center.ID, time.Now().Add(-24*time.Hour))
	if err != nil {
		w.t.Fatal(err)
	}
	orders, deliveries, failed := map[string]int{}, map[string]int{}, map[string]int{}
	var cash int64
	cashOf := map[string]int64{}
	for i := range st.Orders {
		orders[string(st.Orders[i].Status)]++
	}
	for i := range st.Deliveries {
		d := &st.Deliveries[i]
		deliveries[string(d.Status)]++
		if d.Status == domain.Failed || d.Status == domain.Returned {
			failed[string(d.Status)+string(d.FailReason)]++
		}
		if d.Status == domain.Delivered && d.Payment.Method == domain.Cash {
			cash += d.Payment.Amount
			cashOf[d.RiderID] += d.Payment.Amount
		}
	}
	offers := report.OfferFigures{}
	for _, o := range w.listOffers() {
		offers.Made++
		switch o.Status {
		case domain.OfferAccepted:
			offers.Accepted++
		case domain.OfferDeclined:
			offers.Declined++
		case domain.OfferLapsed:
			offers.Lapsed++
		case domain.OfferWithdrawn:
			offers.Withdrawn++
		}
	}
	today := w.center.Calendar().Day(w.now())
	var got report.RangeReport
	w.ask(token, "/reports/range?from="+domain.AddDays(today, -1)+"&to="+domain.AddDays(today, 1), &got)
	for _, s := range domain.OrderStatuses {
		if got.Orders[string(s)] != orders[string(s)] {
			w.t.Errorf("the report has %d orders %s, the database %d", got.Orders[string(s)], s, orders[string(s)])
		}
	}
	for _, s := range domain.DeliveryStatuses {
		if got.Deliveries[string(s)] != deliveries[string(s)] {
			w.t.Errorf("the report has %d deliveries %s, the database %d", got.Deliveries[string(s)], s, deliveries[string(s)])
		}
	}
	for _, f := range got.Failures {
		if failed[string(f.Status)+string(f.Kind)] != f.Count {
			w.t.Errorf("the report has %+v, the database %v", f, failed)
		}
	}
	if got.Cash != cash || got.Offers != offers {
		w.t.Errorf("the report has cash %d and offers %+v, the database %d and %+v", got.Cash, got.Offers, cash, offers)
	}
	for _, r := range w.riders {
		var hand domain.CashInHand
		if w.ask(token, "/riders/"+r.id+"/cash", &hand); hand.Expected != cashOf[r.id] {
			w.t.Errorf("rider %s has %d in hand, by the deliveries %d", r.id, hand.Expected, cashOf[r.id])
		}
	}
}

func (w *world) ask(token, path string, out any) {
	w.t.Helper()
	q, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.url+base+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(q)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if err := json.NewDecoder(res.Body).Decode(out); err != nil || res.StatusCode != http.StatusOK {
		w.t.Fatalf("%s: %d %v", path, res.StatusCode, err)
	}
}
