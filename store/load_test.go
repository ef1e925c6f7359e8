package store

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
)

// checkState checks that what was loaded is what the log has led to at its head.
func checkState(t *testing.T, st *domain.CenterState, log []domain.LogEntry) {
	t.Helper()
	newest := map[string]domain.LogEntry{}
	for _, e := range log[:st.Head.Seq] {
		newest[e.Key] = e
	}
	loaded := map[string]any{}
	for i := range st.Orders {
		loaded[st.Orders[i].ID] = st.Orders[i]
	}
	for i := range st.Deliveries {
		loaded[st.Deliveries[i].ID] = st.Deliveries[i]
	}
	for i := range st.Riders {
		loaded[st.Riders[i].ID] = st.Riders[i]
	}
	equal(t, "records", len(loaded), len(newest))
	for key, e := range newest {
		b, err := json.Marshal(loaded[key])
		must(t, err)
		equal(t, "record "+key, string(b), string(e.Data))
	}
	equal(t, "outline", int64(len(st.Outline)), st.Head.Seq)
	for i, e := range st.Outline {
		want := log[i]
		want.Data = nil
		same(t, "outline", e, want)
	}
	for i, m := range st.Chat {
		equal(t, "chat", m.Seq, int64(i+1))
	}
	equal(t, "chat head", int64(len(st.Chat)), st.Head.ChatSeq)
}

// A center loaded in the midst of writes is one state: every record as the log
// has it at the head that was loaded with it.
func TestLoadIsOneState(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db := open(t, newURL(t))
		addCenter(t, db, "c", 5, 30)
		addCenter(t, db, "other", 5, 5)
		var states []*domain.CenterState
		var writing atomic.Int32
		writing.Store(4)
		var wg sync.WaitGroup
		for w := range 4 {
			wg.Go(func() {
				defer writing.Add(-1)
				rnd := rand.New(rand.NewPCG(uint64(w), 2))
				for range 60 {
					write(t, db, func(ctx context.Context, tx domain.Tx) error {
						if rnd.IntN(4) == 0 {
							return tx.AppendChat(ctx, &domain.ChatMessage{ID: domain.NewID(), CenterID: "c", From: agent.Person(), Text: "안녕", At: noon})
						}
						d, err := tx.FindDelivery(ctx, nth("cd", rnd.IntN(30)+1))
						if err != nil {
							return err
						}
						r, err := tx.FindRider(ctx, nth("cr", rnd.IntN(5)+1))
						if err != nil {
							return err
						}
						if d.Status == domain.Assigned {
							r = nil
						}
						return move(ctx, tx, d, r)
					})
				}
			})
		}
		for writing.Load() > 0 {
			st, err := db.LoadCenter(t.Context(), "c", noon.Time)
			must(t, err)
			states = append(states, st)
		}
		wg.Wait()
		log := checkLog(t, db, "c")
		for _, st := range states {
			checkState(t, st, log)
		}
		t.Logf("%d loads", len(states))
	})
}

func TestLoadCenter(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db := open(t, newURL(t))
		ctx := t.Context()
		addCenter(t, db, "c", 2, 4)
		addCenter(t, db, "other", 1, 1)
		cutoff := noon.Add(time.Hour)
		write(t, db, func(ctx context.Context, tx domain.Tx) error {
			var cs []*domain.Change
			for i, at := range []domain.Time{cutoff.Add(-time.Millisecond), cutoff, cutoff.Add(time.Minute)} {
				d, err := tx.FindDelivery(ctx, nth("cd", i+1))
				if err != nil {
					return err
				}
				o, err := tx.FindOrder(ctx, nth("co", i+1))
				if err != nil {
					return err
				}
				d.Status, d.FinishedAt, o.FinishedAt = domain.Delivered, at, at
				cs = append(cs, &domain.Change{Event: domain.EventDeliveryDelivered, Record: d}, &domain.Change{Event: domain.EventOrderCompleted, Record: o})
			}
			return tx.Append(ctx, agent, "c", noon, cs...)
		})
		must(t, db.SavePositions(ctx, []domain.Position{{RiderID: "cr1", Lat: 1, Lng: 2, At: noon}, {RiderID: "otherr1", Lat: 1, Lng: 2, At: noon}}))
		for i := range loadedChat + 5 {
			if i%100 == 0 { // private ones in between
				sayTo(t, db, "c", "someone")
			}
		}
		write(t, db, func(ctx context.Context, tx domain.Tx) error {
			for range loadedChat + 5 {
				if err := tx.AppendChat(ctx, &domain.ChatMessage{ID: domain.NewID(), CenterID: "c", From: agent.Person(), Text: "hi", At: noon}); err != nil {
					return err
				}
			}
			return nil
		})
		reads := db.Stats().Reads
		st, err := db.LoadCenter(ctx, "c", cutoff.Time)
		must(t, err)
		equal(t, "queries", db.Stats().Reads-reads, 9)
		ids := func(n int, id func(int) string) []string {
			var out []string
			for i := range n {
				out = append(out, id(i))
			}
			slices.Sort(out)
			return out
		}
		same(t, "deliveries", ids(len(st.Deliveries), func(i int) string { return st.Deliveries[i].ID }), []string{"cd2", "cd3", "cd4"})
		same(t, "orders", ids(len(st.Orders), func(i int) string { return st.Orders[i].ID }), []string{"co2", "co3", "co4"})
		same(t, "riders", ids(len(st.Riders), func(i int) string { return st.Riders[i].ID }), []string{"cr1", "cr2"})
		same(t, "positions", st.Positions, []domain.Position{{RiderID: "cr1", Lat: 1, Lng: 2, At: noon}})
		equal(t, "head", st.Head, domain.Head{Seq: 16, ChatSeq: loadedChat + 5})
		equal(t, "outline", len(st.Outline), 16)
		equal(t, "center", st.Center.ID, "c")
		equal(t, "chat", len(st.Chat), loadedChat)
		equal(t, "oldest chat", st.Chat[0].Seq, 6)
		equal(t, "newest chat", st.Chat[loadedChat-1].Seq, loadedChat+5)
		after, err := db.ChatAfter(ctx, "c", loadedChat+3, 10)
		must(t, err)
		same(t, "chat after", after, st.Chat[loadedChat-2:])
	})
}

func sayTo(t *testing.T, db *DB, center, to string) *domain.ChatMessage {
	t.Helper()
	m := &domain.ChatMessage{ID: domain.NewID(), CenterID: center, From: domain.Person{ID: "me", Name: "Me", Role: domain.RoleAgent}, To: to, Text: "비밀", At: noon}
	write(t, db, func(ctx context.Context, tx domain.Tx) error { return tx.AppendChat(ctx, m) })
	return m
}

func TestChat(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		var rec recorder
		db := open(t, newURL(t), rec.hook)
		addCenter(t, db, "c", 0, 0)
		addCenter(t, db, "other", 0, 0)
		all, private := sayTo(t, db, "c", ""), sayTo(t, db, "c", "you")
		elsewhere := sayTo(t, db, "other", "")
		again := sayTo(t, db, "c", "")
		equal(t, "numbers", [4]int64{all.Seq, private.Seq, elsewhere.Seq, again.Seq}, [4]int64{1, 0, 1, 2})
		_, told := rec.all()
		same(t, "told", told, []domain.ChatMessage{*all, *private, *elsewhere, *again})
		for user, want := range map[string][]domain.ChatMessage{
			"me": {*again, *private, *all}, "you": {*again, *private, *all}, "third": {*again, *all},
		} {
			got, next, err := db.ListChat(t.Context(), "c", user, domain.Page{})
			must(t, err)
			equal(t, "cursor", next, "")
			same(t, "what "+user+" reads", got, want)
		}
		log, err := db.LogAfter(t.Context(), "c", 0, 10)
		must(t, err)
		equal(t, "numbers of the other log", len(log), 0)
	})
}

// A message that was taken away is erased; the log says so under a number of its own.
func TestRemoveChat(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		var rec recorder
		db := open(t, newURL(t), rec.hook)
		addCenter(t, db, "c", 0, 0)
		said, kept, private := sayTo(t, db, "c", ""), sayTo(t, db, "c", ""), sayTo(t, db, "c", "you")
		found, err := db.FindChat(t.Context(), said.ID)
		must(t, err)
		same(t, "found", found, said)
		entry := &domain.ChatMessage{ID: domain.NewID(), CenterID: "c", From: agent.Person(), Text: "a phone number", At: noon, About: said.ID}
		remove := func(about string) error {
			e := *entry
			e.ID, e.About = domain.NewID(), about
			return db.Write(t.Context(), func(tx domain.Tx) error { return tx.RemoveChat(t.Context(), &e) })
		}
		write(t, db, func(ctx context.Context, tx domain.Tx) error { return tx.RemoveChat(ctx, entry) })
		equal(t, "its number", entry.Seq, 3)
		for _, id := range []string{said.ID, entry.ID, private.ID, "none"} {
			wantCode(t, remove(id), domain.CodeNotFound)
		}
		_, err = db.FindChat(t.Context(), entry.ID)
		wantCode(t, err, domain.CodeNotFound)
		found, err = db.FindChat(t.Context(), said.ID)
		must(t, err)
		gone := *said
		gone.Text = ""
		same(t, "found now", found, &gone)
		log, err := db.ChatAfter(t.Context(), "c", 0, 10)
		must(t, err)
		same(t, "log", log, []domain.ChatMessage{gone, *kept, *entry})
		_, told := rec.all()
		same(t, "told last", told[len(told)-1], *entry)
		list, _, err := db.ListChat(t.Context(), "c", "me", domain.Page{})
		must(t, err)
		same(t, "list", list, []domain.ChatMessage{*private, *kept})
		st, err := db.LoadCenter(t.Context(), "c", noon.Time)
		must(t, err)
		same(t, "loaded", st.Chat, []domain.ChatMessage{*kept})
		equal(t, "head", st.Head.ChatSeq, 3)
	})
}

// Marks go forward and never back, whoever writes them when.
func TestReads(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db := open(t, newURL(t))
		addCenter(t, db, "c", 0, 0)
		ctx := t.Context()
		for _, id := range []string{"ann", "bob", "eve"} {
			write(t, db, func(ctx context.Context, tx domain.Tx) error {
				return tx.CreateUser(ctx, &domain.User{ID: id, Login: id, Name: id, Role: domain.RoleAgent, Active: true, Version: 1}, "x")
			})
		}
		who := func(id string) domain.Person { return domain.Person{ID: id, Name: id, Role: domain.RoleAgent} }
		one, two := noon, noon.Add(time.Minute)
		save := func(reads ...domain.ChatRead) {
			t.Helper()
			for i := range reads {
				reads[i].CenterID = "c"
			}
			must(t, db.SaveReads(ctx, reads))
		}
		save(domain.ChatRead{User: who("ann"), Seq: 7}, domain.ChatRead{User: who("bob"), Seq: 3}, domain.ChatRead{User: who("gone"), Seq: 3},
			domain.ChatRead{User: who("ann"), With: "bob", DeliveredAt: one})
		save(domain.ChatRead{User: who("ann"), Seq: 5}, domain.ChatRead{User: who("bob"), Seq: 4},
			domain.ChatRead{User: who("ann"), With: "bob", DeliveredAt: two, ReadAt: one})
		save(domain.ChatRead{User: who("ann"), With: "bob", DeliveredAt: one, ReadAt: one})
		room := []domain.ChatRead{{CenterID: "c", User: who("ann"), Seq: 7}, {CenterID: "c", User: who("bob"), Seq: 4}}
		private := domain.ChatRead{CenterID: "c", User: who("ann"), With: "bob", DeliveredAt: two, ReadAt: one}
		for user, want := range map[string][]domain.ChatRead{
			"ann": {room[0], private, room[1]}, "bob": {room[0], private, room[1]}, "eve": room,
		} {
			got, err := db.ListReads(ctx, "c", user)
			must(t, err)
			same(t, "what "+user+" sees", got, want)
		}
		many := make([]domain.ChatRead, 2*readsAtOnce+1)
		for i := range many {
			many[i] = domain.ChatRead{User: who(nth("u", i)), Seq: 1}
		}
		each(4, func(int) {
			if err := db.SaveReads(context.Background(), many); err != nil {
				t.Error(err)
			}
		})
		write(t, db, func(ctx context.Context, tx domain.Tx) error { return tx.DeleteUser(ctx, "ann") })
		got, err := db.ListReads(ctx, "c", "bob")
		must(t, err)
		same(t, "without ann", got, room[1:])
	})
}

func TestEpoch(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		url := newURL(t)
		db := open(t, url)
		ctx := t.Context()
		addCenter(t, db, "c", 1, 0)
		first, _, err := db.Heads(ctx, nil)
		must(t, err)
		if first == "" {
			t.Fatal("a fresh database has no epoch")
		}
		var mu sync.Mutex
		seen := map[string]bool{}
		each(10, func(int) {
			e, err := db.RenewEpoch(context.Background(), first)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			seen[e] = true
			mu.Unlock()
		})
		if len(seen) != 1 || seen[first] {
			t.Fatalf("nodes disagree: %v (was %s)", seen, first)
		}
		made, err := db.NewEpoch(ctx)
		must(t, err)
		if seen[made] || made == first {
			t.Fatal("it is not new")
		}
		st, err := db.LoadCenter(ctx, "c", noon.Time)
		must(t, err)
		equal(t, "epoch of a load", st.Epoch, made)
		log, err := db.LogAfter(ctx, "c", 0, 10)
		must(t, err)
		equal(t, "epoch of the log", log[0].Epoch, made)
		equal(t, "of another handle", epochOf(t, open(t, url)), made)
	})
}

func epochOf(t *testing.T, db *DB) string {
	e, err := db.Epoch(t.Context())
	must(t, err)
	return e
}
