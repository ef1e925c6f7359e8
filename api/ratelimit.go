package api

import (
	"math"
	"net/netip"
	"time"

	"github.com/brosops/bros/domain"
)

// addressKey is an address as limits count it: one customer of an IPv6
// provider has a whole /64.
func addressKey(a netip.Addr) string {
	if a.Is6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.Addr().String()
		}
	}
	return a.String()
}

// tooMany is the answer of every limit.
func tooMany(wait time.Duration) *domain.Error {
	e := domain.Errorf(domain.CodeRateLimited, "slow down and try again")
	e.RetryAfter = max(1, int(math.Ceil(wait.Seconds())))
	return e
}
