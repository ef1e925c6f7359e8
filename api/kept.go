package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/brosops/bros/domain"
)

// An answer is kept for a day, and rights may end within it: what a key was
// answered is looked at again with the eyes of who asks now. What stands in a
// center that the caller has lost is not there any more; a rider's delivery that
// it has lost, or that is long over, is masked, for the answer must still say
// that the act was taken.

// kept looks for what the key was answered before.
func (s *Server) kept(ctx context.Context, tx domain.Tx, a domain.Actor, slot, print string) (was domain.Answer, found bool, err error) {
	prev, err := tx.FindAnswer(ctx, a.UserID, slot)
	if err != nil || prev == nil {
		return was, false, err
	}
	if prev.Fingerprint != print {
		return was, false, domain.Errorf(domain.CodeIdempotencyMismatch, "this key came before with another path or body")
	}
	if len(prev.Body) == 0 || a.AllCenters() {
		return *prev, true, nil
	}
	dec := json.NewDecoder(bytes.NewReader(prev.Body))
	dec.UseNumber()
	var body any
	if err := dec.Decode(&body); err != nil {
		return was, false, fmt.Errorf("a kept answer: %w", err)
	}
	j := judge{tx: tx, actor: a, now: domain.At(s.now())}
	if body, err = j.look(ctx, body); err != nil {
		return was, false, err
	}
	if j.masked {
		if prev.Body, err = json.Marshal(body); err != nil {
			return was, false, fmt.Errorf("a kept answer: %w", err)
		}
	}
	return *prev, true, nil
}

// judge looks through an answer for what the actor may not see now.
type judge struct {
	tx     domain.Tx
	actor  domain.Actor
	now    domain.Time
	masked bool // something was
}

func (j *judge) look(ctx context.Context, v any) (any, error) {
	switch v := v.(type) {
	case []any:
		for i := range v {
			var err error
			if v[i], err = j.look(ctx, v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		if err := j.centers(v); err != nil {
			return nil, err
		}
		for name := range v {
			var err error
			if v[name], err = j.look(ctx, v[name]); err != nil {
				return nil, err
			}
		}
		return j.delivery(ctx, v)
	}
	return v, nil
}

// centers refuses a record of a center that the actor does not see.
func (j *judge) centers(v map[string]any) error {
	if id, ok := v["centerId"].(string); ok && id != "" && !j.actor.Sees(id) {
		return gone()
	}
	ids, ok := v["centerIds"].([]any)
	if !ok {
		return nil
	}
	if len(ids) == 0 && !j.actor.AllCenters() { // of all centers
		return gone()
	}
	for _, id := range ids {
		if id, _ := id.(string); !j.actor.Sees(id) {
			return gone()
		}
	}
	return nil
}

// delivery masks one that a rider does not have any more, or had long ago.
func (j *judge) delivery(ctx context.Context, v map[string]any) (any, error) {
	id, _ := v["id"].(string)
	if j.actor.Role != domain.RoleRider || v["orderId"] == nil || v["customer"] == nil {
		return v, nil
	}
	d, err := j.tx.FindDelivery(ctx, id)
	var e *domain.Error
	if err != nil && (!errors.As(err, &e) || e.Code != domain.CodeNotFound) {
		return nil, err
	}
	if err == nil && d.RiderID == j.actor.RiderID && !d.Past(j.now) {
		return v, nil
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("a kept answer: %w", err)
	}
	var was domain.Delivery
	if err := json.Unmarshal(data, &was); err != nil {
		return nil, fmt.Errorf("a kept answer: %w", err)
	}
	j.masked = true
	return was.Masked(), nil
}

func gone() error {
	return domain.Errorf(domain.CodeNotFound, "what this key was answered is beyond your rights now")
}

// shown is the result of a use case as the actor may see it.
func shown(out any, a domain.Actor, now domain.Time) any {
	if a.Role != domain.RoleRider {
		return out
	}
	switch out := out.(type) {
	case *domain.Delivery:
		return out.ShownTo(a, now)
	case offerAnswer:
		for i, d := range out.Deliveries {
			out.Deliveries[i] = d.ShownTo(a, now)
		}
	}
	return out
}
