package feed

import (
	"encoding/json"
	"fmt"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// The relay turns entries of a center's log into changes of rooms: who may see
// what, and how much of it. It is a pure function of an entry, so that every
// node derives the same rooms and the same numbers from the same log. What
// depends on a clock or a setting (window, duty, assign mode) is decided where
// a subscription is answered or revoked, never here.

const (
	// ChatSnapshot is how many messages a chat room opens with, and chatKept how
	// many are loaded, so that a resume reaches further back.
	ChatSnapshot = 200
	chatKept     = 5 * ChatSnapshot
)

// ChatLog is the name of a center's chat log. Its records' log is named by the
// center's id alone, which holds no colon.
func ChatLog(centerID string) string { return domain.NamespaceChat + ":" + centerID }

// View is what one log entry does to one room.
type View struct {
	Address string
	Remove  bool // the record leaves the room
	Masked  bool // the room's people see the record through the mask
}

// ViewsOf says which rooms an entry touches. It looks at the outline alone.
func ViewsOf(e *domain.LogEntry) []View {
	switch e.Kind {
	case domain.KindOrder:
		return []View{{Address: domain.Address(domain.NamespaceOrder, e.CenterID)}}
	case domain.KindRider:
		return []View{{Address: domain.Address(domain.NamespaceRider, e.CenterID)}}
	case domain.KindDelivery:
		return deliveryViews(e)
	case domain.KindOffer: // the rider's room shows what it is asked just now
		return []View{{Address: domain.Address(domain.NamespaceAsk, e.After.RiderID), Remove: e.After.Status != string(domain.OfferOpen)}}
	}
	return nil // a center's own settings belong to no room
}

func deliveryViews(e *domain.LogEntry) []View {
	views := make([]View, 0, 4)
	views = append(views, View{Address: domain.Address(domain.NamespaceDelivery, e.CenterID)})
	// A finished delivery keeps its rider, and so stays in the rider's room
	// until the window takes it; one that was taken away leaves at once.
	if e.After.RiderID != "" {
		views = append(views, View{Address: domain.Address(domain.NamespaceMine, e.After.RiderID)})
	}
	if e.Before.RiderID != "" && e.Before.RiderID != e.After.RiderID {
		views = append(views, View{Address: domain.Address(domain.NamespaceMine, e.Before.RiderID), Remove: true})
	}
	// Whether anybody may look at the offers just now is not asked here: the
	// room's numbers must not depend on duty or assign mode.
	switch waiting := string(domain.Waiting); {
	case e.After.Status == waiting:
		views = append(views, View{Address: domain.Address(domain.NamespaceOffer, e.CenterID), Masked: true})
	case e.Before.Status == waiting:
		views = append(views, View{Address: domain.Address(domain.NamespaceOffer, e.CenterID), Remove: true})
	}
	return views
}

// relay is the changes that an entry with its data makes to rooms. All rooms
// that show the whole record share the log's own bytes.
func relay(e *domain.LogEntry) ([]realtime.Change, error) {
	views := ViewsOf(e)
	changes := make([]realtime.Change, 0, len(views))
	for _, v := range views {
		c := realtime.Change{Address: v.Address, Event: e.Event, Key: e.Key, Finished: e.FinishedAt.Time}
		if !v.Remove {
			data := e.Data
			if v.Masked {
				var err error
				if data, err = maskDelivery(e.Data); err != nil {
					return nil, fmt.Errorf("relay of %s/%d: %w", e.CenterID, e.Seq, err)
				}
			}
			if len(data) == 0 {
				return nil, fmt.Errorf("relay of %s/%d: entry without data", e.CenterID, e.Seq)
			}
			c.Data = data
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// maskDelivery is a delivery's JSON as a rider sees it who is not on it.
func maskDelivery(data []byte) ([]byte, error) {
	var d domain.Delivery
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, fmt.Errorf("mask: %w", err)
	}
	return encodeMasked(&d)
}

func encodeMasked(d *domain.Delivery) ([]byte, error) {
	masked := d.Masked()
	return json.Marshal(masked)
}

// relayChat is an entry of a chat log as a change of its room: a message, or that
// one is gone. A message that a later entry has taken away leaves the room at its
// own number too, if a node comes by it only now: the numbers are the same to all.
func relayChat(m *domain.ChatMessage) (realtime.Change, error) {
	c := realtime.Change{Address: domain.Address(domain.NamespaceChat, m.CenterID), Event: domain.EventChatRemoved, Key: m.ID}
	switch {
	case m.About != "":
		c.Key = m.About
		return c, nil
	case m.Gone():
		return c, nil
	}
	data, err := json.Marshal(m)
	if err != nil {
		return realtime.Change{}, fmt.Errorf("relay of chat %s/%d: %w", m.CenterID, m.Seq, err)
	}
	c.Event, c.Data = domain.EventChatMessage, data
	return c, nil
}
