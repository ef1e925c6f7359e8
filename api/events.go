package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// maxEventData bounds what one event carries, in bytes.
const maxEventData = 64 << 10

// The ways of an event.
const (
	modePublic    = "public"
	modePrivate   = "private"
	modeBroadcast = "broadcast"
)

// EventRequest is an event of another system for people's screens.
type EventRequest struct {
	Namespace string          `json:"namespace"`
	Room      string          `json:"room"`
	Event     string          `json:"event"`
	Data      json.RawMessage `json:"data"`
	Mode      string          `json:"mode"`   // public, private or broadcast
	To        string          `json:"to"`     // private: a user or connection
	Except    string          `json:"except"` // broadcast: a user or connection that is left out
}

// EventAnswer says to how many connections an event went.
type EventAnswer struct {
	Delivered int `json:"delivered"`
}

// publishEvent answers POST /events.
func (s *Server) publishEvent(w http.ResponseWriter, r *http.Request) error {
	var in EventRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	if err := s.checkEvent(r.Context(), actorOf(r.Context()), &in); err != nil {
		return err
	}
	ctx := r.Context()
	e, err := s.addressed(ctx, actorOf(ctx), in)
	if err != nil {
		return err
	}
	if r.Header.Get("Idempotency-Key") == "" {
		// A volatile event needs no transaction; only a kept answer does.
		return writeJSON(w, http.StatusAccepted, EventAnswer{s.deliverEvent(ctx, e)})
	}
	// The others are not waited for inside of the transaction, so they are asked
	// before how many it will be.
	dry := *e
	dry.Dry = true
	elsewhere := s.deliverElsewhere(ctx, &dry)
	send := sync.OnceValue(func() EventAnswer {
		if !e.Nobody {
			s.live.link.tell(topicAll, 256+len(in.Data), busMessage{Ask: &busAsk{From: s.live.link.instance, Event: e}})
		}
		return EventAnswer{s.deliverHere(e) + elsewhere}
	})
	return s.write(w, r, http.StatusAccepted, func(context.Context, domain.Tx) (any, error) { return send(), nil })
}

// checkEvent is who may send what where: the role and scope have been looked at.
func (s *Server) checkEvent(ctx context.Context, a domain.Actor, in *EventRequest) error {
	if domain.ReservedNamespace(in.Namespace) && !(in.Namespace == domain.NamespaceUser && in.Mode == modePrivate) {
		return forbidden("the namespace " + in.Namespace + " is the server's own")
	}
	if domain.ReservedEvent(in.Event) {
		return forbidden("events called " + clipText(in.Event, 64) + " are the server's own")
	}
	var fields []domain.Field
	bad := func(field, message string, args ...any) {
		fields = append(fields, domain.NewField(field, message, args...))
	}
	badName := func(field string) { bad(field, "must be 1 to 64 of a-z 0-9 : _ . -") }
	toUser := in.Namespace == domain.NamespaceUser
	if !realtime.ValidName(in.Namespace) {
		badName("namespace")
	}
	if !realtime.ValidName(in.Room) && !(toUser && in.Room == "") {
		badName("room")
	} else if !toUser {
		if err := s.inCenter(ctx, a, centerInRoom(in.Room)); err != nil {
			return err
		}
	}
	if !realtime.ValidName(in.Event) {
		badName("event")
	}
	switch in.Mode {
	case modePublic, modeBroadcast:
	case modePrivate:
		if toUser && in.To == "" {
			in.To = in.Room
		}
		if in.To == "" {
			bad("to", "is the user or connection of a private event")
		}
	default:
		bad("mode", "must be public, private or broadcast")
	}
	if len(in.To) > 64 {
		bad("to", "is no user or connection")
	}
	if len(in.Except) > 64 {
		bad("except", "is no user or connection")
	}
	if len(fields) > 0 {
		return &domain.Error{Code: domain.CodeValidation, Detail: "the event can't be sent", Fields: fields}
	}
	if len(in.Data) > maxEventData {
		return tooLarge(maxEventData)
	}
	if in.Data == nil {
		in.Data = json.RawMessage("null")
	}
	return nil
}

// busEvent is a checked event on its way to connections.
type busEvent struct {
	EventRequest
	Viewer busViewer `json:"viewer"`        // who sends it
	Known  bool      `json:"known"`         // a private one's receiver is a user whom the sender may speak to
	Nobody bool      `json:"-"`             // … or may not
	Dry    bool      `json:"dry,omitempty"` // it is only asked how many would get it
}

// addressed finds out whom a private event is for: a user, if it is somebody
// the caller may speak to, else whoever has a connection of that id. Anyone
// else is, to the caller, not there.
func (s *Server) addressed(ctx context.Context, a domain.Actor, in EventRequest) (*busEvent, error) {
	e := &busEvent{EventRequest: in, Viewer: viewerOf(a)}
	if in.Mode != modePrivate {
		return e, nil
	}
	if a.AllCenters() && in.Namespace == domain.NamespaceUser {
		e.Known = true
		return e, nil
	}
	u, err := s.store.FindUser(ctx, in.To)
	var no *domain.Error
	switch {
	case err == nil:
		e.Known = e.may(u.Actor())
		e.Nobody = !e.Known
	case !errors.As(err, &no) || no.Code != domain.CodeNotFound:
		return nil, err
	}
	return e, nil
}

// may reports whether the sender of a private event may speak to somebody: of
// the room's center, or of one of its own.
func (e *busEvent) may(to domain.Actor) bool {
	if e.Namespace != domain.NamespaceUser {
		return to.Sees(centerInRoom(e.Room))
	}
	return to.Role == domain.RoleAdmin || shareCenter(e.Viewer.actor(), to)
}

// deliverEvent sends an event on all nodes, and answers how many connections got it.
func (s *Server) deliverEvent(ctx context.Context, e *busEvent) int {
	n := s.deliverHere(e)
	return n + s.deliverElsewhere(ctx, e)
}

// deliverElsewhere has the other nodes deliver, and waits for how many got it.
func (s *Server) deliverElsewhere(ctx context.Context, e *busEvent) (n int) {
	if e.Nobody {
		return 0
	}
	answers, _ := s.live.link.ask(ctx, len(e.Data), busAsk{Event: e})
	for i := range answers {
		n += answers[i].Count
	}
	return n
}

// deliverHere hands an event to this node's connections.
func (s *Server) deliverHere(e *busEvent) int {
	hub, f := s.live.hub, realtime.Filter{Dry: e.Dry}
	if e.Mode != modePrivate {
		if e.Mode == modeBroadcast {
			f.Except = e.Except
		}
		return hub.Publish(domain.Address(e.Namespace, e.Room), e.Event, e.Data, f)
	}
	if !e.Known && (e.Nobody || !s.mayReach(e)) {
		return 0
	}
	return hub.Publish(realtime.UserAddress(e.To), e.Event, e.Data, f)
}

// mayReach reports whether there is a connection of that id here, of somebody
// whom the sender may speak to.
func (s *Server) mayReach(e *busEvent) bool {
	for _, c := range s.live.hub.Connections() {
		if c.ID == e.To {
			return e.may(actorBehind(c.Identity))
		}
	}
	return false
}

// shareCenter reports whether two actors have a center in common.
func shareCenter(a, b domain.Actor) bool {
	for _, id := range a.CenterIDs {
		if b.Sees(id) {
			return true
		}
	}
	return false
}
