package main

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
	mrand "math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// More of what one caller can take: connections, files, notices, room in the database.
var moreFloods = []attack{
	{"sockets of one rider", func(ctx context.Context, w *world, _ int64) int { return w.socket(ctx) }, 0},
	{"photos of 5 MB to what has ended", func(ctx context.Context, w *world, _ int64) int {
		return w.raw(ctx, w.rider, "/deliveries/"+w.ended+"/photo", "image/png", bigPicture(), nil)
	}, 0},
	{"late delivers with other times", func(ctx context.Context, w *world, n int64) int {
		at := time.Now().Add(-time.Duration(n%3600) * time.Second).UTC().Format("2006-01-02T15:04:05.000Z")
		return w.as(ctx, w.rider, "POST", "/deliveries/"+w.lost+"/deliver", m{"at": at})
	}, 200},
	{"push subscriptions", func(ctx context.Context, w *world, n int64) int {
		return w.as(ctx, w.rider, "POST", "/push/subscriptions", m{"endpoint": fmt.Sprint("https://push.example/", n), "keys": pushKeys()})
	}, 0},
	{"keyed searches of one agent", func(ctx context.Context, w *world, n int64) int {
		return w.raw(ctx, w.agent, "/customers/search", "application/json", []byte(`{"phone":"01055556666"}`),
			map[string]string{"Idempotency-Key": fmt.Sprint("search-", n)})
	}, 0},
	{"orders with a text of 1 MiB", func(ctx context.Context, w *world, n int64) int {
		in := w.order(w.center, w.shop, n)
		in["customer"].(m)["memo"] = strings.Repeat("가", 350_000)
		return w.as(ctx, w.agent, "POST", "/orders", in)
	}, 201},
}

// reaches are calls for what is not the caller's.
var reaches = []attack{
	{"another center's deliveries", func(ctx context.Context, w *world, _ int64) int {
		return w.as(ctx, w.agent, "GET", "/deliveries?centerId="+w.quiet.center, nil)
	}, 200},
	{"another center's order", func(ctx context.Context, w *world, _ int64) int {
		return w.as(ctx, w.agent, "POST", "/orders/"+w.quiet.order+"/cancel", m{"reason": "x", "by": "agent"})
	}, 200},
	{"forged chat by POST /events", func(ctx context.Context, w *world, n int64) int {
		events := []string{"chat:message", "notice:late_deliver", "delivery:changed", "setup", "offer:made", "rider:position"}
		return w.as(ctx, w.publisher, "POST", "/events", m{"namespace": "user", "room": w.riderUser, "event": events[n%int64(len(events))],
			"data": m{}, "mode": "private", "to": w.riderUser})
	}, 202},
	{"forged rooms by POST /events", func(ctx context.Context, w *world, n int64) int {
		names := []string{"delivery", "order", "rider", "mine", "offer", "ask", "chat", "plan", "setup", "monitor"}
		return w.as(ctx, w.publisher, "POST", "/events", m{"namespace": names[n%int64(len(names))], "room": w.center, "event": "x", "data": m{}, "mode": "public"})
	}, 202},
	{"another key's order by its external id", func(ctx context.Context, w *world, _ int64) int {
		in := w.order(w.center, w.shop, 0)
		in["externalId"] = w.keyed
		return w.as(ctx, w.otherKey, "POST", "/orders", in) // 201 once: an order of its own
	}, 0},
	{"another key's order, cancelled", func(ctx context.Context, w *world, _ int64) int {
		return w.as(ctx, w.otherKey, "POST", "/orders/"+w.keyedOrder+"/cancel", m{"reason": "x", "by": "customer"})
	}, 200},
	{"a role above the own", func(ctx context.Context, w *world, n int64) int {
		return w.as(ctx, w.agent, "POST", "/users", m{"login": fmt.Sprint("evil", n), "password": password, "name": "x", "role": "admin", "centerIds": []string{w.center}})
	}, 201},
	{"texts that lie to the eye", func(ctx context.Context, w *world, n int64) int {
		in := w.order(w.center, w.shop, n)
		in["externalId"] = fmt.Sprint("text", n)
		in["customer"].(m)["name"] = []string{"a\x00b", "a\u202eb", "a\u200bb", "a\x1b[31mb"}[n%4]
		var out struct {
			Order struct{ Customer struct{ Name string } }
		}
		status, _ := w.s.call(ctx, w.agent, "", "POST", "/orders", in, &out)
		if status == http.StatusCreated && !strings.ContainsAny(out.Order.Customer.Name, "\x00\u202e\u200b\x1b") {
			return http.StatusOK // it was taken, and cleaned
		}
		return status
	}, 201},
	{"metrics through the proxy", func(ctx context.Context, w *world, _ int64) int {
		return w.bare(ctx, "/metrics", "198.51.100.7")
	}, 200},
	{"a session that was ended", func(ctx context.Context, w *world, _ int64) int {
		return w.as(ctx, w.gone, "POST", "/changes", m{"addresses": []m{{"address": "order/" + w.center}}, "wait": 5})
	}, 200},
}

// sockets are those that an attack holds open until it ends.
type sockets struct {
	mu   sync.Mutex
	open []*websocket.Conn
}

func (s *sockets) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.open {
		_ = c.CloseNow()
	}
	s.open = nil
}

func (w *world) socket(ctx context.Context) int {
	conn, res, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(w.s.url, "http")+"/api/v1/realtime", &websocket.DialOptions{
		HTTPClient: w.s.http, HTTPHeader: http.Header{"Authorization": {"Bearer " + w.rider}}, Subprotocols: []string{"bros.v1"}})
	if err != nil {
		if res != nil {
			return res.StatusCode
		}
		return 0
	}
	w.sockets.mu.Lock()
	defer w.sockets.mu.Unlock()
	w.sockets.open = append(w.sockets.open, conn)
	return http.StatusSwitchingProtocols
}

// raw posts a body of any kind.
func (w *world) raw(ctx context.Context, token, path, kind string, body []byte, header map[string]string) int {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.s.url+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		return 0
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Authorization", "Bearer "+token)
	for k, v := range header {
		r.Header.Set(k, v)
	}
	return w.status(r)
}

// bare asks a page of the root, as somebody at an address.
func (w *world) bare(ctx context.Context, path, from string) int {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.s.url+path, nil)
	if err != nil {
		return 0
	}
	r.Header.Set("X-Forwarded-For", from)
	return w.status(r)
}

func (w *world) status(r *http.Request) int {
	res, err := w.s.http.Do(r)
	if err != nil {
		return 0
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// bigPicture is a picture that can't be made smaller: noise, a little under 5 MB.
var bigPicture = sync.OnceValue(func() []byte {
	img := image.NewNRGBA(image.Rect(0, 0, 1250, 1250))
	rnd := mrand.New(mrand.NewPCG(1, 2))
	for i := range img.Pix {
		if img.Pix[i] = byte(rnd.Uint32()); i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
})

func pushKeys() m {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	auth := make([]byte, 16)
	_, _ = rand.Read(auth) // never fails
	return m{"p256dh": base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes()), "auth": base64.RawURLEncoding.EncodeToString(auth)}
}
