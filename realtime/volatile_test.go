package realtime

import (
	"fmt"
	"testing"
)

func TestPublish(t *testing.T) {
	w := newWorld(t, Options{})
	a, b, c := w.dial("user=u1"), w.dial("user=u2"), w.dial("user=u2")
	for _, p := range []*peer{a, b, c} {
		p.send(`{"id":1,"cmd":"subscribe","address":"room/c1"}`)
		if m := p.reply(1); m.Mode != "snapshot" || !m.Volatile || m.Records == nil || len(m.Records) != 0 {
			t.Fatalf("reply %+v", m)
		}
	}
	for i, tc := range []struct {
		f    Filter
		want int
	}{
		{Filter{}, 3},
		{Filter{OnlyUser: "u2"}, 2},
		{Filter{OnlyUser: a.connID}, 1},
		{Filter{Except: "u2"}, 1},
		{Filter{Except: b.connID}, 2},
		{Filter{}, 3},
	} {
		if n := w.hub.Publish("room/c1", "x:y", fmt.Append(nil, i), tc.f); n != tc.want {
			t.Errorf("message %d went to %d", i, n)
		}
	}
	for name, want := range map[*peer]string{a: "0 2 3 4 5", b: "0 1 5", c: "0 1 4 5"} {
		got := ""
		for name.last(&got) != "5" {
		}
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if n := w.hub.Publish("room/c2", "x:y", nil, Filter{}); n != 0 {
		t.Errorf("%d in an empty room", n)
	}
}

// last notes the data of the next volatile message.
func (p *peer) last(got *string) string {
	m := p.until("event", func(m message) bool { return m.Event == "x:y" })
	if m.Prev != nil || m.Seq != 0 {
		p.t.Errorf("a volatile message carries a number: %+v", m)
	}
	if *got != "" {
		*got += " "
	}
	*got += string(m.Data)
	return string(m.Data)
}

func TestUserMessages(t *testing.T) {
	w := newWorld(t, Options{})
	a, b := w.dial("user=u1&role=dispatcher"), w.dial("user=u2")
	if n := w.hub.SendUser("u1", "x:y", []byte(`1`)); n != 1 {
		t.Errorf("%d", n)
	}
	if n := w.hub.SendUser(b.connID, "x:y", []byte(`2`)); n != 1 {
		t.Errorf("%d", n)
	}
	if n := w.hub.Publish("user/u2", "x:y", []byte(`3`), Filter{}); n != 1 {
		t.Errorf("%d", n)
	}
	if n := w.hub.SendWhere(func(id Identity) bool { return id.Role == "dispatcher" }, "x:y", nil); n != 1 {
		t.Errorf("%d", n)
	}
	if n := w.hub.SendUser("nobody", "x:y", nil); n != 0 {
		t.Errorf("%d", n)
	}
	for _, want := range []string{"1", "null"} {
		if m := a.next(); m.Address != "user/u1" || m.Event != "x:y" || string(m.Data) != want {
			t.Errorf("u1 got %+v", m)
		}
	}
	for _, want := range []string{"2", "3"} {
		if m := b.next(); m.Address != "user/u2" || string(m.Data) != want {
			t.Errorf("u2 got %+v", m)
		}
	}
}
