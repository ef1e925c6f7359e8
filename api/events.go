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

// EventAnswer says to how many connections of this node an event went.
type EventAnswer struct {
	Delivered int `json:"delivered"`
}

// reserved namespaces carry what the server itself says.
func reserved(namespace string) bool {
	switch namespace {
	case nsDelivery, nsOrder, nsRider, nsMine, nsOffer, nsChat, nsMonitor, nsUser:
		return true
	}
	return false
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
	send := sync.OnceValues(func() (EventAnswer, error) { return s.deliverEvent(r.Context(), actorOf(r.Context()), in) })
	if r.Header.Get("Idempotency-Key") != "" {
		return s.write(w, r, http.StatusAccepted, func(context.Context, domain.Tx) (any, error) { return send() })
	}
	// A volatile event needs no transaction; only a kept answer does.
	out, err := send()
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusAccepted, out)
}

// checkEvent is who may send what where: the role and scope have been looked at.
func (s *Server) checkEvent(ctx context.Context, a domain.Actor, in *EventRequest) error {
	if reserved(in.Namespace) && !(in.Namespace == nsUser && in.Mode == modePrivate) {
		return forbidden("the namespace " + in.Namespace + " is the server's own")
	}
	var fields []domain.Field
	bad := func(field, message string) { fields = append(fields, domain.Field{Field: field, Message: message}) }
	const name = "must be 1 to 64 of a-z 0-9 : _ . -"
	toUser := in.Namespace == nsUser
	if !realtime.ValidName(in.Namespace) {
		bad("namespace", name)
	}
	if !realtime.ValidName(in.Room) && !(toUser && in.Room == "") {
		bad("room", name)
	} else if !toUser {
		if err := s.inCenter(ctx, a, centerInRoom(in.Room)); err != nil {
			return err
		}
	}
	if !realtime.ValidName(in.Event) {
		bad("event", name)
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

// deliverEvent hands a checked event to the hub.
func (s *Server) deliverEvent(ctx context.Context, a domain.Actor, in EventRequest) (EventAnswer, error) {
	if in.Mode == modePrivate {
		n, err := s.deliverPrivate(ctx, a, in)
		return EventAnswer{n}, err
	}
	f := realtime.Filter{}
	if in.Mode == modeBroadcast {
		f.Except = in.Except
	}
	return EventAnswer{s.live.hub.Publish(address(in.Namespace, in.Room), in.Event, in.Data, f)}, nil
}

// deliverPrivate sends to a user or to one connection, on its user/ address,
// if it is somebody the caller may speak to: of the room's center, or of one of
// the caller's. Anyone else is, to the caller, not there.
func (s *Server) deliverPrivate(ctx context.Context, a domain.Actor, in EventRequest) (int, error) {
	hub := s.live.hub
	if a.AllCenters() && in.Namespace == nsUser {
		return hub.SendUser(in.To, in.Event, in.Data), nil
	}
	to, err := s.receiver(ctx, in.To)
	if err != nil || to == nil {
		return 0, err
	}
	may := to.Role == domain.RoleAdmin || shareCenter(a, *to)
	if in.Namespace != nsUser {
		may = to.Sees(centerInRoom(in.Room))
	}
	if !may {
		return 0, nil
	}
	return hub.SendUser(in.To, in.Event, in.Data), nil
}

// receiver is the user of that id, or who is behind the connection of that id;
// nil: neither.
func (s *Server) receiver(ctx context.Context, id string) (*domain.Actor, error) {
	u, err := s.store.FindUser(ctx, id)
	var e *domain.Error
	switch {
	case err == nil:
		a := u.Actor()
		return &a, nil
	case !errors.As(err, &e) || e.Code != domain.CodeNotFound:
		return nil, err
	}
	for _, c := range s.live.hub.Connections() {
		if c.ID == id {
			a := actorBehind(c.Identity)
			return &a, nil
		}
	}
	return nil, nil
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
