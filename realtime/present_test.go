package realtime

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestPresent: who answers pings is there, who falls silent is not for longer than
// was asked for, and who polls is there until a while after the last poll.
func TestPresent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, stop := newPipeWorld(t, Options{})
		defer stop()
		const within = 15 * time.Second
		here := func() string {
			var users []string
			for _, id := range w.hub.Present(within) {
				users = append(users, id.UserID)
			}
			slices.Sort(users)
			return strings.Join(slices.Compact(users), " ")
		}
		w.dial("user=silent") // it reads nothing, and so answers no ping
		alive := w.dial("user=alive")
		w.hub.Poll(t.Context(), Identity{UserID: "poll"}, []Sub{{"delivery/c1", nil}}, 0)
		if got := here(); got != "alive poll silent" {
			t.Errorf("at first %q", got)
		}
		start := time.Now()
		for time.Since(start) < within-time.Second {
			if got := here(); got != "alive poll silent" {
				t.Fatalf("after %s %q", time.Since(start), got)
			}
			alive.any()
		}
		for time.Since(start) < within+time.Second {
			alive.any()
		}
		if got := here(); got != "alive" {
			t.Errorf("after %s %q", time.Since(start), got)
		}
		for time.Since(start) < 2*time.Minute {
			if got := here(); got != "alive" {
				t.Fatalf("after %s %q", time.Since(start), got)
			}
			alive.any()
		}
	})
}
