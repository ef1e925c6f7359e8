package push

import (
	"encoding/json"
	"hash/fnv"

	"github.com/brosops/bros/domain"
)

// The kinds of notification, as a payload names them.
const (
	KindAssigned   = "assigned"
	KindTaken      = "taken" // unassigned, or given to another rider
	KindCancelled  = "cancelled"
	KindOffer      = "offer"
	KindChat       = "chat"
	KindAsk        = "ask"       // an offer to this rider
	KindAmended    = "amended"   // the order was corrected
	KindResolved   = "resolved"  // a problem: go on, or try again
	KindReturning  = "returning" // to be brought back to the shop
	KindReturned   = "returned"
	KindWrittenOff = "failed"
	KindReopened   = "reopened" // an end was taken back
)

// stepKinds are the steps that the rider in whose hands the delivery is hears
// of, when it has not taken them itself.
var stepKinds = map[string]string{
	domain.EventDeliveryResolved:  KindResolved,
	domain.EventDeliveryReturning: KindReturning,
	domain.EventDeliveryReturned:  KindReturned,
	domain.EventDeliveryFailed:    KindWrittenOff,
	domain.EventDeliveryReopened:  KindReopened,
}

// notice is something that people are told though their app is closed, and
// whom: the rider, the user, or whoever may claim in the center.
type notice struct {
	kind                     string
	riderID, userID, offerOf string
	deliveryID               string
	number, shop             string
	ttl                      int // seconds after which it is of no use; 0: as its kind has it
}

// shard names the worker of whom the notice is for.
func (n *notice) shard() int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(n.riderID + n.userID + n.offerOf))
	return int(h.Sum32() % tellers)
}

// Payload is what a browser gets, encrypted. It passes through the push
// service of the browser's maker, so it holds nothing of the customer.
type Payload struct {
	Kind       string `json:"kind"`
	Lang       string `json:"lang"`
	DeliveryID string `json:"deliveryId,omitempty"`
	Number     string `json:"number,omitempty"`
	Shop       string `json:"shop,omitempty"`
}

func (n *notice) encode(lang string) ([]byte, error) {
	return json.Marshal(Payload{n.kind, lang, n.deliveryID, n.number, n.shop})
}

// noticesOf says who is told of a log entry. Riders are not told what they have
// done themselves.
func noticesOf(e *domain.LogEntry) []notice {
	if e.Kind == domain.KindOffer {
		return noticesOfOffer(e)
	}
	if e.Kind != domain.KindDelivery {
		return nil
	}
	was, is := e.Before, e.After
	others := e.Actor.Role != domain.RoleRider
	var out []notice
	switch {
	case is.RiderID != was.RiderID:
		if was.RiderID != "" && e.Event != domain.EventDeliveryGiveBack {
			out = append(out, notice{kind: KindTaken, riderID: was.RiderID})
		}
		if is.RiderID != "" && others { // else it has claimed or accepted it
			out = append(out, notice{kind: KindAssigned, riderID: is.RiderID})
		}
	case is.RiderID != "" && is.Status == string(domain.Cancelled) && was.Status != is.Status:
		out = append(out, notice{kind: KindCancelled, riderID: is.RiderID})
	case is.RiderID != "" && others && stepKinds[e.Event] != "":
		out = append(out, notice{kind: stepKinds[e.Event], riderID: is.RiderID})
	case is.RiderID != "" && others && e.Event == domain.EventDeliveryChanged:
		out = append(out, notice{kind: KindAmended, riderID: is.RiderID})
	}
	if is.Status == string(domain.Waiting) && was.Status != is.Status {
		out = append(out, notice{kind: KindOffer, offerOf: e.CenterID})
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
	if out[0].kind == KindAmended && d.Amendment.Version != e.Seq {
		return nil // something else has changed
	}
	for i := range out {
		out[i].deliveryID, out[i].number, out[i].shop = e.Key, d.Number, d.Shop.Name
	}
	return out
}

// noticesOfOffer rings at the rider who is asked, for as long as the offer stands.
func noticesOfOffer(e *domain.LogEntry) []notice {
	var o domain.Offer
	if e.Event != domain.EventOfferMade || json.Unmarshal(e.Data, &o) != nil || len(o.Deliveries) == 0 {
		return nil
	}
	d := o.Deliveries[0]
	return []notice{{kind: KindAsk, riderID: o.RiderID, deliveryID: d.ID, number: d.Number, shop: d.Shop.Name,
		ttl: int(o.ExpiresAt.Sub(o.MadeAt.Time).Seconds())}}
}
