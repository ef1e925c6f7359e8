package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
)

// keyed sends a POST with an Idempotency-Key; replayed says that it had been answered before.
func (c *caller) keyed(ctx context.Context, key, path string, in, out any) (status int, replayed bool, err error) {
	body, err := json.Marshal(in)
	if err != nil {
		return 0, false, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		return 0, false, err
	}
	req.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + c.token}, "Idempotency-Key": {key}}
	res, err := c.http.Do(req)
	if err != nil {
		return 0, false, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err == nil {
		err = json.Unmarshal(raw, out)
	}
	return res.StatusCode, res.Header.Get("Idempotency-Replayed") == "true", err
}

// at is the same caller at another server.
func (c *caller) at(p *process) *caller {
	other := *c
	other.url = p.url
	return &other
}

// TestTwoServersOnOneFile: two servers that share a SQLite file are one to their
// callers: numbers have no hole, a key that is sent to both at once is one
// write, a login counts at both, and where one has ended it ends at the other.
func TestTwoServersOnOneFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	servers := []*process{serveIn(t, dir, nil), serveIn(t, dir, nil)}
	admin := servers[0].admin()
	both := []*caller{admin, admin.at(servers[1])}
	b := admin.branch()
	var rider domain.Rider
	admin.must(http.StatusCreated, http.MethodPost, "/riders", map[string]any{
		"centerId": b.Center.ID, "name": "이기사", "phone": "010-1111-2222", "vehicle": "motorcycle", "capacity": 3,
		"login": "rider1", "password": adminPassword,
	}, &rider)
	phone := servers[1].login("rider1", adminPassword)

	const n = 25
	var mu sync.Mutex
	orders := map[string]map[string]bool{} // key → ids
	replays := 0
	var sending sync.WaitGroup
	for i := range n {
		key := fmt.Sprintf("key-%d", i)
		for who, c := range both {
			sending.Go(func() { // the same order, to both at once
				var out domain.OrderResult
				in := b.order("")
				in["accept"] = true
				status, replayed, err := c.keyed(t.Context(), key, "/orders", in, &out)
				if err != nil || status != http.StatusCreated {
					t.Errorf("%s at server %d: %d, %v", key, who, status, err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				if orders[key] == nil {
					orders[key] = map[string]bool{}
				}
				orders[key][out.Order.ID] = true
				if replayed {
					replays++
				}
			})
			sending.Go(func() { // and messages beside them
				var m domain.ChatMessage
				status, _, err := c.keyed(t.Context(), fmt.Sprintf("chat-%d-%d", who, i), "/chat/"+b.Center.ID+"/messages", map[string]string{"text": key}, &m)
				if err != nil || status != http.StatusCreated {
					t.Errorf("message %d at server %d: %d, %v", i, who, status, err)
				}
			})
			sending.Go(func() { // and places, of which each server gets every other
				at := domain.At(time.Now().Add(time.Duration(2*i+who-2*n) * time.Second))
				var out struct{ Accepted int }
				status, err := phone.at(servers[who]).do(t.Context(), http.MethodPost, "/riders/me/positions", map[string]any{
					"positions": []map[string]any{{"lat": 37.5, "lng": 127 + float64(2*i+who)/1e4, "at": at}},
				}, &out)
				if err != nil || status != http.StatusAccepted || out.Accepted != 1 {
					t.Errorf("place %d at server %d: %d %+v, %v", i, who, status, out, err)
				}
			})
		}
	}
	sending.Wait()
	for key, ids := range orders {
		if len(ids) != 1 {
			t.Errorf("%s made %d orders", key, len(ids))
		}
	}
	if replays != n {
		t.Errorf("%d answers were replayed, want %d", replays, n)
	}
	for who, c := range both {
		seqs := map[int64]bool{}
		for _, o := range all[domain.Order](c, "/orders?centerId="+b.Center.ID) {
			seqs[o.Version] = true
		}
		for _, d := range all[domain.Delivery](c, "/deliveries?centerId="+b.Center.ID) {
			seqs[d.Version] = true
		}
		seqs[rider.Version] = true
		for seq := int64(1); seq <= 2*n+1; seq++ {
			if !seqs[seq] {
				t.Errorf("server %d: number %d is missing", who, seq)
			}
		}
		said := map[int64]bool{}
		for _, m := range all[domain.ChatMessage](c, "/chat/"+b.Center.ID+"/messages?x=1") {
			said[m.Seq] = true
		}
		for seq := int64(1); seq <= 2*n; seq++ {
			if !said[seq] {
				t.Errorf("server %d: message %d is missing", who, seq)
			}
		}
		var view domain.RiderView
		c.must(http.StatusOK, http.MethodGet, "/riders/"+rider.ID, nil, &view)
		if view.Position == nil || view.Position.Lng != 127+float64(2*n-1)/1e4 {
			t.Errorf("server %d: the newest place is %+v", who, view.Position)
		}
		var track struct{ Coordinates []any }
		c.must(http.StatusOK, http.MethodGet, "/riders/"+rider.ID+"/track", nil, &track)
		if got := len(track.Coordinates); got != 2*n {
			t.Errorf("server %d: a track of %d places, want %d", who, got, 2*n)
		}
	}

	// Logged out at one, known no more at the other.
	there := phone.at(servers[0])
	there.must(http.StatusOK, http.MethodGet, "/me", nil, nil)
	phone.must(http.StatusNoContent, http.MethodPost, "/logout", nil, nil)
	out := time.Now()
	for tick := time.NewTicker(50 * time.Millisecond); ; <-tick.C {
		status, err := there.do(t.Context(), http.MethodGet, "/me", nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if status == http.StatusUnauthorized {
			break
		}
		if time.Since(out) > patience {
			t.Fatal("the login still counts")
		}
	}
	t.Logf("a logout counted elsewhere after %s", time.Since(out).Round(time.Millisecond))

	// One goes, the other is not disturbed.
	servers[0].stop()
	var last domain.OrderResult
	if status, _, err := both[1].keyed(t.Context(), "the last", "/orders", b.order(""), &last); err != nil || status != http.StatusCreated || last.Order.Version != 2*n+2 {
		t.Errorf("after the other has gone: %d, %+v, %v", status, last.Order, err)
	}
	servers[1].stop()
}
