package dispatch

import (
	"math"

	"github.com/brosops/bros/domain"
)

// Rank orders the riders that can take the delivery, best first: those active,
// on duty and below their capacity. Ties fall to the smaller rider id.
func Rank(r Request) []Suggestion { return nil }

// Greedy gives each waiting delivery, the most urgent first, to the rider that
// Rank puts first at that moment, counting what the plan has given already.
// Deliveries for which nobody has room are left out.
func Greedy(p Plan) []Assignment { return nil }

// Candidates joins riders with their deliveries in hand (others among open are ignored).
func Candidates(riders []domain.RiderView, open []domain.Delivery) []Candidate { return nil }

// StopsOf are the places one open delivery still needs: both until it is
// picked up, then the door.
func StopsOf(d *domain.Delivery) []Stop { return nil }

var _ = math.Abs
