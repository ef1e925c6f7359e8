package api

import (
	"encoding/json"
	"hash/fnv"

	"github.com/brosops/bros/domain"
)

// The kinds of notification.
const (
	pushAssigned   = "assigned"
	pushTaken      = "taken" // unassigned, or given to another rider
	pushCancelled  = "cancelled"
	pushOffer      = "offer"
	pushChat       = "chat"
	pushAsk        = "ask"       // an offer to this rider
	pushAmended    = "amended"   // the order was corrected
	pushResolved   = "resolved"  // a problem: go on, or try again
	pushReturning  = "returning" // to be brought back to the shop
	pushReturned   = "returned"
	pushWrittenOff = "failed"
	pushReopened   = "reopened" // an end was taken back
)

// pushedSteps are the steps that the rider in whose hands the delivery is hears
// of, when it has not taken them itself.
var pushedSteps = map[string]string{
	domain.EventDeliveryResolved:  pushResolved,
	domain.EventDeliveryReturning: pushReturning,
	domain.EventDeliveryReturned:  pushReturned,
	domain.EventDeliveryFailed:    pushWrittenOff,
	domain.EventDeliveryReopened:  pushReopened,
}

// pushNotice is something that people are told though their app is closed, and
// whom: the rider, the user, or whoever may claim in the center.
type pushNotice struct {
	kind                     string
	riderID, userID, offerOf string
	deliveryID               string
	number, shop             string
	ttl                      int // seconds after which it is of no use; 0: as its kind has it
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
	if e.Kind == domain.KindOffer {
		return pushesOfOffer(e)
	}
	if e.Kind != domain.KindDelivery {
		return nil
	}
	was, is := e.Before, e.After
	others := e.Actor.Role != domain.RoleRider
	var out []pushNotice
	switch {
	case is.RiderID != was.RiderID:
		if was.RiderID != "" && e.Event != domain.EventDeliveryGiveBack {
			out = append(out, pushNotice{kind: pushTaken, riderID: was.RiderID})
		}
		if is.RiderID != "" && others { // else it has claimed or accepted it
			out = append(out, pushNotice{kind: pushAssigned, riderID: is.RiderID})
		}
	case is.RiderID != "" && is.Status == string(domain.Cancelled) && was.Status != is.Status:
		out = append(out, pushNotice{kind: pushCancelled, riderID: is.RiderID})
	case is.RiderID != "" && others && pushedSteps[e.Event] != "":
		out = append(out, pushNotice{kind: pushedSteps[e.Event], riderID: is.RiderID})
	case is.RiderID != "" && others && e.Event == domain.EventDeliveryChanged:
		out = append(out, pushNotice{kind: pushAmended, riderID: is.RiderID})
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
		Amendment domain.Amendment `json:"amendment"`
	}
	if json.Unmarshal(e.Data, &d) != nil {
		return nil
	}
	if out[0].kind == pushAmended && d.Amendment.Version != e.Seq {
		return nil // something else has changed
	}
	for i := range out {
		out[i].deliveryID, out[i].number, out[i].shop = e.Key, d.Number, d.Shop.Name
	}
	return out
}

// pushesOfOffer rings at the rider who is asked, for as long as the offer stands.
func pushesOfOffer(e *domain.LogEntry) []pushNotice {
	var o domain.Offer
	if e.Event != domain.EventOfferMade || json.Unmarshal(e.Data, &o) != nil || len(o.Deliveries) == 0 {
		return nil
	}
	d := o.Deliveries[0]
	return []pushNotice{{kind: pushAsk, riderID: o.RiderID, deliveryID: d.ID, number: d.Number, shop: d.Shop.Name,
		ttl: int(o.ExpiresAt.Sub(o.MadeAt.Time).Seconds())}}
}
