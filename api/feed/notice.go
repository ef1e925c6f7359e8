package feed

import (
	"bytes"

	"github.com/brosops/bros/domain"
)

// IsNotice reports whether an entry is told to people beside its rooms.
func IsNotice(e *domain.LogEntry) bool {
	switch e.Event {
	case domain.EventDeliveryLateDeliver, domain.EventRiderDuty:
		return e.Data != nil
	case domain.EventDeliveryOfferEnded:
		// Within a text every quote is escaped. A delivery that nobody took is
		// offered no more, so the entry is the one with which it became so.
		return bytes.Contains(e.Data, []byte(`"noRider":true`))
	}
	return false
}
