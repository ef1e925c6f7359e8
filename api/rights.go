package api

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/brosops/bros/api/feed"
	"github.com/brosops/bros/api/quota"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// backend is the server as the hub sees it.
type backend struct{ s *Server }

var _ realtime.Backend = backend{}

// Resolve says what an address is to the caller (section 5 of the contract).
func (b backend) Resolve(ctx context.Context, id realtime.Identity, a realtime.Address) (realtime.Target, error) {
	actor := actorBehind(id)
	if callOf(ctx).id == "" { // of a socket; a poll has taken for all of its addresses
		if err := b.s.take(quota.Rooms, callerOf(actor), 1); err != nil {
			return realtime.Target{}, b.s.refusal(err)
		}
		var done func()
		ctx, done = b.s.inCommand(ctx, actor)
		defer done()
	}
	t, err := b.s.resolve(ctx, actor, a)
	return t, b.s.refusal(err)
}

// LoadLog reads a log whole.
func (b backend) LoadLog(ctx context.Context, log string) (realtime.LogState, error) {
	st, err := b.s.live.follow.LoadFor(ctx, log)
	return st, b.s.refusal(err)
}

// CatchUp follows a log as far as the database goes.
func (b backend) CatchUp(ctx context.Context, log string, seq int64) error {
	return b.s.refusal(b.s.live.follow.CatchUp(ctx, log, seq))
}

// Command runs what the hub does not do itself.
func (b backend) Command(ctx context.Context, id realtime.Identity, _, cmd string, raw json.RawMessage) (any, error) {
	actor := actorBehind(id)
	var run func(context.Context, domain.Actor, json.RawMessage) (any, error)
	switch cmd {
	case "publish":
		run = b.s.publishCommand
	case "positions":
		run = b.s.positionsCommand
	case "ticket":
		run = b.s.ticketCommand
	default:
		return nil, realtime.ErrUnknownCommand
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	ctx, done := b.s.inCommand(ctx, actor)
	defer done()
	err := b.s.paced(callerOf(actor))
	if err == nil {
		var out any
		if out, err = run(ctx, actor, raw); err == nil {
			return out, nil
		}
	}
	return nil, b.s.refusal(err)
}

// refusal is an error as a client of the socket may see it.
func (s *Server) refusal(err error) error {
	if err == nil || errors.Is(err, realtime.ErrLater) {
		return err
	}
	e, expected := asProblem(err)
	if !expected && !errors.Is(err, context.Canceled) {
		s.log.Error("realtime request failed", "error", err)
	}
	return &realtime.Refusal{Code: string(e.Code), Detail: e.Detail}
}

func forbidden(detail string) *domain.Error { return domain.Errorf(domain.CodeForbidden, "%s", detail) }

// centerInRoom is the center of a room outside the reserved namespaces: the
// room is its id, or begins with it and a colon.
func centerInRoom(room string) string {
	center, _, _ := strings.Cut(room, ":")
	return center
}

// mayHave says whether the actor's role and centers admit it to an address;
// whether the center exists, and offers' duty and mode, are asked elsewhere.
func mayHave(a domain.Actor, addr realtime.Address) *domain.Error {
	if a.Role == domain.RoleKey || a.Role == "" {
		return forbidden("rooms are for people")
	}
	rider := a.Role == domain.RoleRider && a.RiderID != ""
	center := addr.Room
	switch addr.Namespace {
	case domain.NamespaceDelivery, domain.NamespaceOrder, domain.NamespaceRider, domain.NamespacePlan:
		if !a.Staff() {
			return forbidden("this room is the staff's")
		}
	case domain.NamespaceMine, domain.NamespaceAsk:
		if !rider {
			return forbidden("this room is a rider's own")
		}
		if addr.Room != a.RiderID || len(a.CenterIDs) == 0 {
			return domain.NotFound("room")
		}
		return nil
	case domain.NamespaceOffer:
		if !rider {
			return forbidden("offers are for riders")
		}
	case domain.NamespaceChat, domain.NamespaceChatRead:
		if !a.Staff() && !rider {
			return forbidden("the chat is for a center's people")
		}
	case domain.NamespaceUser:
		if addr.Room != a.UserID {
			return forbidden("this address is another user's")
		}
		return nil
	case domain.NamespaceMonitor:
		if !a.Role.AtLeast(domain.RoleManager) {
			return forbidden("the monitor is for managers")
		}
		if addr.String() != monitorAddress {
			return domain.NotFound("room")
		}
		return nil
	default:
		center = centerInRoom(addr.Room)
	}
	if !a.Sees(center) {
		return domain.NotFound("center")
	}
	return nil
}

// resolve is mayHave and what must be asked: the center's existence, and for
// offers the rider's duty and the center's mode.
func (s *Server) resolve(ctx context.Context, a domain.Actor, addr realtime.Address) (realtime.Target, error) {
	if err := mayHave(a, addr); err != nil {
		return realtime.Target{}, err
	}
	switch addr.Namespace {
	case domain.NamespaceUser, domain.NamespaceMonitor:
		return realtime.Target{}, nil
	case domain.NamespaceMine:
		return realtime.Target{Log: a.CenterIDs[0], Windowed: true, Within: domain.RiderRemembers}, nil
	case domain.NamespaceAsk:
		return realtime.Target{Log: a.CenterIDs[0]}, nil
	case domain.NamespaceDelivery, domain.NamespaceOrder, domain.NamespaceRider, domain.NamespaceOffer, domain.NamespaceChat:
		if err := s.centerExists(ctx, addr.Room); err != nil {
			return realtime.Target{}, err
		}
	case domain.NamespacePlan:
		if err := s.centerExists(ctx, addr.Room); err != nil {
			return realtime.Target{}, err
		}
		s.live.engine.Look(addr.Room)
		return realtime.Target{}, nil
	default:
		return realtime.Target{}, s.centerExists(ctx, centerInRoom(addr.Room))
	}
	switch addr.Namespace {
	case domain.NamespaceChat:
		return realtime.Target{Log: feed.ChatLog(addr.Room)}, nil
	case domain.NamespaceOffer:
		if err := s.offersOpen(ctx, addr.Room, a.RiderID); err != nil {
			return realtime.Target{}, err
		}
		return realtime.Target{Log: addr.Room}, nil
	case domain.NamespaceRider:
		return realtime.Target{Log: addr.Room}, nil
	}
	return realtime.Target{Log: addr.Room, Windowed: true}, nil
}

// maxLookups is how many unknown centers one call may ask the database for.
const maxLookups = 64

// centerExists asks the database once for each center: none is ever deleted.
func (s *Server) centerExists(ctx context.Context, id string) error {
	if _, ok := s.live.centers.Load(id); ok {
		return nil
	}
	c := callOf(ctx)
	if c.lookups >= maxLookups {
		return realtime.ErrLater
	}
	c.lookups++
	_, err, _ := s.live.asks.Do("center "+id, func() (any, error) {
		_, err := s.store.FindCenter(context.WithoutCancel(ctx), id)
		if err == nil {
			s.live.centers.Store(id, true)
		}
		return nil, err
	})
	return err
}

// offersOpen refuses a rider that is not on duty and a center whose mode is not
// claim. What is in memory decides when it says yes, or when it is up to date.
func (s *Server) offersOpen(ctx context.Context, centerID, riderID string) error {
	may, known := s.live.follow.MayOffer(centerID, riderID)
	if may {
		return nil
	}
	closed := forbidden("offers are for riders on duty where deliveries are claimed")
	if known {
		if err := s.live.follow.CatchUp(ctx, centerID, 0); err != nil {
			return err
		}
		if may, known = s.live.follow.MayOffer(centerID, riderID); may {
			return nil
		}
		if known {
			return closed
		}
	}
	riders, err := s.offered(ctx, centerID)
	if err != nil {
		return err
	}
	if !riders[riderID] {
		return closed
	}
	return nil
}

// offeredFresh is how long the answer of the database is good for, while many
// riders ask at once and the log is on its way into memory.
const offeredFresh = 250 * time.Millisecond

// offeredAt is who might see a center's offers a moment ago.
type offeredAt struct {
	riders map[string]bool
	at     time.Time
}

// offered are the riders who may see the offers of a center whose log is not loaded.
func (s *Server) offered(ctx context.Context, centerID string) (map[string]bool, error) {
	recent := func() map[string]bool {
		if o, ok := s.live.offered.Load(centerID); ok && time.Since(o.(offeredAt).at) < offeredFresh {
			return o.(offeredAt).riders
		}
		return nil
	}
	if riders := recent(); riders != nil {
		return riders, nil
	}
	v, err, _ := s.live.asks.Do("offers "+centerID, func() (any, error) {
		if riders := recent(); riders != nil {
			return riders, nil
		}
		at := time.Now()
		riders, err := s.readOffered(context.WithoutCancel(ctx), centerID)
		if err == nil {
			s.live.offered.Store(centerID, offeredAt{riders, at})
		}
		return riders, err
	})
	if err != nil {
		return nil, err
	}
	return v.(map[string]bool), nil
}

// readOffered are the riders who may see the center's offers, from the database.
func (s *Server) readOffered(ctx context.Context, centerID string) (map[string]bool, error) {
	out := map[string]bool{}
	c, err := s.store.FindCenter(ctx, centerID)
	if err != nil || c.AssignMode != domain.ModeClaim {
		return out, err
	}
	riders, err := s.store.OnDuty(ctx, centerID)
	for i := range riders {
		out[riders[i].ID] = true
	}
	return out, err
}

// revokeOffers takes a center's offers from those who may not see them (any more).
func (s *Server) revokeOffers(centerID string) {
	riders, known := s.live.follow.Offered(centerID)
	if !known {
		return
	}
	s.live.hub.Revoke(func(id realtime.Identity, a realtime.Address) bool {
		return a.Namespace == domain.NamespaceOffer && a.Room == centerID && !riders[actorBehind(id).RiderID]
	})
}
