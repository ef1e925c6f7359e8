package main

import (
	"encoding/json"
	"fmt"

	"github.com/brosops/bros/domain"
)

// dayCheck looks through a log for offers that overlap or never end, and for held
// deliveries that are given, or released early or twice.
type dayCheck struct {
	f      *findings
	riders map[string]string      // rider → open offer
	asked  map[string]string      // delivery → open offer
	held   map[string]domain.Time // delivery → until when
}

func newDayCheck(f *findings) *dayCheck {
	return &dayCheck{f, map[string]string{}, map[string]string{}, map[string]domain.Time{}}
}

func (c *dayCheck) entry(e *domain.LogEntry) error {
	switch e.Kind {
	case domain.KindOffer:
		return c.offer(e)
	case domain.KindDelivery:
		return c.delivery(e)
	}
	return nil
}

func (c *dayCheck) offer(e *domain.LogEntry) error {
	var o domain.Offer
	if err := json.Unmarshal(e.Data, &o); err != nil {
		return err
	}
	bad := func(what string) {
		c.f.offers = append(c.f.offers, fmt.Sprintf("%s/%d: %s of %s: %s", e.CenterID, e.Seq, e.Event, o.ID, what))
	}
	if e.Event != domain.EventOfferMade {
		if c.riders[o.RiderID] != o.ID {
			bad("it was not open")
		}
		if e.Event == domain.EventOfferLapsed && e.At.Before(o.ExpiresAt.Time) {
			bad("before its time")
		}
		delete(c.riders, o.RiderID)
		for _, id := range o.DeliveryIDs {
			delete(c.asked, id)
		}
		return nil
	}
	if c.riders[o.RiderID] != "" {
		bad("the rider is asked twice")
	}
	c.riders[o.RiderID] = o.ID
	for _, id := range o.DeliveryIDs {
		if c.asked[id] != "" {
			bad("the delivery is in two offers")
		}
		c.asked[id] = o.ID
	}
	return nil
}

func (c *dayCheck) delivery(e *domain.LogEntry) error {
	var d domain.Delivery
	if err := json.Unmarshal(e.Data, &d); err != nil {
		return err
	}
	bad := func(what string) {
		c.f.held = append(c.f.held, fmt.Sprintf("%s/%d: %s of %s: %s", e.CenterID, e.Seq, e.Event, d.ID, what))
	}
	until, was := c.held[d.ID]
	switch {
	case e.Event == domain.EventDeliveryReleased && !was:
		bad("it was not held")
	case e.Event == domain.EventDeliveryReleased && e.At.Before(until.Time):
		bad("before " + until.String())
	case e.Event == domain.EventDeliveryReleased:
		c.f.late = max(c.f.late, e.At.Sub(until.Time))
	case was && (e.Event == domain.EventDeliveryOffered || e.Event == domain.EventDeliveryAssigned):
		bad("it is held until " + until.String())
	}
	delete(c.held, d.ID)
	if d.Held() {
		c.held[d.ID] = d.HeldUntil
	}
	return nil
}

// end is after the last entry: every life has ended, so nothing may be open.
func (c *dayCheck) end() {
	for rider, offer := range c.riders {
		c.f.offers = append(c.f.offers, fmt.Sprintf("offer %s to %s never ended", offer, rider))
	}
	for id, until := range c.held {
		c.f.held = append(c.f.held, fmt.Sprintf("%s is held until %s", id, until))
	}
}
