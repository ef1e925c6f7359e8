// Package storetest gives tests databases of their own: an embedded one each, or
// one on the server that the environment names.
package storetest

import (
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/microsoft/go-mssqldb" // registers the driver "sqlserver"
)

// Variable names the endpoint, as a URL whose user may make databases.
const Variable = "BROS_TEST_SQLSERVER_URL"

// HasServer reports whether there is an endpoint to test on.
func HasServer() bool { return os.Getenv(Variable) != "" }

var (
	mu     sync.Mutex
	byPath = map[string]string{}
)

// URL is that of the database that belongs to a file: the file itself, or, when
// there is an endpoint, a database there that goes away with the test that
// asked for it first.
func URL(t testing.TB, path string) string {
	t.Helper()
	if !HasServer() {
		return "sqlite:" + path
	}
	mu.Lock()
	defer mu.Unlock()
	if u, ok := byPath[path]; ok {
		return u
	}
	byPath[path] = Server(t)
	return byPath[path]
}

// Server is the URL of a new, empty database at the endpoint.
func Server(t testing.TB) string {
	t.Helper()
	u, err := url.Parse(os.Getenv(Variable))
	if err != nil {
		t.Fatal("the URL of the endpoint can't be read") // it holds a password
	}
	var b [6]byte
	_, _ = rand.Read(b[:])
	name := "bros_test_" + hex.EncodeToString(b[:])
	admin, err := sql.Open("sqlserver", u.String())
	must(t, err)
	_, err = admin.ExecContext(t.Context(), "CREATE DATABASE "+name)
	must(t, err)
	drop := "ALTER DATABASE " + name + " SET SINGLE_USER WITH ROLLBACK IMMEDIATE; DROP DATABASE " + name
	if !IsSQLServer(t) {
		drop = "DROP DATABASE " + name // there is no such ALTER; a session that stays fails the test
	}
	t.Cleanup(func() { remove(t, admin, drop) })
	q := u.Query()
	q.Set("database", name)
	u.RawQuery = q.Encode()
	return u.String()
}

// remove is tried again for a while: a session that was closed just now may
// still be there.
func remove(t testing.TB, admin *sql.DB, drop string) {
	t.Helper()
	pause := time.NewTicker(200 * time.Millisecond)
	defer pause.Stop()
	var err error
	for range 50 {
		if _, err = admin.Exec(drop); err == nil {
			break
		}
		<-pause.C
	}
	must(t, err)
	must(t, admin.Close())
}

// IsSQLServer asks the endpoint what it is. Others speak its protocol too, and a
// test leaves out what they can't show, and says so.
func IsSQLServer(t testing.TB) bool {
	t.Helper()
	db, err := sql.Open("sqlserver", os.Getenv(Variable))
	must(t, err)
	defer func() { must(t, db.Close()) }()
	var version string
	must(t, db.QueryRow("SELECT @@VERSION").Scan(&version))
	return !strings.Contains(version, "Babelfish")
}

// OnSQLServerOnly skips a test that an endpoint of another make can't honour, and
// says why. Without an endpoint the test runs on the embedded engine.
func OnSQLServerOnly(t testing.TB, why string) {
	t.Helper()
	if HasServer() && !IsSQLServer(t) {
		t.Skip("the endpoint is not SQL Server itself: " + why)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
