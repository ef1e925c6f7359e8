package domain

import (
	"context"
	"encoding/json"
	"slices"
)

// settled is a settlement with what is in it.
type settled struct {
	settlement Settlement
	of         []CashDelivery
}

func (m *memory) CashInHand(_ context.Context, riderID string) (Time, []CashDelivery, error) {
	var since Time
	done := map[string]bool{}
	for _, s := range m.cash {
		if s.settlement.RiderID == riderID {
			since = s.settlement.To
		}
		for _, d := range s.of {
			done[d.DeliveryID] = true
		}
	}
	var open []CashDelivery
	for _, d := range m.deliveries {
		if d.RiderID == riderID && d.Status == Delivered && d.Payment.Method == Cash && !done[d.ID] {
			open = append(open, CashDelivery{DeliveryID: d.ID, Number: d.Number, Amount: d.Payment.Amount, DeliveredAt: d.DeliveredAt})
		}
	}
	slices.SortFunc(open, func(a, b CashDelivery) int { return a.DeliveredAt.Compare(b.DeliveredAt.Time) })
	return since, open, nil
}

func (m *memory) IsSettled(_ context.Context, deliveryID string) (bool, error) {
	return slices.ContainsFunc(m.cash, func(s settled) bool {
		return slices.ContainsFunc(s.of, func(d CashDelivery) bool { return d.DeliveryID == deliveryID })
	}), nil
}

func (m *memory) DutySpans(_ context.Context, centerID, riderID string, _, to Time) ([]DutySpan, error) {
	var out []DutySpan
	for _, e := range m.log {
		if e.Event == EventRiderDuty && e.CenterID == centerID && e.Key == riderID && e.At.Before(to.Time) {
			var r Rider
			if err := json.Unmarshal(e.Data, &r); err != nil {
				return nil, err
			}
			out = append(out, DutySpan{RiderID: riderID, Duty: r.Duty, At: e.At})
		}
	}
	return out, nil
}

func (m *memory) SaveSettlement(_ context.Context, s *Settlement, of []CashDelivery) error {
	m.cash = append(m.cash, settled{*s, of})
	return nil
}
