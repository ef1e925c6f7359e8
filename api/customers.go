package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/brosops/bros/domain"
)

// CustomerSearch asks what is known of a caller's number.
type CustomerSearch struct {
	Phone string `json:"phone"`
}

// CustomerAnswer is what earlier orders of a number say, newest first.
type CustomerAnswer struct {
	Phone     string            `json:"phone"` // digits
	Names     []string          `json:"names"`
	Addresses []CustomerAddress `json:"addresses"`
	Locations []domain.Location `json:"locations"`
	Orders    []domain.Order    `json:"orders"` // the last ones
	// CenterIDs are the centers whose orders say this: who has lost one of them
	// must not be answered the same again (see judge).
	CenterIDs []string `json:"centerIds,omitempty"`
}

// CustomerAddress is a door that was delivered to, and how often.
type CustomerAddress struct {
	Address       string           `json:"address"`
	AddressDetail string           `json:"addressDetail,omitempty"`
	Location      *domain.Location `json:"location,omitempty"`
	Memo          string           `json:"memo,omitempty"` // of the last order to it
	Orders        int              `json:"orders"`
	LastAt        domain.Time      `json:"lastAt,omitzero"`
}

const (
	customerOrders = 50 // looked at
	customerShown  = 10 // answered
)

// searchCustomers answers POST /customers/search: a POST, so that no number
// stands in a log of addresses.
func (s *Server) searchCustomers(w http.ResponseWriter, r *http.Request) error {
	var in CustomerSearch
	if err := decode(r, &in); err != nil {
		return err
	}
	digits, ok := domain.NormalizePhone(in.Phone)
	if !ok {
		return domain.Invalid("phone", "is no phone number")
	}
	a := actorOf(r.Context())
	out, err := s.customer(r.Context(), digits, a)
	if err != nil {
		return err
	}
	if r.Header.Get("Idempotency-Key") != "" {
		return s.write(w, r, http.StatusOK, func(context.Context, domain.Tx) (any, error) { return out, nil })
	}
	return writeJSON(w, http.StatusOK, out)
}

// customer gathers the orders of a number, in whatever form it was kept.
func (s *Server) customer(ctx context.Context, digits string, a domain.Actor) (CustomerAnswer, error) {
	var centers []string
	if !a.AllCenters() {
		centers = append([]string{}, a.CenterIDs...)
	}
	orders, err := s.store.CustomerOrders(ctx, digits, centers, customerOrders)
	if err != nil {
		return CustomerAnswer{}, err
	}
	out := summarize(digits, s.repinned(ctx, orders))
	out.Orders = append(out.Orders[:0], orders[:len(out.Orders)]...) // as they are
	return out, nil
}

// repinned are orders whose doors are where they are pinned by now: a pin that an
// agent has moved is right for whoever lives there.
func (s *Server) repinned(ctx context.Context, orders []domain.Order) []domain.Order {
	out := slices.Clone(orders)
	for i := range out {
		c := &out[i].Customer
		if c.Address == "" {
			continue
		}
		if at, ok := s.doors.Pin(ctx, out[i].CenterID, c.Address); ok {
			c.Location = &at
		}
	}
	return out
}

func summarize(digits string, orders []domain.Order) CustomerAnswer {
	out := CustomerAnswer{Phone: digits, Names: []string{}, Addresses: []CustomerAddress{}, Locations: []domain.Location{}, Orders: []domain.Order{}}
	for _, o := range orders {
		c := o.Customer
		if !slices.Contains(out.CenterIDs, o.CenterID) {
			out.CenterIDs = append(out.CenterIDs, o.CenterID)
		}
		if c.Name != "" && !slices.Contains(out.Names, c.Name) {
			out.Names = append(out.Names, c.Name)
		}
		if c.Location != nil && !slices.Contains(out.Locations, *c.Location) {
			out.Locations = append(out.Locations, *c.Location)
		}
		i := slices.IndexFunc(out.Addresses, func(x CustomerAddress) bool {
			return x.Address == c.Address && x.AddressDetail == c.AddressDetail
		})
		if i < 0 {
			out.Addresses = append(out.Addresses, CustomerAddress{
				Address: c.Address, AddressDetail: c.AddressDetail, Location: c.Location, Memo: c.Memo, LastAt: o.CreatedAt,
			})
			i = len(out.Addresses) - 1
		}
		out.Addresses[i].Orders++
		if out.Addresses[i].Location == nil {
			out.Addresses[i].Location = c.Location
		}
	}
	if len(orders) > customerShown {
		orders = orders[:customerShown]
	}
	out.Orders = append(out.Orders, orders...)
	return out
}
