package domain

import "context"

func (s *Service) CreateOrder(ctx context.Context, tx Tx, a Actor, in NewOrder) (OrderResult, error) {
	panic("")
}
func (s *Service) AcceptOrder(ctx context.Context, tx Tx, a Actor, id string, in AcceptOrder) (OrderResult, error) {
	panic("")
}
func (s *Service) RejectOrder(ctx context.Context, tx Tx, a Actor, id string, in RejectOrder) (OrderResult, error) {
	panic("")
}
func (s *Service) CancelOrder(ctx context.Context, tx Tx, a Actor, id string, in CancelOrder) (OrderResult, error) {
	panic("")
}
func (s *Service) Assign(ctx context.Context, tx Tx, a Actor, id string, in AssignDelivery) (*Delivery, error) {
	panic("")
}
func (s *Service) AssignMany(ctx context.Context, tx Tx, a Actor, in AssignMany) ([]AssignResult, error) {
	panic("")
}
func (s *Service) Unassign(ctx context.Context, tx Tx, a Actor, id string, in Unassign) (*Delivery, error) {
	panic("")
}
func (s *Service) CancelDelivery(ctx context.Context, tx Tx, a Actor, id string, in CancelDelivery) (*Delivery, error) {
	panic("")
}
func (s *Service) Claim(ctx context.Context, tx Tx, a Actor, id string, in RiderAction) (*Delivery, error) {
	panic("")
}
func (s *Service) Pickup(ctx context.Context, tx Tx, a Actor, id string, in RiderAction) (*Delivery, error) {
	panic("")
}
func (s *Service) Deliver(ctx context.Context, tx Tx, a Actor, id string, in Deliver) (*Delivery, error) {
	panic("")
}
func (s *Service) SetDuty(ctx context.Context, tx Tx, a Actor, riderID string, in SetDuty) (*Rider, error) {
	panic("")
}
func (s *Service) CreateCenter(ctx context.Context, tx Tx, a Actor, in NewCenter) (*Center, error) {
	panic("")
}
func (s *Service) UpdateCenter(ctx context.Context, tx Tx, a Actor, id string, in CenterPatch) (*Center, error) {
	panic("")
}
func (s *Service) CreateShop(ctx context.Context, tx Tx, a Actor, in NewShop) (*Shop, error) {
	panic("")
}
func (s *Service) UpdateShop(ctx context.Context, tx Tx, a Actor, id string, in ShopPatch) (*Shop, error) {
	panic("")
}
func (s *Service) CreateRider(ctx context.Context, tx Tx, a Actor, in NewRider, passwordHash string) (*Rider, error) {
	panic("")
}
func (s *Service) UpdateRider(ctx context.Context, tx Tx, a Actor, id string, in RiderPatch, passwordHash string) (*Rider, error) {
	panic("")
}
func (s *Service) CreateUser(ctx context.Context, tx Tx, a Actor, in NewUser, passwordHash string) (*User, error) {
	panic("")
}
func (s *Service) UpdateUser(ctx context.Context, tx Tx, a Actor, id string, in UserPatch, passwordHash string) (*User, error) {
	panic("")
}
func (s *Service) DeleteUser(ctx context.Context, tx Tx, a Actor, id string) error { panic("") }
func (s *Service) CreateKey(ctx context.Context, tx Tx, a Actor, in NewKey, keyHash string) (*APIKey, error) {
	panic("")
}
func (s *Service) UpdateKey(ctx context.Context, tx Tx, a Actor, id string, in KeyPatch) (*APIKey, error) {
	panic("")
}
func (s *Service) DeleteKey(ctx context.Context, tx Tx, a Actor, id string) error { panic("") }
func (s *Service) Say(ctx context.Context, tx Tx, a Actor, centerID string, in NewMessage) (*ChatMessage, error) {
	panic("")
}
func (s *Service) AddPhoto(ctx context.Context, tx Tx, a Actor, deliveryID string, p Photo) (*Photo, error) {
	panic("")
}

func (r *Delivery) Masked() *Delivery                  { panic("") }
func EstimateSeconds(c Center, from, to Location) int  { panic("") }
func Distance(a, b Location) float64                   { panic("") }
func DayOf(c Center, t Time) string                    { panic("") }
func TrackingToken(trackingURL string) string          { panic("") }
func NormalizePhone(s string) (digits string, ok bool) { panic("") }
func PhoneVariants(digits string) []string             { panic("") }
func ValidPassword(p string) bool                      { panic("") }
func ValidLogin(l string) (string, bool)               { panic("") }
func ShownDeviceAt(server, device Time) Time           { panic("") }
