// Command orderingapp is an example of another system: it posts orders to bros,
// cancels one, and follows the rest by webhook. It needs an API key with the
// scope orders:write, and a webhook that leads to its -listen address.
//
// It uses the standard library only, so that it can be read as a description of
// the interface.
package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"time"
)

func main() {
	var a app
	listen := flag.String("listen", "127.0.0.1:9000", "where the webhook leads to")
	flag.StringVar(&a.url, "url", "http://127.0.0.1:8080", "where bros is")
	flag.StringVar(&a.key, "key", os.Getenv("BROS_KEY"), "API key with orders:write")
	flag.StringVar(&a.secret, "secret", os.Getenv("BROS_SECRET"), "secret of the webhook")
	flag.StringVar(&a.shop, "shop", "", "id of the shop that cooks")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := a.run(ctx, *listen, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "orderingapp:", err)
		os.Exit(1)
	}
}

type app struct {
	url, key, secret, shop string

	mu     sync.Mutex
	seen   map[string]bool   // ids of events that were taken
	status map[string]string // of orders, by id
	out    io.Writer
	ended  chan string // ids of orders that have come to their end
}

// run places two orders, cancels the second, and returns when both have ended.
func (a *app) run(ctx context.Context, listen string, out io.Writer) error {
	a.seen, a.status, a.out, a.ended = map[string]bool{}, map[string]string{}, out, make(chan string, 16)
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: a, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(ln) }()
	defer func() { _ = server.Close() }()

	first, err := a.place(ctx, "app-1", "Bibimbap")
	if err != nil {
		return err
	}
	second, err := a.place(ctx, "app-2", "Jajangmyeon")
	if err != nil {
		return err
	}
	err = a.post(ctx, "/orders/"+second+"/cancel", map[string]any{"reason": "changed my mind", "by": "customer"}, nil)
	if err != nil {
		return err
	}
	for open := map[string]bool{first: true, second: true}; len(open) > 0; {
		select {
		case id := <-a.ended:
			delete(open, id)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// place posts an order. The same externalId again, as after an answer that was
// lost, gives the order that exists.
func (a *app) place(ctx context.Context, externalID, dish string) (id string, err error) {
	var out struct {
		Order struct {
			ID string `json:"id"`
		} `json:"order"`
	}
	err = a.post(ctx, "/orders", map[string]any{
		"shopId": a.shop, "channel": "app", "externalId": externalID,
		"customer": map[string]any{
			"name": "Kim", "phone": "010-0000-0000", "address": "Olympic-ro 300",
			"location": map[string]float64{"lat": 37.512, "lng": 127.112},
		},
		"items":   []map[string]any{{"name": dish, "quantity": 1, "price": 9000}},
		"payment": map[string]any{"method": "prepaid", "amount": 9000},
	}, &out)
	return out.Order.ID, err
}

// post calls bros until it answers: an answer of 429 or 5xx, or none, may be tried
// again, as the externalId (or an Idempotency-Key) makes it one order.
func (a *app) post(ctx context.Context, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	key := fmt.Sprintf("%x", sha256.Sum256(append([]byte(path), body...)))
	for pause := time.Second; ; pause = min(2*pause, time.Minute) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url+"/api/v1"+path, bytes.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+a.key)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", key)
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			answer, rerr := io.ReadAll(res.Body)
			_ = res.Body.Close()
			switch {
			case rerr != nil:
			case res.StatusCode < 300:
				if out == nil {
					return nil
				}
				return json.Unmarshal(answer, out)
			case res.StatusCode != http.StatusTooManyRequests && res.StatusCode < 500:
				return fmt.Errorf("POST %s: %s: %s", path, res.Status, answer)
			}
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// ServeHTTP takes the webhook's calls.
func (a *app) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		return
	}
	if err := a.verify(r.Header, body); err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	var e struct {
		ID      string `json:"id"`
		Event   string `json:"event"`
		OrderID string `json:"orderId"`
		Data    struct {
			Number string `json:"number"`
			Status string `json:"status"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &e); err != nil {
		http.Error(w, "no event", http.StatusBadRequest)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.seen[e.ID] { // a repetition; a real app keeps the ids in its database, with the change itself
		return
	}
	a.seen[e.ID] = true
	_, _ = fmt.Fprintf(a.out, "%s order %s is %s\n", e.Event, e.Data.Number, e.Data.Status)
	if strings.HasPrefix(e.Event, "order:") {
		a.status[e.OrderID] = e.Data.Status
		switch e.Data.Status {
		case "completed", "cancelled", "rejected":
			a.ended <- e.OrderID
		}
	}
}

// verify checks that a call is from bros, of now, and unchanged.
func (a *app) verify(h http.Header, body []byte) error {
	id, stamp := h.Get("Webhook-Id"), h.Get("Webhook-Timestamp")
	sec, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || time.Since(time.Unix(sec, 0)).Abs() > 5*time.Minute {
		return errors.New("the timestamp is missing or too old")
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(a.secret, "whsec_"))
	if err != nil {
		return err
	}
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "%s.%s.", id, stamp)
	_, _ = mac.Write(body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for _, got := range strings.Fields(h.Get("Webhook-Signature")) {
		if hmac.Equal([]byte(got), []byte(want)) {
			return nil
		}
	}
	return errors.New("the signature is wrong")
}
