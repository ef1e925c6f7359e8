// Package netguard says where this program may connect to when somebody else has
// named the address: webhooks' receivers, push services, geocoders of users.
package netguard

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"time"

	"github.com/brosops/bros/domain"
)

// ErrPrivate refuses an address outside of the public internet.
var ErrPrivate = errors.New("the address is private, and nothing allows it")

// MayCall reports whether a connection to an address may be made: it belongs to
// the public internet, or to one of the allowed networks.
func MayCall(a netip.Addr, allowed []netip.Prefix) bool {
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(allowed, func(p netip.Prefix) bool { return p.Contains(a) }) || domain.PublicAddr(a)
}

// Dialer returns a dialer that connects to nothing else. The address is looked
// at when the connection is made, after its name was resolved: a name that
// resolves differently the second time gets nowhere. Users give their transport
// no proxy, which would resolve for itself, and follow no redirect.
func Dialer(timeout time.Duration, allowed []netip.Prefix) *net.Dialer {
	return &net.Dialer{
		Timeout: timeout,
		ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil || !MayCall(at.Addr(), allowed) {
				return ErrPrivate
			}
			return nil
		},
	}
}
