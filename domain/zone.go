package domain

import (
	"slices"
	"time"
)

// ZoneKind is what a zone says of the doors in it.
type ZoneKind string

// The kinds.
const (
	ZoneServe  ZoneKind = "serve"  // doors in it are delivered to
	ZoneRefuse ZoneKind = "refuse" // doors in it are not
)

// DeliveryZone is an area that a center delivers to, or doesn't. It is no part of the
// log; Version counts its own changes.
type DeliveryZone struct {
	ID       string   `json:"id"`
	CenterID string   `json:"centerId"`
	Name     string   `json:"name"`
	Kind     ZoneKind `json:"kind"`
	// ShopIDs are the shops that it counts for; none: all of the center.
	ShopIDs []string `json:"shopIds,omitempty"`
	Area    *Area    `json:"area"`
	// ExtraMinutes are what its doors take longer than the estimate.
	ExtraMinutes int   `json:"extraMinutes,omitempty"`
	CreatedAt    Time  `json:"createdAt,omitzero"`
	Version      int64 `json:"version"`
	ModifiedAt   Time  `json:"modifiedAt,omitzero"`
}

const (
	// MaxZones is how many zones a center may have.
	MaxZones = 500
	maxExtra = 240 // minutes
)

// ZoneSet is the zones of a center, ready to be asked for a door. It is never
// changed: any number of callers may share one.
type ZoneSet struct {
	zones []DeliveryZone
	// any are those that count for all shops, only those of one shop.
	any  zonePick
	only map[string]*zonePick
}

// zonePick is places in a set's zones.
type zonePick struct {
	at     []int
	serves bool // some of them are of the kind serve
}

func (p *zonePick) add(i int, z *DeliveryZone) {
	p.at = append(p.at, i)
	p.serves = p.serves || z.Kind == ZoneServe
}

// NewZoneSet makes a set, to which the zones belong from now on. Of zones that overlap the smallest speaks first.
func NewZoneSet(zones []DeliveryZone) *ZoneSet {
	s := &ZoneSet{zones: slices.Clone(zones), only: map[string]*zonePick{}}
	size := make(map[string]float64, len(zones))
	for i := range zones {
		zones[i].Area.prepare()
		size[zones[i].ID] = zones[i].Area.size()
	}
	slices.SortStableFunc(s.zones, func(a, b DeliveryZone) int {
		switch x, y := size[a.ID], size[b.ID]; {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return b.ExtraMinutes - a.ExtraMinutes
	})
	for i := range s.zones {
		z := &s.zones[i]
		if len(z.ShopIDs) == 0 {
			s.any.add(i, z)
		}
		for _, id := range z.ShopIDs {
			if s.only[id] == nil {
				s.only[id] = &zonePick{}
			}
			s.only[id].add(i, z)
		}
	}
	return s
}

// Len is how many zones there are.
func (s *ZoneSet) Len() int { return len(s.zones) }

// ZoneAnswer is what a center's zones say of a door.
type ZoneAnswer struct {
	Allowed bool `json:"allowed"`
	// ZoneID and ZoneName are of the zone that decided: the one that refuses, else
	// the smallest that serves. There is none where a door lies outside of all
	// zones, or a center has none.
	ZoneID       string `json:"zoneId,omitempty"`
	ZoneName     string `json:"zoneName,omitempty"`
	ExtraMinutes int    `json:"extraMinutes"`
}

// At answers for a door of a shop. A door whose place nobody knows is not refused.
func (s *ZoneSet) At(shopID string, door *Location) ZoneAnswer {
	if s == nil || len(s.zones) == 0 || door == nil {
		return ZoneAnswer{Allowed: true}
	}
	only, own := s.only[shopID]
	serving, refusing := -1, -1
	look := func(p *zonePick) {
		for _, i := range p.at {
			z := &s.zones[i]
			found := &serving
			if z.Kind == ZoneRefuse {
				found = &refusing
			}
			if (*found < 0 || i < *found) && z.Area.Contains(*door) {
				*found = i
			}
		}
	}
	look(&s.any)
	if own {
		look(only)
	}
	answer := ZoneAnswer{Allowed: refusing < 0 && (serving >= 0 || !s.any.serves && !(own && only.serves))}
	for _, i := range []int{serving, refusing} {
		if i >= 0 {
			z := &s.zones[i]
			answer.ZoneID, answer.ZoneName = z.ID, z.Name
			answer.ExtraMinutes = max(answer.ExtraMinutes, z.ExtraMinutes)
		}
	}
	return answer
}

// refusal is why a door is not delivered to; staff may say why it is all the same.
func (a ZoneAnswer) refusal(override *Override) error {
	if a.Allowed || override != nil {
		return nil
	}
	return Invalid("customer.location", "is outside of the area that is delivered to")
}

// extra is what the area adds to the way.
func (a ZoneAnswer) extra() time.Duration { return time.Duration(a.ExtraMinutes) * time.Minute }
