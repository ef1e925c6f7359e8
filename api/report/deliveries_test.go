package report

import (
	"slices"
	"testing"
)

// The first columns of deliveries.csv stay where they are.
func TestDeliveryColumnsStay(t *testing.T) {
	first := []string{"number", "id", "orderId", "status", "shop", "riderId", "rider", "createdAt", "readyAt", "promisedAt", "assignedAt",
		"pickedUpAt", "pickedUpDeviceAt", "deliveredAt", "deliveredDeviceAt", "cancelledAt", "cancelReason", "late", "paymentMethod", "amount", "day"}
	if !slices.Equal(DeliveryColumns[:len(first)], first) {
		t.Errorf("%v", DeliveryColumns)
	}
}
