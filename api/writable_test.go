package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
)

// fullStore is a database on a disk that is full.
type fullStore struct {
	Store
	err error
}

func (f *fullStore) CheckWrite(context.Context) error { return f.err }
func (f *fullStore) Ping(context.Context) error       { return nil }

// A node that can't write is unready at once, one that is slow after a while.
func TestReadyzAsksAboutWriting(t *testing.T) {
	full := &fullStore{}
	now := time.Now()
	s, err := New(Config{NodeID: "n"}, Deps{Store: full, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	last := now
	for i, c := range []struct {
		err  error
		pass time.Duration
		want bool
	}{
		{nil, 0, false},
		{&domain.Error{Code: domain.CodeUnavailable}, 0, true},
		{nil, 0, false},
		{context.DeadlineExceeded, writeSlow / 2, false},
		{context.DeadlineExceeded, writeSlow, true},
		{nil, 0, false},
	} {
		now = now.Add(c.pass)
		full.err = c.err
		last = s.lookAtWrites(t.Context(), last)
		if got := s.unwritable.Load(); got != c.want {
			t.Errorf("step %d: unwritable %v", i, got)
		}
		if c.want {
			w := httptest.NewRecorder()
			s.readyz(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
			if w.Code != http.StatusServiceUnavailable {
				t.Errorf("step %d: answered %d", i, w.Code)
			}
		}
	}
}
