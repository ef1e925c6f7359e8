package api

import (
	"encoding/json"
	"hash/fnv"

	"github.com/brosops/bros/domain"
)

// The kinds of notification.
const (
	pushAssigned  = "assigned"
	pushTaken     = "taken" // unassigned, or given to another rider
	pushCancelled = "cancelled"
	pushOffer     = "offer"
	pushChat      = "chat"
)

// pushNotice is something that people are told though their app is closed, and
// whom: the rider, the user, or whoever may claim in the center.
type pushNotice struct {
	kind                     string
	riderID, userID, offerOf string
	deliveryID               string
	number, shop             string
}

// shard names the worker of whom the notice is for.
func (n *pushNotice) shard() int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(n.riderID + n.userID + n.offerOf))
	return int(h.Sum32() % pushWorkers)
}

// pushPayload is what a browser gets, encrypted. It passes through the push
// service of the browser's maker, so it holds nothing of the customer.
type pushPayload struct {
	Kind       string `json:"kind"`
	Lang       string `json:"lang"`
	DeliveryID string `json:"deliveryId,omitempty"`
	Number     string `json:"number,omitempty"`
	Shop       string `json:"shop,omitempty"`
}

func (n *pushNotice) payload(lang string) ([]byte, error) {
	return json.Marshal(pushPayload{n.kind, lang, n.deliveryID, n.number, n.shop})
}

// pushesOf says who is told of a log entry. Riders are not told what they have
// done themselves.
func pushesOf(e *domain.LogEntry) []pushNotice {
	if e.Kind != domain.KindDelivery {
		return nil
	}
	was, is := e.Before, e.After
	var out []pushNotice
	switch {
	case is.RiderID != was.RiderID:
		if was.RiderID != "" {
			out = append(out, pushNotice{kind: pushTaken, riderID: was.RiderID})
		}
		if is.RiderID != "" && e.Actor.Role != domain.RoleRider { // else it has claimed it
			out = append(out, pushNotice{kind: pushAssigned, riderID: is.RiderID})
		}
	case is.RiderID != "" && is.Status == string(domain.Cancelled) && was.Status != is.Status:
		out = append(out, pushNotice{kind: pushCancelled, riderID: is.RiderID})
	}
	if is.Status == string(domain.Waiting) && was.Status != is.Status {
		out = append(out, pushNotice{kind: pushOffer, offerOf: e.CenterID})
	}
	if len(out) == 0 {
		return nil
	}
	var d struct {
		Number string `json:"number"`
		Shop   struct {
			Name string `json:"name"`
		} `json:"shop"`
	}
	if json.Unmarshal(e.Data, &d) != nil {
		return nil
	}
	for i := range out {
		out[i].deliveryID, out[i].number, out[i].shop = e.Key, d.Number, d.Shop.Name
	}
	return out
}
