package domain

// OrderStatus is where an order stands.
type OrderStatus string

// The states of an order.
const (
	OrderReceived  OrderStatus = "received"
	OrderAccepted  OrderStatus = "accepted"
	OrderCompleted OrderStatus = "completed"
	OrderRejected  OrderStatus = "rejected"
	OrderCancelled OrderStatus = "cancelled"
)

// DeliveryStatus is where a delivery stands.
type DeliveryStatus string

// The states of a delivery.
const (
	Waiting   DeliveryStatus = "waiting"
	Assigned  DeliveryStatus = "assigned"
	PickedUp  DeliveryStatus = "pickup"
	Delivered DeliveryStatus = "delivered"
	Cancelled DeliveryStatus = "cancelled"
)

// Open reports whether the delivery is still to be done.
func (s DeliveryStatus) Open() bool { return s == Waiting || s == Assigned || s == PickedUp }

// The events of the log: what a change is called in rooms, history and webhooks.
const (
	EventOrderCreate    = "order:create"
	EventOrderAccepted  = "order:accepted"
	EventOrderRejected  = "order:rejected"
	EventOrderCancelled = "order:cancelled"
	EventOrderCompleted = "order:completed"
	EventOrderChanged   = "order:changed"

	EventDeliveryCreate      = "delivery:create"
	EventDeliveryWaiting     = "delivery:waiting" // unassigned
	EventDeliveryAssigned    = "delivery:assigned"
	EventDeliveryPickup      = "delivery:pickup"
	EventDeliveryDelivered   = "delivery:delivered"
	EventDeliveryCancelled   = "delivery:cancelled"
	EventDeliveryChanged     = "delivery:changed" // handed over, or a detail
	EventDeliveryLateDeliver = "delivery:late_deliver"

	EventRiderDuty    = "rider:duty"
	EventRiderChanged = "rider:changed"

	EventCenterChanged = "center:changed"
)
