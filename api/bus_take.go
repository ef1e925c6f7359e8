package api

import (
	"context"
	"errors"
	"time"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// take is what other nodes say. It does not block: the bus reads on only when
// it returns.
func (l *link) take(_ string, data []byte) {
	m, err := decodeBus(data)
	if err == nil {
		err = l.heed(&m)
	}
	if err != nil {
		l.log.Warn("a message of another node can't be read", "error", err)
	}
}

func (l *link) heed(m *busMessage) error {
	follow := l.s.live.follow
	switch {
	case m.Entries != nil:
		entries, err := m.logEntries(m.Entries)
		if err != nil {
			return err
		}
		l.s.tracing.heard(m.Entries)
		l.s.followed(entries, false)
	case m.Notice != nil:
		entries, err := m.logEntries(m.Notice)
		if err != nil {
			return err
		}
		for i := range entries {
			l.later(func(context.Context) { follow.Notice(&entries[i]) })
		}
	case m.Chat != nil:
		if m.Epoch != follow.KnownEpoch() {
			follow.LookSoon()
			return nil
		}
		entries := make([]domain.ChatMessage, len(m.Chat))
		for i, c := range m.Chat {
			entries[i] = c.ChatMessage
			entries[i].About = c.About
		}
		follow.CommittedChat(entries, false)
	case m.Nudge != nil:
		follow.Nudge(m.Nudge.Center, m.Nudge.Seq)
	case m.Places != nil:
		places, err := m.places(m.Places.Places)
		if err != nil {
			return err
		}
		l.s.live.hub.Positions(m.Places.Address, places)
		l.s.engineSees(m.Places.Address, places)
	case m.User != nil:
		l.s.live.hub.SendUser(m.User.To, m.User.Event, m.User.Data)
	case m.Said != nil:
		l.s.engineHears(m.Said.Address, m.Said.Event, m.Said.Data)
		l.s.live.hub.Publish(m.Said.Address, m.Said.Event, m.Said.Data, realtime.Filter{})
	case m.Reads != nil:
		l.showReads(m.Reads)
	case m.Ended != nil:
		l.s.endSessions(m.Ended.match)
	case m.Rights != nil:
		who := *m.Rights
		l.s.auth.Forget(who.match)
		l.later(func(ctx context.Context) { l.newRights(ctx, who) })
	case m.Named != nil:
		l.s.live.hub.Supersede(m.Named.User, m.Named.Client, m.Named.Conn, time.UnixMicro(m.Named.At))
	case m.Beat != nil:
		l.heedBeat(m.Beat)
	case m.Rooms != nil:
		l.heedRooms(m.Rooms)
	case m.Ask != nil:
		l.heedAsk(m.Ask)
	case m.Answer != nil:
		l.heedAnswer(m.Answer)
	}
	return nil
}

// newRights reads what a user or key may do now, if it is connected here.
func (l *link) newRights(ctx context.Context, who busWho) {
	var actor domain.Actor
	here := false
	look := func(a domain.Actor) {
		if who.match(a) {
			actor, here = a, true
		}
	}
	l.s.live.hub.Each(func(id realtime.Identity) { look(actorBehind(id)) })
	l.s.waits.each(look)
	if !here {
		return
	}
	now, err := l.s.actorNow(ctx, actor)
	var e *domain.Error
	switch {
	case errors.As(err, &e) && e.Code == domain.CodeNotFound:
		l.s.endSessions(who.match)
	case err != nil:
		l.log.Warn("changed rights can't be read", "error", err)
	default:
		l.s.refreshSessions(who.match, now)
	}
}

// actorNow is a user or key as the database has it. NotFound also when it is not active.
func (s *Server) actorNow(ctx context.Context, was domain.Actor) (domain.Actor, error) {
	if was.Role == domain.RoleKey {
		k, err := s.store.FindKey(ctx, was.UserID)
		if err != nil {
			return domain.Actor{}, err
		}
		return k.Actor(), nil
	}
	u, err := s.store.FindUser(ctx, was.UserID)
	if err != nil {
		return domain.Actor{}, err
	}
	if !u.Active {
		return domain.Actor{}, domain.NotFound("user")
	}
	return u.Actor(), nil
}
