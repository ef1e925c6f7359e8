package domain

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// AuditEntry is one line of who did what from where. Entries are written in the
// transaction of the change itself and never changed again. They hold no
// password, no secret, and nothing of a customer.
type AuditEntry struct {
	ID    string `json:"id"`
	At    Time   `json:"at"`
	Actor Person `json:"actor"` // of an API key: its id and name, role key
	// Remote is the client's address; empty for what the server does by itself.
	Remote   string `json:"remote,omitempty"`
	CenterID string `json:"centerId,omitempty"` // empty: of no one center
	// Kind is what was changed: order, delivery, rider, center, shop, user, key,
	// webhook, session, connection, chat …, and Key the record's id.
	Kind  string `json:"kind"`
	Key   string `json:"key,omitempty"`
	Event string `json:"event"`         // "delivery:assigned", "user:change", "session:login" …
	Seq   int64  `json:"seq,omitempty"` // the change's number in its center's log
	// Changes are the fields that have another value now.
	Changes []AuditChange `json:"changes,omitempty"`
}

// AuditChange is one field of a change, as JSON texts without quotes. What is
// secret says only that it changed.
type AuditChange struct {
	Field string `json:"field"`
	From  string `json:"from,omitempty"`
	To    string `json:"to,omitempty"`
}

// AuditFilter narrows a list of audit entries.
type AuditFilter struct {
	CenterIDs []string // nil: all, those of no center too; empty: none
	ActorID   string
	Kind      string
	Key       string
	Event     string
	From, To  Time // at in [From, To)
}

// The events of what is not in a center's log.
const (
	AuditCreate      = "create"
	AuditChanged     = "change"
	AuditDelete      = "delete"
	AuditLogin       = "session:login"
	AuditLoginFailed = "session:login_failed"
	AuditLogout      = "session:logout"
	AuditDisconnect  = "connection:disconnect"
	AuditChatRemoved = "chat:removed"
)

// maxAudited is how much of a value is kept, in bytes.
const maxAudited = 300

// AuditOf begins an entry about what an actor does.
func AuditOf(a Actor, at Time, kind, key, event string) AuditEntry {
	return AuditEntry{ID: NewID(), At: at, Actor: a.Person(), Remote: a.Remote, Kind: kind, Key: key, Event: event}
}

// unaudited are fields that say nothing by themselves.
var unaudited = []string{"id", "version", "modifiedAt", "createdAt"}

// changed compares two records of a kind by their wire forms. before may be nil.
func changed(before, after any) []AuditChange {
	was, is := auditFields(before), auditFields(after)
	names := make([]string, 0, len(is))
	for name := range is {
		names = append(names, name)
	}
	for name := range was {
		if _, both := is[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var out []AuditChange
	for _, name := range names {
		if from, to := was[name], is[name]; from != to && !slices.Contains(unaudited, name) {
			out = append(out, AuditChange{Field: name, From: from, To: to})
		}
	}
	return out
}

func auditFields(v any) map[string]string {
	if v == nil {
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	var raw map[string]json.RawMessage
	if json.Unmarshal(b, &raw) != nil {
		return nil
	}
	out := make(map[string]string, len(raw))
	for name, value := range raw {
		text := string(value)
		var s string
		if json.Unmarshal(value, &s) == nil {
			text = s
		}
		out[name] = clip(text)
	}
	return out
}

func clip(s string) string {
	if len(s) <= maxAudited {
		return s
	}
	cut := maxAudited
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return strings.Clone(s[:cut]) + "…"
}

// AuditOfChange is the entry of one change of a center's log.
func AuditOfChange(a Actor, centerID string, at Time, c *Change) AuditEntry {
	e := AuditOf(a, at, string(c.Record.RecordKind()), c.Record.RecordKey(), c.Event)
	e.CenterID, e.Seq, e.Changes = centerID, c.Record.version(), c.Fields
	after := StateOf(c.Record)
	if after.Status != c.Before.Status {
		e.Changes = append(e.Changes, AuditChange{"status", c.Before.Status, after.Status})
	}
	if after.RiderID != c.Before.RiderID {
		e.Changes = append(e.Changes, AuditChange{"riderId", c.Before.RiderID, after.RiderID})
	}
	return e
}

// audit writes what a use case did to a record that no log carries: for each of
// its centers, or once where it belongs to none. before is nil for a new record,
// after for one that is gone.
func audit(ctx context.Context, tx Tx, a Actor, at Time, kind, event string, centers []string, before, after any) error {
	key := auditFields(after)["id"]
	if after == nil {
		key = auditFields(before)["id"]
	}
	e := AuditOf(a, at, kind, key, kind+":"+event)
	if after != nil {
		e.Changes = changed(before, after)
	} else {
		e.Changes = []AuditChange{{Field: "name", From: auditFields(before)["name"]}}
	}
	return auditIn(ctx, tx, e, centers)
}

func auditIn(ctx context.Context, tx Tx, e AuditEntry, centers []string) error {
	if len(centers) == 0 {
		return tx.Audit(ctx, e)
	}
	entries := make([]AuditEntry, len(centers))
	for i, id := range centers {
		entries[i] = e
		entries[i].ID, entries[i].CenterID = NewID(), id
	}
	return tx.Audit(ctx, entries...)
}

// auditUser also tells the centers that a user has left.
func auditUser(ctx context.Context, tx Tx, a Actor, before, after User, password bool) error {
	e := AuditOf(a, after.ModifiedAt, "user", after.ID, "user:"+AuditChanged)
	if e.Changes = changed(&before, &after); password {
		e.Changes = append(e.Changes, AuditChange{Field: "password"})
	}
	centers := slices.Concat(before.CenterIDs, after.CenterIDs)
	slices.Sort(centers)
	return auditIn(ctx, tx, e, slices.Compact(centers))
}
