package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// remote does a replay's operations on a server over REST: the desk's as the
// user given by flag, a rider's as that rider, places by an API key.
type remote struct {
	api    *api
	run    string // makes this replay's names and keys its own
	desk   *login
	key    *login
	center string
	shops  map[string]string // restaurant → id
	riders map[*rider]*login
	origin place
	now    func() time.Time // the server's clock
}

// once is the idempotency key of a step that is done once in a replay.
func (s *remote) once(parts ...any) string {
	return "simulate-" + s.run + fmt.Sprintf("%v", parts)
}

// Place posts an order.
func (s *remote) Place(ctx context.Context, j *job) error {
	door := s.origin.put(j.Door)
	digits := 0
	for _, c := range j.Name {
		if c >= '0' && c <= '9' {
			digits = digits*10 + int(c-'0')
		}
	}
	price := 9000 + digits%20*500
	in := map[string]any{
		"centerId": s.center, "shopId": s.shops[j.Restaurant], "channel": "app", "externalId": j.Name,
		"customer": map[string]any{
			"name": "Customer " + j.Name, "phone": fmt.Sprintf("0109%07d", digits%1e7),
			"address": fmt.Sprintf("%.0f m east, %.0f m north", j.Door.X, j.Door.Y), "location": door,
		},
		"items":   []any{map[string]any{"name": "Meal of " + j.Restaurant, "quantity": 1, "price": price}},
		"payment": map[string]any{"method": []string{"prepaid", "card", "cash"}[digits%3], "amount": price},
	}
	var out struct {
		Order struct {
			ID string `json:"id"`
		} `json:"order"`
	}
	if err := s.api.call(ctx, s.desk, http.MethodPost, "/orders", s.once("place", j.Name), in, &out); err != nil {
		return err
	}
	if out.Order.ID == "" {
		return errors.New("POST /orders answers no order.id")
	}
	j.orderID = out.Order.ID
	return nil
}

// Accept says when the food will be ready. That somebody else has accepted the
// order is as good.
func (s *remote) Accept(ctx context.Context, j *job) error {
	var out struct {
		Delivery struct {
			ID string `json:"id"`
		} `json:"delivery"`
	}
	in := map[string]any{"prepMinutes": min(j.Ready-j.Placed, 240)}
	err := s.api.call(ctx, s.desk, http.MethodPost, "/orders/"+j.orderID+"/accept", s.once("accept", j.Name), in, &out)
	var no *refusal
	if errors.As(err, &no) && no.Now == "accepted" {
		var order struct {
			DeliveryID string `json:"deliveryId"`
		}
		if json.Unmarshal(no.Current, &order) == nil && order.DeliveryID != "" {
			out.Delivery.ID, err = order.DeliveryID, nil
		}
	}
	if err != nil {
		return err
	}
	if out.Delivery.ID == "" {
		return errors.New("POST /orders/{id}/accept answers no delivery.id")
	}
	j.deliveryID = out.Delivery.ID
	return nil
}

// Suggest asks whom the server would send.
func (s *remote) Suggest(ctx context.Context, j *job) ([]string, error) {
	var out struct {
		Items []struct {
			RiderID string `json:"riderId"`
		} `json:"items"`
	}
	if err := s.api.call(ctx, s.desk, http.MethodGet, "/deliveries/"+j.deliveryID+"/suggestions", "", nil, &out); err != nil {
		return nil, err
	}
	ids := make([]string, len(out.Items))
	for i, it := range out.Items {
		ids[i] = it.RiderID
	}
	return ids, nil
}

// Assign gives a delivery to a rider.
func (s *remote) Assign(ctx context.Context, j *job, r *rider) error {
	return s.delivery(ctx, s.desk, j, "assign", s.once("assign", j.Name, j.tries, r.Name), map[string]any{"riderId": r.id})
}

// Pickup is the rider's.
func (s *remote) Pickup(ctx context.Context, j *job) error {
	return s.delivery(ctx, s.riders[j.rider], j, "pickup", s.once("pickup", j.Name), map[string]any{"at": s.now()})
}

// Deliver is the rider's.
func (s *remote) Deliver(ctx context.Context, j *job) error {
	return s.delivery(ctx, s.riders[j.rider], j, "deliver", s.once("deliver", j.Name), map[string]any{"at": s.now(), "receivedBy": "Customer " + j.Name})
}

func (s *remote) delivery(ctx context.Context, who *login, j *job, act, key string, in any) error {
	return s.api.call(ctx, who, http.MethodPost, "/deliveries/"+j.deliveryID+"/"+act, key, in, nil)
}

// Cancel ends an order, and its delivery with it.
func (s *remote) Cancel(ctx context.Context, j *job, reason string) error {
	in := map[string]any{"reason": reason, "by": "agent"}
	return s.api.call(ctx, s.desk, http.MethodPost, "/orders/"+j.orderID+"/cancel", s.once("cancel", j.Name), in, nil)
}

// Duty is the rider's.
func (s *remote) Duty(ctx context.Context, r *rider, on bool) error {
	duty := "off"
	if on {
		duty = "on"
	}
	return s.api.call(ctx, s.riders[r], http.MethodPost, "/riders/me/duty", s.once("duty", r.Name, duty), map[string]any{"duty": duty}, nil)
}

// Answer is the rider's.
func (s *remote) Answer(ctx context.Context, r *rider, offerID string, yes bool) error {
	act := "decline"
	if yes {
		act = "accept"
	}
	return s.api.call(ctx, s.riders[r], http.MethodPost, "/offers/"+offerID+"/"+act, s.once(act, offerID), map[string]any{}, nil)
}

// fastClock reads the server's clock, which runs so many times as fast as ours.
func (s *remote) fastClock(ctx context.Context, speed float64) error {
	var out struct {
		At time.Time `json:"at"`
	}
	asked := time.Now()
	if err := s.api.call(ctx, s.desk, http.MethodGet, "/plan?centerId="+s.center, "", nil, &out); err != nil {
		return err
	}
	s.now = func() time.Time { return out.At.Add(time.Duration(float64(time.Since(asked)) * speed)) }
	return nil
}

// Positions are sent by an API key, as a fleet's tracker would. A fix counts as
// stored whenever it is sent again, so it needs no idempotency key.
func (s *remote) Positions(ctx context.Context, r *rider, fixes []fix) error {
	list := make([]map[string]any, len(fixes))
	for i, f := range fixes {
		at := s.origin.put(f.At)
		list[i] = map[string]any{"lat": at.Lat, "lng": at.Lng, "at": f.Wall, "heading": round1(f.Heading), "speed": round1(f.Speed), "accuracy": 8}
	}
	return s.api.call(ctx, s.key, http.MethodPost, "/riders/"+r.id+"/positions", "", map[string]any{"positions": list}, nil)
}

func round1(f float64) float64 { return float64(int(f*10+0.5)) / 10 }
