package api

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/domain"
)

func (s *Server) auditRoutes(r chi.Router) {
	s.on(r, http.MethodGet, "/audit", managers, s.listAudit)
}

// listAudit answers who did what: a manager finds the own centers, an admin all.
func (s *Server) listAudit(w http.ResponseWriter, r *http.Request) error {
	page, err := pageOf(r)
	if err != nil {
		return err
	}
	var f domain.AuditFilter
	if f.CenterIDs, err = s.centersOf(r.Context(), r, actorOf(r.Context())); err != nil {
		return err
	}
	if f.From, f.To, err = s.spanOf(r, f.CenterIDs); err != nil {
		return err
	}
	q := r.URL.Query()
	for name, to := range map[string]*string{"actorId": &f.ActorID, "kind": &f.Kind, "key": &f.Key, "event": &f.Event} {
		if *to = q.Get(name); len(*to) > 64 {
			return domain.Invalid(name, "is too long")
		}
	}
	items, next, err := s.store.ListAudit(r.Context(), f, page)
	if err != nil {
		return err
	}
	return writeList(w, r, newList(items, next))
}

// note writes what an actor did that is in no transaction of its own. The act
// itself has happened: that it can't be written down is an error in the log.
func (s *Server) note(r *http.Request, entries ...domain.AuditEntry) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), requestTimeout)
	defer cancel()
	if err := s.store.Audit(ctx, entries...); err != nil {
		s.log.Error("an audit entry was lost", "requestId", callOf(r.Context()).id, "event", entries[0].Event, "error", err)
	}
}

// inCenters is an entry for each of the centers; for none it stays one.
func inCenters(e domain.AuditEntry, centers []string) []domain.AuditEntry {
	if len(centers) == 0 {
		return []domain.AuditEntry{e}
	}
	out := make([]domain.AuditEntry, len(centers))
	for i, id := range centers {
		out[i] = e
		out[i].ID, out[i].CenterID = domain.NewID(), id
	}
	return out
}

// sessionTrail is what the audit says of a login or logout.
func sessionTrail(c *call, a domain.Actor, at domain.Time, event string) []domain.AuditEntry {
	e := domain.AuditOf(a, at, "session", a.UserID, event)
	e.Remote = c.remote.String()
	return inCenters(e, a.CenterIDs)
}

// loginTally counts failed logins by user and address. The first is written at
// once, what follows as a count once a minute: guessing must not fill the disk.
// A login name that nobody has is not written at all: it may be a password that
// went into the wrong field.
type loginTally struct {
	mu     sync.Mutex
	counts map[[2]string]*failedLogins
}

type failedLogins struct {
	user  *domain.User // nil: nobody's
	from  string
	more  int // not yet written
	since time.Time
}

// maxTallied bounds the memory; what goes beyond is counted as of no address.
const maxTallied = 10_000

// add counts a failure and answers what is to be written now.
func (t *loginTally) add(user *domain.User, from string, now time.Time) []domain.AuditEntry {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[[2]string]*failedLogins{}
	}
	key := [2]string{"", from}
	if user != nil {
		key[0] = user.ID
	}
	f := t.counts[key]
	if f == nil && len(t.counts) >= maxTallied {
		key, user, from = [2]string{}, nil, "others"
		f = t.counts[key]
	}
	if f != nil {
		f.more++
		return nil
	}
	f = &failedLogins{user: user, from: from, since: now}
	t.counts[key] = f
	return f.entries(1, now)
}

// drain answers what came since, and forgets who was quiet for a minute.
func (t *loginTally) drain(now time.Time) (out []domain.AuditEntry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key, f := range t.counts {
		if f.more == 0 {
			delete(t.counts, key)
			continue
		}
		out = append(out, f.entries(f.more, now)...)
		f.more, f.since = 0, now
	}
	return out
}

func (f *failedLogins) entries(n int, now time.Time) []domain.AuditEntry {
	var who domain.Actor
	if f.user != nil {
		who = f.user.Actor()
	}
	e := domain.AuditOf(who, domain.At(now), "session", who.UserID, domain.AuditLoginFailed)
	e.Remote = f.from
	e.Changes = []domain.AuditChange{{Field: "failures", From: domain.At(f.since).String(), To: strconv.Itoa(n)}}
	return inCenters(e, who.CenterIDs)
}

// tallyLogins writes the counts once a minute.
func (s *Server) tallyLogins(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for ended := false; !ended; {
		select {
		case <-ctx.Done():
			ended = true
		case <-tick.C:
		}
		entries := s.failed.drain(s.now())
		if len(entries) == 0 {
			continue
		}
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		if err := s.store.Audit(last, entries...); err != nil {
			s.log.Error("failed logins were not written down", "error", err)
		}
		cancel()
	}
}
