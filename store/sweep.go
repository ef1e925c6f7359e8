package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/brosops/bros/domain"
)

// swept are the columns of a table in which something of a customer may stand.
type swept struct {
	table string
	keys  []string // the primary key
	about int      // which of the keys, or of the columns behind them, is the record's; -1: none is
	extra []string // further columns that are read
	plain []string // somebody's words
	json  []string
	where string
	// holds is set where rows hold whole records, told by the ids in them.
	holds bool
}

// Offers and logs come before what refers to them; orders and deliveries are
// swept when their customers are masked.
var (
	sweptWords = []swept{
		{table: "offers", keys: []string{"id"}, about: 0, json: []string{"deliveries"}, plain: []string{"reason"}, holds: true},
		{table: "log", keys: []string{"center_id", "seq"}, about: 2, extra: []string{"rec_key"}, plain: []string{"reason"}, json: []string{"data"},
			where: "kind IN ('order', 'delivery', 'offer')"},
		{table: "history", keys: []string{"delivery_id", "seq"}, about: 0, plain: []string{"reason"}, json: []string{"changes"}},
		{table: "chat", keys: []string{"id"}, about: -1, plain: []string{"body"}},
		{table: "audit", keys: []string{"id"}, about: 1, extra: []string{"rec_key"}, json: []string{"changes"}, where: "kind NOT IN ('shop', 'rider', 'user')"},
		{table: "answers", keys: []string{"caller_id", "idem_key"}, about: -1, json: []string{"body"}, holds: true},
		{table: "webhook_deliveries", keys: []string{"webhook_id", "id"}, about: 2, extra: []string{"rec_key"}, json: []string{"body"}, holds: true},
		{table: "settlements", keys: []string{"id"}, about: -1, plain: []string{"note"}},
	}
	sweptRecords = []swept{
		{table: "orders", keys: []string{"id"}, about: 0, plain: []string{"reason", "override_reason", "search"}, json: []string{"customer"}},
		{table: "deliveries", keys: []string{"id"}, about: 0, plain: []string{"received_by", "note", "cancel_reason", "search"}, json: []string{"customer", "more"}},
	}
)

// sweptAtOnce is how many rows are looked at together.
const sweptAtOnce = 500

// sweep looks through whole tables for what is left of a customer.
type sweep struct {
	db     *DB
	trace  *domain.Trace
	before domain.Time
	live   map[string]bool // ids of what is in the live rooms, and left alone
	own    []string        // those of the customer's own
}

func (s *sweep) findLive(ctx context.Context) error {
	type pair struct{ order, delivery string }
	found, err := findAll(ctx, s.db.scans, "live orders", func(p *pair) []any { return []any{&p.order, &p.delivery} },
		"SELECT id, delivery_id FROM orders WHERE finished_at IS NULL OR finished_at > ?", s.before)
	for _, p := range found {
		s.live[p.order] = true
		if p.delivery != "" {
			s.live[p.delivery] = true
		}
	}
	return err
}

// run sweeps tables and returns how many rows it changed.
func (s *sweep) run(ctx context.Context, tables []swept) (n int, err error) {
	for i := range tables {
		more, err := s.table(ctx, &tables[i])
		n += more
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// sweptRow is a row as it was read.
type sweptRow struct{ cells [8]any }

func (s *sweep) table(ctx context.Context, t *swept) (changed int, err error) {
	columns := slices.Concat(t.keys, t.extra, t.plain, t.json)
	scan := func(r *sweptRow) []any {
		out := make([]any, len(columns))
		for i := range out {
			out[i] = &r.cells[i]
		}
		return out
	}
	var last []any
	for {
		var w where
		if t.where != "" {
			w.and(t.where)
		}
		if last != nil {
			w.and(behindKey(t.keys), behindArgs(last)...)
		}
		rows, err := findAll(ctx, s.db.scans, t.table, scan,
			"SELECT "+strings.Join(columns, ", ")+" FROM "+t.table+w.text()+" ORDER BY "+strings.Join(t.keys, ", ")+" "+s.db.d.page(), append(w.args, sweptAtOnce)...)
		if err != nil {
			return changed, err
		}
		n, err := s.rows(ctx, t, rows)
		changed += n
		if err != nil || len(rows) < sweptAtOnce {
			return changed, err
		}
		last = rows[len(rows)-1].cells[:len(t.keys):len(t.keys)]
	}
}

// behindKey is the condition of rows behind a key, of one column or of two.
func behindKey(keys []string) string {
	if len(keys) == 1 {
		return keys[0] + " > ?"
	}
	return "(" + keys[0] + " > ? OR (" + keys[0] + " = ? AND " + keys[1] + " > ?))"
}

func behindArgs(last []any) []any {
	if len(last) == 1 {
		return last
	}
	return []any{last[0], last[0], last[1]}
}

// rows writes those of the rows in which something was found, in one transaction.
func (s *sweep) rows(ctx context.Context, t *swept, rows []sweptRow) (int, error) {
	var writes []rowWrite
	for i := range rows {
		w, err := s.row(t, rows[i].cells[:len(t.keys)+len(t.extra)+len(t.plain)+len(t.json)])
		if err != nil {
			return 0, err
		}
		if w != nil {
			writes = append(writes, *w)
		}
	}
	if len(writes) == 0 {
		return 0, nil
	}
	changed := 0
	err := s.db.do(ctx, func(tx *txn) error {
		changed = 0
		for _, w := range writes {
			n, err := tx.run.exec(ctx, w.query, w.args...)
			if err != nil {
				return wrap(w.what, err)
			}
			changed += int(n)
		}
		return nil
	})
	return changed, err
}

// row is the write that erases what is found in a row; nil: nothing is. The row
// must still be what was read.
func (s *sweep) row(t *swept, cells []any) (*rowWrite, error) {
	about := ""
	if t.about >= 0 {
		about = textCell(cells[t.about])
	}
	first := len(t.keys) + len(t.extra)
	texts := cells[first:]
	if s.live[about] || t.table == "answers" && s.holdsLive(texts) {
		return nil, nil
	}
	hit := s.trace.Linked(about)
	for i, c := range texts {
		text := textCell(c)
		hit = hit || s.trace.In([]byte(text)) || i < len(t.plain) && s.trace.Told(text) || t.holds && s.trace.Names([]byte(text))
	}
	if !hit {
		return nil, nil
	}
	if t.table == "offers" {
		s.trace.Link(about)
	}
	columns := append(slices.Clone(t.plain), t.json...)
	var set, was []string
	var to, from []any
	for i, c := range texts {
		text := textCell(c)
		clean, err := s.clean(text, i >= len(t.plain))
		if err != nil {
			return nil, wrap("read "+t.table, err)
		}
		if clean == text {
			continue
		}
		set, was = append(set, columns[i]+" = ?"), append(was, " AND "+columns[i]+" = ?")
		to, from = append(to, like(c, clean)), append(from, c)
	}
	if len(set) == 0 {
		return nil, nil
	}
	for _, k := range t.keys {
		was = append(was, " AND "+k+" = ?")
	}
	query := "UPDATE " + t.table + " SET " + strings.Join(set, ", ") + " WHERE " + strings.TrimPrefix(strings.Join(was, ""), " AND ")
	return &rowWrite{"erase in " + t.table, query, slices.Concat(to, from, cells[:len(t.keys)]), 1}, nil
}

func (s *sweep) holdsLive(texts []any) bool {
	return slices.ContainsFunc(texts, func(c any) bool {
		return slices.ContainsFunc(s.own, func(id string) bool { return strings.Contains(textCell(c), id) })
	})
}

// clean erases in a text; one that is meant to be JSON and is not is a text too.
func (s *sweep) clean(text string, isJSON bool) (string, error) {
	if !isJSON || !json.Valid([]byte(text)) {
		return s.trace.Erase(text), nil
	}
	data, err := s.trace.EraseJSON([]byte(text))
	if err != nil || sameJSON(text, data) {
		return text, err
	}
	return string(data), nil
}

// sameJSON reports whether two values differ in the order of their fields alone.
func sameJSON(text string, data []byte) bool {
	var v any
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return false
	}
	same, err := json.Marshal(v)
	return err == nil && string(same) == string(data)
}

// like is a text in the kind of what was read.
func like(was any, text string) any {
	if _, ok := was.([]byte); ok {
		return []byte(text)
	}
	return text
}

func textCell(c any) string {
	switch c := c.(type) {
	case nil:
		return ""
	case string:
		return c
	case []byte:
		return string(c)
	}
	return fmt.Sprint(c)
}
