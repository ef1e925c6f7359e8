package store

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
)

// A database that has anything in it is not switched over: it is refused.
func TestDatabaseState(t *testing.T) {
	good := databaseState{ReadCommitted: true, Snapshot: 1, Level: 160, Tables: 20}
	for name, c := range map[string]struct {
		change func(s *databaseState)
		want   string
	}{
		"in use and right":      {func(*databaseState) {}, ""},
		"new":                   {func(s *databaseState) { s.ReadCommitted, s.Snapshot, s.Tables = false, 0, 0 }, readCommitted},
		"new, half done":        {func(s *databaseState) { s.Snapshot, s.Tables = 0, 0 }, allowSnapshot},
		"in use and wrong":      {func(s *databaseState) { s.ReadCommitted = false }, "refused"},
		"in use, no snapshots":  {func(s *databaseState) { s.Snapshot = 0 }, "refused"},
		"of an old server":      {func(s *databaseState) { s.Level = 120 }, "refused"},
		"the server's own":      {func(s *databaseState) { s.Name = "master" }, "refused"},
		"new, of an old server": {func(s *databaseState) { s.Level, s.ReadCommitted, s.Tables = 100, false, 0 }, "refused"},
	} {
		s := good
		c.change(&s)
		got, err := s.lacks()
		if err != nil {
			got = "refused"
		}
		equal(t, name, got, c.want)
	}
}

// deafServer is an address that nobody listens at.
func deafServer(t *testing.T) string {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	must(t, ln.Close())
	return ln.Addr().String()
}

// A server that is not there is waited for, in bounds, and the log says so
// without the password.
func TestStartWaitsForTheServer(t *testing.T) {
	var said strings.Builder
	url := "sqlserver://sa:s3cret-word@" + deafServer(t) + "?database=bros&encrypt=disable"
	o := Options{URL: url, Migrate: true, Patience: 200 * time.Millisecond, Logger: slog.New(slog.NewTextHandler(&said, nil))}
	_, err := Open(t.Context(), o)
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("answered %v", err)
	}
	if !strings.Contains(said.String(), "does not answer yet") || strings.Contains(said.String(), "s3cret") {
		t.Errorf("the log says %q", said.String())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o.Patience = time.Hour
	if _, err := Open(ctx, o); err == nil {
		t.Error("opened out of nothing")
	}
	_, err = Open(t.Context(), Options{URL: "sqlserver://sa:s3cret%zz@h?database=x"})
	wantCode(t, err, domain.CodeValidation)
	if strings.Contains(err.Error(), "s3cret") {
		t.Errorf("answered %v", err)
	}
}
