package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/brosops/bros/realtime/client"
)

// console is what a dispatcher's screen would know of the center.
type console struct {
	*client.Client
	api       *api
	desk      *login
	center    string
	within    time.Duration // how long catching up may take
	latencies samples
	ended     chan struct{}
	err       error // why it follows no more; read after ended
	cancel    context.CancelFunc
}

// rooms are the kinds of record a console follows, with their list in REST and
// the fields of it that are derived and so in no room.
var rooms = []struct {
	namespace, list string
	derived         []string
}{
	{"order", "orders", nil},
	{"delivery", "deliveries", nil},
	{"rider", "riders", []string{"load", "position"}},
}

// openConsole begins to follow a center.
func openConsole(ctx context.Context, server string, s *remote, told *news) *console {
	c := &console{api: s.api, desk: s.desk, center: s.center, within: catchUpWithin, ended: make(chan struct{})}
	c.Client = client.New(client.Options{
		URL: server,
		Token: func(ctx context.Context, stale string) (string, error) {
			return s.desk.bearer(ctx, s.api, stale)
		},
		OnEvent: func(e client.Event) {
			if told != nil && e.Address == "delivery/"+s.center {
				told.event(e)
			}
			if e.Live && e.Seq > 0 && e.Latency > 0 {
				c.latencies.add(e.Latency)
			}
		},
	})
	for _, r := range rooms {
		c.Subscribe(r.namespace + "/" + s.center)
	}
	ctx, c.cancel = context.WithCancel(ctx)
	go func() {
		defer close(c.ended)
		c.err = c.Run(ctx)
	}()
	return c
}

func (c *console) close() {
	c.cancel()
	<-c.ended
}

// catchUpWithin is far beyond the 5 s in which heads tell of what is missing,
// reconnecting included.
const catchUpWithin = time.Minute

// catchUp waits until the model holds everything up to a number of the log.
func (c *console) catchUp(ctx context.Context, epoch string, seq int64) error {
	ctx, stop := context.WithTimeoutCause(ctx, c.within, errors.New("it does not catch up"))
	defer stop()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-c.ended:
			cancel(fmt.Errorf("the live connection has ended: %w", c.err))
		case <-ctx.Done():
		}
	}()
	for _, r := range rooms {
		address := r.namespace + "/" + c.center
		if err := c.WaitSeq(ctx, address, epoch, seq); err != nil {
			room := c.Room(address)
			return fmt.Errorf("%s is at %s/%d, not at %s/%d: %w", address, room.Epoch, room.Seq, epoch, seq, context.Cause(ctx))
		}
	}
	return nil
}

// comparison is what the final comparison looked at and found.
type comparison struct {
	compared    map[string]int // list → records
	differences []string
	records     map[string]map[string]json.RawMessage // list → id → record of REST
}

// compare puts the live model beside what the lists say. Should somebody else
// change the center meanwhile, it looks again.
func (c *console) compare(ctx context.Context) (*comparison, error) {
	epoch, seq := c.api.head()
	for range 10 {
		if err := c.catchUp(ctx, epoch, seq); err != nil {
			return nil, err
		}
		before := c.changes()
		got := &comparison{compared: map[string]int{}, records: map[string]map[string]json.RawMessage{}}
		newest := seq
		for _, r := range rooms {
			records, version, err := c.list(ctx, r.list)
			if err != nil {
				return nil, err
			}
			newest = max(newest, version)
			got.records[r.list], got.compared[r.list] = records, len(records)
		}
		if err := c.catchUp(ctx, epoch, newest); err != nil {
			return nil, err
		}
		for _, r := range rooms {
			room := c.Room(r.namespace + "/" + c.center)
			want := inWindow(got.records[r.list], room.Window, c.ServerNow())
			for _, d := range client.Compare(room.Records, want, r.derived...) {
				// The id and no more: records hold customers' names and numbers.
				got.differences = append(got.differences, fmt.Sprintf("%s %s: %s in the live model", r.namespace, d.Key, d.Kind()))
			}
		}
		if len(got.differences) == 0 || c.changes() == before {
			return got, nil
		}
	}
	return nil, fmt.Errorf("the center is being changed by others all the time: it can't be compared")
}

// changes grows with every change of the model.
func (c *console) changes() (n int64) {
	for _, r := range rooms {
		n += c.Room(r.namespace + "/" + c.center).Changes
	}
	return n
}

// list reads a whole list of the center.
func (c *console) list(ctx context.Context, list string) (records map[string]json.RawMessage, newest int64, err error) {
	records = map[string]json.RawMessage{}
	cursor := ""
	for {
		var page struct {
			Items      []json.RawMessage `json:"items"`
			NextCursor string            `json:"nextCursor"`
		}
		path := "/" + list + "?centerId=" + c.center + "&limit=500"
		if cursor != "" {
			path += "&cursor=" + url.QueryEscape(cursor)
		}
		if err := c.api.call(ctx, c.desk, http.MethodGet, path, "", nil, &page); err != nil {
			return nil, 0, fmt.Errorf("list %s: %w", list, err)
		}
		for _, raw := range page.Items {
			var rec struct {
				ID      string `json:"id"`
				Version int64  `json:"version"`
			}
			if err := json.Unmarshal(raw, &rec); err != nil {
				return nil, 0, fmt.Errorf("list %s: %w", list, err)
			}
			records[rec.ID] = raw
			newest = max(newest, rec.Version)
		}
		if cursor = page.NextCursor; cursor == "" {
			return records, newest, nil
		}
	}
}

// inWindow are the records that a room with this window still shows; 0: all.
func inWindow(records map[string]json.RawMessage, window time.Duration, now time.Time) map[string]json.RawMessage {
	if window <= 0 {
		return records
	}
	out := make(map[string]json.RawMessage, len(records))
	for id, raw := range records {
		var rec struct {
			FinishedAt time.Time `json:"finishedAt"`
		}
		if json.Unmarshal(raw, &rec) == nil && !rec.FinishedAt.IsZero() && now.Sub(rec.FinishedAt) > window {
			continue
		}
		out[id] = raw
	}
	return out
}

// outcomes are the orders that did not end on the server as they did in the replay.
func (c *comparison) outcomes(w *world) []string {
	type status struct {
		Status  string `json:"status"`
		RiderID string `json:"riderId"`
	}
	of := func(list, id string) (s status) {
		_ = json.Unmarshal(c.records[list][id], &s) // an absent record has no status, and so differs
		return s
	}
	var out []string
	for _, j := range w.jobs {
		order, d := of("orders", j.orderID), of("deliveries", j.deliveryID)
		ok := true
		switch {
		case j.outcome == delivered && j.reason == "":
			ok = order.Status == "completed" && d.Status == "delivered" && d.RiderID == j.rider.id
		case j.outcome == cancelled && j.reason != bySomebodyElse:
			ok = order.Status == "cancelled" && (j.deliveryID == "" || d.Status == "cancelled")
		}
		if !ok {
			out = append(out, fmt.Sprintf("order %s was %s; the server says %q, its delivery %q", j.Name, j.outcome, order.Status, d.Status))
		}
	}
	return out
}
