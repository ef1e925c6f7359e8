// Package places is the embedded index of addresses: one SQLite file of its own,
// beside the database of whichever engine, made from files by an Importer and
// read by an Index. It is never changed while it is read: an import makes a new
// file and puts it in the place of the old.
package places

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"

	_ "modernc.org/sqlite" // the driver
)

// schemaVersion is that of the file; a file of another one is made anew.
const schemaVersion = 1

// Kinds of names.
const (
	kindRoad     = 1
	kindDong     = 2
	kindBuilding = 3
)

// A door is found by number within a road, and by lot within a dong; both keys
// keep near together what is near. Names are few beside doors, and are searched
// in memory (pack), so no door has text of its own but for the building of a
// complex that it is (detail).
const schema = `
CREATE TABLE region (
	id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, sido TEXT NOT NULL, sigungu TEXT NOT NULL,
	lat INTEGER, lng INTEGER, doors INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE name (
	id INTEGER PRIMARY KEY, region INTEGER NOT NULL, kind INTEGER NOT NULL, code TEXT NOT NULL, text TEXT NOT NULL,
	town TEXT NOT NULL DEFAULT '', lat INTEGER, lng INTEGER, UNIQUE (region, kind, code)
);
CREATE TABLE door (
	road INTEGER NOT NULL, num INTEGER NOT NULL, detail TEXT NOT NULL, lat INTEGER, lng INTEGER, exact INTEGER NOT NULL,
	post TEXT NOT NULL, dong INTEGER NOT NULL, lot INTEGER NOT NULL, building INTEGER NOT NULL,
	PRIMARY KEY (road, num, detail)
) WITHOUT ROWID;
CREATE TABLE lot (
	dong INTEGER NOT NULL, lot INTEGER NOT NULL, road INTEGER NOT NULL, num INTEGER NOT NULL,
	PRIMARY KEY (dong, lot, road, num)
) WITHOUT ROWID;
CREATE TABLE named (
	building INTEGER NOT NULL, road INTEGER NOT NULL, num INTEGER NOT NULL, detail TEXT NOT NULL,
	PRIMARY KEY (building, road, num, detail)
) WITHOUT ROWID;
CREATE TABLE pack (region INTEGER PRIMARY KEY, names BLOB NOT NULL);
CREATE TABLE file (
	job TEXT NOT NULL, digest TEXT NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL,
	offset INTEGER NOT NULL, line INTEGER NOT NULL, rows INTEGER NOT NULL, done INTEGER NOT NULL, at TEXT NOT NULL,
	PRIMARY KEY (job, digest)
);
CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL);
`

// microdegrees are how places are kept: a tenth of a metre.
const microdegrees = 1e6

// numberKey is the number of a house or a lot as one integer, in order.
func numberKey(flag bool, main, sub int) int64 {
	n := int64(main)<<14 | int64(sub)
	if flag {
		n |= 1 << 32
	}
	return n
}

func numberOf(key int64) (flag bool, main, sub int) {
	return key>>32 != 0, int(key >> 14 & (1<<18 - 1)), int(key & (1<<14 - 1))
}

// The bounds of a number in its key.
const (
	maxMain = 1<<17 - 1
	maxSub  = 1<<14 - 1
)

// openFile opens a file of the index. One that is read is never written again.
func openFile(path string, write bool, cacheKB int) (*sql.DB, error) {
	q := url.Values{}
	pragma := func(v string) { q.Add("_pragma", v) }
	pragma(fmt.Sprintf("cache_size(-%d)", cacheKB))
	if write {
		pragma("journal_mode(WAL)")
		pragma("synchronous(NORMAL)")
		pragma("busy_timeout(200)")
		q.Set("_txlock", "immediate")
	} else {
		q.Set("mode", "ro")
		q.Set("immutable", "1")
	}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	if write {
		db.SetMaxOpenConns(1)
	} else {
		db.SetMaxOpenConns(readers)
		db.SetMaxIdleConns(readers)
	}
	return db, nil
}

// version is a file's schema version; 0: it has none yet.
func version(ctx context.Context, db *sql.DB) (n int, err error) {
	return n, db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&n)
}
