package store

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
)

func addUser(t *testing.T, db *DB, id string, active bool) {
	t.Helper()
	write(t, db, func(ctx context.Context, tx domain.Tx) error {
		return tx.CreateUser(ctx, &domain.User{ID: id, Login: id, Role: domain.RoleAgent, CenterIDs: []string{"c"}, Active: active, CreatedAt: noon, Version: 1}, "h")
	})
}

func TestSessions(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db := open(t, newURL(t))
		ctx := t.Context()
		addUser(t, db, "u", true)
		addUser(t, db, "gone", false)
		s := domain.Session{Hash: "h1", UserID: "u", CreatedAt: noon, ExpiresAt: noon.Add(time.Hour), RemoteIP: "::1", UserAgent: "브라우저"}
		must(t, db.CreateSession(ctx, s))
		long := s
		long.Hash, long.UserAgent = "h2", strings.Repeat("가", 200)
		must(t, db.CreateSession(ctx, long))
		inactive := s
		inactive.Hash, inactive.UserID = "h3", "gone"
		must(t, db.CreateSession(ctx, inactive))

		got, u, err := db.FindSession(ctx, "h1", noon.Time)
		must(t, err)
		same(t, "session", *got, s)
		equal(t, "user", u.ID+u.CenterIDs[0], "uc")
		_, _, err = db.FindSession(ctx, "h1", noon.Time.Add(time.Hour))
		wantCode(t, err, domain.CodeNotFound)
		_, _, err = db.FindSession(ctx, "h3", noon.Time)
		wantCode(t, err, domain.CodeNotFound)
		must(t, db.TouchSession(ctx, "h1", noon.Time.Add(2*time.Hour)))
		_, _, err = db.FindSession(ctx, "h1", noon.Time.Add(time.Hour))
		must(t, err)

		hashes := []string{"h1", "h2", "h3"}
		for i := range 600 {
			hashes = append(hashes, nth("unknown", i))
		}
		live, err := db.LiveSessions(ctx, hashes, noon.Time)
		must(t, err)
		equal(t, "live", len(live), 2)
		equal(t, "whose", live["h2"].ID, "u")
		live, err = db.LiveSessions(ctx, hashes[:2], noon.Time.Add(time.Hour))
		must(t, err)
		equal(t, "live an hour later", len(live), 1)

		must(t, db.DeleteSession(ctx, "h1"))
		_, _, err = db.FindSession(ctx, "h1", noon.Time)
		wantCode(t, err, domain.CodeNotFound)
		write(t, db, func(ctx context.Context, tx domain.Tx) error { return tx.DeleteUser(ctx, "u") })
		_, _, err = db.FindSession(ctx, "h2", noon.Time)
		wantCode(t, err, domain.CodeNotFound)
		if err := db.CreateSession(ctx, s); err == nil {
			t.Fatal("a user that is gone has logged in")
		}
	})
}

func TestTicketIsUsedOnce(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db := open(t, newURL(t))
		ctx := t.Context()
		must(t, db.CreateTicket(ctx, "t1", "sess", "", noon.Time.Add(30*time.Second)))
		must(t, db.CreateTicket(ctx, "t2", "", "key", noon.Time.Add(30*time.Second)))
		_, _, err := db.UseTicket(ctx, "t1", noon.Time.Add(30*time.Second))
		wantCode(t, err, domain.CodeNotFound)
		var won atomic.Int32
		each(20, func(int) {
			sess, actor, err := db.UseTicket(context.Background(), "t1", noon.Time)
			if err == nil {
				won.Add(1)
				equal(t, "whose", sess+actor, "sess")
				return
			}
			wantCode(t, err, domain.CodeNotFound)
		})
		equal(t, "uses", won.Load(), 1)
		sess, actor, err := db.UseTicket(ctx, "t2", noon.Time)
		must(t, err)
		equal(t, "whose", sess+actor, "key")
	})
}

func TestPrune(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		clock := noon
		db := open(t, newURL(t), func(o *Options) { o.Now = func() time.Time { return clock.Time } })
		ctx := t.Context()
		addUser(t, db, "u", true)
		must(t, db.do(ctx, func(tx *txn) error {
			for i := range 700 {
				if _, err := tx.run.exec(ctx, "INSERT INTO tickets (hash, session_hash, actor_id, expires_at) VALUES (?, '', '', ?)",
					nth("t", i), noon.Add(time.Duration(i)*time.Second)); err != nil {
					return err
				}
			}
			return tx.SaveAnswer(ctx, "a", "old", domain.Answer{Status: 200})
		}))
		must(t, db.CreateSession(ctx, domain.Session{Hash: "old", UserID: "u", CreatedAt: noon, ExpiresAt: noon.Add(time.Minute)}))
		must(t, db.CreateSession(ctx, domain.Session{Hash: "new", UserID: "u", CreatedAt: noon, ExpiresAt: noon.Add(72 * time.Hour)}))
		clock = noon.Add(12 * time.Hour)
		write(t, db, func(ctx context.Context, tx domain.Tx) error {
			return tx.SaveAnswer(ctx, "a", "new", domain.Answer{Status: 200})
		})
		count := func(table string) (n int) {
			_, err := db.get(ctx, &n, "SELECT COUNT(*) FROM "+table)
			must(t, err)
			return n
		}
		prune := func(at time.Duration) {
			t.Helper()
			for _, kind := range []domain.Aged{domain.AgedSessions, domain.AgedTickets, domain.AgedAnswers} {
				for n := 500; n == 500; {
					var err error
					n, err = db.PruneAged(ctx, kind, noon.Add(at).Time, 500)
					must(t, err)
				}
			}
		}
		prune(650 * time.Second)
		equal(t, "tickets", count("tickets"), 49)
		equal(t, "sessions", count("sessions"), 1)
		equal(t, "answers", count("answers"), 2)
		clock = noon.Add(25 * time.Hour)
		prune(25 * time.Hour)
		equal(t, "tickets", count("tickets"), 0)
		equal(t, "sessions", count("sessions"), 1)
		equal(t, "answers", count("answers"), 1)
	})
}

func TestPruneLog(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db := open(t, newURL(t))
		ctx := t.Context()
		addCenter(t, db, "c", 0, 1)
		addCenter(t, db, "other", 0, 1)
		// The clock of a writer may be behind: number 5 is older than 4.
		for _, m := range []int{1, 2, 1, 3} {
			write(t, db, func(ctx context.Context, tx domain.Tx) error {
				d, err := tx.FindDelivery(ctx, "cd1")
				if err != nil {
					return err
				}
				return tx.Append(ctx, agent, "c", noon.Add(time.Duration(m)*time.Minute), &domain.Change{Event: domain.EventDeliveryChanged, Record: d})
			})
		}
		before := noon.Time.Add(2 * time.Minute)
		n, err := db.PruneLog(ctx, "c", before, 2)
		must(t, err)
		equal(t, "pruned", n, 2)
		n, err = db.PruneLog(ctx, "c", before, 2)
		must(t, err)
		equal(t, "pruned", n, 1)
		n, err = db.PruneLog(ctx, "c", before, 2)
		must(t, err)
		equal(t, "pruned", n, 0)
		st, err := db.LoadCenter(ctx, "c", noon.Time)
		must(t, err)
		equal(t, "floor", st.Floor, 3)
		equal(t, "first kept", st.Outline[0].Seq, 4)
		equal(t, "head", st.Head.Seq, 6)
		other, err := db.LogAfter(ctx, "other", 0, 10)
		must(t, err)
		equal(t, "the other's log", len(other), 2)
		hist, err := db.History(ctx, "cd1")
		must(t, err)
		equal(t, "history", len(hist), 5)
		n, err = db.PruneLog(ctx, "c", noon.Time.Add(time.Hour), 100)
		must(t, err)
		equal(t, "pruned", n, 3)
		write(t, db, func(ctx context.Context, tx domain.Tx) error {
			d, err := tx.FindDelivery(ctx, "cd1")
			if err != nil {
				return err
			}
			return tx.Append(ctx, agent, "c", noon, &domain.Change{Event: domain.EventDeliveryChanged, Record: d})
		})
		st, err = db.LoadCenter(ctx, "c", noon.Time)
		must(t, err)
		equal(t, "an empty log goes on", st.Outline[0].Seq, 7)
		equal(t, "floor", st.Floor, 6)
	})
}

func TestPositions(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db := open(t, newURL(t))
		ctx := t.Context()
		v := func(f float64) *float64 { return &f }
		fix := func(rider string, sec int) domain.Position {
			return domain.Position{RiderID: rider, Lat: 37 + float64(sec)/1000, Lng: 127.5, Accuracy: v(5), Speed: v(3.5), At: noon.Add(time.Duration(sec) * time.Second)}
		}
		track := func(rider string, from, to int) (got []domain.Position) {
			must(t, db.Track(ctx, rider, noon.Time.Add(time.Duration(from)*time.Second), noon.Time.Add(time.Duration(to)*time.Second), func(p domain.Position) error {
				got = append(got, p)
				return nil
			}))
			return got
		}
		last := func(rider string) domain.Position {
			p, err := db.LastPosition(ctx, rider)
			must(t, err)
			return *p
		}
		p, err := db.LastPosition(ctx, "r")
		must(t, err)
		if p != nil {
			t.Fatal("a place out of nothing")
		}
		must(t, db.SavePositions(ctx, nil))
		must(t, db.SavePositions(ctx, []domain.Position{fix("r", 10), fix("r", 20), fix("r", 20), fix("s", 5)}))
		same(t, "newest", last("r"), fix("r", 20))
		// Late ones are stored, and never replace a newer place; one sent twice is stored once.
		must(t, db.SavePositions(ctx, []domain.Position{fix("r", 10), fix("r", 15)}))
		same(t, "newest", last("r"), fix("r", 20))
		same(t, "track", track("r", 0, 100), []domain.Position{fix("r", 10), fix("r", 15), fix("r", 20)})
		same(t, "part of it", track("r", 15, 20), []domain.Position{fix("r", 15), fix("r", 20)})
		bare := domain.Position{RiderID: "r", Lat: 1, Lng: 2, At: noon.Add(time.Minute), Heading: v(0), Battery: v(0.5)}
		must(t, db.SavePositions(ctx, []domain.Position{bare}))
		same(t, "newest", last("r"), bare)
		same(t, "another's", last("s"), fix("s", 5))
		// Many at once, each twice, by several callers.
		each(8, func(i int) {
			var fixes []domain.Position
			for k := range 400 {
				fixes = append(fixes, fix("many", 1000+k+(i%4)*400))
			}
			if err := db.SavePositions(context.Background(), fixes); err != nil {
				t.Error(err)
			}
		})
		equal(t, "fixes", len(track("many", 0, 10000)), 1600)
		same(t, "newest of many", last("many"), fix("many", 2599))
	})
}
