package domain

import "slices"

// OrderStatus is where an order stands.
type OrderStatus string

// The states of an order.
const (
	OrderReceived  OrderStatus = "received"
	OrderAccepted  OrderStatus = "accepted"
	OrderCompleted OrderStatus = "completed"
	OrderRejected  OrderStatus = "rejected"
	OrderCancelled OrderStatus = "cancelled"
	OrderFailed    OrderStatus = "failed" // its delivery was returned or failed
)

// OrderStatuses are all states of an order, in the order of a day.
var OrderStatuses = []OrderStatus{OrderReceived, OrderAccepted, OrderCompleted, OrderRejected, OrderCancelled, OrderFailed}

// DeliveryStatus is where a delivery stands.
type DeliveryStatus string

// The states of a delivery.
const (
	Waiting   DeliveryStatus = "waiting"
	Assigned  DeliveryStatus = "assigned"
	PickedUp  DeliveryStatus = "pickup"
	Returning DeliveryStatus = "returning" // on the way back to the shop
	Delivered DeliveryStatus = "delivered"
	Returned  DeliveryStatus = "returned" // the shop has it back
	Failed    DeliveryStatus = "failed"   // written off
	Cancelled DeliveryStatus = "cancelled"
)

// The sets that queries, filters, reports and pages are made from.
var (
	// OpenStatuses are those of a delivery that is still to be done.
	OpenStatuses = []DeliveryStatus{Waiting, Assigned, PickedUp, Returning}
	// InHandStatuses are those of a delivery that its rider has to do something for.
	InHandStatuses = []DeliveryStatus{Assigned, PickedUp, Returning}
	// CarriedStatuses are those in which the rider has the food.
	CarriedStatuses = []DeliveryStatus{PickedUp, Returning}
	// EndedStatuses are those that a delivery leaves only by being reopened, if at all.
	EndedStatuses = []DeliveryStatus{Delivered, Returned, Failed, Cancelled}
	// DeliveryStatuses are all of them, in the order of a day.
	DeliveryStatuses = append(slices.Clone(OpenStatuses), EndedStatuses...)
)

// Open reports whether the delivery is still to be done.
func (s DeliveryStatus) Open() bool { return slices.Contains(OpenStatuses, s) }

// Ended reports whether the delivery has come to an end.
func (s DeliveryStatus) Ended() bool { return slices.Contains(EndedStatuses, s) }

// InHand reports whether a rider has the delivery in hand.
func (s DeliveryStatus) InHand() bool { return slices.Contains(InHandStatuses, s) }

// Carried reports whether a rider has the food.
func (s DeliveryStatus) Carried() bool { return slices.Contains(CarriedStatuses, s) }

// stateHeld is how the log calls the state of a waiting delivery that is held:
// who may see it is not who may see the others that wait.
const stateHeld = "held"

// The events of the log: what a change is called in rooms, history and webhooks.
const (
	EventOrderCreate    = "order:create"
	EventOrderAccepted  = "order:accepted"
	EventOrderRejected  = "order:rejected"
	EventOrderCancelled = "order:cancelled"
	EventOrderCompleted = "order:completed"
	EventOrderFailed    = "order:failed"
	EventOrderChanged   = "order:changed"

	EventDeliveryCreate      = "delivery:create"
	EventDeliveryWaiting     = "delivery:waiting" // unassigned
	EventDeliveryAssigned    = "delivery:assigned"
	EventDeliveryPickup      = "delivery:pickup"
	EventDeliveryDelivered   = "delivery:delivered"
	EventDeliveryCancelled   = "delivery:cancelled"
	EventDeliveryChanged     = "delivery:changed" // handed over, corrected, seen, or a detail
	EventDeliveryLateDeliver = "delivery:late_deliver"
	EventDeliveryArrived     = "delivery:arrived"
	EventDeliveryProblem     = "delivery:problem"
	EventDeliveryResolved    = "delivery:resolved"
	EventDeliveryGiveBack    = "delivery:giveback"
	EventDeliveryReturning   = "delivery:returning"
	EventDeliveryReturned    = "delivery:returned"
	EventDeliveryFailed      = "delivery:failed"
	EventDeliveryReopened    = "delivery:reopened"
	EventDeliveryReleased    = "delivery:released" // held no more
	EventDeliveryOffered     = "delivery:offered"
	EventDeliveryOfferEnded  = "delivery:offer_ended"

	EventOfferMade      = "offer:made"
	EventOfferAccepted  = "offer:accepted"
	EventOfferDeclined  = "offer:declined"
	EventOfferLapsed    = "offer:lapsed"
	EventOfferWithdrawn = "offer:withdrawn"

	EventRiderDuty    = "rider:duty"
	EventRiderChanged = "rider:changed"

	EventCenterChanged = "center:changed"
)

// OrderEvents and DeliveryEvents are the steps that webhooks may be told of.
var (
	OrderEvents = []string{EventOrderCreate, EventOrderAccepted, EventOrderRejected, EventOrderCancelled,
		EventOrderCompleted, EventOrderFailed, EventOrderChanged}
	DeliveryEvents = []string{EventDeliveryCreate, EventDeliveryWaiting, EventDeliveryAssigned, EventDeliveryPickup,
		EventDeliveryDelivered, EventDeliveryCancelled, EventDeliveryChanged, EventDeliveryLateDeliver, EventDeliveryArrived,
		EventDeliveryProblem, EventDeliveryResolved, EventDeliveryGiveBack, EventDeliveryReturning, EventDeliveryReturned,
		EventDeliveryFailed, EventDeliveryReopened, EventDeliveryReleased, EventDeliveryOffered, EventDeliveryOfferEnded}
)
