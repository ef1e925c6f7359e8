package webhook

import (
	"net/http"
	"net/netip"
	"time"

	"github.com/brosops/bros/api/netguard"
)

const (
	dialTimeout = 5 * time.Second
	callTimeout = 15 * time.Second
	maxHeader   = 16 << 10
	maxAnswer   = 64 << 10 // that is read so that the connection can be used again
)

// newClient calls receivers, at addresses that netguard allows. No proxy is used
// (it would resolve names for itself), no redirect followed.
func newClient(allowed []netip.Prefix) *http.Client {
	return &http.Client{
		Timeout: callTimeout,
		Transport: &http.Transport{
			DialContext:            netguard.Dialer(dialTimeout, allowed).DialContext,
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
