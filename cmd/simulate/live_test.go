package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// branch is a server of one center that does not change: what its sockets say
// and what its lists say can be made to differ.
type branch struct {
	seq  int64
	room map[string]string // address → records, as JSON
	list map[string]string // path → records, as JSON
}

func (b *branch) serve(t *testing.T) *remote {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/realtime", func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"bros.v1"}})
		if err != nil {
			return
		}
		defer func() { _ = ws.CloseNow() }()
		say := func(format string, args ...any) {
			_ = ws.Write(r.Context(), websocket.MessageText, fmt.Appendf(nil, format, args...))
		}
		say(`{"connection":{"id":"1"}}`)
		for {
			_, raw, err := ws.Read(r.Context())
			if err != nil {
				return
			}
			var cmd struct {
				ID        int64
				Addresses []struct{ Address string }
			}
			if err := json.Unmarshal(raw, &cmd); err != nil {
				t.Error(err)
			}
			for _, a := range cmd.Addresses {
				say(`{"id":%d,"address":%q,"mode":"snapshot","epoch":"e","seq":%d,"windowSec":3600,"records":[%s]}`, cmd.ID, a.Address, b.seq, b.room[a.Address])
			}
		}
	})
	mux.HandleFunc("GET /api/v1/{list}", func(w http.ResponseWriter, r *http.Request) {
		items := strings.SplitAfter(b.list[r.PathValue("list")], "}")
		if r.FormValue("cursor") == "" && len(items) > 2 { // two pages
			fmt.Fprintf(w, `{"items":[%s],"nextCursor":"next"}`, items[0])
			return
		}
		fmt.Fprintf(w, `{"items":[%s]}`, strings.TrimPrefix(strings.Join(items[len(items)-2:], ""), ","))
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	a := newAPI(srv.URL, time.Second)
	a.epoch, a.seq = "e", 7
	return &remote{api: a, desk: &login{token: "t"}, center: "C"}
}

func (b *branch) compare(t *testing.T) (*comparison, error) {
	t.Helper()
	s := b.serve(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := openConsole(ctx, strings.TrimSuffix(s.api.base, "/api/v1"), s, nil)
	defer c.close()
	if b.seq < 7 {
		c.within = 50 * time.Millisecond
	}
	return c.compare(ctx)
}

func TestCompareEqual(t *testing.T) {
	b := &branch{
		seq: 7,
		room: map[string]string{
			"order/C": `{"id":"o1","version":1},{"id":"o2","version":2}`, "delivery/C": `{"id":"d","version":3}`, "rider/C": `{"id":"r","version":4}`,
		},
		list: map[string]string{
			"orders": `{"id":"o1","version":1},{"version":2,"id":"o2"}`, "deliveries": `{"id":"d","version":3}`,
			"riders": `{"id":"r","version":4,"load":2}`,
		},
	}
	got, err := b.compare(t)
	if err != nil || len(got.differences) > 0 || got.compared["orders"] != 2 {
		t.Errorf("%+v %v", got, err)
	}
}

func TestCompareDifferent(t *testing.T) {
	b := &branch{
		seq:  7,
		room: map[string]string{"order/C": `{"id":"o1","version":1},{"id":"o2","version":2}`, "rider/C": `{"id":"r","version":4}`},
		list: map[string]string{
			"orders":     `{"id":"o1","version":5}`,
			"deliveries": `{"id":"d","version":3},{"id":"old","finishedAt":"2020-01-01T00:00:00Z"}`, // one has left the window
			"riders":     `{"id":"r","version":4,"load":2}`,
		},
	}
	got, err := b.compare(t)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got.differences)
	if want := "delivery d: missing in the live model, order o1: different in the live model, order o2: extra in the live model"; strings.Join(got.differences, ", ") != want {
		t.Errorf("%q", got.differences)
	}
}

func TestCompareWaitsForTheModel(t *testing.T) {
	b := &branch{seq: 6}
	if _, err := b.compare(t); err == nil || !strings.Contains(err.Error(), "order/C is at e/6, not at e/7") {
		t.Errorf("%v", err)
	}
}
