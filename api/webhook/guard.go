package webhook

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// errPrivate refuses an address inside of the operator's own network.
var errPrivate = errors.New("the address is private, and BROS_WEBHOOK_PRIVATE does not allow it")

// reserved are networks that net/netip does not tell from public ones and that
// lead, or may lead, to machines that are nobody else's business.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // carrier-grade NAT; metadata services of some clouds
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), // IPv4 addresses in other clothes
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2001::/23"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("fec0::/10"),
	netip.MustParsePrefix("100::/64"),
}

// mayCall reports whether a webhook may lead to an address.
func mayCall(a netip.Addr, allowed []netip.Prefix) bool {
	a = a.Unmap().WithZone("")
	in := func(p netip.Prefix) bool { return p.Contains(a) }
	if slices.ContainsFunc(allowed, in) {
		return true
	}
	return a.IsGlobalUnicast() && !a.IsPrivate() && !slices.ContainsFunc(reserved, in)
}

const (
	dialTimeout = 5 * time.Second
	callTimeout = 15 * time.Second
	maxHeader   = 16 << 10
	maxAnswer   = 64 << 10 // that is read so that the connection can be used again
)

// newClient calls receivers. The address is looked at when a connection is made,
// after its name was resolved: a name that answers differently the second time
// gets nowhere. No proxy is used (it would resolve for itself), no redirect
// followed.
func newClient(allowed []netip.Prefix) *http.Client {
	dialer := &net.Dialer{
		Timeout: dialTimeout,
		ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil || !mayCall(at.Addr(), allowed) {
				return errPrivate
			}
			return nil
		},
	}
	return &http.Client{
		Timeout: callTimeout,
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSHandshakeTimeout:    dialTimeout,
			ResponseHeaderTimeout:  callTimeout,
			IdleConnTimeout:        time.Minute,
			MaxIdleConns:           100,
			MaxIdleConnsPerHost:    parallel,
			MaxResponseHeaderBytes: maxHeader,
			DisableCompression:     true,
			ForceAttemptHTTP2:      true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
