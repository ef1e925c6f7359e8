package domain

import "slices"

// Actor is who asks: a logged-in user, an API key, or the server itself.
type Actor struct {
	UserID    string // or the key's id
	Login     string
	Name      string
	Role      Role
	CenterIDs []string // empty with admin, system and an unlimited key: all
	RiderID   string   // of a rider
	Scopes    []Scope  // of a key
	SessionID string   // hash of the session token; empty for a key
	Remote    string   // address of the client, for the audit
}

// System is the actor of what the server does by itself.
var System = Actor{UserID: "system", Name: "bros", Role: RoleSystem}

// Person is the actor as others see it.
func (a Actor) Person() Person { return Person{ID: a.UserID, Name: a.Name, Role: a.Role} }

// Sees reports whether the actor may know that a center exists.
func (a Actor) Sees(centerID string) bool {
	if a.AllCenters() {
		return true
	}
	return slices.Contains(a.CenterIDs, centerID)
}

// SeesOrder reports whether the actor may know of an order: of a key that can't
// read orders, only what it placed itself.
func (a Actor) SeesOrder(o *Order) bool {
	return a.Sees(o.CenterID) && (a.Role != RoleKey || o.KeyID == a.UserID || a.Has(ScopeOrdersRead))
}

// keyOf is the API key that acts; empty: none.
func keyOf(a Actor) string {
	if a.Role == RoleKey {
		return a.UserID
	}
	return ""
}

// AllCenters reports whether no list limits the actor.
func (a Actor) AllCenters() bool {
	return a.Role == RoleAdmin || a.Role == RoleSystem || a.Role == RoleKey && len(a.CenterIDs) == 0
}

// rank orders the human roles; a key has none.
func (r Role) rank() int {
	switch r {
	case RoleRider:
		return 1
	case RoleAgent:
		return 2
	case RoleDispatcher:
		return 3
	case RoleManager:
		return 4
	case RoleAdmin:
		return 5
	case RoleSystem:
		return 6
	}
	return 0
}

// AtLeast reports whether r is o or above (agent < dispatcher < manager < admin; a rider is below all of them).
func (r Role) AtLeast(o Role) bool { return r.rank() >= o.rank() && r.rank() > 0 }

// Staff reports whether the actor works at a center's desk.
func (a Actor) Staff() bool { return a.Role.AtLeast(RoleAgent) }

// Has reports whether an API key has the scope.
func (a Actor) Has(s Scope) bool { return a.Role == RoleKey && slices.Contains(a.Scopes, s) }
