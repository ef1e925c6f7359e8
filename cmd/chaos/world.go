package main

import (
	"context"
	"fmt"
	"net/http"

	"golang.org/x/sync/errgroup"

	"github.com/brosops/bros/domain"
)

// world is the people and places of a run.
type world struct {
	admin       string   // token
	dispatchers []string // tokens; each sees every center
	sites       []*site
}

// site is a center with a shop and riders.
type site struct {
	center domain.Center
	shop   domain.Shop
	riders []*rider
}

// rider is one who logs in.
type rider struct {
	domain.Rider
	token string
}

const contenders = 3 // dispatchers who assign the same delivery at once

var seoul = domain.Location{Lat: 37.51, Lng: 127.11}

// settle makes the world through the API.
func settle(ctx context.Context, c *caller, centers, riders int) (*world, error) {
	w := &world{dispatchers: make([]string, contenders)}
	var err error
	if w.admin, err = c.login(ctx, "admin", adminPassword); err != nil {
		return nil, err
	}
	for i := range centers {
		s := &site{riders: make([]*rider, riders)}
		w.sites = append(w.sites, s)
		if err := c.want(ctx, w.admin, http.MethodPost, "/centers", map[string]any{
			"code": fmt.Sprintf("c%d", i), "name": fmt.Sprintf("센터 %d", i), "location": seoul,
			"timezone": "Asia/Seoul", "currency": "KRW", "assignMode": "dispatch", "speedKmh": 80, "serviceMinutes": 0,
		}, &s.center); err != nil {
			return nil, err
		}
		// Pre-orders are those of seconds ahead, and every second center asks its riders.
		rules := map[string]any{"preorderMinutes": 0, "releaseMinutes": 0, "offerSeconds": 5, "offerTries": 10}
		if i%2 == 1 {
			rules["assignMode"] = domain.ModeOffer
		}
		if err := c.want(ctx, w.admin, http.MethodPatch, "/centers/"+s.center.ID, rules, &s.center); err != nil {
			return nil, err
		}
		if err := c.want(ctx, w.admin, http.MethodPost, "/shops", map[string]any{
			"centerId": s.center.ID, "name": "도시락", "phone": "02-000-0001", "address": "올림픽로 1", "location": seoul, "prepMinutes": 5,
		}, &s.shop); err != nil {
			return nil, err
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4) // each costs a node the hash of a password
	for i := range w.dispatchers {
		g.Go(func() (err error) {
			name := fmt.Sprintf("dispatcher%d", i)
			if err = c.want(ctx, w.admin, http.MethodPost, "/users", map[string]any{
				"login": name, "password": adminPassword, "name": name, "role": "dispatcher", "centerIds": w.centerIDs(),
			}, nil); err == nil {
				w.dispatchers[i], err = c.login(ctx, name, adminPassword)
			}
			return err
		})
	}
	for i, s := range w.sites {
		for j := range s.riders {
			g.Go(func() error {
				r := &rider{}
				s.riders[j] = r
				name := fmt.Sprintf("rider%d-%d", i, j)
				err := c.want(ctx, w.admin, http.MethodPost, "/riders", map[string]any{
					"centerId": s.center.ID, "name": name, "phone": fmt.Sprintf("0108%03d%04d", i, j), "vehicle": "motorcycle",
					"capacity": 10, "login": name, "password": adminPassword,
				}, &r.Rider)
				if err == nil {
					r.token, err = c.login(ctx, name, adminPassword)
				}
				if err == nil {
					err = c.want(ctx, r.token, http.MethodPost, "/riders/me/duty", map[string]string{"duty": "on"}, nil)
				}
				return err
			})
		}
	}
	return w, g.Wait()
}

func (w *world) centerIDs() []string {
	ids := make([]string, len(w.sites))
	for i, s := range w.sites {
		ids[i] = s.center.ID
	}
	return ids
}
