package domain

import (
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // centers count days in their own zone, also where the machine has no zone files
)

var zones sync.Map // IANA name → *time.Location

// Zone is the time zone of an IANA name; false when there is none of that name.
func Zone(name string) (*time.Location, bool) {
	if z, ok := zones.Load(name); ok {
		return z.(*time.Location), true
	}
	if name == "" || name == "Local" {
		return nil, false
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil, false
	}
	zones.Store(name, z)
	return z, true
}

// deviceSkew is how far a device's time may lie from the server's before it is
// worth showing.
const deviceSkew = time.Minute

// ShownDeviceAt is the device's time of an act where it differs from the
// server's by more than a minute, else absent.
func ShownDeviceAt(server, device Time) Time {
	if device.IsZero() || device.Sub(server.Time).Abs() <= deviceSkew {
		return Time{}
	}
	return device
}

const trackingPath = "/t/"

// trackingURL is where a customer follows an order.
func (s *Service) trackingURL(token string) string {
	return strings.TrimSuffix(s.PublicURL, "/") + trackingPath + token
}

// TrackingToken is the secret at the end of a tracking link (empty: none).
func TrackingToken(trackingURL string) string {
	i := strings.LastIndex(trackingURL, trackingPath)
	if i < 0 {
		return ""
	}
	return trackingURL[i+len(trackingPath):]
}
