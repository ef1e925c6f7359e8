package realtime

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestPeersLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPeers(10 * time.Second)
		names := func() (out string) {
			for _, n := range p.Live() {
				out += n.Instance + " "
			}
			return out
		}
		check := func(want string) {
			t.Helper()
			if got := names(); got != want {
				t.Errorf("live: %q, want %q", got, want)
			}
		}
		if !p.Hear("b1", "b", 1) || !p.Hear("a1", "a", nil) || p.Hear("b1", "b", 2) {
			t.Error("who is new is not told right")
		}
		check("a1 b1 ")
		time.Sleep(9 * time.Second)
		p.Hear("b1", "b", 3)
		check("a1 b1 ")
		time.Sleep(2 * time.Second) // a is silent for 11 s
		check("b1 ")
		// b was killed and is there again: the old one does not stand beside it.
		time.Sleep(2 * time.Second)
		p.Hear("b2", "b", nil)
		check("b2 ")
		// Two that both speak under one name are two.
		p.Hear("b1", "b", nil)
		check("b1 b2 ")
		p.Leave("b1")
		check("b2 ")
		if p.Live()[0].Data != nil {
			t.Error("data of another")
		}
	})
}
