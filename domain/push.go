package domain

import (
	"context"
	"crypto/ecdh"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// PushSubscription is where one browser of a rider takes notifications (RFC
// 8030). It belongs to a login: when the session has ended nothing is sent there.
type PushSubscription struct {
	ID          string // of the endpoint: the same browser subscribing again is the same
	UserID      string
	SessionHash string
	Endpoint    string // address at the push service of the browser's maker
	P256dh      string // the browser's public key, base64url
	Auth        string // its authentication secret, base64url
	Language    string // ko or en
	CreatedAt   Time
}

// NewPushSubscription is what a browser's PushSubscription says of itself, and
// the language to be told in.
type NewPushSubscription struct {
	Endpoint string   `json:"endpoint"`
	Keys     PushKeys `json:"keys"`
	Language string   `json:"language,omitempty"`
}

// PushKeys are the two keys of a browser's subscription, base64url.
type PushKeys struct {
	P256dh string `json:"p256dh"`
	Auth   string `json:"auth"`
}

// ErrTooManyPushes says that a user has as many subscriptions as may be.
var ErrTooManyPushes = Errorf(CodeRateLimited, "too many subscriptions")

// Pushes keeps subscriptions.
type Pushes interface {
	// SavePush writes s in place of what has its id.
	SavePush(ctx context.Context, s *PushSubscription) error
	// CountPushes is how many subscriptions the user has, one apart.
	CountPushes(ctx context.Context, userID, except string) (int, error)
	// DeletePush answers NotFound when the user has no such subscription.
	DeletePush(ctx context.Context, id, userID string) error
}

const maxEndpoint = 2000

// SubscribePush takes the place of whatever the same browser had before, also
// when another rider was logged in there.
func (s *Service) SubscribePush(ctx context.Context, tx Tx, a Actor, in NewPushSubscription) (*PushSubscription, error) {
	if a.Role != RoleRider || a.RiderID == "" {
		return nil, Errorf(CodeForbidden, "only riders are sent notifications")
	}
	var f form
	checkEndpoint(&f, in.Endpoint)
	if key := decodeKey(in.Keys.P256dh); key == nil {
		f.bad("keys.p256dh", "is no base64")
	} else if _, err := ecdh.P256().NewPublicKey(key); err != nil {
		f.bad("keys.p256dh", "is no public key of P-256")
	}
	if len(decodeKey(in.Keys.Auth)) != 16 {
		f.bad("keys.auth", "must be 16 bytes, base64")
	}
	switch in.Language {
	case "":
		in.Language = "ko"
	case "ko", "en":
	default:
		f.bad("language", "is neither ko nor en")
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(in.Endpoint))
	p := &PushSubscription{
		ID: hex.EncodeToString(sum[:20]), UserID: a.UserID, SessionHash: a.SessionID, Endpoint: in.Endpoint,
		P256dh: in.Keys.P256dh, Auth: in.Keys.Auth, Language: in.Language, CreatedAt: s.now(),
	}
	if s.MaxPushes > 0 {
		n, err := tx.CountPushes(ctx, a.UserID, p.ID)
		if err != nil {
			return nil, err
		}
		if n >= s.MaxPushes {
			return nil, ErrTooManyPushes
		}
	}
	if err := tx.SavePush(ctx, p); err != nil {
		return nil, err
	}
	return p, nil
}

// UnsubscribePush ends one of the caller's own subscriptions.
func (s *Service) UnsubscribePush(ctx context.Context, tx Tx, a Actor, id string) error {
	if a.Role != RoleRider {
		return Errorf(CodeForbidden, "only riders are sent notifications")
	}
	return tx.DeletePush(ctx, id, a.UserID)
}

// checkEndpoint lets nothing in that names a machine of the house itself: the
// server will send requests there. What a name leads to is looked at again when
// a connection is made.
func checkEndpoint(f *form, raw string) {
	u, err := url.Parse(raw)
	switch {
	case len(raw) > maxEndpoint:
		f.bad("endpoint", "has more than %d bytes", maxEndpoint)
	case err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" || u.Opaque != "":
		f.bad("endpoint", "is no https address")
	case u.Port() != "" && u.Port() != "443":
		f.bad("endpoint", "has a port of its own")
	case !PublicHost(u.Hostname()):
		f.bad("endpoint", "is no address of a push service")
	}
}

// PublicHost reports whether a host's name could be one of the public internet:
// no address of a private or local network, and a name with a dot.
func PublicHost(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if ip, err := netip.ParseAddr(host); err == nil {
		return PublicAddr(ip)
	}
	for _, end := range []string{"localhost", "local", "internal", "lan", "home.arpa", "localdomain"} {
		if host == end || strings.HasSuffix(host, "."+end) {
			return false
		}
	}
	dot := strings.LastIndexByte(host, '.')
	if dot < 1 || dot == len(host)-1 {
		return false
	}
	// The last part of a name begins with a letter; of what some resolvers take
	// for an address (127.1, 0x7f.0.0.1) it does not.
	last := host[dot+1]
	return last >= 'a' && last <= 'z'
}

// notPublic are networks that netip's own questions don't name and that lead, or
// may lead, to machines that are nobody else's business.
var notPublic = []netip.Prefix{
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
	netip.MustParsePrefix("::/96"),
	netip.MustParsePrefix("2001::/23"),
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("fec0::/10"),
	netip.MustParsePrefix("100::/64"),
}

// PublicAddr reports whether an address belongs to the public internet. It is
// the one list of what does not.
func PublicAddr(ip netip.Addr) bool {
	ip = ip.Unmap()
	return ip.Zone() == "" && ip.IsGlobalUnicast() && !ip.IsPrivate() &&
		!slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// decodeKey takes base64 in either alphabet, padded or not; nil when it is none.
func decodeKey(s string) []byte {
	if len(s) > 200 {
		return nil
	}
	s = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(s, "="))
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) == 0 {
		return nil
	}
	return b
}
