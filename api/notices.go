package api

import (
	"context"
	"encoding/json"
	"time"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// lateDeliver is the notice of a delivery that a rider brought who had lost it.
type lateDeliver struct {
	DeliveryID string      `json:"deliveryId"`
	Number     string      `json:"number"`
	RiderID    string      `json:"riderId,omitempty"`
	At         domain.Time `json:"at"` // the device's, when it sent one
}

// dutyNotice tells a rider of its own duty, which a dispatcher may have changed:
// riders see no rider records.
type dutyNotice struct {
	RiderID string        `json:"riderId"`
	Duty    domain.Duty   `json:"duty"`
	Version int64         `json:"version"`
	By      domain.Person `json:"by"`
	Reason  string        `json:"reason,omitempty"` // "offers_lapsed": the server's own
}

// noRider tells dispatchers of a delivery that as many riders as are to be asked
// said no to.
type noRider struct {
	DeliveryID string `json:"deliveryId"`
	Number     string `json:"number"`
}

const (
	// lateWaiting bounds the late delivers that wait to be told, and latePatience
	// how long the database may take to say whose one is.
	lateWaiting  = 256
	latePatience = 5 * time.Second
)

// noticeOf is what the center's dispatchers are told.
func noticeOf(e *domain.LogEntry, riderID string) ([]byte, error) {
	var d struct {
		Number string `json:"number"`
	}
	if err := json.Unmarshal(e.Data, &d); err != nil {
		return nil, err
	}
	at := e.DeviceAt
	if at.IsZero() {
		at = e.At
	}
	return json.Marshal(lateDeliver{e.Key, d.Number, riderID, at})
}

// notify tells the people on this node whom an entry concerns beside its rooms.
// It never blocks: the follower calls it.
func (s *Server) notify(e *domain.LogEntry) {
	switch e.Event {
	case domain.EventRiderDuty:
		s.notifyDuty(e)
	case domain.EventDeliveryOfferEnded:
		s.notifyNoRider(e)
	default:
		select {
		case s.live.late <- e:
		default:
			s.log.Warn("late delivers are not told: too many wait", "center", e.CenterID)
		}
	}
}

// notifyDuty tells a rider's app of its duty.
func (s *Server) notifyDuty(e *domain.LogEntry) {
	var r struct {
		Duty domain.Duty `json:"duty"`
	}
	err := json.Unmarshal(e.Data, &r)
	var data []byte
	if err == nil {
		data, err = json.Marshal(dutyNotice{e.Key, r.Duty, e.Seq, e.Actor, e.Reason})
	}
	if err != nil {
		s.log.Error("a duty can't be told", "center", e.CenterID, "seq", e.Seq, "error", err)
		return
	}
	s.live.hub.SendWhere(func(id realtime.Identity) bool {
		return actorBehind(id).RiderID == e.Key
	}, domain.EventNoticeDuty, data)
}

// notifyNoRider tells the center's dispatchers that they have to find a rider.
func (s *Server) notifyNoRider(e *domain.LogEntry) {
	n := noRider{DeliveryID: e.Key}
	err := json.Unmarshal(e.Data, &n)
	var data []byte
	if err == nil {
		data, err = json.Marshal(n)
	}
	if err != nil {
		s.log.Error("no rider can't be told", "center", e.CenterID, "seq", e.Seq, "error", err)
		return
	}
	s.toDispatchers(e.CenterID, domain.EventNoticeNoRider, data)
}

// tellLate tells of late delivers, until ctx ends. Whose one is stands in the
// database, which the follower doesn't wait for.
func (s *Server) tellLate(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-s.live.late:
			s.notifyLate(ctx, e)
		}
	}
}

// notifyLate tells the center's dispatchers. Who delivered late is the actor;
// the record's rider is another by now.
func (s *Server) notifyLate(ctx context.Context, e *domain.LogEntry) {
	ctx, cancel := context.WithTimeout(ctx, latePatience)
	defer cancel()
	var riderID string
	if u, err := s.store.FindUser(ctx, e.Actor.ID); err == nil {
		riderID = u.RiderID
	}
	data, err := noticeOf(e, riderID)
	if err != nil {
		s.log.Error("late deliver can't be told", "center", e.CenterID, "seq", e.Seq, "error", err)
		return
	}
	s.toDispatchers(e.CenterID, domain.EventNoticeLateDeliver, data)
}

// toDispatchers sends a notice to the dispatchers of a center on this node.
func (s *Server) toDispatchers(centerID, event string, data []byte) {
	s.live.hub.SendWhere(func(id realtime.Identity) bool {
		a := actorBehind(id)
		return a.Role.AtLeast(domain.RoleDispatcher) && a.Sees(centerID)
	}, event, data)
}
