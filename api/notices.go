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

// dutyNotice tells a rider of its own duty, which a dispatcher may have changed:
// riders see no rider records.
type dutyNotice struct {
	RiderID string        `json:"riderId"`
	Duty    domain.Duty   `json:"duty"`
	Version int64         `json:"version"`
	By      domain.Person `json:"by"`
}

// isNotice reports whether an entry is told to people beside its rooms.
func isNotice(e *domain.LogEntry) bool {
	return (e.Event == domain.EventDeliveryLateDeliver || e.Event == domain.EventRiderDuty) && e.Data != nil
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

// notify tells the people on this node whom an entry concerns beside its rooms.
func (s *Server) notify(e *domain.LogEntry) {
	if e.Event == domain.EventRiderDuty {
		s.notifyDuty(e)
		return
	}
	s.notifyLate(e)
}

// notifyDuty tells a rider's app of its duty.
func (s *Server) notifyDuty(e *domain.LogEntry) {
	var r struct {
		Duty domain.Duty `json:"duty"`
	}
	err := json.Unmarshal(e.Data, &r)
	var data []byte
	if err == nil {
		data, err = json.Marshal(dutyNotice{e.Key, r.Duty, e.Seq, e.Actor})
	}
	if err != nil {
		s.log.Error("a duty can't be told", "center", e.CenterID, "seq", e.Seq, "error", err)
		return
	}
	s.live.hub.SendWhere(func(id realtime.Identity) bool {
		return actorBehind(id).RiderID == e.Key
	}, eventDuty, data)
}

// notifyLate tells the center's dispatchers. Who delivered late is the actor;
// the record's rider is another by now.
func (s *Server) notifyLate(e *domain.LogEntry) {
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
