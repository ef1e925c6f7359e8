package main

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
)

// TestCommandsLeaveTheSchemaAlone: a newer bros beside an older server's database
// says what to do, and does not change it; a new database gets a schema.
func TestCommandsLeaveTheSchemaAlone(t *testing.T) {
	dir := t.TempDir()
	if c := launch(t, brosBinary, dir, nil, "user", "list"); c.exit() != 0 {
		t.Fatalf("a new database: %s%s", c.stdout, c.stderr)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "data", "bros.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	version := func() (n int) {
		t.Helper()
		if err := db.QueryRow("SELECT COUNT(*) FROM goose_db_version").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	// What the newest migration did is taken back.
	if c := launch(t, brosBinary, dir, nil, "migrate", "down"); c.exit() != 0 {
		t.Fatalf("down: %s%s", c.stdout, c.stderr)
	}
	before := version()
	for _, args := range [][]string{{"user", "list"}, {"db", "new-epoch"}, {"privacy", "export", "010-1234-5678"}} {
		c := launch(t, brosBinary, dir, nil, args...)
		if c.exit() == 0 || !strings.Contains(c.stderr.String(), "bros migrate up") {
			t.Errorf("%v: %s%s", args, c.stdout, c.stderr)
		}
	}
	if after := version(); after != before {
		t.Errorf("%d migrations after, %d before", after, before)
	}
	if c := launch(t, brosBinary, dir, nil, "migrate", "up"); c.exit() != 0 {
		t.Errorf("up: %s%s", c.stdout, c.stderr)
	}
	if c := launch(t, brosBinary, dir, nil, "user", "list"); c.exit() != 0 {
		t.Errorf("after migrate up: %s%s", c.stdout, c.stderr)
	}
}
