package domain

// CenterRules are the settings of a center that say how its day goes. They are
// fields of the center to the outside, and kept together.
type CenterRules struct {
	// RiderMayGiveBack lets riders give back what they have not picked up.
	RiderMayGiveBack bool `json:"riderMayGiveBack"`
	// PreorderMinutes: an order promised further ahead is a pre-order.
	PreorderMinutes int `json:"preorderMinutes"`
	// ReleaseMinutes is how long before the food is ready a pre-order is released.
	ReleaseMinutes int `json:"releaseMinutes"`
	// OfferSeconds is how long a rider is asked, OfferTries how many for one delivery.
	OfferSeconds int `json:"offerSeconds"`
	OfferTries   int `json:"offerTries"`
	// Balance is what the engine prefers: fast, even or thrifty.
	Balance Balance `json:"balance"`
	// Detour is how much longer than the straight line a way is where no router says.
	Detour float64 `json:"detour"`
}

// Balance is what the engine prefers.
type Balance string

// The balances: the fastest doors; between; the fewest busy minutes.
const (
	BalanceFast    Balance = "fast"
	BalanceEven    Balance = "even"
	BalanceThrifty Balance = "thrifty"
)

// DefaultRules are those of a new center.
var DefaultRules = CenterRules{
	RiderMayGiveBack: true,
	PreorderMinutes:  90,
	ReleaseMinutes:   25,
	OfferSeconds:     30,
	OfferTries:       5,
	Balance:          BalanceEven,
	Detour:           1.35,
}

// RulesPatch is what may be sent of CenterRules.
type RulesPatch struct {
	RiderMayGiveBack *bool    `json:"riderMayGiveBack"`
	PreorderMinutes  *int     `json:"preorderMinutes"`
	ReleaseMinutes   *int     `json:"releaseMinutes"`
	OfferSeconds     *int     `json:"offerSeconds"`
	OfferTries       *int     `json:"offerTries"`
	Balance          *Balance `json:"balance"`
	Detour           *float64 `json:"detour"`
}

func (r *CenterRules) patch(in RulesPatch) {
	set(&r.RiderMayGiveBack, in.RiderMayGiveBack)
	set(&r.PreorderMinutes, in.PreorderMinutes)
	set(&r.ReleaseMinutes, in.ReleaseMinutes)
	set(&r.OfferSeconds, in.OfferSeconds)
	set(&r.OfferTries, in.OfferTries)
	set(&r.Balance, in.Balance)
	set(&r.Detour, in.Detour)
}

const (
	maxPreorder = 24 * 60 // minutes
	maxDetour   = 5
)

func (f *form) rules(r *CenterRules) {
	f.number("preorderMinutes", int64(r.PreorderMinutes), 0, maxPreorder)
	f.number("releaseMinutes", int64(r.ReleaseMinutes), 0, maxPreorder)
	f.number("offerSeconds", int64(r.OfferSeconds), 5, 120)
	f.number("offerTries", int64(r.OfferTries), 1, 10)
	oneOf(f, "balance", r.Balance, BalanceFast, BalanceEven, BalanceThrifty)
	if !(r.Detour >= 1 && r.Detour <= maxDetour) {
		f.bad("detour", "must be between 1 and %d", maxDetour)
	}
}
