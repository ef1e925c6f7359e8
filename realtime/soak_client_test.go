package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// soakClient follows some rooms by the client's rule.
type soakClient struct {
	s     *soaking
	rng   *rand.Rand
	name  string
	views map[string]*view
	ws    *websocket.Conn
}

// view is what a client has of an address.
type view struct {
	address string
	epoch   string // empty: never had a reply
	last    int64
	records map[string]string
	places  map[string]int64
	asked   bool // a subscribe is on its way: what comes before the reply says nothing
	parts   bool // in the middle of a snapshot
}

func (s *soaking) newClient(seed uint64, i int) *soakClient {
	c := &soakClient{s: s, rng: rand.New(rand.NewPCG(seed, uint64(i)+1)), name: fmt.Sprint("c", i), views: map[string]*view{}}
	for _, n := range c.rng.Perm(len(soakRooms))[:1+c.rng.IntN(5)] {
		c.views[soakRooms[n]] = &view{address: soakRooms[n], records: map[string]string{}, places: map[string]int64{}}
	}
	return c
}

// follow runs until the client has all there is, connecting as often as it takes.
func (c *soakClient) follow(ctx context.Context) {
	for !c.done() {
		old := c.ws
		if err := c.connect(ctx); err != nil {
			c.s.t.Errorf("%s: connect: %v", c.name, err)
			return
		}
		if old != nil {
			_ = old.CloseNow() // it may have been open: the new one took its place
		}
		lives := 5 + c.rng.IntN(80)
		for n := 0; !c.done(); n++ {
			if c.s.finals.Load() == nil && n > lives {
				c.s.cuts.Add(1)
				if c.rng.IntN(3) > 0 {
					_ = c.ws.CloseNow()
				}
				break
			}
			if c.s.finals.Load() == nil && c.rng.IntN(40) == 0 {
				c.stall()
			}
			_, frame, err := c.ws.Read(ctx)
			if ctx.Err() != nil {
				c.s.t.Errorf("%s: not done in time: %s", c.name, c.missing())
				return
			}
			if err != nil {
				break // closed as slow or superseded
			}
			if !c.take(ctx, frame) {
				return
			}
			select {
			case c.s.moved <- struct{}{}:
			default:
			}
		}
	}
	_ = c.ws.CloseNow()
}

// stall reads nothing while the next changes are made.
func (c *soakClient) stall() {
	c.s.stalls.Add(1)
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	for until := c.s.changed + 100 + c.rng.IntN(700); c.s.changed < until && !c.s.over; {
		c.s.turn.Wait()
	}
}

func (c *soakClient) connect(ctx context.Context) error {
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetReadBuffer(16 << 10)
		}
		return conn, err
	}
	client := &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
	ws, _, err := websocket.Dial(ctx, c.s.w.url+"/?user="+c.name+"&client=x", &websocket.DialOptions{HTTPClient: client})
	if err != nil {
		return err
	}
	ws.SetReadLimit(1 << 20)
	c.ws = ws
	var all []string
	for _, v := range c.views {
		all = append(all, c.want(v))
	}
	if c.rng.IntN(2) == 0 {
		return c.write(ctx, `{"id":0,"cmd":"subscribe","addresses":[`+strings.Join(all, ",")+`]}`)
	}
	for _, v := range c.views {
		c.subscribe(ctx, v)
	}
	return nil
}

// want is the subscribe of a view, from where it is.
func (c *soakClient) want(v *view) string {
	v.asked, v.parts = true, false
	if v.epoch == "" {
		return fmt.Sprintf(`{"address":%q}`, v.address)
	}
	return fmt.Sprintf(`{"address":%q,"since":{"epoch":%q,"seq":%d}}`, v.address, v.epoch, v.last)
}

func (c *soakClient) subscribe(ctx context.Context, v *view) {
	_ = c.write(ctx, `{"id":1,"cmd":"subscribe",`+c.want(v)[1:])
}

// write sends a frame; when the connection is gone the reader will see it.
func (c *soakClient) write(ctx context.Context, frame string) error {
	if err := c.ws.Write(ctx, websocket.MessageText, []byte(frame)); err != nil && ctx.Err() != nil {
		return err
	}
	return nil
}

// take applies a frame; false: the test has failed.
func (c *soakClient) take(ctx context.Context, frame []byte) bool {
	for _, m := range decode(c.s.t, frame) {
		for address, h := range m.Heads {
			c.heads(ctx, address, h)
		}
		v := c.views[m.Address]
		switch {
		case v == nil:
		case m.Error != nil:
			c.s.t.Errorf("%s: %s: %v", c.name, m.Address, m.Error)
			return false
		case m.Resync:
			c.s.resyncs.Add(1)
			if !v.asked {
				c.subscribe(ctx, v)
			}
		case m.Mode != "":
			c.reply(v, &m)
		case m.Prev != nil && v.asked: // before the reply
		case m.Prev != nil:
			if v.parts || *m.Prev > v.last || m.Seq <= v.last {
				c.s.t.Errorf("%s: %s: at %d came %d with prev %d (in parts: %v)", c.name, m.Address, v.last, m.Seq, *m.Prev, v.parts)
				return false
			}
			v.put(&m)
			v.last = m.Seq
		case m.Event == "rider:position":
			v.move(m.Data)
		}
	}
	return true
}

// heads are an empty message under the same rule.
func (c *soakClient) heads(ctx context.Context, address string, h head) {
	v := c.views[address]
	switch {
	case v.asked || v.parts:
	case h.Epoch != v.epoch:
		v.epoch = ""
		c.subscribe(ctx, v)
	case h.Seq <= v.last:
	case h.Prev <= v.last:
		v.last = h.Seq
	default:
		c.subscribe(ctx, v)
	}
}

func (c *soakClient) reply(v *view, m *message) {
	if m.Mode == "snapshot" {
		if m.Part <= 1 {
			c.s.snapshots.Add(1)
			clear(v.records)
		}
		for _, raw := range m.Records {
			var id struct{ ID string }
			_ = json.Unmarshal(raw, &id)
			v.records[id.ID] = string(raw)
		}
	} else {
		c.s.resumes.Add(1)
		for i := range m.Events {
			v.put(&m.Events[i])
		}
	}
	v.epoch, v.last, v.asked, v.parts = m.Epoch, m.Seq, false, m.More
}

func (v *view) put(m *message) {
	if m.Op == "remove" {
		delete(v.records, m.Key)
		return
	}
	v.records[m.Key] = string(m.Data)
}

func (v *view) move(data []byte) {
	var places []struct {
		RiderID string
		At      int64
	}
	_ = json.Unmarshal(data, &places)
	for _, p := range places {
		v.places[p.RiderID] = p.At
	}
}

// done reports whether the client has everything there is.
func (c *soakClient) done() bool { return c.s.finals.Load() != nil && c.missing() == "" }

// missing says what a view lacks.
func (c *soakClient) missing() string {
	finals := c.s.finals.Load()
	if finals == nil {
		return "the end"
	}
	for address, v := range c.views {
		f := (*finals)[address]
		if v.asked || v.parts || v.epoch != f.epoch || v.last < f.seq {
			return fmt.Sprintf("%s is at %s/%d of %s/%d", address, v.epoch, v.last, f.epoch, f.seq)
		}
		if !maps.Equal(v.records, f.records) {
			c.s.t.Errorf("%s: %s at %d: %d records, the log has %d", c.name, address, v.last, len(v.records), len(f.records))
			return "" // no use in waiting
		}
		c.s.placesMu.Lock()
		same := maps.Equal(v.places, c.s.places[address])
		c.s.placesMu.Unlock()
		if !same {
			return fmt.Sprintf("%s has other places: %v", address, v.places)
		}
	}
	return ""
}

// poll follows over long polls.
func (c *soakClient) poll(ctx context.Context) {
	for !c.done() {
		var subs []Sub
		for _, v := range c.views {
			sub := Sub{Address: v.address}
			if v.epoch != "" {
				sub.Since = &Since{v.epoch, v.last}
			}
			subs = append(subs, sub)
		}
		wait := time.Duration(c.rng.IntN(300)) * time.Millisecond
		for _, raw := range c.s.w.hub.Poll(ctx, Identity{UserID: c.name}, subs, wait).Messages() {
			var m message
			if err := json.Unmarshal(raw, &m); err != nil {
				c.s.t.Errorf("%s: %v", raw, err)
				return
			}
			v := c.views[m.Address]
			if m.Event != "" {
				v.move(m.Data)
			} else {
				c.reply(v, &m)
			}
		}
		if err := ctx.Err(); err != nil && !errors.Is(err, context.Canceled) {
			c.s.t.Errorf("%s: not done in time: %s", c.name, c.missing())
			return
		}
	}
}
