package store

import (
	"context"
	"strings"

	"github.com/brosops/bros/domain"
)

var auditTable = table[domain.AuditEntry]{
	name: "audit",
	columns: []string{"id", "at", "actor_id", "actor_name", "actor_role", "remote", "center_id", "kind", "rec_key", "event", "seq",
		"changes"},
	cells: func(e *domain.AuditEntry) []any {
		return []any{&e.ID, at(&e.At), &e.Actor.ID, &e.Actor.Name, (*string)(&e.Actor.Role), &e.Remote, &e.CenterID, &e.Kind, &e.Key, &e.Event,
			&e.Seq, jsonCell{&e.Changes}}
	},
}

var (
	selectAudit = "SELECT " + auditTable.list("") + " FROM audit"
	insertAudit = auditTable.insert()
	auditRow    = insertAudit[strings.LastIndex(insertAudit, "("):]
)

// auditRows bounds how many entries one statement writes: a server takes 2,100 arguments.
const auditRows = 100

// auditWrites are entries as statements, as many as fit into each.
func auditWrites(entries []domain.AuditEntry) (writes []rowWrite, err error) {
	for len(entries) > 0 {
		n := min(auditRows, len(entries))
		args := make([]any, 0, n*len(auditTable.columns))
		for i := range entries[:n] {
			row, err := auditTable.args(&entries[i])
			if err != nil {
				return nil, wrap("write audit", err)
			}
			args = append(args, row...)
		}
		writes = append(writes, rowWrite{"write audit", insertAudit + strings.Repeat(", "+auditRow, n-1), args, int64(n)})
		entries = entries[n:]
	}
	return writes, nil
}

// Audit writes entries in the transaction.
func (t *txn) Audit(ctx context.Context, entries ...domain.AuditEntry) error {
	writes, err := auditWrites(entries)
	if err != nil {
		return err
	}
	return t.writeAll(ctx, writes)
}

// Audit writes entries about what is in no other transaction: logins, disconnects.
func (db *DB) Audit(ctx context.Context, entries ...domain.AuditEntry) error {
	return db.do(ctx, func(t *txn) error { return t.Audit(ctx, entries...) })
}

// ListAudit answers the entries that fit, newest first.
func (q queries) ListAudit(ctx context.Context, f domain.AuditFilter, p domain.Page) ([]domain.AuditEntry, string, error) {
	var w where
	if f.CenterIDs != nil {
		if len(f.CenterIDs) == 0 {
			return nil, "", nil
		}
		w.in("center_id", f.CenterIDs)
	}
	for _, c := range []struct{ column, value string }{
		{"rec_key", f.Key}, {"actor_id", f.ActorID}, {"kind", f.Kind}, {"event", f.Event},
	} {
		if c.value != "" {
			w.and(c.column+" = ?", c.value)
		}
	}
	if !f.From.IsZero() {
		w.and("at >= ?", f.From)
	}
	if !f.To.IsZero() {
		w.and("at < ?", f.To)
	}
	return listDeep(ctx, q, "audit", "audit", selectAudit, "at", auditTable.cells,
		func(e *domain.AuditEntry) (domain.Time, string) { return e.At, e.ID }, w, p)
}
