package store

import (
	"context"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/brosops/bros/migrations"
)

// Examination is the state of a database as somebody finds it who only looks.
type Examination struct {
	Engine  string // sqlite or sqlserver
	Missing bool   // SQLite: there is no file yet; the rest is zero
	// Version is the newest migration that has run (0: none), Newest the newest
	// that this program knows.
	Version, Newest int64
	// Ahead is by how much the database's clock is before ours, as far as can be
	// told from a question that took Asked.
	Ahead, Asked time.Duration
	// LastEntry is when the newest entry of any center's log was made; zero: none.
	LastEntry time.Time
	// PushKey is the private key for notifications that the database keeps; empty: none.
	PushKey string

	// SQLite: the file, how it keeps its journal (wal), what is damaged in it (empty:
	// nothing that was found), whether all of it was looked at in time, and
	// whether another process held the lock for writing all the while.
	File    string
	Journal string
	Damage  string
	Whole   bool
	Busy    bool

	// Versions is what is wrong with the row versions or the level of a SQL Server
	// database, with what to do; nil: nothing, or what a first start sets by itself.
	Versions error
	// ReadOnly says what a SQL Server user has no right to and a server needs; empty:
	// nothing that was found.
	ReadOnly string
	// Trouble is what an error of Examine comes of, as far as a SQL Server's tells.
	Trouble Trouble
}

// Trouble is what keeps a SQL Server from being used.
type Trouble string

// The kinds of trouble; empty is any other.
const (
	TroubleAway     Trouble = "away"     // nobody answers at that host and port
	TroubleStranger Trouble = "stranger" // who answers does not speak the protocol
	TroubleTLS      Trouble = "tls"      // it does, and the two don't agree on a certificate or encryption
	TroubleLogin    Trouble = "login"    // user or password is refused
	TroubleDatabase Trouble = "database" // there is no such database, or not for this user
)

// Examine looks at a database and changes nothing, not even an old schema. An
// error means that it can't be reached, read or (a file) written.
func Examine(ctx context.Context, url string) (Examination, error) {
	d, err := dialectOf(url)
	if err != nil {
		return Examination{}, err
	}
	newest, err := newestMigration(d.engine())
	if err != nil {
		return Examination{}, err
	}
	x := Examination{Engine: d.engine(), Newest: newest}
	err = d.examine(ctx, url, &x)
	return x, err
}

func newestMigration(engine string) (newest int64, err error) {
	files, err := migrations.For(engine)
	if err != nil {
		return 0, err
	}
	names, err := fs.Glob(files, "*.sql")
	for _, name := range names {
		n, nerr := goose.NumericComponent(name)
		if nerr != nil {
			return 0, nerr
		}
		newest = max(newest, n)
	}
	return newest, err
}

// The questions that are the same on both engines; selectPushKey is among them.
const (
	examineVersion = "SELECT COALESCE(MAX(version_id), 0) AS version FROM goose_db_version WHERE is_applied = 1"
	examineEntry   = "SELECT MAX(log.at) AS now_at FROM heads JOIN log ON log.center_id = heads.center_id AND log.seq = heads.seq"
)

// instant is a row of one time.
type instant struct {
	At nullTime `db:"now_at"`
}

// look reads what is asked alike of both engines; tables says whether there are any.
func (x *Examination) look(ctx context.Context, q queries, tables bool) error {
	begun := time.Now()
	var clock, last instant
	if _, err := q.get(ctx, &clock, "SELECT "+q.d.clock()+" AS now_at"); err != nil {
		return wrap("ask for the time", err)
	}
	x.Asked = time.Since(begun)
	x.Ahead = clock.At.Sub(begun.Add(x.Asked / 2))
	if !tables {
		return nil
	}
	if _, err := q.get(ctx, &x.Version, examineVersion); err != nil {
		return wrap("read the version of the schema", err)
	}
	if x.Version != x.Newest {
		return nil // the tables may be others
	}
	if _, err := q.get(ctx, &x.PushKey, selectPushKey); err != nil {
		return wrap("read what the database keeps", err)
	}
	if _, err := q.get(ctx, &last, examineEntry); err != nil {
		return wrap("read the log", err)
	}
	x.LastEntry = last.At.Time.Time
	return nil
}
