package planner

// Place is a place as the Travel port numbers it.
type Place int32

// Travel says how long ways take. It must give the same answer for the same
// ways while a problem is solved.
type Travel interface {
	// Minutes is the way from one place to another at the pace of 1.
	Minutes(from, to Place) float64
}

// TravelFunc is a function as Travel.
type TravelFunc func(from, to Place) float64

// Minutes calls f.
func (f TravelFunc) Minutes(from, to Place) float64 { return f(from, to) }

// Problem is all that a plan is made from. Times are minutes on one clock of
// the caller's choice; Never stands for an absent end.
type Problem struct {
	Now      float64
	Orders   []Order // every open one: waiting, held, offered, and those in hand
	Riders   []Rider // who are, or soon will be, on duty
	Travel   Travel
	Demand   Demand // where orders come from
	Last     *Plan  // of the tick before; nil: none
	Settings Settings
	Seed     uint64
}

// Never is later than everything.
const Never = 1e9

// Service is what a stop costs: minutes from the arrival until the food is
// taken or handed over, and from then until the rider leaves.
type Service struct{ Before, After float64 }

// Order is one open delivery.
type Order struct {
	ID         string
	Shop, Door Place
	ReadyAt    float64
	PromisedAt float64 // a door reached later is late; Never: nothing was promised
	LimitAt    float64 // later than this is a failure; Never: there is none
	HeldUntil  float64 // nobody is told before
	AtShop     Service
	AtDoor     Service
	Pin        string   // the only rider who may have it
	Avoid      []string // riders who may not
	Offered    string   // the rider who is being asked
	OfferedTo  float64  // until when
}

// Kind is what is done at a stop.
type Kind uint8

// The kinds.
const (
	Pickup Kind = iota
	Dropoff
)

// String is the kind's name in the contract.
func (k Kind) String() string {
	if k == Pickup {
		return "pickup"
	}
	return "dropoff"
}

// Stop is a place a rider goes to for an order.
type Stop struct {
	OrderID string
	Kind    Kind
}

// Rider is somebody who rides.
type Rider struct {
	ID       string
	At       Place
	From     float64 // leaves At not before
	Until    float64 // picks nothing up later: the end of duty, or Never
	Pace     float64 // multiplies travel times; 0 is 1
	Capacity int     // orders in hand at once
	Stops    []Stop  // of what is in hand, as it will be ridden: never taken away
	Fixed    int     // how many of Stops come before anything new: the rider is on the way there
	Covered  int     // further orders that cost no more pay
	Doubt    float64 // minutes by which every order is dearer here: no signal, often refuses
}

// Balance is what a center leans to.
type Balance string

// The balances: minutes of customers, both, pay and riding.
const (
	Fast    Balance = "fast"
	Even    Balance = "even"
	Thrifty Balance = "thrifty"
)

// Settings are a center's.
type Settings struct {
	Balance    Balance // absent: Even
	Interleave bool    // food of several shops may be in hand at once
	Commit     Commit
	// Rounds bounds the improvement: 0 is by the number of orders, negative none.
	Rounds int
	// Steady is what another rider than the last plan's costs, just before its time;
	// 0: what the balance says. People want it dearer than a replay does.
	Steady float64
	// Weights replace those of the balance; nil: they stand.
	Weights *Weights
}

// Commit is when an order must be acted on.
type Commit struct {
	Tick  float64 // minutes until the next plan
	Lead  float64 // minutes that acting takes: a person's look, an offer
	Whole bool    // a trip is told as a whole, not order by order
	// Early tells a rider who stands idle of its next trip so many minutes before
	// it must leave: people would rather know than stand around, and it costs the
	// plan next to nothing. 0: as late as is safe.
	Early float64
}

// Level is how sure a planned stop is.
type Level string

// The levels.
const (
	Tentative Level = "tentative" // may still change
	Go        Level = "go"        // must be acted on now
	Locked    Level = "locked"    // in the rider's hands
)

// Plan is who goes where, and who waits.
type Plan struct {
	At      float64
	Routes  []Route // of all riders, by id
	Waiting []Waiting
	Cost    float64 // the objective, in minutes
	Price   float64 // of a rider's minute, by scarcity
	Rounds  int
	Tried   int // places that were looked at
}

// Route is one rider's.
type Route struct {
	RiderID string
	Stops   []Planned
}

// Planned is a stop with its forecast.
type Planned struct {
	Stop
	ETA   float64 // when the food is taken or handed over
	Level Level
}

// Why is why an order waits.
type Why string

// The reasons.
const (
	Held        Why = "held"
	NoRider     Why = "no_rider"
	BetterLater Why = "better_later"
	Pinned      Why = "pinned" // its rider can't have it now
	Offered     Why = "offered"
)

// Waiting is an order that nobody is to be told yet.
type Waiting struct {
	OrderID string
	Why     Why
	Until   float64 // 0: not known
	RiderID string  // whom the plan means; absent: nobody
}

// Tell is an order that a rider is to be told now.
type Tell struct{ OrderID, RiderID string }

// Due lists what must be acted on, in the order of routes and stops.
func (p *Plan) Due() []Tell {
	var out []Tell
	for _, r := range p.Routes {
		for _, s := range r.Stops {
			if s.Level == Go && s.Kind == Pickup {
				out = append(out, Tell{OrderID: s.OrderID, RiderID: r.RiderID})
			}
		}
	}
	return out
}
