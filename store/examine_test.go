package store

import (
	"fmt"
	"net"
	"os"
	"testing"
	"time"
)

func TestExamine(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		url := newURL(t)
		before, err := Examine(t.Context(), url)
		must(t, err)
		equal(t, "version before", before.Version, 0)
		if path, err := sqlitePath(url); err == nil && before.Engine == "sqlite" {
			equal(t, "missing", before.Missing, true)
			if _, err := os.Stat(path); err == nil {
				t.Error("a look made the file")
			}
		}
		db := open(t, url)
		addCenter(t, db, "c", 1, 1)
		_, err = db.PushKey(t.Context(), "key")
		must(t, err)
		x, err := Examine(t.Context(), url) // while it is in use
		must(t, err)
		if x.Version != x.Newest || x.Newest < 9 || x.Missing || x.Damage != "" || x.Busy || x.Versions != nil || x.ReadOnly != "" {
			t.Errorf("%+v", x)
		}
		if x.Ahead.Abs() > time.Minute || x.PushKey != "key" {
			t.Errorf("clock ahead by %s, key %q", x.Ahead, x.PushKey)
		}
		must(t, (&Examination{Newest: x.Newest}).look(t.Context(), db.queries, true))
	})
}

// TestExamineNoServer: what is behind an address says what to do about it.
func TestExamineNoServer(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte("220 mail.example ESMTP, and much more than a header\r\n"))
			_ = conn.Close()
		}
	}()
	url := fmt.Sprintf("sqlserver://bros:s3cret@%s?database=bros&encrypt=disable", ln.Addr())
	x, err := Examine(t.Context(), url)
	if err == nil || x.Trouble != TroubleStranger {
		t.Errorf("a mail server: %v (%s)", err, x.Trouble)
	}
	must(t, ln.Close())
	x, err = Examine(t.Context(), url)
	if err == nil || x.Trouble != TroubleAway {
		t.Errorf("nobody: %v (%s)", err, x.Trouble)
	}
}
