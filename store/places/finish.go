package places

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/brosops/bros/domain/address"
)

// Stats say what an index holds.
type Stats struct {
	Doors     int64
	Entrances int64 // doors whose entrance is known
	Roads     int64
	Dongs     int64
	Buildings int64 // names
	Lots      int64
	Regions   int64
	Bytes     int64
	Updated   time.Time // zero: never
	Files     []FileStats
}

// FileStats are of one file that was imported.
type FileStats struct {
	Path string
	Rows int64
	At   time.Time
}

// finish computes what is made of all doors, and closes the file's journal.
func (w *writer) finish(ctx context.Context) (Stats, error) {
	for _, q := range []string{
		// In the order of the doors, so that one pass does it.
		"DROP TABLE IF EXISTS temp.middle",
		"CREATE TEMP TABLE middle AS SELECT road, CAST(AVG(lat) AS INTEGER) AS lat, CAST(AVG(lng) AS INTEGER) AS lng, COUNT(*) AS doors FROM door GROUP BY road",
		"UPDATE name SET lat = m.lat, lng = m.lng FROM temp.middle m WHERE name.id = m.road",
		"DROP TABLE temp.middle",
		"CREATE TEMP TABLE middle AS SELECT dong, CAST(AVG(lat) AS INTEGER) AS lat, CAST(AVG(lng) AS INTEGER) AS lng FROM door WHERE dong <> 0 GROUP BY dong",
		"UPDATE name SET lat = m.lat, lng = m.lng FROM temp.middle m WHERE name.id = m.dong",
		"DROP TABLE temp.middle",
		"CREATE TEMP TABLE middle AS SELECT n.region, COUNT(*) AS doors, CAST(AVG(d.lat) AS INTEGER) AS lat, CAST(AVG(d.lng) AS INTEGER) AS lng FROM door d JOIN name n ON n.id = d.road GROUP BY n.region",
		"UPDATE region SET doors = 0",
		"UPDATE region SET lat = m.lat, lng = m.lng, doors = m.doors FROM temp.middle m WHERE region.id = m.region",
		"DROP TABLE temp.middle",
		"DELETE FROM pack",
	} {
		if _, err := w.tx.ExecContext(ctx, q); err != nil {
			return Stats{}, err
		}
	}
	if err := w.pack(ctx); err != nil {
		return Stats{}, err
	}
	if _, err := w.tx.ExecContext(ctx, "INSERT OR REPLACE INTO state (key, value) VALUES ('updated', ?)", w.now().UTC().Format(time.RFC3339)); err != nil {
		return Stats{}, err
	}
	stats, err := readStats(ctx, w.tx)
	if err != nil {
		return stats, err
	}
	for key, n := range map[string]int64{"doors": stats.Doors, "entrances": stats.Entrances, "lots": stats.Lots} {
		if _, err := w.tx.ExecContext(ctx, "INSERT OR REPLACE INTO state (key, value) VALUES (?, ?)", key, n); err != nil {
			return stats, err
		}
	}
	if err := w.tx.Commit(); err != nil {
		return stats, err
	}
	w.tx = nil
	// A file that is read as immutable has all of it in itself.
	_, err = w.db.ExecContext(ctx, "PRAGMA journal_mode = DELETE")
	return stats, err
}

// pack writes each region's names as they are searched.
func (w *writer) pack(ctx context.Context) error {
	rows, err := w.tx.QueryContext(ctx, "SELECT id FROM region ORDER BY id")
	if err != nil {
		return err
	}
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			_ = rows.Close()
			return err
		}
		ids = append(ids, id)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, id := range ids {
		packed, err := w.packed(ctx, id)
		if err != nil {
			return err
		}
		if _, err := w.exec(ctx, "INSERT INTO pack (region, names) VALUES (?, ?)", id, packed); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) packed(ctx context.Context, region int64) ([]byte, error) {
	rows, err := w.tx.QueryContext(ctx, "SELECT id, kind, text FROM name WHERE region = ? ORDER BY kind, id", region)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []byte{}
	for rows.Next() {
		var id int64
		var kind byte
		var text string
		if err := rows.Scan(&id, &kind, &text); err != nil {
			return nil, err
		}
		out = appendPacked(out, id, kind, address.Fold(text))
	}
	return out, rows.Err()
}

type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func readStats(ctx context.Context, q querier) (st Stats, err error) {
	err = q.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(SUM(exact = 2), 0) FROM door`).Scan(&st.Doors, &st.Entrances)
	if err == nil {
		err = q.QueryRowContext(ctx, `SELECT COUNT(*) FROM lot`).Scan(&st.Lots)
	}
	return st, err
}

// ReadStats says what the index at a path holds.
func ReadStats(ctx context.Context, path string) (st Stats, err error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return st, nil
	}
	if err != nil {
		return st, err
	}
	db, err := openFile(path, false, readCacheKB)
	if err != nil {
		return st, err
	}
	defer func() { _ = db.Close() }()
	var updated string
	err = db.QueryRowContext(ctx, `SELECT
		COALESCE((SELECT CAST(value AS INTEGER) FROM state WHERE key = 'doors'), 0),
		COALESCE((SELECT CAST(value AS INTEGER) FROM state WHERE key = 'entrances'), 0),
		COALESCE((SELECT CAST(value AS INTEGER) FROM state WHERE key = 'lots'), 0),
		COALESCE((SELECT value FROM state WHERE key = 'updated'), ''),
		(SELECT COUNT(*) FROM name WHERE kind = 1), (SELECT COUNT(*) FROM name WHERE kind = 2), (SELECT COUNT(*) FROM name WHERE kind = 3),
		(SELECT COUNT(*) FROM region)`).Scan(&st.Doors, &st.Entrances, &st.Lots, &updated, &st.Roads, &st.Dongs, &st.Buildings, &st.Regions)
	if err != nil {
		return st, err
	}
	st.Bytes = info.Size()
	st.Updated, _ = time.Parse(time.RFC3339, updated)
	rows, err := db.QueryContext(ctx, "SELECT path, rows, at FROM file WHERE done = 1 ORDER BY at, path")
	if err != nil {
		return st, err
	}
	defer rows.Close()
	for rows.Next() {
		var f FileStats
		var at string
		if err := rows.Scan(&f.Path, &f.Rows, &at); err != nil {
			return st, err
		}
		f.At, _ = time.Parse(time.RFC3339, at)
		st.Files = append(st.Files, f)
	}
	return st, rows.Err()
}
