package api

import (
	"context"
	"net/http"
	"time"
)

// Readiness is the answer of /readyz.
type Readiness struct {
	Status  string   `json:"status"` // ok, degraded or unready
	Reasons []string `json:"reasons"`
}

// livez answers while the process works.
func (s *Server) livez(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
}

// readyz answers 503 when the database fails, the rooms are behind, or the
// process drains; what it merely does without is "degraded".
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
	defer cancel()
	unready := s.liveReasons()
	var degraded []string
	if s.degraded != nil {
		degraded = s.degraded()
	}
	if why := s.live.link.degraded(); why != "" {
		degraded = append(degraded, why)
	}
	if why := s.roads.Degraded(); why != "" {
		degraded = append(degraded, why)
	}
	if err := s.store.Ping(ctx); err != nil {
		s.log.Warn("the database does not answer", "error", err)
		unready = append(unready, "the database does not answer")
	}
	if s.unwritable.Load() {
		unready = append(unready, "the database can't be written")
	}
	if s.draining.Load() {
		unready = append(unready, "draining")
	}
	status, out := http.StatusOK, Readiness{"ok", append(append([]string{}, unready...), degraded...)}
	switch {
	case len(unready) > 0:
		status, out.Status = http.StatusServiceUnavailable, "unready"
		w.Header().Set("Retry-After", "1")
	case len(degraded) > 0:
		out.Status = "degraded"
	}
	w.Header().Set("Cache-Control", "no-store")
	_ = writeJSON(w, status, out)
}
