package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/brosops/bros/domain"
)

// What does not go to plan: corrections, problems, returns, pre-orders, offers.

// did is an act that is counted.
func (w *work) did(ctx context.Context, what, token, id, verb string, in any) error {
	err := w.act(ctx, token, id, verb, in)
	if err == nil {
		w.ledger.count(what)
	}
	return err
}

// releasePatience is how long a pre-order may be held beyond its time before
// something is wrong: all nodes may be down for a while.
const releasePatience = time.Minute

// released waits until a pre-order is held no more.
func (w *work) released(ctx context.Context, id string) error {
	for begun := time.Now(); ; {
		d, err := w.delivery(ctx, id)
		switch {
		case err != nil:
			return err
		case !d.Held():
			w.ledger.count("pre-orders released")
			return nil
		case time.Since(begun) > releasePatience:
			return fmt.Errorf("%w: %s is held at %s, until %s", errUnexpected, id, time.Now().UTC(), d.HeldUntil)
		}
		if !rest(ctx, 200*time.Millisecond) {
			return ctx.Err()
		}
	}
}

func (w *work) delivery(ctx context.Context, id string) (*domain.Delivery, error) {
	var d domain.Delivery
	err := w.calls.want(ctx, w.world.dispatchers[0], http.MethodGet, "/deliveries/"+id, nil, &d)
	return &d, err
}

// askedFor is how long a life waits for a rider's yes before dispatchers act.
const askedFor = 8 * time.Second

// given has a rider found for a waiting delivery: in a center that asks riders
// mostly by one who is asked, else by dispatchers.
func (w *work) given(ctx, begin context.Context, s *site, id string, rnd *rand.Rand) (*domain.Delivery, error) {
	if s.center.AssignMode != domain.ModeOffer || rnd.IntN(5) == 0 {
		return w.contest(ctx, s, id, rnd)
	}
	var answered string
	for begun := time.Now(); time.Since(begun) < askedFor && begin.Err() == nil; {
		d, err := w.delivery(ctx, id)
		if err != nil {
			return nil, err
		}
		if d.Status == domain.Assigned { // in an offer with another that was accepted
			return d, nil
		}
		if o := d.Offer; o != nil && o.ID != answered {
			answered = o.ID
			if d, err := w.answer(ctx, s, o, id, rnd.IntN(10)); d != nil || err != nil {
				return d, err
			}
		}
		if !rest(ctx, 200*time.Millisecond) {
			return nil, ctx.Err()
		}
	}
	return w.contest(ctx, s, id, rnd)
}

// answer is a rider's yes, its no, or nothing; a yes that was in time answers the
// delivery.
func (w *work) answer(ctx context.Context, s *site, o *domain.OfferRef, id string, how int) (*domain.Delivery, error) {
	token, verb := s.rider(o.RiderID).token, "accept"
	switch {
	case how == 0:
		return nil, nil // it lapses
	case how < 3:
		verb = "decline"
	}
	var out domain.OfferResult
	status, err := w.calls.do(ctx, token, http.MethodPost, "/offers/"+o.ID+"/"+verb, map[string]string{}, &out)
	if err != nil || status == http.StatusConflict {
		return nil, err // it has ended meanwhile
	}
	if status != http.StatusOK {
		return nil, fmt.Errorf("%w: %s of offer %s: %d", errUnexpected, verb, o.ID, status)
	}
	w.ledger.count("offers: " + verb)
	for _, d := range out.Deliveries {
		w.ledger.delivery(d)
		if d.ID == id {
			return d, nil
		}
	}
	return nil, nil
}

// correct has the agent change the door, and the rider see it.
func (w *work) correct(ctx context.Context, order string, r *rider, n int) error {
	var out domain.OrderResult
	in := map[string]any{"customer": map[string]string{"addressDetail": fmt.Sprint(n+1, "호")}, "reason": "고객 전화"}
	if err := w.calls.want(ctx, w.world.admin, http.MethodPatch, "/orders/"+order, in, &out); err != nil {
		return err
	}
	w.ledger.order(out.Order)
	w.ledger.delivery(out.Delivery)
	m := out.Delivery.Amendment
	if m == nil {
		return fmt.Errorf("%w: a correction in hand without amendment: %s", errUnexpected, out.Delivery.ID)
	}
	return w.did(ctx, "corrections seen", r.token, out.Delivery.ID, "seen", domain.SeenInput{Version: m.Version})
}

// trouble is what may happen at the door; ended is set when that was the end of it.
func (w *work) trouble(ctx, begin context.Context, r *rider, id string, rnd *rand.Rand) (ended bool, err error) {
	if rnd.IntN(3) > 0 {
		return false, nil
	}
	desk := w.world.dispatchers[rnd.IntN(len(w.world.dispatchers))]
	type step struct{ what, token, verb, body string }
	steps := []step{{"problems", r.token, "problem", "nobody_home"}}
	switch rnd.IntN(4) {
	case 0:
		steps = append(steps, step{"gone on", desk, "resolve", "continue"})
	case 1:
		steps = append(steps, step{"second attempts", desk, "resolve", "retry"})
	case 2:
		ended = true
		steps = append(steps, step{"on the way back", desk, "resolve", "return"}, step{"returned", r.token, "returned", ""})
	default:
		ended = true
		steps = append(steps, step{"written off", desk, "resolve", "fail"})
	}
	for _, s := range steps {
		rest(begin, time.Duration(rnd.IntN(800))*time.Millisecond)
		in := map[string]string{}
		switch s.verb {
		case "problem":
			in["kind"] = s.body
		case "resolve":
			in["action"], in["reason"] = s.body, "nobody_home"
		}
		if err := w.did(ctx, s.what, s.token, id, s.verb, in); err != nil {
			return false, err
		}
	}
	return ended, nil
}
