package domain

import (
	"math"
	"strings"
)

// Forget takes from an order what tells who the customer is: all but the name's
// first letter and the place to about a kilometre, which reports and maps live on.
// It reports whether there was anything to take.
func (r *Order) Forget() bool { return r.Customer.forget() }

// Forget does the same with a delivery, and with what was noted at the door.
func (r *Delivery) Forget() bool {
	noted := r.ReceivedBy != "" || r.Note != ""
	r.ReceivedBy, r.Note = "", ""
	if p := r.Problem; p != nil && p.Note != "" {
		bare := *p
		bare.Note, noted = "", true
		r.Problem = &bare
	}
	return r.Customer.forget() || noted
}

// Forget takes the customer of a delivery from an offer.
func (r *Offer) Forget(deliveryID string) (done bool) {
	for _, d := range r.Deliveries {
		if d != nil && d.ID == deliveryID && d.Forget() {
			done = true
		}
	}
	return done
}

// ForgetChanges takes from a correction what it says of the customer, and leaves
// which fields were changed.
func ForgetChanges(changes []FieldChange) (done bool) {
	for i := range changes {
		c := &changes[i]
		if strings.HasPrefix(c.Field, "customer.") && (c.From != "" || c.To != "") {
			c.From, c.To, done = "", "", true
		}
	}
	return done
}

func (c *Customer) forget() bool {
	was := *c
	*c = Customer{Name: firstLetter(was.Name)}
	coarse := true
	if was.Location != nil {
		c.Location = &Location{Lat: math.Round(was.Location.Lat*100) / 100, Lng: math.Round(was.Location.Lng*100) / 100}
		coarse = *c.Location == *was.Location
	}
	return !coarse || was.Name != c.Name || was.Phone != "" || was.Address != "" || was.AddressDetail != "" || was.Memo != ""
}

// Forgotten is what became of a customer who was to be forgotten.
type Forgotten struct {
	Orders int      // whose customer was masked
	Texts  int      // of others that named the customer
	Live   int      // that are open, or still in the live rooms: to be done again later
	Photos []string // of their deliveries: the files are the caller's to remove
}
