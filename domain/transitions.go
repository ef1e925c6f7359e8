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
	ActFail        Action = "write off"
	ActCorrect     Action = "correct"
	ActArrive      Action = "arrive with"
	ActProblem     Action = "report a problem of"
	ActContinue    Action = "go on with"
	ActRetry       Action = "try again"
	ActReturn      Action = "bring back"
	ActReturned    Action = "take back"
	ActGiveBack    Action = "give back"
	ActReopen      Action = "reopen"
	ActRelease     Action = "release"
	ActPhoto       Action = "add a photo to"
	ActOffer       Action = "offer"
	ActAccepted    Action = "accept the offer of"
	ActDecline     Action = "decline"
	ActLapse       Action = "let lapse"
	ActWithdraw    Action = "withdraw"
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
	{KindOrder, ActFail, string(OrderAccepted), string(OrderFailed), EventOrderFailed, "with the delivery's return or failure"},
	{KindOrder, ActCorrect, string(OrderReceived), string(OrderReceived), EventOrderChanged, "agent, key orders:write"},
	{KindOrder, ActCorrect, string(OrderAccepted), string(OrderAccepted), EventOrderChanged, "agent, key orders:write"},
	{KindOrder, ActReopen, string(OrderCompleted), string(OrderAccepted), EventOrderChanged, "with the delivery's"},
	{KindOrder, ActReopen, string(OrderFailed), string(OrderAccepted), EventOrderChanged, "with the delivery's"},

	{KindDelivery, ActCreate, "", string(Waiting), EventDeliveryCreate, "with the accept"},
	{KindDelivery, ActAssign, string(Waiting), string(Assigned), EventDeliveryAssigned, "dispatcher, server"},
	{KindDelivery, ActReassign, string(Assigned), string(Assigned), EventDeliveryAssigned, "dispatcher, with version"},
	{KindDelivery, ActUnassign, string(Assigned), string(Waiting), EventDeliveryWaiting, "dispatcher"},
	{KindDelivery, ActClaim, string(Waiting), string(Assigned), EventDeliveryAssigned, "rider on duty with room, mode claim"},
	{KindDelivery, ActAccepted, string(Waiting), string(Assigned), EventDeliveryAssigned, "the rider who is asked"},
	{KindDelivery, ActGiveBack, string(Assigned), string(Waiting), EventDeliveryGiveBack, "its rider, where the center lets it"},
	{KindDelivery, ActPickup, string(Assigned), string(PickedUp), EventDeliveryPickup, "its rider; dispatcher with reason"},
	{KindDelivery, ActHandOver, string(PickedUp), string(PickedUp), EventDeliveryChanged, "dispatcher, with version and reason"},
	{KindDelivery, ActDeliver, string(PickedUp), string(Delivered), EventDeliveryDelivered, "its rider; dispatcher with reason"},
	{KindDelivery, ActPhoto, string(Delivered), string(Delivered), EventDeliveryChanged, "its rider: a photo that follows the deliver"},
	{KindDelivery, ActReturn, string(PickedUp), string(Returning), EventDeliveryReturning, "dispatcher"},
	{KindDelivery, ActHandOver, string(Returning), string(Returning), EventDeliveryChanged, "dispatcher, with version and reason"},
	{KindDelivery, ActReturned, string(Returning), string(Returned), EventDeliveryReturned, "its rider; dispatcher with reason"},
	{KindDelivery, ActRetry, string(PickedUp), string(PickedUp), EventDeliveryResolved, "dispatcher"},
	{KindDelivery, ActRetry, string(Returning), string(PickedUp), EventDeliveryResolved, "dispatcher"},
	{KindDelivery, ActFail, string(PickedUp), string(Failed), EventDeliveryFailed, "dispatcher"},
	{KindDelivery, ActFail, string(Returning), string(Failed), EventDeliveryFailed, "dispatcher"},
	{KindDelivery, ActReopen, string(Delivered), string(PickedUp), EventDeliveryReopened, "dispatcher, for 15 minutes"},
	{KindDelivery, ActReopen, string(Returned), string(PickedUp), EventDeliveryReopened, "dispatcher, for 15 minutes"},
	{KindDelivery, ActReopen, string(Failed), string(PickedUp), EventDeliveryReopened, "dispatcher, for 15 minutes"},
	{KindDelivery, ActArrive, string(Assigned), string(Assigned), EventDeliveryArrived, "its rider, or its fixes: at the shop"},
	{KindDelivery, ActArrive, string(PickedUp), string(PickedUp), EventDeliveryArrived, "its rider, or its fixes: at the door"},
	{KindDelivery, ActRelease, string(Waiting), string(Waiting), EventDeliveryReleased, "server at its time; agent"},
	{KindDelivery, ActOffer, string(Waiting), string(Waiting), EventDeliveryOffered, "server, mode offer"},

	{KindDelivery, ActWithdraw, string(Waiting), string(Waiting), EventDeliveryOfferEnded, "with the end of its offer"},

	{KindOffer, ActOffer, "", string(OfferOpen), EventOfferMade, "server, mode offer"},
	{KindOffer, ActAccepted, string(OfferOpen), string(OfferAccepted), EventOfferAccepted, "the rider who is asked"},
	{KindOffer, ActDecline, string(OfferOpen), string(OfferDeclined), EventOfferDeclined, "the rider who is asked"},
	{KindOffer, ActLapse, string(OfferOpen), string(OfferLapsed), EventOfferLapsed, "server, at its end"},
	{KindOffer, ActWithdraw, string(OfferOpen), string(OfferWithdrawn), EventOfferWithdrawn, "with whatever else becomes of a delivery in it"},
}

// The steps that several states have in common.
func init() {
	add := func(action Action, event, by string, states []DeliveryStatus, to DeliveryStatus) {
		for _, s := range states {
			end := to
			if end == "" {
				end = s
			}
			transitions = append(transitions, Transition{KindDelivery, action, string(s), string(end), event, by})
		}
	}
	add(ActCancel, EventDeliveryCancelled, "dispatcher; with the order's cancel", OpenStatuses, Cancelled)
	add(ActCorrect, EventDeliveryChanged, "with the order's correction", OpenStatuses, "")
	add(ActProblem, EventDeliveryProblem, "its rider; dispatcher", InHandStatuses, "")
	add(ActContinue, EventDeliveryResolved, "dispatcher, where there is a problem", InHandStatuses, "")
	add(ActLateDeliver, EventDeliveryLateDeliver, "a rider who lost it", DeliveryStatuses, "")
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
