package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// script is a server whose answers are given in order; nil cuts the connection.
func script(t *testing.T, answers ...http.HandlerFunc) (*api, *[]*http.Request) {
	t.Helper()
	var mu sync.Mutex
	var seen []*http.Request
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, r)
		if len(seen) > len(answers) {
			t.Errorf("%s %s comes too often", r.Method, r.URL.Path)
			return
		}
		if h := answers[len(seen)-1]; h != nil {
			h(w, r)
			return
		}
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(srv.Close)
	a := newAPI(srv.URL+"/", time.Minute)
	a.backoff = time.Millisecond
	return a, &seen
}

func says(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func TestCallGoesOnUntilItIsAnswered(t *testing.T) {
	half := func(w http.ResponseWriter, _ *http.Request) { // killed in mid-answer
		w.Header().Set("Content-Length", "100")
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte(`{"id":`))
	}
	a, seen := script(t, nil, says(503, "{}"), half, says(429, "{}"), says(500, "{}"),
		says(201, `{"id":"x"}`, "BROS-Seq", "e1/7", "Idempotency-Replayed", "true"))
	var out struct{ ID string }
	err := a.call(t.Context(), &login{token: "k"}, http.MethodPost, "/orders", "key-1", map[string]int{"n": 1}, &out)
	if err != nil || out.ID != "x" {
		t.Fatal(out, err)
	}
	for _, r := range *seen {
		if r.Header.Get("Idempotency-Key") != "key-1" || r.Header.Get("Authorization") != "Bearer k" || r.URL.Path != "/api/v1/orders" {
			t.Errorf("%s %v", r.URL, r.Header)
		}
	}
	if epoch, seq := a.head(); epoch != "e1" || seq != 7 {
		t.Errorf("head %s/%d", epoch, seq)
	}
	requests, failed, why, replayed, writes := a.counts.summary()
	if requests != 6 || failed != 5 || replayed != 1 || len(writes) != 1 || why != "429 1, 500 1, 503 1, cut while answering 1, no connection 1" {
		t.Errorf("%d requests, %d failed (%s), %d replayed, %d writes", requests, failed, why, replayed, len(writes))
	}
}

func TestCallRefused(t *testing.T) {
	a, _ := script(t, says(409, `{"code":"illegal_transition","detail":"no","current":{"status":"cancelled","version":3}}`), says(404, "page not found"))
	var no *refusal
	err := a.call(t.Context(), nil, http.MethodPost, "/x", "", nil, nil)
	if !errors.As(err, &no) || no.Status != 409 || no.Code != "illegal_transition" || no.Now != "cancelled" {
		t.Errorf("%+v", err)
	}
	if err = a.call(t.Context(), nil, http.MethodGet, "/x", "", nil, nil); !errors.As(err, &no) || no.Code != "404" {
		t.Errorf("%+v", err)
	}
}

func TestCallLogsInAgain(t *testing.T) {
	var given []string
	hello := func(token string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			var in map[string]string
			_ = json.NewDecoder(r.Body).Decode(&in)
			given = append(given, in["login"]+"/"+in["password"]+" "+token)
			says(200, `{"token":"`+token+`"}`)(w, r)
		}
	}
	a, seen := script(t, hello("one"), says(401, `{"code":"unauthenticated"}`), hello("two"), says(200, "{}"),
		says(401, "{}"), hello("three"), says(401, `{"code":"unauthenticated"}`), hello("four"))
	who := &login{name: "admin", password: "secret"}
	if err := a.call(t.Context(), who, http.MethodGet, "/me", "", nil, nil); err != nil {
		t.Fatal(err)
	}
	if last := (*seen)[3]; last.Header.Get("Authorization") != "Bearer two" {
		t.Errorf("%v", last.Header)
	}
	if got := strings.Join(given, ", "); got != "admin/secret one, admin/secret two" {
		t.Error(got)
	}
}

func TestCallGivesUp(t *testing.T) {
	a, _ := script(t)
	a.base = "http://127.0.0.1:1/api/v1"
	a.patience = 20 * time.Millisecond
	if err := a.call(t.Context(), nil, http.MethodGet, "/me", "", nil, nil); !errors.Is(err, errGone) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errInterrupted)
	if err := a.call(ctx, nil, http.MethodGet, "/me", "", nil, nil); !errors.Is(err, errInterrupted) {
		t.Errorf("%v", err)
	}
}
