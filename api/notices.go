package api

import (
	"encoding/json"

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

// isNotice reports whether an entry is told to people beside its rooms.
func isNotice(e *domain.LogEntry) bool {
	return e.Event == domain.EventDeliveryLateDeliver && e.Data != nil
}

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

// notify tells the center's dispatchers on this node. Who delivered late is the
// actor; the record's rider is another by now.
func (s *Server) notify(e *domain.LogEntry) {
	var riderID string
	if u, err := s.store.FindUser(s.live.follow.ctx, e.Actor.ID); err == nil {
		riderID = u.RiderID
	}
	data, err := noticeOf(e, riderID)
	if err != nil {
		s.log.Error("late deliver can't be told", "center", e.CenterID, "seq", e.Seq, "error", err)
		return
	}
	s.live.hub.SendWhere(func(id realtime.Identity) bool {
		a := actorBehind(id)
		return a.Role.AtLeast(domain.RoleDispatcher) && a.Sees(e.CenterID)
	}, eventLateDeliver, data)
}
