package domain

import (
	"time"
)

// Service is the use cases. Each method runs inside one write transaction,
// makes all its checks first and then appends once, so that a refusal changes
// nothing. It keeps no state: one value serves all callers.
type Service struct {
	// Now is the clock (nil: time.Now).
	Now func() time.Time
	// PublicURL is the origin that tracking links begin with; empty: links are paths.
	PublicURL string
}

func (s *Service) now() Time {
	if s.Now == nil {
		return At(time.Now())
	}
	return At(s.Now())
}
