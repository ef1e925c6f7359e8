package places

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/brosops/bros/domain/address"
)

// entry is one door as a file has it.
type entry struct {
	sido, sigungu  string
	town           string // 읍 or 면; empty in cities
	road, roadCode string
	num            int64
	dong, dongCode string
	lot            int64 // 0: unknown
	building       string
	detail         string // of several buildings at one address, which
	post           string
	lat, lng       float64
	exact          int
	gone           bool
}

// writeCacheKB keeps what a file is about in memory: files go area by area.
const writeCacheKB = 48 << 10

// keptRegions is of how many regions the names' numbers are remembered at once.
const keptRegions = 12

type nameKey struct {
	kind byte
	code string
}

type keptRegion struct {
	id    int64
	names map[nameKey]int64
	used  int64
}

// writer writes into the new file, some ten thousand rows a transaction, each
// with how far its file was read.
type writer struct {
	db     *sql.DB
	tx     *sql.Tx
	batch  int
	rows   int // of this transaction
	old    bool
	job    string
	now    func() time.Time
	tell   func()
	clock  int64
	kept   map[string]*keptRegion
	stmts  map[string]*sql.Stmt
	closed bool
}

func openWriter(ctx context.Context, part string, batch int) (*writer, error) {
	db, err := openFile(part, true, writeCacheKB)
	if err != nil {
		return nil, err
	}
	w := &writer{db: db, batch: batch, kept: map[string]*keptRegion{}, stmts: map[string]*sql.Stmt{}, tell: func() {}}
	if _, err := db.ExecContext(ctx, "PRAGMA locking_mode = EXCLUSIVE"); err != nil {
		_ = db.Close()
		return nil, busy(err)
	}
	if w.tx, err = db.BeginTx(ctx, nil); err != nil {
		_ = db.Close()
		return nil, busy(err)
	}
	return w, nil
}

func (w *writer) close() {
	if w.closed {
		return
	}
	w.closed = true
	if w.tx != nil {
		_ = w.tx.Rollback()
	}
	_ = w.db.Close()
}

// prepare makes the tables of an empty file, and notes what is imported.
func (w *writer) prepare(ctx context.Context) error {
	if !w.old {
		if _, err := w.tx.ExecContext(ctx, schema+fmt.Sprintf("PRAGMA user_version = %d", schemaVersion)); err != nil {
			return err
		}
	}
	if _, err := w.tx.ExecContext(ctx, "INSERT OR REPLACE INTO state (key, value) VALUES ('job', ?)", w.job); err != nil {
		return err
	}
	return w.commit(ctx)
}

// commit ends the transaction and begins the next.
func (w *writer) commit(ctx context.Context) error {
	clear(w.stmts) // they end with their transaction
	w.rows = 0
	if err := w.tx.Commit(); err != nil {
		w.tx = nil
		return err
	}
	var err error
	w.tx, err = w.db.BeginTx(ctx, nil)
	return err
}

// stmt is a statement of the running transaction.
func (w *writer) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := w.stmts[query]; ok {
		return s, nil
	}
	s, err := w.tx.PrepareContext(ctx, query)
	if err == nil {
		w.stmts[query] = s
	}
	return s, err
}

func (w *writer) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	s, err := w.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

// read notes that a row of the file is written, and commits now and then. ctx is
// looked at between transactions.
func (w *writer) read(ctx context.Context, s *source) error {
	s.rows++
	if w.rows++; w.rows < w.batch {
		return nil
	}
	return w.save(ctx, s)
}

func (w *writer) save(ctx context.Context, s *source) error {
	done := 0
	if s.done {
		done = 1
	}
	_, err := w.exec(ctx, "INSERT OR REPLACE INTO file (job, digest, path, size, offset, line, rows, done, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		w.job, s.digest, s.path, s.size, s.offset, s.line, s.rows, done, w.now().UTC().Format(time.RFC3339))
	if err != nil {
		return err
	}
	if err := w.commit(ctx); err != nil {
		return err
	}
	w.tell()
	return ctx.Err()
}

// region is the number of a city's part, and of its names those that are known.
func (w *writer) region(ctx context.Context, sido, sigungu string) (*keptRegion, error) {
	code := sido + "\n" + sigungu
	w.clock++
	if r, ok := w.kept[code]; ok {
		r.used = w.clock
		return r, nil
	}
	if len(w.kept) >= keptRegions {
		oldest, at := "", int64(math.MaxInt64)
		for c, r := range w.kept {
			if r.used < at {
				oldest, at = c, r.used
			}
		}
		delete(w.kept, oldest)
	}
	r := &keptRegion{names: map[nameKey]int64{}, used: w.clock}
	err := w.tx.QueryRowContext(ctx, "SELECT id FROM region WHERE code = ?", code).Scan(&r.id)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		res, err := w.exec(ctx, "INSERT INTO region (code, sido, sigungu) VALUES (?, ?, ?)", code, sido, sigungu)
		if err != nil {
			return nil, err
		}
		if r.id, err = res.LastInsertId(); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, err
	default:
		rows, err := w.tx.QueryContext(ctx, "SELECT id, kind, code FROM name WHERE region = ?", r.id)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		for rows.Next() {
			var id int64
			var k nameKey
			if err := rows.Scan(&id, &k.kind, &k.code); err != nil {
				return nil, err
			}
			r.names[k] = id
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
	}
	w.kept[code] = r
	return r, nil
}

// name is the number of a name, which it gets here if it is new.
func (w *writer) name(ctx context.Context, r *keptRegion, kind byte, code, text, town string) (int64, error) {
	k := nameKey{kind, code}
	if id, ok := r.names[k]; ok {
		return id, nil
	}
	res, err := w.exec(ctx, "INSERT INTO name (region, kind, code, text, town) VALUES (?, ?, ?, ?, ?)", r.id, kind, code, text, town)
	if err != nil {
		return 0, err
	}
	id, err := res.LastInsertId()
	if err == nil {
		r.names[k] = id
	}
	return id, err
}

func (e *entry) roadKey() string {
	code := e.roadCode
	if code == "" {
		code = address.Fold(e.road)
	}
	return code + "/" + e.town
}

func (e *entry) dongKey() string {
	if e.dongCode != "" {
		return e.dongCode
	}
	return address.Fold(e.dong)
}

// door writes, changes or removes one.
func (w *writer) door(ctx context.Context, e *entry) error {
	r, err := w.region(ctx, e.sido, e.sigungu)
	if err != nil {
		return err
	}
	if e.gone {
		return w.remove(ctx, r, e)
	}
	road, err := w.name(ctx, r, kindRoad, e.roadKey(), e.road, e.town)
	if err != nil {
		return err
	}
	var dong, building int64
	if e.dong != "" {
		if dong, err = w.name(ctx, r, kindDong, e.dongKey(), e.dong, ""); err != nil {
			return err
		}
	}
	if e.building != "" {
		if building, err = w.name(ctx, r, kindBuilding, address.Fold(e.building), e.building, ""); err != nil {
			return err
		}
	}
	if w.old && building != 0 { // the name that the door had may be another
		if _, err := w.exec(ctx, "DELETE FROM named WHERE building = (SELECT building FROM door WHERE road = ? AND num = ? AND detail = ?) AND building <> ? AND road = ? AND num = ? AND detail = ?",
			road, e.num, e.detail, building, road, e.num, e.detail); err != nil {
			return err
		}
	}
	var lat, lng any
	if e.exact != exactNone {
		lat, lng = int64(math.Round(e.lat*microdegrees)), int64(math.Round(e.lng*microdegrees))
	}
	// Of several buildings that share an address and have no name of their own the
	// named one stays.
	if _, err := w.exec(ctx, `INSERT INTO door (road, num, detail, lat, lng, exact, post, dong, lot, building) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (road, num, detail) DO UPDATE SET lat = excluded.lat, lng = excluded.lng, exact = excluded.exact, post = excluded.post,
		dong = excluded.dong, lot = excluded.lot, building = excluded.building WHERE excluded.building <> 0 OR door.building = 0`,
		road, e.num, e.detail, lat, lng, e.exact, e.post, dong, e.lot, building); err != nil {
		return err
	}
	if building != 0 {
		if _, err := w.exec(ctx, "INSERT OR IGNORE INTO named (building, road, num, detail) VALUES (?, ?, ?, ?)", building, road, e.num, e.detail); err != nil {
			return err
		}
	}
	if dong == 0 || e.lot == 0 {
		return nil
	}
	_, err = w.exec(ctx, "INSERT OR IGNORE INTO lot (dong, lot, road, num) VALUES (?, ?, ?, ?)", dong, e.lot, road, e.num)
	return err
}

func (w *writer) remove(ctx context.Context, r *keptRegion, e *entry) error {
	road, ok := r.names[nameKey{kindRoad, e.roadKey()}]
	if !ok {
		return nil
	}
	if _, err := w.exec(ctx, "DELETE FROM named WHERE building = (SELECT building FROM door WHERE road = ? AND num = ? AND detail = ?) AND road = ? AND num = ? AND detail = ?",
		road, e.num, e.detail, road, e.num, e.detail); err != nil {
		return err
	}
	_, err := w.exec(ctx, "DELETE FROM door WHERE road = ? AND num = ? AND detail = ?", road, e.num, e.detail)
	return err
}

// lot notes a further lot of a door's building.
func (w *writer) lot(ctx context.Context, e *entry) error {
	r, err := w.region(ctx, e.sido, e.sigungu)
	if err != nil {
		return err
	}
	road, ok := r.names[nameKey{kindRoad, e.roadKey()}]
	if !ok {
		return nil // of a road that has no doors
	}
	known := r.names[nameKey{kindDong, e.dongKey()}]
	dong, err := w.name(ctx, r, kindDong, e.dongKey(), e.dong, "")
	if err != nil {
		return err
	}
	if known == dong && e.town != "" && e.dong != e.town {
		// The doors' file has the 면 alone; the 리 is known only here.
		if _, err := w.exec(ctx, "UPDATE name SET text = ? WHERE id = ? AND text <> ?", e.dong, dong, e.dong); err != nil {
			return err
		}
	}
	if e.gone {
		_, err = w.exec(ctx, "DELETE FROM lot WHERE dong = ? AND lot = ? AND road = ? AND num = ?", dong, e.lot, road, e.num)
		return err
	}
	_, err = w.exec(ctx, "INSERT OR IGNORE INTO lot (dong, lot, road, num) VALUES (?, ?, ?, ?)", dong, e.lot, road, e.num)
	return err
}

// entrance gives a door whose own entrance is not known the place of another one.
func (w *writer) entrance(ctx context.Context, regionCode string, e *entry) error {
	_, err := w.exec(ctx, `UPDATE door SET lat = ?, lng = ?, exact = ? WHERE road IN (SELECT id FROM name WHERE kind = 1 AND code >= ? AND code < ?) AND num = ? AND exact < ?`,
		int64(math.Round(e.lat*microdegrees)), int64(math.Round(e.lng*microdegrees)), exactEntrance, regionCode+"/", regionCode+"0", e.num, exactEntrance)
	return err
}
