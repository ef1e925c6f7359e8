package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// setUp makes a center of its own for this replay, with the instance's shops
// and riders, and a key that may send the riders' places.
func setUp(ctx context.Context, a *api, desk *login, in *Instance, w *world, p settings) (*remote, error) {
	run := strings.ToLower(rand.Text()[:10])
	s := &remote{api: a, run: run, desk: desk, origin: p.origin, now: time.Now, shops: map[string]string{}, riders: map[*rider]*login{}}
	var center struct {
		ID string `json:"id"`
	}
	km := int(math.Round(in.Params.MetersPerMinute * 60 / 1000))
	err := s.post(ctx, "/centers", "center", map[string]any{
		"code": "sim-" + run, "name": "Replay " + in.Name, "location": p.origin.put(middle(in)),
		"timezone": "Asia/Seoul", "currency": "KRW", "assignMode": p.mode,
		"speedKmh": max(km, 1), "serviceMinutes": in.Params.PickupService/2 + in.Params.PickupService%2 + in.Params.DropoffService/2,
	}, &center)
	if err != nil {
		return nil, err
	}
	s.center = center.ID
	if p.drives() {
		// The plane of an instance has no detours, and a phone answers in its own time.
		in := map[string]any{"detour": 1, "offerTries": 10}
		if err := a.call(ctx, desk, http.MethodPatch, "/centers/"+s.center, "", in, nil); err != nil {
			return nil, fmt.Errorf("set up the center: %w", err)
		}
		if err := s.fastClock(ctx, p.speed); err != nil {
			return nil, fmt.Errorf("read the server's clock: %w", err)
		}
	}
	if err := s.makeKey(ctx); err != nil {
		return nil, err
	}
	if err := s.makeShops(ctx, in); err != nil {
		return nil, err
	}
	return s, s.makeRiders(ctx, w, p.drives())
}

// post makes one thing of the set-up.
func (s *remote) post(ctx context.Context, path, what string, in, out any) error {
	if err := s.api.call(ctx, s.desk, http.MethodPost, path, s.once(what), in, out); err != nil {
		return fmt.Errorf("set up %s: %w", what, err)
	}
	return nil
}

func (s *remote) makeKey(ctx context.Context) error {
	var out struct {
		Key string `json:"key"`
	}
	in := map[string]any{"name": "Replay sim-" + s.run, "scopes": []string{"riders:write"}, "centerIds": []string{s.center}}
	// Keys take no idempotency key: after a lost answer there is a second one, which harms nobody.
	if err := s.api.call(ctx, s.desk, http.MethodPost, "/api-keys", "", in, &out); err != nil {
		return fmt.Errorf("set up the API key: %w", err)
	}
	if out.Key == "" {
		return errors.New("POST /api-keys answers no key")
	}
	s.key = &login{token: out.Key}
	return nil
}

func (s *remote) makeShops(ctx context.Context, in *Instance) error {
	ids := make(chan [2]string, len(in.Restaurants))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for name, at := range in.Restaurants {
		g.Go(func() error {
			var out struct {
				ID string `json:"id"`
			}
			err := s.post(ctx, "/shops", "shop "+name, map[string]any{
				"centerId": s.center, "name": "Restaurant " + name, "phone": "0212345678",
				"address": fmt.Sprintf("%.0f m east, %.0f m north", at.X, at.Y), "location": s.origin.put(at), "prepMinutes": 15,
			}, &out)
			ids <- [2]string{name, out.ID}
			return err
		})
	}
	err := g.Wait()
	close(ids)
	for id := range ids {
		s.shops[id[0]] = id[1]
	}
	return err
}

// makeRiders makes the riders with a login each. A rider of the problem brings
// one order at a time, hence the capacity.
func (s *remote) makeRiders(ctx context.Context, w *world, driven bool) error {
	capacity := 1
	if driven {
		capacity = 10 // bundles are the server's business
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4) // each costs the server the hash of a password
	for i, r := range w.riders {
		who := &login{name: "sim-" + s.run + "-" + strings.ToLower(r.Name), password: rand.Text()}
		s.riders[r] = who
		g.Go(func() error {
			var out struct {
				ID string `json:"id"`
			}
			err := s.post(ctx, "/riders", "rider "+r.Name, map[string]any{
				"centerId": s.center, "name": "Courier " + r.Name, "phone": fmt.Sprintf("0108%07d", i),
				"vehicle": "motorcycle", "capacity": capacity, "login": who.name, "password": who.password,
			}, &out)
			r.id = out.ID
			return err
		})
	}
	return g.Wait()
}

// middle is where the shops are on average.
func middle(in *Instance) Point {
	var m Point
	for _, p := range in.Restaurants {
		m.X += p.X / float64(len(in.Restaurants))
		m.Y += p.Y / float64(len(in.Restaurants))
	}
	return m
}
