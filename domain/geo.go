package domain

import "math"

const earthRadius = 6_371_008.8 // metres, mean

// Distance is the great-circle distance in metres.
func Distance(a, b Location) float64 {
	const rad = math.Pi / 180
	sinLat := math.Sin((b.Lat - a.Lat) * rad / 2)
	sinLng := math.Sin((b.Lng - a.Lng) * rad / 2)
	h := sinLat*sinLat + math.Cos(a.Lat*rad)*math.Cos(b.Lat*rad)*sinLng*sinLng
	return 2 * earthRadius * math.Asin(math.Sqrt(min(1, h)))
}

// What a center's estimate is made of until it sets its own.
const (
	DefaultSpeedKmh       = 20
	DefaultServiceMinutes = 4
	// typicalDistance stands in, in metres, for a door whose place nobody knows.
	typicalDistance = 2000
)

// Speed is the center's speed in metres per second.
func (r *Center) Speed() float64 {
	kmh := r.SpeedKmh
	if kmh <= 0 {
		kmh = DefaultSpeedKmh
	}
	return float64(kmh) / 3.6
}

// EstimateSeconds is how long the way between two places takes at the center's
// speed, with the minutes that fetching and handing over cost.
func EstimateSeconds(c Center, from, to Location) int {
	return estimate(&c, Distance(from, to))
}

// estimateTo is EstimateSeconds to a place that may be unknown. Where ways are
// known by road it is by the road, and where a router should know but does not,
// by the straight line times the center's detour.
func (s *Service) estimateTo(c *Center, from Location, to *Location) int {
	if to == nil {
		return estimate(c, typicalDistance)
	}
	metres := Distance(from, *to)
	if s.Ways == nil {
		return estimate(c, metres)
	}
	if riding, ok := s.Ways(from, *to); ok {
		return int(math.Round(riding)) + 60*c.ServiceMinutes
	}
	return estimate(c, metres*max(c.Detour, 1))
}

func estimate(c *Center, metres float64) int {
	return int(math.Round(metres/c.Speed())) + 60*c.ServiceMinutes
}

// Pace is how fast a vehicle is against the motorcycles that a center's speed is of.
func Pace(v Vehicle) float64 {
	switch v {
	case Bicycle:
		return 0.75
	case Foot:
		return 0.3
	}
	return 1
}

// Valid reports whether the place is on the globe.
func (l Location) Valid() bool {
	return l.Lat >= -90 && l.Lat <= 90 && l.Lng >= -180 && l.Lng <= 180
}
