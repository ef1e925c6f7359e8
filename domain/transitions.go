package domain

import (
	"fmt"
	"slices"
)

// Action is a step that a use case takes with an order or a delivery.
type Action string

// The actions.
const (
	ActCreate      Action = "create"
	ActAccept      Action = "accept"
	ActReject      Action = "reject"
	ActCancel      Action = "cancel"
	ActComplete    Action = "complete"
	ActAssign      Action = "assign"
	ActReassign    Action = "reassign"
	ActHandOver    Action = "hand over"
	ActUnassign    Action = "unassign"
	ActClaim       Action = "claim"
	ActPickup      Action = "pick up"
	ActDeliver     Action = "deliver"
	ActLateDeliver Action = "note the late deliver of"
)

// Transition is one line of a state machine: taking Action in state From leads
// to To and is told as Event. By says who may, for people who read the table.
type Transition struct {
	Kind   Kind
	Action Action
	From   string // empty: the record is new
	To     string
	Event  string
	By     string
}

func (t Transition) String() string {
	from := t.From
	if from == "" {
		from = "·"
	}
	return fmt.Sprintf("%-8s %-9s → %-9s  %-24s  %-21s  %s", t.Kind, from, t.To, t.Action, t.Event, t.By)
}

// The state machines. Use cases look every step up here; what is not listed is
// an illegal_transition.
var transitions = []Transition{
	{KindOrder, ActCreate, "", string(OrderReceived), EventOrderCreate, "agent, key orders:write"},
	{KindOrder, ActCreate, "", string(OrderAccepted), EventOrderCreate, "agent, with accept"},
	{KindOrder, ActAccept, string(OrderReceived), string(OrderAccepted), EventOrderAccepted, "agent"},
	{KindOrder, ActReject, string(OrderReceived), string(OrderRejected), EventOrderRejected, "agent"},
	{KindOrder, ActCancel, string(OrderReceived), string(OrderCancelled), EventOrderCancelled, "agent, key orders:write"},
	{KindOrder, ActCancel, string(OrderAccepted), string(OrderCancelled), EventOrderCancelled, "agent, key orders:write; not once it is delivered"},
	{KindOrder, ActComplete, string(OrderAccepted), string(OrderCompleted), EventOrderCompleted, "with the deliver"},

	{KindDelivery, ActCreate, "", string(Waiting), EventDeliveryCreate, "with the accept"},
	{KindDelivery, ActAssign, string(Waiting), string(Assigned), EventDeliveryAssigned, "dispatcher, server"},
	{KindDelivery, ActReassign, string(Assigned), string(Assigned), EventDeliveryAssigned, "dispatcher, with version"},
	{KindDelivery, ActUnassign, string(Assigned), string(Waiting), EventDeliveryWaiting, "dispatcher"},
	{KindDelivery, ActClaim, string(Waiting), string(Assigned), EventDeliveryAssigned, "rider on duty with room, mode claim"},
	{KindDelivery, ActPickup, string(Assigned), string(PickedUp), EventDeliveryPickup, "its rider; dispatcher with reason"},
	{KindDelivery, ActHandOver, string(PickedUp), string(PickedUp), EventDeliveryChanged, "dispatcher, with version and reason"},
	{KindDelivery, ActDeliver, string(PickedUp), string(Delivered), EventDeliveryDelivered, "its rider; dispatcher with reason"},
	{KindDelivery, ActCancel, string(Waiting), string(Cancelled), EventDeliveryCancelled, "dispatcher; with the order's cancel"},
	{KindDelivery, ActCancel, string(Assigned), string(Cancelled), EventDeliveryCancelled, "dispatcher; with the order's cancel"},
	{KindDelivery, ActCancel, string(PickedUp), string(Cancelled), EventDeliveryCancelled, "dispatcher; with the order's cancel"},
	{KindDelivery, ActLateDeliver, string(Waiting), string(Waiting), EventDeliveryLateDeliver, "a rider who lost it"},
	{KindDelivery, ActLateDeliver, string(Assigned), string(Assigned), EventDeliveryLateDeliver, "a rider who lost it"},
	{KindDelivery, ActLateDeliver, string(PickedUp), string(PickedUp), EventDeliveryLateDeliver, "a rider who lost it"},
	{KindDelivery, ActLateDeliver, string(Delivered), string(Delivered), EventDeliveryLateDeliver, "a rider who lost it"},
	{KindDelivery, ActLateDeliver, string(Cancelled), string(Cancelled), EventDeliveryLateDeliver, "a rider who lost it"},
}

// Transitions is a copy of the state machines of orders and deliveries.
func Transitions() []Transition { return slices.Clone(transitions) }

// next looks a step up.
func next(kind Kind, action Action, from string) (Transition, bool) {
	for _, t := range transitions {
		if t.Kind == kind && t.Action == action && t.From == from {
			return t, true
		}
	}
	return Transition{}, false
}

// nextOrder is the step of an order, or illegal_transition with the order.
func nextOrder(o *Order, action Action) (Transition, error) {
	t, ok := next(KindOrder, action, string(o.Status))
	if !ok {
		return t, &Error{
			Code:    CodeIllegalTransition,
			Detail:  fmt.Sprintf("can't %s an order that is %s", action, o.Status),
			Current: o,
		}
	}
	return t, nil
}

// nextDelivery is the step of a delivery, or illegal_transition with what the
// actor may see of it.
func nextDelivery(d *Delivery, action Action, a Actor) (Transition, error) {
	t, ok := next(KindDelivery, action, string(d.Status))
	if !ok {
		return t, refused(d, a, "can't %s a delivery that is %s", action, d.Status)
	}
	return t, nil
}

// refused is an illegal_transition of a delivery.
func refused(d *Delivery, a Actor, format string, args ...any) *Error {
	return &Error{Code: CodeIllegalTransition, Detail: fmt.Sprintf(format, args...), Current: d.shownTo(a)}
}
