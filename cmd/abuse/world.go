package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/brosops/bros/realtime/client"
)

// world is the attackers' center, and the neighbour whose day is watched.
type world struct {
	s            *server
	center, shop string
	rider, agent string // tokens
	quiet        struct{ center, shop, token, order string }
	orders       int64
	sockets      sockets

	riderUser           string // user id
	ended, lost         string // the rider's deliveries: one done, one taken away
	publisher, otherKey string // keys of the attackers' center
	keyed, keyedOrder   string // what a third key has placed: external id, id
	gone                string // the token of a session that was ended
}

func (s *server) setUp(ctx context.Context) (*world, error) {
	w := &world{s: s}
	admin, err := s.login(ctx, "admin")
	if err != nil {
		return nil, err
	}
	create := func(path string, in m) (id string) {
		var out struct{ ID string }
		status, e := s.call(ctx, admin, "", "POST", path, in, &out)
		switch {
		case err != nil:
		case e != nil:
			err = fmt.Errorf("POST %s: %w", path, e)
		case status != 201:
			err = fmt.Errorf("POST %s: status %d", path, status)
		}
		return out.ID
	}
	site := func(code string) (center, shop string) {
		at := m{"lat": 37.5, "lng": 127.0}
		center = create("/centers", m{"code": code, "name": code, "location": at, "timezone": "Asia/Seoul", "currency": "KRW", "assignMode": "dispatch"})
		shop = create("/shops", m{"centerId": center, "name": code + " shop", "phone": "0212345678", "address": "x", "location": at, "prepMinutes": 10})
		create("/users", m{"login": code + "-agent", "password": password, "name": "agent", "role": "agent", "centerIds": []string{center}})
		return center, shop
	}
	w.center, w.shop = site("loud")
	w.quiet.center, w.quiet.shop = site("quiet")
	rider := create("/riders", m{"centerId": w.center, "name": "rider", "phone": "01012345678", "vehicle": "foot", "capacity": 3, "login": "loud-rider", "password": password})
	if err != nil {
		return nil, err
	}
	for login, token := range map[string]*string{"loud-agent": &w.agent, "loud-rider": &w.rider, "quiet-agent": &w.quiet.token} {
		if *token, err = s.login(ctx, login); err != nil {
			return nil, err
		}
	}
	if err := w.prey(ctx, admin, rider); err != nil {
		return nil, err
	}
	for i := range 200 { // a chat as large as it gets
		if status := w.as(ctx, admin, "POST", "/chat/"+w.center+"/messages", m{"text": strings.Repeat("가", 1990) + fmt.Sprint(i)}); status != 201 {
			return nil, fmt.Errorf("chat: %d", status)
		}
	}
	return w, nil
}

// prey is what the attacks of part three reach for.
func (w *world) prey(ctx context.Context, admin, rider string) (err error) {
	do := func(token, path string, in, out any) {
		if err != nil {
			return
		}
		status, e := w.s.call(ctx, token, "", "POST", path, in, out)
		if err = e; err == nil && status >= 300 {
			err = fmt.Errorf("POST %s: status %d", path, status)
		}
	}
	var me struct{ ID string }
	if _, err := w.s.call(ctx, w.rider, "", "GET", "/me", nil, &me); err != nil {
		return err
	}
	w.riderUser = me.ID
	type placed struct{ Order, Delivery struct{ ID string } }
	place := func(token, center, shop, external string, accept bool) (out placed) {
		in := w.order(center, shop, 0)
		in["externalId"], in["accept"] = external, accept
		do(token, "/orders", in, &out)
		return out
	}
	do(w.rider, "/riders/me/duty", m{"duty": "on"}, nil)
	w.ended = place(admin, w.center, w.shop, "ended", true).Delivery.ID
	w.lost = place(admin, w.center, w.shop, "lost", true).Delivery.ID
	for _, id := range []string{w.ended, w.lost} {
		do(admin, "/deliveries/"+id+"/assign", m{"riderId": rider}, nil)
	}
	do(w.rider, "/deliveries/"+w.ended+"/pickup", m{}, nil)
	do(w.rider, "/deliveries/"+w.ended+"/deliver", m{}, nil)
	do(admin, "/deliveries/"+w.lost+"/unassign", m{"reason": "x"}, nil)
	w.quiet.order = place(w.quiet.token, w.quiet.center, w.quiet.shop, "prey", false).Order.ID
	key := func(name string, scopes ...string) string {
		var out struct{ Key string }
		do(admin, "/api-keys", m{"name": name, "scopes": scopes, "centerIds": []string{w.center}}, &out)
		return out.Key
	}
	w.publisher = key("publisher", "events:publish")
	w.otherKey = key("other", "orders:write")
	w.keyed = "keyed"
	w.keyedOrder = place(key("shop", "orders:write"), w.center, w.shop, w.keyed, false).Order.ID
	if err != nil {
		return err
	}
	if w.gone, err = w.s.login(ctx, "loud-agent"); err == nil {
		do(w.gone, "/logout", m{}, nil)
	}
	return err
}

func (s *server) login(ctx context.Context, name string) (string, error) {
	var out struct{ Token string }
	status, err := s.call(ctx, "", "203.0.113.7", "POST", "/login", m{"login": name, "password": password}, &out)
	if err != nil {
		return "", fmt.Errorf("login of %s: %w", name, err)
	}
	if status != 200 {
		return "", fmt.Errorf("login of %s: status %d", name, status)
	}
	return out.Token, nil
}

func (w *world) as(ctx context.Context, token, method, path string, in any) int {
	status, _ := w.s.call(ctx, token, "", method, path, in, nil)
	return status
}

func (w *world) from(ctx context.Context, address, method, path string, in any) int {
	status, _ := w.s.call(ctx, "", address, method, path, in, nil)
	return status
}

func (w *world) order(center, shop string, n int64) m {
	return m{
		"centerId": center, "shopId": shop, "channel": "abuse", "externalId": fmt.Sprint(center, n),
		"customer": m{"name": "Kim", "phone": "01055556666", "address": "x", "location": m{"lat": 37.51, "lng": 127.01}},
		"items":    []m{{"name": "x", "quantity": 1, "price": 1000}}, "payment": m{"method": "card", "amount": 1000},
	}
}

// felt is what the neighbour's staff felt: the 99th percentile of each thing they do.
type felt struct {
	order, list, login, probe, live time.Duration
	failed, rss                     int
	answers                         string
	got                             map[int]int
}

// feel does the neighbour's work for a while, under attack or not.
func (w *world) feel(ctx context.Context, span time.Duration, do attackRun) felt {
	ctx, cancel := context.WithTimeout(ctx, span)
	defer cancel()
	var f felt
	var wg sync.WaitGroup
	if do != nil {
		wg.Go(func() {
			f.answers, f.got = do.run(ctx, w)
			w.sockets.closeAll()
		})
	}
	lives, follow := w.follow()
	wg.Go(func() { follow(ctx) })
	took := map[string][]time.Duration{}
	measure := func(what string, ok int, call func() int) {
		begun := time.Now()
		status := call()
		if ctx.Err() != nil {
			return
		}
		took[what] = append(took[what], time.Since(begun))
		if status != ok {
			f.failed++
		}
	}
	for i := 0; ctx.Err() == nil; i++ {
		w.orders++
		measure("order", 201, func() int {
			return w.as(ctx, w.quiet.token, "POST", "/orders", w.order(w.quiet.center, w.quiet.shop, w.orders))
		})
		measure("list", 200, func() int { return w.as(ctx, w.quiet.token, "GET", "/orders?centerId="+w.quiet.center, nil) })
		measure("probe", 200, func() int { return w.from(ctx, "", "GET", "/readyz", nil) })
		if i%5 == 0 {
			measure("login", 200, func() int {
				return w.from(ctx, "203.0.113.9", "POST", "/login", m{"login": "quiet-agent", "password": password})
			})
		}
		f.rss = max(f.rss, w.s.rss())
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
	wg.Wait()
	f.order, f.list, f.login, f.probe = p99(took["order"]), p99(took["list"]), p99(took["login"]), p99(took["probe"])
	f.live = p99(*lives)
	return f
}

// follow is a console of the neighbour's, and how long its messages took from the commit.
func (w *world) follow() (*[]time.Duration, func(context.Context)) {
	var took []time.Duration
	c := client.New(client.Options{
		URL:   w.s.url,
		HTTP:  &http.Client{Transport: w.s.http.Transport},
		Token: func(context.Context, string) (string, error) { return w.quiet.token, nil },
		OnEvent: func(e client.Event) {
			if e.Live && e.Latency > 0 {
				took = append(took, e.Latency)
			}
		},
	})
	c.Subscribe("order/" + w.quiet.center)
	return &took, func(ctx context.Context) { _ = c.Run(ctx) }
}

func p99(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)*99/100]
}

// floor is what nobody feels, whatever the factor.
const floor = 100 * time.Millisecond

// worse reports whether anything took three times what it takes on a quiet node, or failed.
func (f felt) worse(quiet felt) bool {
	slow := func(a, b time.Duration) bool { return a > floor && a > 3*b }
	return f.failed > 0 || slow(f.order, quiet.order) || slow(f.list, quiet.list) || slow(f.login, quiet.login) || slow(f.probe, quiet.probe) || slow(f.live, quiet.live)
}

func (f felt) line(name string) string {
	ms := func(d time.Duration) string { return fmt.Sprintf("%.0f ms", float64(d.Microseconds())/1000) }
	line := fmt.Sprintf("%-38s %9s %9s %9s %9s %9s %8d  %s", name, ms(f.order), ms(f.list), ms(f.login), ms(f.probe), ms(f.live), f.rss, f.answers)
	if f.failed > 0 {
		line += fmt.Sprintf("  %d calls of the neighbour failed", f.failed)
	}
	return line
}
