package realtime

import "time"

// Present are those who are there: whose connection has answered a ping within a
// time, and who poll or did so within it. A user may be among them several times.
func (h *Hub) Present(within time.Duration) []Identity {
	now := time.Now()
	var out []Identity
	for _, c := range h.clients() {
		c.mu.Lock()
		heard := c.heard
		c.mu.Unlock()
		if now.Sub(heard) < within {
			out = append(out, *c.identity.Load())
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for w := range h.polls {
		out = append(out, w.id)
	}
	for user, p := range h.polled {
		if now.Sub(p.at) >= within {
			delete(h.polled, user)
			continue
		}
		out = append(out, p.id)
	}
	return out
}

// polledAt is when a user's last poll ended.
type polledAt struct {
	id Identity
	at time.Time
}
