package roads

import "github.com/brosops/bros/domain"

// Line is how a center guesses ways without a router.
type Line struct {
	Detour float64 // times the straight line; under 1: 1
	Speed  float64 // of a motorcycle, in metres per second
}

// LineOf is a center's.
func LineOf(c *domain.Center) Line { return Line{Detour: c.Detour, Speed: c.Speed()} }

// Way is the straight line times the detour.
func (l Line) Way(v domain.Vehicle, from, to domain.Location) Way {
	metres := domain.Distance(from, to) * max(l.Detour, 1)
	speed := l.Speed
	if speed <= 0 {
		speed = domain.DefaultSpeedKmh / 3.6
	}
	return Way{Metres: metres, Seconds: metres / (speed * domain.Pace(v))}
}
