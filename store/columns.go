package store

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/brosops/bros/domain"
)

// A table's columns are named once, beside a function that gives a pointer for
// each of them into a record: the pointers are what a row is scanned into, and
// what an insert or update takes its arguments from, so the two can't drift.
type table[T any] struct {
	name    string
	columns []string
	cells   func(*T) []any
	// extra are columns that are written and not read: what lists look through.
	extra  []string
	extras func(*T) []any
	// fixed never change after the insert; the first is the key.
	fixed []string
}

// list is the columns to read, each behind the prefix.
func (t *table[T]) list(prefix string) string {
	if prefix == "" {
		return strings.Join(t.columns, ", ")
	}
	return prefix + strings.Join(t.columns, ", "+prefix)
}

// args are the values of all columns, the extra ones last.
func (t *table[T]) args(v *T) ([]any, error) {
	cells := t.cells(v)
	out := make([]any, 0, len(cells)+len(t.extra))
	for _, c := range cells {
		a, err := valueOf(c)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	if t.extras != nil {
		out = append(out, t.extras(v)...)
	}
	return out, nil
}

// insert is the statement that takes args.
func (t *table[T]) insert(more ...string) string {
	names := append(append(append([]string{}, t.columns...), t.extra...), more...)
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(names)), ", ")
	return "INSERT INTO " + t.name + " (" + strings.Join(names, ", ") + ") VALUES (" + marks + ")"
}

// update is the statement that writes what may change, where key and version
// fit, and picks its arguments out of args.
func (t *table[T]) update() (string, func(args []any, key string, prev int64) []any) {
	fixed := map[string]bool{}
	for _, c := range t.fixed {
		fixed[c] = true
	}
	var set []string
	var at []int
	for i, c := range append(append([]string{}, t.columns...), t.extra...) {
		if !fixed[c] {
			set = append(set, c+" = ?")
			at = append(at, i)
		}
	}
	query := "UPDATE " + t.name + " SET " + strings.Join(set, ", ") + " WHERE id = ? AND version = ?"
	return query, func(args []any, key string, prev int64) []any {
		out := make([]any, 0, len(at)+2)
		for _, i := range at {
			out = append(out, args[i])
		}
		return append(out, key, prev)
	}
}

// timeCell reads and writes a domain.Time.
type timeCell domain.Time

func at(t *domain.Time) *timeCell { return (*timeCell)(t) }

// Scan takes the fixed text of SQLite and the time of other engines.
func (c *timeCell) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*c = timeCell{}
	case string:
		t, err := domain.ParseTime(v)
		if err != nil {
			return err
		}
		*c = timeCell(t)
	case time.Time:
		*c = timeCell(domain.At(v))
	default:
		return fmt.Errorf("a column of time holds %T", v)
	}
	return nil
}

// jsonCell keeps a value as JSON text.
type jsonCell struct{ v any }

// Scan decodes the text.
func (c jsonCell) Scan(v any) error {
	b, err := jsonText(v)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, c.v)
}

func jsonText(v any) ([]byte, error) {
	switch v := v.(type) {
	case string:
		return []byte(v), nil
	case []byte:
		return v, nil
	}
	return nil, fmt.Errorf("a column of JSON holds %T", v)
}

// laterCell is a jsonCell of a column that came when there were rows already:
// where it is empty, the value is what it was without the column.
type laterCell[T any] struct {
	v   *T
	was T
}

// Scan decodes the text.
func (c laterCell[T]) Scan(v any) error {
	b, err := jsonText(v)
	if err != nil || len(b) == 0 || string(b) == "[]" {
		*c.v = c.was
		return err
	}
	*c.v = *new(T)
	return json.Unmarshal(b, c.v)
}

func (c laterCell[T]) json() jsonCell { return jsonCell{c.v} }

// placeCell reads the location out of a shop's or customer's JSON, and nothing else of it: plans
// read thousands. Within a text every quote is escaped, so the key is found nowhere else.
type placeCell struct{ v **domain.Location }

const placeKey = `"location":`

// Scan leaves nil where none is known.
func (c placeCell) Scan(v any) error {
	*c.v = nil
	text, ok := v.(string)
	if b, isBytes := v.([]byte); isBytes {
		text, ok = string(b), true
	}
	if !ok {
		return fmt.Errorf("a column of JSON holds %T", v)
	}
	_, rest, found := strings.Cut(text, placeKey)
	end := strings.IndexByte(rest, '}')
	if !found || !strings.HasPrefix(rest, "{") || end < 0 {
		return nil
	}
	*c.v = new(domain.Location)
	return json.Unmarshal([]byte(rest[:end+1]), *c.v)
}

// valueOf is what a cell points to, as an argument.
func valueOf(cell any) (any, error) {
	switch c := cell.(type) {
	case *string:
		return *c, nil
	case *int:
		return int64(*c), nil
	case *int64:
		return *c, nil
	case *bool:
		return *c, nil
	case *float64:
		return *c, nil
	case **int: // a NULL has a type: not every server guesses it
		if *c == nil {
			return sql.NullInt64{}, nil
		}
		return int64(**c), nil
	case **float64:
		return deref(*c), nil
	case *timeCell:
		return domain.Time(*c), nil
	case interface{ json() jsonCell }:
		return valueOf(c.json())
	case jsonCell:
		b, err := json.Marshal(c.v)
		if string(b) == "null" {
			return "[]", err // a list without elements
		}
		return string(b), err
	}
	return nil, fmt.Errorf("a column has no form for %T", cell)
}

// bindArgs gives instants the engine's form.
func bindArgs(d dialect, args []any) []any {
	for i, a := range args {
		switch t := a.(type) {
		case domain.Time:
			args[i] = d.timeArg(t)
		case time.Time:
			args[i] = d.timeArg(domain.At(t))
		}
	}
	return args
}

// scanAll reads the rows into records and closes them.
func scanAll[T any](rows *sqlx.Rows, cells func(*T) []any) ([]T, error) {
	defer rows.Close()
	var out []T
	var v, zero T
	ptrs := cells(&v)
	for rows.Next() {
		v = zero // so that no two records share a slice
		if err := rows.Scan(ptrs...); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}
