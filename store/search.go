package store

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/brosops/bros/domain"
)

// A search looks for a text within the search column, which the indexes of the
// lists hold too: it passes by the rows themselves, and reads those alone that it
// finds. One that names no time looks back for a while (WorkFilter.Since); what
// names an order as a whole, a phone number or another system's id, is found
// beyond it by an index of its own.

// leastWhole is from how many digits on a number may be a whole phone number.
const leastWhole = 7

// leastID is from how many characters on a text may be another system's id.
const leastID = 3

// searchText is what a list's query is looked for in.
func searchText(parts ...string) string {
	return norm.NFC.String(strings.ToLower(strings.Join(parts, "\n")))
}

// searchForms are the forms in which what was typed may have been kept: Hangul is
// composed, but was not always; the digits of a phone number have two.
func searchForms(text string) (forms []string, phones []string) {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" {
		return nil, nil
	}
	forms = []string{norm.NFC.String(text)}
	add := func(v string) {
		for _, f := range forms {
			if f == v {
				return
			}
		}
		forms = append(forms, v)
	}
	add(norm.NFD.String(text))
	if digits, ok := domain.NormalizePhone(text); ok {
		phones = domain.PhoneVariants(digits)
		for _, v := range phones {
			add(v)
		}
	}
	return forms, phones
}

// search asks for the forms of a text in the search column.
func (w *where) search(d dialect, text string, or ...condition) {
	forms, _ := searchForms(text)
	if len(forms) == 0 {
		return
	}
	or = slices.Clip(or)
	for _, t := range forms {
		or = append(or, condition{d.contains("search"), []any{t}})
	}
	w.any(or)
}

// any asks for one of the conditions.
func (w *where) any(conds []condition) {
	texts := make([]string, len(conds))
	var args []any
	for i, c := range conds {
		texts[i] = c.text
		args = append(args, c.args...)
	}
	w.and("("+strings.Join(texts, " OR ")+")", args...)
}

// condition is a part of a query with its arguments.
type condition struct {
	text string
	args []any
}

// named are the ids of the orders that a text names as a whole, as a query each:
// by another system's id, and by the customer's phone number.
func named(text string) (byID, byPhone []condition) {
	if text = strings.TrimSpace(text); utf8.RuneCountInString(text) >= leastID {
		byID = append(byID, condition{"SELECT id FROM orders WHERE external_id = ? AND external_id <> ''", []any{text}})
	}
	if _, phones := searchForms(text); len(phones) > 0 && len(phones[0]) >= leastWhole {
		marks, args := inList(phones)
		byPhone = append(byPhone, condition{"SELECT id FROM orders WHERE customer_phone IN (" + marks + ") AND customer_phone <> ''", args})
	}
	return byID, byPhone
}

// work is a list of orders or of deliveries.
type work[T any] struct {
	kind, table, from, orderID string
	cells                      func(*T) []any
	key                        func(*T) (domain.Time, string)
}

// listWork answers a page of work, newest first.
func listWork[T any](ctx context.Context, q queries, l work[T], f domain.WorkFilter, p domain.Page) ([]T, string, error) {
	w, none := workWhere(f)
	if none {
		return nil, "", nil
	}
	if !f.Deep() {
		return listPage(ctx, q, l.kind, l.from, "created_at", l.cells, l.key, w, p)
	}
	back := f.Query != "" && !f.Since.IsZero()
	recent := w
	if back {
		recent = w.behind("created_at >= ?", f.Since)
	}
	if f.CenterIDs != nil && f.Query != "" && f.RiderID == "" && !f.Open() {
		recent.and("center_id <> ''") // for the index of searches
	}
	byID, byPhone := named(f.Query)
	var or []condition
	for _, c := range byID {
		or = append(or, condition{l.orderID + " IN (" + c.text + ")", c.args})
	}
	recent.search(q.d, f.Query, or...)
	items, next, err := listDeep(ctx, q, l.kind, l.table, l.from, "created_at", l.cells, l.key, recent, p)
	names := append(byID, byPhone...)
	if err != nil || next != "" || !back || len(names) == 0 {
		return items, next, err
	}
	limit := limitOf(p)
	rest := domain.Page{Limit: max(limit-len(items), 1), Cursor: p.Cursor}
	older, next, err := listNamed(ctx, q, l, names, w.behind("created_at < ?", f.Since), rest)
	if err != nil {
		return nil, "", err
	}
	if len(items) == limit { // there is no room for them: the next page has them
		if len(older) == 0 {
			return items, "", nil
		}
		return items, cursorOf(l.key(&items[limit-1])), nil
	}
	return append(items, older...), next, nil
}

// listNamed is listPage for the orders that one of the queries names: they come
// first, so that the rest is looked up for them alone.
func listNamed[T any](ctx context.Context, q queries, l work[T], names []condition, w where, p domain.Page) ([]T, string, error) {
	w, err := w.after("created_at", p)
	if err != nil {
		return nil, "", err
	}
	w.and(l.orderID + " = named.order_key")
	texts := make([]string, len(names))
	var args []any
	for i, c := range names {
		texts[i] = c.text
		args = append(args, c.args...)
	}
	columns, _, _ := strings.Cut(l.from, " FROM ")
	limit := limitOf(p)
	out, err := findAll(ctx, q, l.kind, l.cells, columns+" FROM (SELECT id AS order_key FROM ("+strings.Join(texts, " UNION ")+") AS found) AS named CROSS JOIN "+l.table+
		w.text()+" ORDER BY created_at DESC, id DESC "+q.d.page(), append(append(args, w.args...), limit+1)...)
	if err != nil {
		return nil, "", err
	}
	out, next := cut(out, limit, l.key)
	return out, next, nil
}

// listDeep is listPage for conditions that few rows may fit: which they are is
// found first, and in one step, which a context can end at any moment.
func listDeep[T any](ctx context.Context, q queries, kind, table, from, timeColumn string, cells func(*T) []any, key func(*T) (domain.Time, string), w where, p domain.Page) ([]T, string, error) {
	w, err := w.after(timeColumn, p)
	if err != nil {
		return nil, "", err
	}
	limit := limitOf(p)
	order := " ORDER BY " + timeColumn + " DESC, id DESC"
	query := from + " WHERE id IN (SELECT id FROM " + table + w.text() + order + " " + q.d.page() + ")" + order
	out, err := findAll(ctx, q, kind, cells, query, append(w.args, limit+1)...)
	if err != nil {
		return nil, "", err
	}
	out, next := cut(out, limit, key)
	return out, next, nil
}
