package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/brosops/bros/domain"
)

const outlineColumns = "center_id, seq, kind, rec_key, event, at, actor_id, actor_name, actor_role, " +
	"before_status, before_rider, after_status, after_rider, finished_at, reason, device_at"

const (
	insertLog     = "INSERT INTO log (" + outlineColumns + ", data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	insertHistory = "INSERT INTO history (delivery_id, seq, at, device_at, actor_id, actor_name, actor_role, event, from_status, to_status, rider_id, reason, changes) " +
		"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	advanceHead = "UPDATE heads SET seq = seq + ? WHERE center_id = ?"
	selectHead  = "SELECT seq FROM heads WHERE center_id = ?"
	selectEpoch = "SELECT value FROM meta WHERE name = 'epoch'"
	// epochColumn puts the epoch beside what is read, in the same query.
	epochColumn = "(SELECT value FROM meta WHERE name = 'epoch') AS epoch"
)

// Append numbers the changes, writes their records where the stored version is
// still the one they had, and appends them to the center's log and a delivery's
// history. It is the last thing a use case does: from here to the commit the
// center's head is held.
func (t *txn) Append(ctx context.Context, actor domain.Actor, centerID string, at domain.Time, changes ...*domain.Change) error {
	if len(changes) == 0 {
		return nil
	}
	epoch, err := t.epoch(ctx)
	if err != nil {
		return err
	}
	last, err := t.reserve(ctx, centerID, len(changes))
	if err != nil {
		return err
	}
	if err := t.hold(ctx); err != nil {
		return err
	}
	seq := last - int64(len(changes))
	var writes []rowWrite
	trail := make([]domain.AuditEntry, 0, len(changes))
	for _, c := range changes {
		seq++
		prev := c.Stamp(seq, at)
		data, err := json.Marshal(c.Record)
		if err != nil {
			return fmt.Errorf("encode %s: %w", c.Record.RecordKind(), err)
		}
		record, err := recordWrite(c.Record, prev)
		if err != nil {
			return err
		}
		e := domain.LogEntry{
			CenterID: centerID, Seq: seq, Epoch: epoch,
			Kind: c.Record.RecordKind(), Key: c.Record.RecordKey(), Event: c.Event, At: at, Actor: actor.Person(),
			Before: c.Before, After: domain.StateOf(c.Record), FinishedAt: domain.FinishedAtOf(c.Record),
			Reason: c.Reason, DeviceAt: c.DeviceAt, Data: data,
		}
		entry, err := entryWrites(actor, e, c.Diff)
		if err != nil {
			return err
		}
		writes = append(append(writes, record), entry...)
		if r, ok := c.Record.(*domain.Rider); ok {
			writes = append(writes, dutyWrites(r, c.Event, at)...)
		}
		t.entries = append(t.entries, e)
		trail = append(trail, domain.AuditOfChange(actor, centerID, at, c))
	}
	audit, err := auditWrites(trail)
	if err != nil {
		return err
	}
	return t.writeAll(ctx, append(writes, audit...))
}

// reserve takes n numbers of the center's log and answers the last of them.
func (t *txn) reserve(ctx context.Context, centerID string, n int) (last int64, err error) {
	if own, ok := t.d.statement(reserveNumbers); ok {
		found, err := t.get(ctx, &last, own, n, centerID, centerID)
		if err == nil && !found {
			err = domain.NotFound("center")
		}
		return last, wrap("reserve numbers", err)
	}
	hit, err := t.run.exec(ctx, advanceHead, n, centerID)
	if err != nil {
		return 0, wrap("reserve numbers", err)
	}
	if hit == 0 {
		return 0, domain.NotFound("center")
	}
	if known, ok := t.group.heads[centerID]; ok {
		last = known + int64(n)
	} else if _, err = t.get(ctx, &last, selectHead, centerID); err != nil {
		return 0, wrap("reserve numbers", err)
	}
	if t.group.heads == nil {
		t.group.heads = map[string]int64{}
	}
	t.group.heads[centerID] = last
	return last, nil
}

// recordWrite inserts a record that had no version, and updates one that had
// prev. A center is made by CreateCenter, so it is always updated.
func recordWrite(r domain.Record, prev int64) (rowWrite, error) {
	switch r := r.(type) {
	case *domain.Delivery:
		return recordRow(&deliveryTable, r, prev == 0, insertDelivery, updateDelivery, pickDelivery, r.ID, prev)
	case *domain.Order:
		return recordRow(&orderTable, r, prev == 0, insertOrder, updateOrder, pickOrder, r.ID, prev)
	case *domain.Rider:
		return recordRow(&riderTable, r, prev == 0, insertRider, updateRider, pickRider, r.ID, prev)
	case *domain.Offer:
		return recordRow(&offerTable, r, prev == 0, insertOffer, updateOffer, pickOffer, r.ID, prev)
	case *domain.Center:
		return recordRow(&centerTable, r, false, insertCenter, updateCenter, pickCenter, r.ID, prev)
	}
	return rowWrite{}, fmt.Errorf("no table for a %T", r)
}

func recordRow[T any](tab *table[T], r *T, isNew bool, insert, update string, pick func([]any, string, int64) []any, key string, prev int64) (rowWrite, error) {
	what := "write " + tab.name
	args, err := tab.args(r)
	if err != nil {
		return rowWrite{}, wrap(what, err)
	}
	if isNew {
		return rowWrite{what, insert, args, 1}, nil
	}
	return rowWrite{what, update, pick(args, key, prev), 1}, nil
}

func entryWrites(actor domain.Actor, e domain.LogEntry, diff []domain.FieldChange) ([]rowWrite, error) {
	out := []rowWrite{{"write log", insertLog, []any{e.CenterID, e.Seq, string(e.Kind), e.Key, e.Event, e.At,
		e.Actor.ID, e.Actor.Name, string(e.Actor.Role), e.Before.Status, e.Before.RiderID, e.After.Status, e.After.RiderID,
		e.FinishedAt, e.Reason, e.DeviceAt, e.Data}, 1}}
	if e.Kind != domain.KindDelivery {
		return out, nil
	}
	changes, err := valueOf(jsonCell{diff})
	if err != nil {
		return nil, wrap("write history", err)
	}
	rider := e.After.RiderID
	if e.Event == domain.EventDeliveryLateDeliver && actor.RiderID != "" {
		rider = actor.RiderID // who says to have delivered it has it no more
	}
	return append(out, rowWrite{"write history", insertHistory, []any{e.Key, e.Seq, e.At, e.DeviceAt, e.Actor.ID, e.Actor.Name, string(e.Actor.Role),
		e.Event, string(e.Before.DeliveryStatus()), string(e.After.DeliveryStatus()), rider, e.Reason, changes}, 1}), nil
}

// NextNumber takes the next spoken number of a center and day.
func (t *txn) NextNumber(ctx context.Context, centerID, day string) (int, error) {
	hit, err := t.run.exec(ctx, "UPDATE numbers SET last_number = last_number + 1 WHERE center_id = ? AND on_day = ?", centerID, day)
	if err != nil {
		return 0, wrap("next number", err)
	}
	if hit == 0 {
		if _, err := t.run.exec(ctx, "INSERT INTO numbers (center_id, on_day, last_number) VALUES (?, ?, 1)", centerID, day); err != nil {
			if t.d.class(err) == classDuplicate {
				return 0, errAgain
			}
			return 0, wrap("next number", err)
		}
		return 1, nil
	}
	var n int
	_, err = t.get(ctx, &n, "SELECT last_number FROM numbers WHERE center_id = ? AND on_day = ?", centerID, day)
	return n, wrap("next number", err)
}

// NumberInUse looks among what is open, by the index of what has finished.
func (t *txn) NumberInUse(ctx context.Context, centerID, number string, before domain.Time) (bool, error) {
	const open = " WHERE center_id = ? AND finished_at IS NULL AND created_at < ? AND number = ?"
	var n int
	_, err := t.get(ctx, &n, "SELECT COUNT(*) FROM (SELECT id FROM orders"+open+" UNION ALL SELECT id FROM deliveries"+open+") x",
		centerID, before, number, centerID, before, number)
	return n > 0, wrap("look for a number", err)
}

// epoch is that of the database, read once for a group.
func (t *txn) epoch(ctx context.Context) (string, error) {
	if t.group.epoch == "" {
		var epoch string
		if _, err := t.get(ctx, &epoch, selectEpoch); err != nil {
			return "", wrap("read epoch", err)
		}
		t.group.epoch = epoch
	}
	return t.group.epoch, nil
}

// entryCells is an entry as it is read; data only where it was asked for.
func entryCells(e *domain.LogEntry) []any {
	return []any{&e.CenterID, &e.Seq, (*string)(&e.Kind), &e.Key, &e.Event, at(&e.At), &e.Actor.ID, &e.Actor.Name, (*string)(&e.Actor.Role),
		&e.Before.Status, &e.Before.RiderID, &e.After.Status, &e.After.RiderID, at(&e.FinishedAt), &e.Reason, at(&e.DeviceAt)}
}

// LogAfter answers at most limit entries with seq > after, oldest first, with
// their data and the epoch that holds.
func (q queries) LogAfter(ctx context.Context, centerID string, after int64, limit int) ([]domain.LogEntry, error) {
	return findAll(ctx, q, "log", func(e *domain.LogEntry) []any { return append(entryCells(e), &e.Data, &e.Epoch) },
		"SELECT "+outlineColumns+", data, "+epochColumn+" FROM log WHERE center_id = ? AND seq > ? ORDER BY seq "+q.d.page(),
		centerID, after, limit)
}

// Heads answers the epoch and how far the logs of these centers go, in one query.
func (q queries) Heads(ctx context.Context, centerIDs []string) (string, map[string]domain.Head, error) {
	heads := make(map[string]domain.Head, len(centerIDs))
	if len(centerIDs) == 0 {
		centerIDs = []string{""}
	}
	marks, args := inList(centerIDs)
	var rows []struct {
		Epoch    string  `db:"epoch"`
		CenterID *string `db:"center_id"`
		Seq      *int64  `db:"seq"`
		ChatSeq  *int64  `db:"chat_seq"`
	}
	err := q.sel(ctx, &rows, "SELECT meta.value AS epoch, heads.center_id, heads.seq, heads.chat_seq "+
		"FROM meta LEFT JOIN heads ON heads.center_id IN ("+marks+") WHERE meta.name = 'epoch'", args...)
	if err != nil {
		return "", nil, wrap("read heads", err)
	}
	var epoch string
	for _, r := range rows {
		epoch = r.Epoch
		if r.CenterID != nil {
			heads[*r.CenterID] = domain.Head{Seq: *r.Seq, ChatSeq: *r.ChatSeq}
		}
	}
	return epoch, heads, nil
}
