package store

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brosops/bros/domain"
)

func sampleWebhook(id string, centers ...string) *domain.Webhook {
	return &domain.Webhook{ID: id, Name: "App " + id, URL: "https://app.example/in", CenterIDs: append([]string{}, centers...), Events: []string{"order"},
		Active: true, CreatedAt: noon, Version: 1, ModifiedAt: noon, Secret: "whsec_AAAA"}
}

func pendingRow(hook, id string, seq int64, at domain.Time) domain.WebhookDelivery {
	return domain.WebhookDelivery{ID: id, WebhookID: hook, CenterID: "c", Seq: seq, Key: "co1", Event: "order:create", At: at,
		Status: domain.WebhookPending, Attempts: 1, NextAt: at.Add(time.Second), GiveUpAt: at.Add(time.Hour), LastError: "HTTP 500", Body: []byte(`{"a":1}`)}
}

func TestWebhooks(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db, ctx := open(t, newURL(t), func(o *Options) { o.Now = func() time.Time { return noon.Time } }), t.Context()
		addCenter(t, db, "c", 0, 3) // seq 1 … 6
		addCenter(t, db, "d", 0, 0)
		one, all := sampleWebhook("h1", "c"), sampleWebhook("h2")
		write(t, db, func(ctx context.Context, tx domain.Tx) error { return tx.CreateWebhook(ctx, one) })
		write(t, db, func(ctx context.Context, tx domain.Tx) error { return tx.CreateWebhook(ctx, all) })
		addCenter(t, db, "e", 0, 1)
		cursors := func(id string) map[string][2]int64 {
			t.Helper()
			cs, err := db.WebhookCursors(ctx, id)
			must(t, err)
			out := map[string][2]int64{}
			for _, c := range cs {
				out[c.CenterID] = [2]int64{c.Seq, c.Head}
			}
			return out
		}
		// A webhook begins where the logs are; the log of a center that comes later, at its start.
		want := map[string][2]int64{"c": {6, 6}}
		if diff := cmp.Diff(want, cursors("h1")); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(map[string][2]int64{"c": {6, 6}, "d": {0, 0}, "e": {0, 2}}, cursors("h2")); diff != "" {
			t.Error(diff)
		}
		back, err := db.FindWebhook(ctx, "h1")
		must(t, err)
		if diff := cmp.Diff(one, back); diff != "" {
			t.Error(diff)
		}

		// What a sender finds out is written in one go, and read back.
		rows := []domain.WebhookDelivery{pendingRow("h1", "e1", 7, noon), pendingRow("h1", "e2", 8, noon.Add(time.Second))}
		must(t, db.SettleWebhook(ctx, domain.WebhookSettle{WebhookID: "h1", Keep: rows, Cursors: map[string]int64{"c": 8}, FailureAt: noon, Error: "HTTP 500"}))
		must(t, db.SettleWebhook(ctx, domain.WebhookSettle{WebhookID: "h1", Keep: rows, Cursors: map[string]int64{"c": 7}})) // a second sender's: nothing new
		kept, err := db.PendingDeliveries(ctx, "h1")
		must(t, err)
		equal(t, "kept", len(kept), 2)
		body, err := db.WebhookBody(ctx, "h1", "e1")
		must(t, err)
		equal(t, "body", string(body), `{"a":1}`)
		kept[0].Body = rows[0].Body
		if diff := cmp.Diff(rows[0], kept[0]); diff != "" {
			t.Error(diff)
		}
		kept[1].Status, kept[1].NextAt, kept[1].Attempts = domain.WebhookDead, domain.Time{}, 9
		must(t, db.SettleWebhook(ctx, domain.WebhookSettle{WebhookID: "h1", Change: kept[1:], Taken: []string{"e1"}, SuccessAt: noon}))
		left, err := db.WebhooksWaiting(ctx)
		must(t, err)
		equal(t, "waiting", left["h1"], domain.WebhookWaiting{Behind: -2, Dead: 1}) // the test's numbers are ahead of the log
		if back, err = db.FindWebhook(ctx, "h1"); err != nil || back.LastError != "HTTP 500" || back.LastSuccessAt != noon || back.LastFailureAt != noon {
			t.Errorf("webhook: %+v %v", back, err)
		}
		dead, next, err := db.ListWebhookDeliveries(ctx, "h1", domain.WebhookDead, domain.Page{Limit: 1})
		must(t, err)
		if len(dead) != 1 || dead[0].ID != "e2" || dead[0].Attempts != 9 || next != "" {
			t.Errorf("dead: %+v %q", dead, next)
		}
		_, err = db.WebhookBody(ctx, "h1", "e1")
		wantCode(t, err, domain.CodeNotFound)

		// Replay: all, then one that is dead no more.
		write(t, db, func(ctx context.Context, tx domain.Tx) error {
			n, err := tx.ReplayDead(ctx, "h1", nil, noon, noon.Add(time.Hour))
			equal(t, "replayed", n, 1)
			return err
		})
		write(t, db, func(ctx context.Context, tx domain.Tx) error {
			n, err := tx.ReplayDead(ctx, "h1", []string{"e2"}, noon, noon.Add(time.Hour))
			equal(t, "replayed again", n, 0)
			count, cerr := tx.CountWebhooks(ctx)
			must(t, cerr)
			equal(t, "webhooks", count, 2)
			return err
		})
		if back, err = db.FindWebhook(ctx, "h1"); err != nil || back.Version != 2 {
			t.Errorf("a replay shows in the version: %d %v", back.Version, err)
		}

		// Another center takes the place of the one it followed.
		moved := *back
		moved.CenterIDs, moved.Version, moved.URL = []string{"e"}, 3, "http://b.example"
		write(t, db, func(ctx context.Context, tx domain.Tx) error { return tx.UpdateWebhook(ctx, &moved, 2) })
		if diff := cmp.Diff(map[string][2]int64{"e": {2, 2}}, cursors("h1")); diff != "" {
			t.Error(diff)
		}
		hooks, err := db.ListWebhooks(ctx)
		must(t, err)
		equal(t, "webhooks", len(hooks), 2)
		write(t, db, func(ctx context.Context, tx domain.Tx) error { return tx.DeleteWebhook(ctx, "h1") })
		wantCode(t, db.SettleWebhook(ctx, domain.WebhookSettle{WebhookID: "h1"}), domain.CodeNotFound)
	})
}

// The log is not pruned past what an active webhook has still to be told of,
// for a day; what goes after that is noted.
func TestPruneWaitsForWebhooks(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		now := noon.Add(2 * time.Hour)
		db, ctx := open(t, newURL(t), func(o *Options) { o.Now = func() time.Time { return now.Time } }), t.Context()
		addCenter(t, db, "c", 0, 2)
		h := sampleWebhook("h1", "c")
		write(t, db, func(ctx context.Context, tx domain.Tx) error { return tx.CreateWebhook(ctx, h) })
		write(t, db, func(ctx context.Context, tx domain.Tx) error {
			o, err := tx.FindOrder(ctx, "co1")
			if err != nil {
				return err
			}
			return tx.Append(ctx, agent, "c", noon, &domain.Change{Event: domain.EventOrderChanged, Record: o, Before: domain.StateOf(o)})
		})
		prune := func() int {
			t.Helper()
			n, err := db.PruneLog(ctx, "c", now.Time, 100)
			must(t, err)
			return n
		}
		missed := func() bool {
			t.Helper()
			left, err := db.WebhooksWaiting(ctx)
			must(t, err)
			return left["h1"].Missed
		}
		equal(t, "pruned up to the cursor", prune(), 4)
		equal(t, "pruned behind it", prune(), 0)
		equal(t, "missed", missed(), false)
		now = noon.Add(25 * time.Hour)
		equal(t, "pruned after a day", prune(), 1)
		equal(t, "missed", missed(), true)

		old := pendingRow("h1", "e1", 5, now.Add(-31*24*time.Hour))
		old.Status = domain.WebhookDead
		must(t, db.SettleWebhook(ctx, domain.WebhookSettle{WebhookID: "h1", Keep: []domain.WebhookDelivery{old}}))
		n, err := db.PruneAged(ctx, domain.AgedDead, now.Add(-30*24*time.Hour).Time, 100)
		must(t, err)
		equal(t, "dead ones that are forgotten", n, 1)
		_, err = db.WebhookBody(ctx, "h1", "e1")
		wantCode(t, err, domain.CodeNotFound)
	})
}

// Every change leaves a line in its own transaction, and the lines are found by
// whom, what, where and when.
func TestAudit(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db, ctx := open(t, newURL(t)), t.Context()
		addCenter(t, db, "c", 1, 60)
		addCenter(t, db, "d", 1, 0)
		write(t, db, func(ctx context.Context, tx domain.Tx) error { return assign(ctx, tx, "cd1", "cr1") })
		e := domain.AuditOf(domain.Actor{UserID: "u1", Name: "Lee", Role: domain.RoleManager, Remote: "192.0.2.7"}, noon.Add(time.Hour), "session", "u1", domain.AuditLogin)
		must(t, db.Audit(ctx, e))
		find := func(f domain.AuditFilter) []domain.AuditEntry {
			t.Helper()
			var all []domain.AuditEntry
			for p := (domain.Page{Limit: 50}); ; {
				items, next, err := db.ListAudit(ctx, f, p)
				must(t, err)
				all = append(all, items...)
				if next == "" {
					return all
				}
				p.Cursor = next
			}
		}
		equal(t, "all", len(find(domain.AuditFilter{})), 1+120+1+1+1)
		equal(t, "of a center", len(find(domain.AuditFilter{CenterIDs: []string{"c"}})), 1+120+1)
		equal(t, "of none", len(find(domain.AuditFilter{CenterIDs: []string{}})), 0)
		equal(t, "of a kind", len(find(domain.AuditFilter{Kind: "rider"})), 2)
		equal(t, "of an actor", len(find(domain.AuditFilter{ActorID: "u1"})), 1)
		equal(t, "in time", len(find(domain.AuditFilter{From: noon.Add(time.Minute), To: noon.Add(2 * time.Hour)})), 1)
		got := find(domain.AuditFilter{Key: "cd1", Event: domain.EventDeliveryAssigned})
		equal(t, "of a record", len(got), 1)
		want := []domain.AuditChange{{Field: "status", From: "waiting", To: "assigned"}, {Field: "riderId", To: "cr1"}}
		if diff := cmp.Diff(want, got[0].Changes); diff != "" || got[0].Seq == 0 || got[0].Actor != agent.Person() {
			t.Errorf("%+v %s", got[0], diff)
		}
		e.Changes = []domain.AuditChange{}
		if diff := cmp.Diff([]domain.AuditEntry{e}, find(domain.AuditFilter{ActorID: "u1"})); diff != "" {
			t.Error(diff)
		}
	})
}

func TestWebhooksOf(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db, ctx := open(t, newURL(t)), t.Context()
		addCenter(t, db, "c", 0, 0)
		owned, older := sampleWebhook("h1", "c"), sampleWebhook("h2", "c") // of before owners were kept
		owned.OwnerID, owned.Stopped = "u1", domain.StoppedOwner
		write(t, db, func(ctx context.Context, tx domain.Tx) error {
			if err := tx.CreateWebhook(ctx, owned); err != nil {
				return err
			}
			if err := tx.CreateWebhook(ctx, older); err != nil {
				return err
			}
			return tx.Audit(ctx, domain.AuditOf(domain.Actor{UserID: "u1"}, noon, "webhook", "h2", "webhook:create"))
		})
		of, err := db.WebhooksOf(ctx, "u1")
		must(t, err)
		if diff := cmp.Diff([]domain.Webhook{*owned, *older}, of); diff != "" {
			t.Error(diff)
		}
		of, err = db.WebhooksOf(ctx, "u2")
		must(t, err)
		equal(t, "another's", len(of), 0)
	})
}
