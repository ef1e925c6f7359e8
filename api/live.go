package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"
	"golang.org/x/sync/singleflight"

	"github.com/brosops/bros/api/arrival"
	"github.com/brosops/bros/api/engine"
	"github.com/brosops/bros/api/feed"
	"github.com/brosops/bros/api/quota"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// live is the realtime half of a node: the hub, what follows the log for it,
// and what goes to clients without being in the log.
type live struct {
	hub     *realtime.Hub
	follow  *feed.Follower
	fixes   *fixBatcher
	engine  *engine.Engine
	reads   *readBatcher
	arrival *arrival.Watcher
	late    chan *domain.LogEntry // late delivers that are to be told
	link    *link
	started time.Time

	asks    singleflight.Group // questions to the database that many ask at once
	centers sync.Map           // ids of centers that are known to exist (none is ever deleted)
	riders  sync.Map           // rider id → center id, which never changes
	offered sync.Map           // center id → offeredAt
	here    sync.Map           // center id → hereAt

	maxLag time.Duration // beyond it the node is not ready

	watching sync.Mutex           // of one look at the sessions of open sockets at a time
	touched  map[string]time.Time // session hash → when its use was last written
}

// defaultMaxLag is how far behind the database's log a node may be and still be ready.
const defaultMaxLag = 10 * time.Second

// liveInit puts the realtime half together; New calls it once.
func (s *Server) liveInit(bus realtime.Bus) {
	l := &live{started: time.Now(), late: make(chan *domain.LogEntry, lateWaiting), touched: map[string]time.Time{}, maxLag: defaultMaxLag}
	opt := s.cfg.Realtime
	opt.NodeID, opt.Backend, opt.Logger, opt.Window, opt.PlaceEvent = s.cfg.NodeID, backend{s}, s.log, s.cfg.Window, domain.EventRiderPosition
	l.link = newLink(s, bus)
	opt.OnNamed, opt.MaxOfUser = l.link.named, s.socketsOf
	l.hub = realtime.NewHub(opt)
	l.follow = feed.New(s.store, l.hub, s.cfg.Window, s.now, s.log)
	l.follow.OnNotice = s.notify
	l.follow.OnRights = s.revokeOffers
	l.follow.OnEpoch = s.setEpoch
	l.follow.OnApplied = func(log string, seq int64, had, begun time.Time) {
		if !had.IsZero() {
			s.metrics.applied.Observe(time.Since(had).Seconds())
		}
		s.tracing.published(log, seq, begun)
	}
	l.follow.OnRepair = func(cause string) { s.metrics.repairs.WithLabelValues(cause).Inc() }
	l.follow.OnLogs = l.link.follow
	l.fixes = newFixBatcher(s.store, l.link, s.log)
	l.arrival = arrival.New(s.store, s.now, s.arrivedByFix)
	l.fixes.onSaved = l.arrival.Fixes
	l.engine = s.newEngine()
	l.follow.OnEntry, l.follow.OnLoaded = l.engine.Entry, l.engine.Loaded
	l.reads = newReadBatcher(s)
	s.live = l
}

// liveRoutes registers its routes under /api/v1.
func (s *Server) liveRoutes(r chi.Router) {
	s.on(r, http.MethodGet, "/realtime", openToAll.noDeadline().countsItself(), s.realtime)
	s.on(r, http.MethodPost, "/realtime/ticket", loggedIn, s.createTicket)
	s.on(r, http.MethodPost, "/changes", loggedIn.noDeadline(), s.changes)
	s.on(r, http.MethodGet, "/chat/{centerId}/messages", ridersToo, s.listChat)
	s.on(r, http.MethodPost, "/chat/{centerId}/messages", ridersToo, s.say)
	s.on(r, http.MethodPost, "/chat/{centerId}/messages/{id}/remove", managers, s.removeMessage)
	s.on(r, http.MethodGet, "/chat/{centerId}/read", ridersToo, s.listReads)
	s.on(r, http.MethodPut, "/chat/{centerId}/read", ridersToo, s.markRead)
	s.on(r, http.MethodGet, "/chat/{centerId}/people", ridersToo, s.whoIsHere)
	s.on(r, http.MethodPost, "/events", managers.orKey(domain.ScopeEventsPublish), s.publishEvent)
	s.on(r, http.MethodPost, "/riders/me/positions", access{rider: true}, s.postOwnPositions)
	s.on(r, http.MethodPost, "/riders/{id}/positions", access{rider: true, scopes: []domain.Scope{domain.ScopeRidersWrite}}, s.postPositions)
	s.on(r, http.MethodGet, "/monitor", managers, s.monitor)
	s.on(r, http.MethodDelete, "/monitor/connections/{id}", managers, s.closeConnection)
}

// liveStart begins following the log; Start calls it once.
func (s *Server) liveStart(ctx context.Context) error {
	s.background(ctx, s.live.link.run)
	s.background(ctx, s.live.link.beats)
	s.background(ctx, s.live.follow.Run)
	s.background(ctx, s.live.engine.Run)
	s.background(ctx, s.live.engine.Lead)
	s.background(ctx, s.dueLoop)
	s.background(ctx, s.live.arrival.Run)
	s.background(ctx, s.tellLate)
	s.background(ctx, s.watchSessions)
	s.background(ctx, s.refreshSessionsInUse)
	s.background(ctx, s.feedMonitor)
	return nil
}

// liveDrain tells clients to come back elsewhere and refuses new ones; what they
// have brought is written first.
func (s *Server) liveDrain(ctx context.Context) {
	s.live.hub.Drain(ctx)
	s.live.fixes.stop(ctx)
	s.live.reads.stop(ctx)
	s.live.follow.Stop()
	s.live.hub.Stop()
}

// liveReasons says what keeps the node's rooms from following the log, and so
// makes it unready; asking sets the lag among the figures.
func (s *Server) liveReasons() (unready []string) {
	lag := s.live.follow.Lag()
	s.metrics.lag.Set(lag.Seconds())
	if lag > s.live.maxLag {
		unready = append(unready, "the rooms are behind the log")
	}
	return unready
}

// Committed takes the log entries of a commit, in the order of the log: the
// store's commit hook. It keeps the slice and never blocks.
func (s *Server) Committed(entries []domain.LogEntry) {
	traces := s.tracing.parents(entries) // while they are remembered
	s.followed(entries, true)
	s.live.link.entries(entries, traces)
	s.hooks.Nudge()
	s.push.Committed(entries)
}

// followed takes entries that this node (sure), or another by its word, has committed.
func (s *Server) followed(entries []domain.LogEntry, sure bool) {
	for i := range entries {
		switch e := &entries[i]; e.Kind {
		case domain.KindRider, domain.KindCenter:
			s.live.offered.Delete(e.CenterID)
		case domain.KindDelivery:
			s.live.arrival.Changed(e.Before.RiderID)
			s.live.arrival.Changed(e.After.RiderID)
		}
	}
	s.live.engine.Committed(entries)
	s.doors.Committed(entries)
	s.live.follow.Committed(entries, sure)
}

// CommittedChat does the same for chat messages.
func (s *Server) CommittedChat(messages []domain.ChatMessage) {
	s.live.follow.CommittedChat(messages, true)
	s.push.CommittedChat(messages)
	s.live.link.chat(messages)
}

// liveEnd closes the sockets of the matching actors with 4401.
func (s *Server) liveEnd(match func(domain.Actor) bool) {
	s.live.hub.Close(func(c realtime.ConnInfo) bool { return match(actorBehind(c.Identity)) }, realtime.CloseSession, "session ended")
}

// liveRights makes an actor's changed role or centers count on its sockets.
func (s *Server) liveRights(match func(domain.Actor) bool, now domain.Actor) {
	mine := func(id realtime.Identity) bool { return match(actorBehind(id)) }
	s.live.hub.Update(mine, func(id *realtime.Identity) {
		next := now
		next.SessionID = id.SessionID
		fillIdentity(id, next)
	})
	s.live.hub.Revoke(func(id realtime.Identity, a realtime.Address) bool {
		return mine(id) && mayHave(actorBehind(id), a) != nil
	})
}

// identityOf is an actor as the hub knows it.
func identityOf(a domain.Actor) realtime.Identity {
	var id realtime.Identity
	fillIdentity(&id, a)
	return id
}

func fillIdentity(id *realtime.Identity, a domain.Actor) {
	id.UserID, id.Login, id.Name, id.Role, id.SessionID, id.Data = a.UserID, a.Login, a.Name, string(a.Role), a.SessionID, a
}

// actorBehind is the actor that identityOf put there.
func actorBehind(id realtime.Identity) domain.Actor {
	a, _ := id.Data.(domain.Actor)
	a.Remote = id.RemoteAddr
	return a
}

// realtime answers GET /realtime: who asks is settled before the upgrade, so
// that a refusal is a problem like any other.
func (s *Server) realtime(w http.ResponseWriter, r *http.Request) error {
	c := callOf(r.Context())
	actor, err := s.socketActor(r)
	if err != nil {
		if over := s.paced(addressOf(c)); over != nil {
			return over
		}
		return err
	}
	c.actor = actor
	who := callerOf(actor)
	if err := s.paced(who); err != nil {
		return err
	}
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		w.Header().Set("Upgrade", "websocket")
		return domain.Errorf(domain.CodeMalformed, "this path is a websocket")
	}
	id := identityOf(actor)
	id.RemoteAddr = c.remote.String()
	if id.ClientID = r.URL.Query().Get("client"); !validClient(id.ClientID) {
		return domain.Invalid("client", "must be at most 64 of A-Z a-z 0-9 _ . : -")
	}
	if most := s.socketsOf(id); most > 0 && s.live.hub.ConnectionsOf(id) >= most {
		return s.limited(s.quotas.Full(quota.Sockets, who))
	}
	err = s.live.hub.Serve(w, r, id)
	if errors.Is(err, realtime.ErrDraining) || errors.Is(err, realtime.ErrFull) {
		return &domain.Error{Code: domain.CodeUnavailable, Detail: "no new sockets just now", RetryAfter: 2}
	}
	if err != nil { // the hub has answered it
		s.log.Debug("no upgrade", "requestId", c.id, "error", err)
	}
	return nil
}

// socketActor says whose socket it is to be: by ticket, header or cookie.
func (s *Server) socketActor(r *http.Request) (domain.Actor, error) {
	if ticket := r.URL.Query().Get("ticket"); ticket != "" {
		return s.ticketActor(r, ticket)
	}
	actor, cookie, err := s.authenticate(r)
	if err != nil {
		return actor, err
	}
	if cookie && !s.ownOrigin(r) {
		return actor, domain.Errorf(domain.CodeForbidden, "a socket by cookie is opened by this site's own pages")
	}
	return actor, nil
}

// ownOrigin reports whether the page that asks is one of ours. A browser always
// sends Origin with a socket; who sends none has no business with a cookie.
func (s *Server) ownOrigin(r *http.Request) bool {
	origin, err := url.Parse(r.Header.Get("Origin"))
	if err != nil || origin.Host == "" {
		return false
	}
	if strings.EqualFold(origin.Host, r.Host) || sameOrigin(&url.URL{Scheme: origin.Scheme, Host: r.Host}, origin) {
		return true
	}
	public, err := url.Parse(s.cfg.PublicURL)
	return err == nil && public.Host != "" && sameOrigin(public, origin)
}

// sameOrigin compares as browsers do: a scheme's own port may be left out.
func sameOrigin(a, b *url.URL) bool {
	return strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Hostname(), b.Hostname()) && portOf(a) == portOf(b)
}

func portOf(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	switch strings.ToLower(u.Scheme) {
	case "http":
		return "80"
	case "https":
		return "443"
	}
	return ""
}

func validClient(id string) bool {
	if len(id) > 64 {
		return false
	}
	for _, c := range []byte(id) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '.', c == ':', c == '-':
		default:
			return false
		}
	}
	return true
}
