package report

import (
	"strconv"

	"github.com/brosops/bros/domain"
)

// DeliveryColumns are the columns of deliveries.csv. Nothing in it tells who
// the customers are. Times are the center's own; day is its business day, and
// amount is in the currency's major unit. A new column goes to the end: what
// reads the file may count them.
var DeliveryColumns = []string{
	"number", "id", "orderId", "status", "shop", "riderId", "rider", "createdAt", "readyAt", "promisedAt", "assignedAt",
	"pickedUpAt", "pickedUpDeviceAt", "deliveredAt", "deliveredDeviceAt", "cancelledAt", "cancelReason", "late", "paymentMethod", "amount", "day",
	"currency", "preorder", "heldUntil", "attempt", "arrivedShopAt", "arrivedShopBy", "arrivedDoorAt", "arrivedDoorBy",
	"problem", "problemAt", "returningAt", "returnedAt", "failedAt", "failReason", "finishedAt", "asked",
}

// DeliveryRow returns a delivery as a row of DeliveryColumns.
func DeliveryRow(d *domain.Delivery, center *domain.Center, days domain.Calendar, now domain.Time) []string {
	at := func(t domain.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(days.Zone()).Format("2006-01-02T15:04:05.000Z07:00")
	}
	problem, problemAt := "", domain.Time{}
	if d.Problem != nil {
		problem, problemAt = string(d.Problem.Kind), d.Problem.At
	}
	return cells(d.Number, d.ID, d.OrderID, string(d.Status), d.Shop.Name, d.RiderID, d.RiderName, at(d.CreatedAt),
		at(d.ReadyAt), at(d.PromisedAt), at(d.AssignedAt), at(d.PickedUpAt), at(d.PickedUpDeviceAt),
		at(d.DeliveredAt), at(d.DeliveredDeviceAt), at(d.CancelledAt), d.CancelReason,
		strconv.FormatBool(IsLate(d, now)), string(d.Payment.Method), domain.MajorUnits(d.Payment.Amount, center.Currency), days.Day(d.CreatedAt.Time),
		center.Currency, strconv.FormatBool(d.PreOrder), at(d.HeldUntil), strconv.Itoa(max(d.Attempt, 1)),
		at(d.ArrivedShopAt), d.ArrivedShopBy, at(d.ArrivedDoorAt), d.ArrivedDoorBy, problem, at(problemAt),
		at(d.ReturningAt), at(d.ReturnedAt), at(d.FailedAt), string(d.FailReason), at(d.FinishedAt), strconv.Itoa(len(d.Asked)))
}
