package domain

import "context"

// Exactness is how well the place of an address is known.
type Exactness string

// The degrees of exactness; below building somebody should set a pin.
const (
	ExactEntrance Exactness = "entrance"
	ExactBuilding Exactness = "building"
	ExactStreet   Exactness = "street"
	ExactArea     Exactness = "area"
)

// Where addresses come from, apart from geocoders.
const (
	SourceOwn   = "own"   // a door that was pinned before
	SourceIndex = "index" // the imported index
)

// FoundAddress is a place that was found by what somebody typed of it.
type FoundAddress struct {
	Label    string    `json:"label"`           // the whole address, to be read
	Short    string    `json:"short,omitempty"` // without what everybody in town knows
	Road     string    `json:"road,omitempty"`
	Lot      string    `json:"lot,omitempty"`
	Building string    `json:"building,omitempty"`
	Postcode string    `json:"postcode,omitempty"`
	Location *Location `json:"location,omitempty"`
	Exact    Exactness `json:"exact"`
	Rest     string    `json:"rest,omitempty"` // what was typed of flat and floor
	Source   string    `json:"source"`
}

// AddressQuery is what somebody has typed.
type AddressQuery struct {
	Text  string
	Near  *Location // the caller's part of the world; nil: anywhere
	Limit int
}

// AddressIndex finds addresses in the embedded index, best first. One that is
// not there finds nothing.
type AddressIndex interface {
	FindAddresses(ctx context.Context, q AddressQuery) ([]FoundAddress, error)
}

// PinnedDoor is an address of an order with the place that was set for it.
type PinnedDoor struct {
	Address  string
	Location Location
	KeyID    string // of the API key that placed the order; empty: staff
	At       Time
}
