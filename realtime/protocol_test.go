package realtime

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
)

func TestSubscribeSnapshotThenLive(t *testing.T) {
	w := newWorld(t, Options{})
	w.db.publish(t, "c1", rec("delivery/c1", "a", 1))
	w.db.publish(t, "c1", rec("order/c1", "x", 1))
	w.db.publish(t, "c1", rec("delivery/c1", "b", 1))
	p := w.dial("")
	p.send(`{"id":1,"cmd":"subscribe","address":"delivery/c1"}`)
	m := p.reply(1)
	if m.Mode != "snapshot" || m.Epoch != "e1" || m.Seq != 3 || m.Part != 0 || m.More || len(m.Records) != 2 {
		t.Fatalf("snapshot %+v", m)
	}
	if m.WindowSec == nil || *m.WindowSec != 86400 {
		t.Errorf("windowSec %v", m.WindowSec)
	}
	w.db.publish(t, "c1", rec("order/c1", "x", 2))
	w.db.publish(t, "c1", rec("delivery/c1", "a", 2))
	w.db.publish(t, "c1", del("delivery/c1", "b"))
	one, two := p.live(), p.live()
	if *one.Prev != 3 || one.Seq != 5 || one.Key != "a" || string(one.Data) != `{"id":"a","v":2}` || one.Event != "delivery:changed" {
		t.Errorf("first %+v", one)
	}
	if *two.Prev != 5 || two.Seq != 6 || two.Key != "b" || two.Op != "remove" || two.Data != nil {
		t.Errorf("second %+v", two)
	}
}

func TestResume(t *testing.T) {
	w := newWorld(t, Options{})
	for i := range 10 {
		w.db.publish(t, "c1", rec("delivery/c1", fmt.Sprint("k", i%3), i))
	}
	w.db.publish(t, "c1", rec("delivery/c1", "gone", 1))
	w.db.publish(t, "c1", del("delivery/c1", "gone"))
	p := w.dial("")
	for _, tc := range []struct {
		name, since string
		mode        string
		events      []string
	}{
		{"up to date", `{"epoch":"e1","seq":12}`, "resume", nil},
		{"compacted, removals included", `{"epoch":"e1","seq":8}`, "resume", []string{"9 k2", "10 k0", "12 -gone"}},
		{"from the start", `{"epoch":"e1","seq":0}`, "resume", []string{"8 k1", "9 k2", "10 k0", "12 -gone"}},
		{"other epoch", `{"epoch":"e0","seq":8}`, "snapshot", nil},
		{"ahead", `{"epoch":"e1","seq":13}`, "snapshot", nil},
		{"negative", `{"epoch":"e1","seq":-1}`, "snapshot", nil},
	} {
		p.send(`{"id":7,"cmd":"subscribe","address":"delivery/c1","since":%s}`, tc.since)
		m := p.reply(7)
		var events []string
		for _, e := range m.Events {
			op := ""
			if e.Op == "remove" {
				op = "-"
			}
			events = append(events, fmt.Sprint(e.Seq, " ", op, e.Key))
			if e.Prev != nil {
				t.Errorf("%s: an event of a resume has a prev", tc.name)
			}
		}
		if m.Mode != tc.mode || m.Seq != 12 || cmp.Diff(tc.events, events) != "" {
			t.Errorf("%s: %s %d %v", tc.name, m.Mode, m.Seq, events)
		}
	}
}

func TestSinceAheadOfTheNodeCatchesUp(t *testing.T) {
	w := newWorld(t, Options{})
	w.db.publish(t, "c1", rec("delivery/c1", "a", 1))
	p := w.dial("")
	p.send(`{"id":1,"cmd":"subscribe","address":"delivery/c1"}`)
	p.reply(1)
	w.db.commit("c1", rec("delivery/c1", "a", 2)) // this node does not hear of it
	w.db.commit("c1", rec("delivery/c1", "b", 1))
	q := w.dial("")
	q.send(`{"id":2,"cmd":"subscribe","address":"delivery/c1","since":{"epoch":"e1","seq":2}}`)
	if m := q.reply(2); m.Mode != "resume" || m.Seq != 3 || len(m.Events) != 1 || m.Events[0].Key != "b" {
		t.Errorf("reply %+v", m)
	}
	if a, b := p.live(), p.live(); a.Seq != 2 || b.Seq != 3 || *b.Prev != 2 {
		t.Errorf("the other subscriber got %+v %+v", a, b)
	}
	if n := w.db.catchUps.Load(); n != 1 {
		t.Errorf("%d looks at the database", n)
	}
}

func TestBulkSubscribe(t *testing.T) {
	w := newWorld(t, Options{})
	w.db.publish(t, "c1", rec("delivery/c1", "a", 1))
	w.db.denied["u1 delivery/c3"] = true
	p := w.dial("")
	p.send(`{"id":"x","cmd":"subscribe","addresses":[{"address":"delivery/c1"},{"address":"delivery/c3"},{"address":"Bad"},{"address":"delivery/c1","since":{"epoch":"e1","seq":1}},{"address":"room/c1:a"},{"address":"user/u1"},{"address":"user/u2"}]}`)
	var got []string
	for range 7 {
		m := p.until("reply", func(m message) bool { return string(m.ID) == `"x"` })
		code := ""
		if m.Error != nil {
			code = m.Error.Code
		}
		got = append(got, fmt.Sprint(m.Address, " ", m.Mode, code, m.Volatile))
	}
	want := []string{
		"delivery/c1 snapshotfalse", "delivery/c3 forbiddenfalse", "Bad validationfalse", "delivery/c1 validationfalse",
		"room/c1:a snapshottrue", "user/u1 snapshottrue", "user/u2 forbiddenfalse",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	many := make([]string, maxBulk+1)
	for i := range many {
		many[i] = fmt.Sprintf(`{"address":"r/%d"}`, i)
	}
	p.send(`{"id":2,"cmd":"subscribe","addresses":[%s]}`, strings.Join(many, ","))
	if m := p.reply(2); m.Error == nil || m.Error.Code != CodeValidation {
		t.Errorf("too many: %+v", m)
	}
	p.send(`{"id":3,"cmd":"subscribe","addresses":[%s]}`, strings.Join(many[:maxBulk], ","))
	for range maxBulk {
		if m := p.reply(3); m.Error != nil {
			t.Fatalf("one of many: %+v", m)
		}
	}
}

func TestAddressesPerConnectionAreBounded(t *testing.T) {
	w := newWorld(t, Options{MaxAddresses: 2})
	p := w.dial("")
	for i, refused := range []bool{false, false, true} {
		p.send(`{"id":%d,"cmd":"subscribe","address":"room/%d"}`, i+1, i)
		if m := p.reply(i + 1); (m.Error != nil) != refused {
			t.Errorf("%d: %+v", i, m)
		}
	}
	if rooms := w.hub.Rooms(); len(rooms) != 2 {
		t.Errorf("rooms %v", rooms)
	}
}

func TestCommands(t *testing.T) {
	w := newWorld(t, Options{})
	w.db.command = func(id Identity, connID, cmd string, raw json.RawMessage) (any, error) {
		switch cmd {
		case "publish":
			var body struct{ Data json.RawMessage }
			if err := json.Unmarshal(raw, &body); err != nil {
				return nil, err
			}
			return map[string]any{"seq": 9, "by": id.UserID}, nil
		case "nothing":
			return nil, nil
		case "refused":
			return nil, &Refusal{Code: CodeForbidden, Detail: `say "no"`}
		}
		return nil, ErrUnknownCommand
	}
	p := w.dial("")
	for _, tc := range []struct{ send, want string }{
		{`{"id":5,"cmd":"ping"}`, `{"id":5,"pong":true}`},
		{`{"cmd":"ping"}`, `{"pong":true}`},
		{`{"id":"a\"b","cmd":"ping"}`, `{"id":"a\"b","pong":true}`},
		{`{"id":1,"cmd":"publish","address":"chat/c1","data":{"text":"hi"}}`, `{"id":1,"by":"u1","seq":9}`},
		{`{"id":1,"cmd":"nothing"}`, `{"id":1}`},
		{`{"id":1,"cmd":"refused"}`, `{"id":1,"error":{"code":"forbidden","detail":"say \"no\""}}`},
		{`{"id":1,"cmd":"subscribe"}`, `{"id":1,"error":{"code":"validation","detail":"an address is namespace/room"}}`},
		{`{"id":1,"cmd":"subscribe","address":5}`, `{"id":1,"error":{"code":"validation","detail":"a field of the command has the wrong type"}}`},
		{`{"id":1,"cmd":"subscribe","address":"secret/x"}`, `{"id":1,"address":"secret/x","error":{"code":"internal","detail":"the server failed; try again"}}`},
		{`{"id":1,"cmd":"unsubscribe","address":"delivery/none"}`, `{"id":1,"address":"delivery/none","unsubscribed":true}`},
		{`{"id":1,"cmd":"unsubscribe"}`, `{"id":1,"error":{"code":"validation","detail":"name an address"}}`},
		{`{"id":1,"cmd":"dance"}`, `{"id":1,"error":{"code":"malformed","detail":"there is no such command"}}`},
		{`nonsense`, `{"error":{"code":"malformed","detail":"a JSON object or an array of them is expected"}}`},
		{` [{"id":1,"cmd":"ping"}] `, `{"id":1,"pong":true}`}, // a good frame starts the count again
		{`{"id":{},"cmd":"dance"}`, `{"error":{"code":"malformed","detail":"there is no such command"}}`},
		{`{"id":1`, `{"error":{"code":"malformed","detail":"the frame is not JSON, or a command is not an object"}}`},
		{`{"id":5,"cmd":"ping"}`, `{"id":5,"pong":true}`},
	} {
		p.send("%s", tc.send)
		_, b, err := p.ws.Read(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", tc.send, err)
		}
		for strings.Contains(string(b), `"heads"`) && err == nil {
			_, b, err = p.ws.Read(t.Context())
		}
		if string(b) != tc.want {
			t.Errorf("%s:\n got %s\nwant %s", tc.send, b, tc.want)
		}
	}
	p.send(`[{"id":1,"cmd":"ping"},{"id":2,"cmd":"ping"}]`)
	if a, b := p.next(), p.next(); string(a.ID) != "1" || string(b.ID) != "2" {
		t.Errorf("an array is answered %s, %s", a.ID, b.ID)
	}
}

func TestBrokenProtocolCloses(t *testing.T) {
	w := newWorld(t, Options{})
	for name, tc := range map[string]struct {
		kind   websocket.MessageType
		frames []string
	}{
		"three bad frames":          {websocket.MessageText, []string{`{`, `{"id":1,"cmd":"dance"}`, `5`}},
		"binary":                    {websocket.MessageBinary, []string{`{}`, `{}`, `{}`}},
		"bad UTF-8":                 {websocket.MessageText, []string{"{\"id\":\"\xff\"}", "{\"id\":\"\xff\"}", "{\"id\":\"\xff\"}"}},
		"an array with unknown":     {websocket.MessageText, []string{`[{"cmd":"ping"},{"cmd":"x"}]`, `[]`, `[1]`}},
		"one frame of over 64 KiB":  {websocket.MessageText, []string{`{"id":1,"cmd":"ping","pad":"` + strings.Repeat("x", maxFrame) + `"}`}},
		"one frame of over 640 KiB": {websocket.MessageText, []string{`{"id":1,"cmd":"ping","pad":"` + strings.Repeat("x", 10*maxFrame) + `"}`}},
	} {
		p := w.dial("")
		for _, f := range tc.frames {
			if err := p.ws.Write(t.Context(), tc.kind, []byte(f)); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if ce := p.closed(); ce.Code != CloseBroken {
			t.Errorf("%s: closed with %v", name, ce)
		}
	}
	eventually(t, "all gone", func() bool { return w.hub.Stats().Connections == 0 })
	p := w.dial("")
	long := `{"id":1,"cmd":"ping","pad":"`
	p.send("%s", long+strings.Repeat("x", maxFrame-len(long)-2)+`"}`)
	if m := p.reply(1); !m.Pong {
		t.Error("a frame of 64 KiB is not taken")
	}
}

func TestUnsubscribe(t *testing.T) {
	w := newWorld(t, Options{})
	p := w.dial("")
	p.send(`{"id":1,"cmd":"subscribe","address":"delivery/c1"}`)
	p.reply(1)
	w.db.publish(t, "c1", rec("delivery/c1", "a", 1))
	p.live()
	p.send(`{"id":2,"cmd":"unsubscribe","address":"delivery/c1"}`)
	p.reply(2)
	w.db.publish(t, "c1", rec("delivery/c1", "a", 2))
	p.send(`{"id":3,"cmd":"subscribe","address":"order/c1"}`)
	p.reply(3)
	w.db.publish(t, "c1", rec("order/c1", "x", 3))
	if m := p.live(); m.Address != "order/c1" || m.Seq != 3 {
		t.Errorf("got %+v", m)
	}
	if got := w.hub.Rooms(); cmp.Diff([]RoomInfo{{Address: "order/c1", Subscribers: 1, Log: "c1"}}, got) != "" {
		t.Errorf("rooms %v", got)
	}
}

func TestSnapshotInParts(t *testing.T) {
	w := newWorld(t, Options{})
	pad := strings.Repeat("p", 900)
	const n = 1000
	for i := range n {
		ch := rec("delivery/c1", fmt.Sprint("k", i), i)
		ch.Data = fmt.Appendf(nil, `{"id":"k%d","v":%d,"pad":%q}`, i, i, pad)
		w.db.publish(t, "c1", ch)
	}
	p := w.dial("")
	p.send(`{"id":1,"cmd":"subscribe","address":"delivery/c1"}`)
	const end = n + 1000
	w.work.Go(func() { // changes go on while the parts are on their way
		for i := n; i < end; i++ {
			w.db.publish(t, "c1", rec("delivery/c1", "k1", i))
		}
	})
	defer w.work.Wait()
	first := p.reply(1)
	records, last := len(first.Records), first
	for part := 2; last.More; part++ {
		m := p.next()
		if string(m.ID) != "1" || m.Part != part || m.Seq != first.Seq || m.Epoch != "e1" || m.Mode != "snapshot" {
			t.Fatalf("part %d is %+v", part, m)
		}
		if m.size > 256<<10 {
			t.Errorf("part %d has %d bytes", part, m.size)
		}
		records += len(m.Records)
		last = m
	}
	if first.Part != 1 || last.Part < 3 || records != n {
		t.Errorf("first part %d, last part %d, %d records", first.Part, last.Part, records)
	}
	at := first.Seq
	for at < end {
		m := p.live()
		if *m.Prev != at {
			t.Fatalf("after %d came %d with prev %d", at, m.Seq, *m.Prev)
		}
		at = m.Seq
	}
	eventually(t, "slot free", func() bool { return w.hub.Stats().SnapshotsInFlight == 0 })
}

func TestChatKeepsTheNewest(t *testing.T) {
	w := newWorld(t, Options{})
	w.db.table("chat:c1").newest = 3
	for i := range 5 {
		w.db.publish(t, "chat:c1", rec("chat/c1", fmt.Sprint("m", i), i))
	}
	p := w.dial("")
	p.send(`{"id":1,"cmd":"subscribe","address":"chat/c1"}`)
	if m := p.reply(1); len(m.Records) != 3 || string(m.Records[0]) != `{"id":"m2","v":2}` {
		t.Errorf("snapshot %s", m.Records)
	}
	for i := 5; i < 40; i++ {
		w.db.publish(t, "chat:c1", rec("chat/c1", fmt.Sprint("m", i), i))
	}
	p.send(`{"id":2,"cmd":"subscribe","address":"chat/c1","since":{"epoch":"e1","seq":30}}`)
	if m := p.reply(2); m.Mode != "resume" || len(m.Events) != 10 {
		t.Errorf("resume %s with %d", m.Mode, len(m.Events))
	}
	p.send(`{"id":3,"cmd":"subscribe","address":"chat/c1","since":{"epoch":"e1","seq":5}}`)
	if m := p.reply(3); m.Mode != "snapshot" || len(m.Records) != 3 {
		t.Errorf("%s with %d", m.Mode, len(m.Records))
	}
}

// What has left the room is none of the newest that a snapshot holds.
func TestChatCountsWhatIsThere(t *testing.T) {
	w := newWorld(t, Options{})
	w.db.table("chat:c1").newest = 3
	for i := range 6 {
		w.db.publish(t, "chat:c1", rec("chat/c1", fmt.Sprint("m", i), i))
	}
	for _, key := range []string{"m5", "m1", "m3"} {
		w.db.publish(t, "chat:c1", Change{Address: "chat/c1", Event: "chat:removed", Key: key})
	}
	p := w.dial("")
	p.send(`{"id":1,"cmd":"subscribe","address":"chat/c1"}`)
	if m := p.reply(1); len(m.Records) != 3 || string(m.Records[0]) != `{"id":"m0","v":0}` || string(m.Records[2]) != `{"id":"m4","v":4}` {
		t.Errorf("snapshot %s", m.Records)
	}
}
