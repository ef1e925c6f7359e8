package store

import (
	"context"
	"encoding/base64"
	"strings"

	"github.com/brosops/bros/domain"
)

// DefaultLimit is how many records a page has when it does not say.
const DefaultLimit = 50

// where gathers the conditions of a list.
type where struct {
	conds []string
	args  []any
}

func (w *where) and(cond string, args ...any) {
	w.conds = append(w.conds, cond)
	w.args = append(w.args, args...)
}

// behind is w with the bound of a cursor put first: of several bounds of one column
// SQLite begins at the first, and one of the whole list would have it pass by
// everything that was read before.
func (w where) behind(cond string, arg any) where {
	return where{conds: append([]string{cond}, w.conds...), args: append([]any{arg}, w.args...)}
}

// in asks for one of the values. The list is filled up to a power of two with
// its last value, so that there are few different texts to prepare.
func (w *where) in(column string, values []string) {
	if len(values) == 1 {
		w.and(column+" = ?", values[0])
		return
	}
	marks, args := inList(values)
	w.and(column+" IN ("+marks+")", args...)
}

func inList(values []string) (marks string, args []any) {
	n := 1
	for n < len(values) {
		n *= 2
	}
	for i := range n {
		args = append(args, values[min(i, len(values)-1)])
	}
	return strings.TrimSuffix(strings.Repeat("?, ", n), ", "), args
}

func (w *where) text() string {
	if len(w.conds) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conds, " AND ")
}

// cursorOf names the place behind a record in a list, newest first.
func cursorOf(created domain.Time, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(created.String() + "|" + id))
}

func parseCursor(s string) (created domain.Time, id string, err error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		if t, rest, ok := strings.Cut(string(b), "|"); ok {
			if created, err = domain.ParseTime(t); err == nil {
				return created, rest, nil
			}
		}
	}
	return domain.Time{}, "", domain.Invalid("cursor", "is none that a list has answered")
}

// listPage reads a page of a table, newest first, and the cursor behind it
// (empty: that was all). The table has created_at (or what timeColumn says) and id.
func listPage[T any](ctx context.Context, q queries, kind, from, timeColumn string, cells func(*T) []any, key func(*T) (domain.Time, string), w where, p domain.Page) ([]T, string, error) {
	w, err := w.after(timeColumn, p)
	if err != nil {
		return nil, "", err
	}
	limit := limitOf(p)
	query := from + w.text() + " ORDER BY " + timeColumn + " DESC, id DESC " + q.d.page()
	out, err := findAll(ctx, q, kind, cells, query, append(w.args, limit+1)...)
	if err != nil {
		return nil, "", err
	}
	out, next := cut(out, limit, key)
	return out, next, nil
}

// after is w for what comes behind a page's cursor.
func (w where) after(timeColumn string, p domain.Page) (where, error) {
	if p.Cursor == "" {
		return w, nil
	}
	created, id, err := parseCursor(p.Cursor)
	if err != nil {
		return w, err
	}
	// The first condition alone would do for an index; the second is what is meant.
	w = w.behind(timeColumn+" <= ?", created)
	w.and("("+timeColumn+" < ? OR id < ?)", created, id)
	return w, nil
}

func limitOf(p domain.Page) int {
	if p.Limit <= 0 {
		return DefaultLimit
	}
	return p.Limit
}

// cut makes a page of rows that were asked for with one too many.
func cut[T any](out []T, limit int, key func(*T) (domain.Time, string)) ([]T, string) {
	if len(out) <= limit {
		return out, ""
	}
	out = out[:limit]
	return out, cursorOf(key(&out[limit-1]))
}

// eachPage calls fn for every record of a list, oldest first. It reads page by
// page, so that no reader is held while fn waits for a slow client.
func eachPage[T any](ctx context.Context, q queries, kind, from string, cells func(*T) []any, key func(*T) (domain.Time, string), w where, fn func(*T) error) error {
	const size = 500
	all := w
	page := func(patient bool) ([]T, error) {
		leave, err := q.enter(ctx, patient)
		if err != nil {
			return nil, err
		}
		defer leave()
		return readAll(ctx, q, kind, cells, from+w.text()+" ORDER BY created_at, id "+q.d.page(), append(w.args, size)...)
	}
	for begun := false; ; begun = true {
		out, err := page(begun)
		if err != nil {
			return err
		}
		for i := range out {
			if err := fn(&out[i]); err != nil {
				return err
			}
		}
		if len(out) < size {
			return nil
		}
		created, id := key(&out[len(out)-1])
		w = all.behind("created_at >= ?", created)
		w.and("(created_at > ? OR id > ?)", created, id)
	}
}
