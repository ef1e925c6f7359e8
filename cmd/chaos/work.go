package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/brosops/bros/domain"
)

// numbersPerLife is about how many numbers of a log the life of an order takes.
const numbersPerLife = 11

// work is the load: orders that are placed, fought over, picked up and brought.
type work struct {
	calls  *caller
	world  *world
	ledger *ledger
	lives  atomic.Int64
}

// run begins lives at a rate of changes a second until begin ends, and goes on
// until they have ended. Only ctx cuts them short.
func (w *work) run(ctx, begin context.Context, rate float64, seed uint64) error {
	rnd := rand.New(rand.NewPCG(seed, 1))
	g, ctx := errgroup.WithContext(ctx)
	tick := time.NewTicker(time.Duration(float64(time.Second) * numbersPerLife / rate))
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-begin.Done():
			return g.Wait()
		case <-ctx.Done():
			return g.Wait()
		case <-tick.C:
		}
		own := rand.New(rand.NewPCG(rnd.Uint64(), rnd.Uint64()))
		site := w.world.sites[rnd.IntN(len(w.world.sites))]
		g.Go(func() error { return w.live(ctx, begin, site, n, own) })
	}
}

// live is the life of one order. When begin has ended it does not wait between
// its steps any more.
func (w *work) live(ctx, begin context.Context, s *site, n int, rnd *rand.Rand) error {
	w.lives.Add(1)
	var out domain.OrderResult
	in := s.order(n)
	preorder := rnd.IntN(5) == 0
	if preorder {
		in["promisedAt"] = domain.At(time.Now().Add(time.Second + time.Duration(rnd.IntN(8000))*time.Millisecond))
	}
	if err := w.calls.want(ctx, w.world.admin, http.MethodPost, "/orders", in, &out); err != nil {
		return err
	}
	w.ledger.order(out.Order)
	w.ledger.delivery(out.Delivery)
	id := out.Delivery.ID
	if preorder && out.Delivery.Held() {
		if err := w.released(ctx, id); err != nil {
			return err
		}
	}
	rest(begin, time.Duration(rnd.IntN(500))*time.Millisecond)
	d, err := w.given(ctx, begin, s, id, rnd)
	if err != nil {
		return err
	}
	if rnd.IntN(5) == 0 { // the dispatcher thinks again
		if err := w.act(ctx, w.world.dispatchers[0], id, "unassign", map[string]string{"reason": "다시"}); err != nil {
			return err
		}
		if d, err = w.contest(ctx, s, id, rnd); err != nil {
			return err
		}
	}
	if rnd.IntN(6) == 0 { // the rider gives it back
		if err := w.did(ctx, "given back", s.rider(d.RiderID).token, id, "giveback", map[string]string{"reason": "펑크"}); err != nil {
			return err
		}
		if d, err = w.contest(ctx, s, id, rnd); err != nil {
			return err
		}
	}
	rest(begin, time.Duration(rnd.IntN(3000))*time.Millisecond)
	if rnd.IntN(10) == 0 {
		if err := w.calls.want(ctx, w.world.admin, http.MethodPost, "/orders/"+out.Order.ID+"/cancel",
			map[string]string{"reason": "고객 취소", "by": "customer"}, &out); err != nil {
			return err
		}
		w.ledger.order(out.Order)
		w.ledger.delivery(out.Delivery)
		return nil
	}
	r := s.rider(d.RiderID)
	if rnd.IntN(3) == 0 {
		if err := w.correct(ctx, out.Order.ID, r, n); err != nil {
			return err
		}
	}
	if err := w.act(ctx, r.token, id, "pickup", map[string]string{}); err != nil {
		return err
	}
	rest(begin, time.Duration(rnd.IntN(3000))*time.Millisecond)
	if ended, err := w.trouble(ctx, begin, r, id, rnd); ended || err != nil {
		return err
	}
	if err := w.act(ctx, r.token, id, "deliver", map[string]string{"receivedBy": "본인"}); err != nil {
		return err
	}
	if rnd.IntN(12) == 0 { // it was the wrong button
		if err := w.did(ctx, "reopened", w.world.dispatchers[0], id, "reopen", map[string]string{"reason": "착오"}); err != nil {
			return err
		}
		if err := w.act(ctx, r.token, id, "deliver", map[string]string{"receivedBy": "본인"}); err != nil {
			return err
		}
	}
	return w.chatter(ctx, s, r, n)
}

// contest has several dispatchers assign a waiting delivery at once, each to
// another rider, and answers it as the one who got it was told.
func (w *work) contest(ctx context.Context, s *site, id string, rnd *rand.Rand) (*domain.Delivery, error) {
	var mu sync.Mutex
	var won []*domain.Delivery
	riders := rnd.Perm(len(s.riders))
	g, asking := errgroup.WithContext(ctx)
	for i, token := range w.world.dispatchers {
		g.Go(func() error {
			var d domain.Delivery
			rider := s.riders[riders[i%len(riders)]].ID
			status, err := w.calls.do(asking, token, http.MethodPost, "/deliveries/"+id+"/assign", map[string]string{"riderId": rider}, &d)
			for tries := 0; err == nil && status == http.StatusUnprocessableEntity && tries < 5; tries++ {
				// It has let three offers lapse, and is on a break.
				if err = w.calls.want(asking, token, http.MethodPost, "/riders/"+rider+"/duty", map[string]string{"duty": "on"}, nil); err == nil {
					status, err = w.calls.do(asking, token, http.MethodPost, "/deliveries/"+id+"/assign", map[string]string{"riderId": rider}, &d)
				}
			}
			switch {
			case err != nil:
				return err
			case status == http.StatusOK:
				mu.Lock()
				won = append(won, &d)
				mu.Unlock()
			case status != http.StatusConflict:
				return fmt.Errorf("%w: assign %s: %d", errUnexpected, id, status)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	if len(won) == 0 && s.center.AssignMode == domain.ModeOffer {
		if d, err := w.delivery(ctx, id); err != nil || d.Status == domain.Assigned {
			return d, err // it was in an offer with another, and that was accepted
		}
	}
	w.ledger.contest(id, len(won))
	for _, d := range won {
		w.ledger.delivery(d)
	}
	if len(won) == 0 {
		return nil, fmt.Errorf("%w: nobody got the waiting delivery %s", errUnexpected, id)
	}
	return won[0], nil
}

// act is a step of a delivery that has to succeed.
func (w *work) act(ctx context.Context, token, id, verb string, in any) error {
	var d domain.Delivery
	if err := w.calls.want(ctx, token, http.MethodPost, "/deliveries/"+id+"/"+verb, in, &d); err != nil {
		return err
	}
	w.ledger.delivery(&d)
	return nil
}

// chatter is what a rider says and where it is.
func (w *work) chatter(ctx context.Context, s *site, r *rider, n int) error {
	var m domain.ChatMessage
	if err := w.calls.want(ctx, r.token, http.MethodPost, "/chat/"+s.center.ID+"/messages", map[string]string{"text": fmt.Sprintf("%d번 완료", n)}, &m); err != nil {
		return err
	}
	w.ledger.message(&m)
	at := domain.At(time.Now())
	if err := w.calls.want(ctx, r.token, http.MethodPost, "/riders/me/positions", map[string]any{
		"positions": []map[string]any{{"lat": seoul.Lat, "lng": seoul.Lng + float64(n%100)/1e4, "at": at}},
	}, nil); err != nil {
		return err
	}
	w.ledger.fix(r.ID, at)
	return nil
}

func (s *site) rider(id string) *rider {
	for _, r := range s.riders {
		if r.ID == id {
			return r
		}
	}
	return nil
}

func (s *site) order(n int) map[string]any {
	return map[string]any{
		"centerId": s.center.ID, "shopId": s.shop.ID, "channel": "app", "externalId": fmt.Sprintf("x%d", n), "accept": true,
		"customer": map[string]any{"name": "김손님", "phone": "010-9876-5432", "address": "올림픽로 300", "location": seoul},
		"items":    []map[string]any{{"name": "도시락", "quantity": 1, "price": 7000}},
		"payment":  map[string]any{"method": "prepaid", "amount": 7000},
	}
}
