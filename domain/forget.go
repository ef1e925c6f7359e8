package domain

import "math"

// Forget takes from an order what tells who the customer is: all but the name's
// first letter and the place to about a kilometre, which reports and maps live on.
// It reports whether there was anything to take.
func (r *Order) Forget() bool { return r.Customer.forget() }

// Forget does the same with a delivery, and with what was noted at the door.
func (r *Delivery) Forget() bool {
	noted := r.ReceivedBy != "" || r.Note != ""
	r.ReceivedBy, r.Note = "", ""
	return r.Customer.forget() || noted
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
	Live   int      // that are open, or still in the live rooms: to be done again later
	Photos []string // of their deliveries: the files are the caller's to remove
}
