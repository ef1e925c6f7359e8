package demo

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime/client"
)

// world is the center's open work, decoded from the realtime rooms as it changes.
type world struct {
	mu         sync.Mutex
	orders     map[string]domain.Order
	deliveries map[string]domain.Delivery
	waiting    map[string]bool // addresses whose first reply has not come
	ready      chan struct{}   // closed when there are none left
}

func newWorld(addresses ...string) *world {
	w := &world{waiting: map[string]bool{}, ready: make(chan struct{})}
	w.orders, w.deliveries = map[string]domain.Order{}, map[string]domain.Delivery{}
	for _, a := range addresses {
		w.waiting[a] = true
	}
	return w
}

// event is the realtime client's hook for one change.
func (w *world) event(e client.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.take(e.Address, e.Key, e.Data)
}

// reply is its hook for the answer to a subscribe: a snapshot comes without events.
func (w *world) reply(r client.Reply, room client.Room) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r.Mode == "snapshot" {
		if strings.HasPrefix(r.Address, "order/") {
			clear(w.orders)
		} else {
			clear(w.deliveries)
		}
		for key, data := range room.Records {
			w.take(r.Address, key, data)
		}
	}
	if w.waiting[r.Address] {
		delete(w.waiting, r.Address)
		if len(w.waiting) == 0 {
			close(w.ready)
		}
	}
}

// take keeps open records and forgets finished ones; called under mu.
func (w *world) take(address, key string, data []byte) {
	switch kind, _, _ := strings.Cut(address, "/"); kind {
	case "order":
		var o domain.Order
		if data == nil || json.Unmarshal(data, &o) != nil || !o.FinishedAt.IsZero() {
			delete(w.orders, key)
		} else if o.Version >= w.orders[key].Version {
			w.orders[key] = o
		}
	case "delivery":
		var dl domain.Delivery
		if data == nil || json.Unmarshal(data, &dl) != nil || !dl.Status.Open() {
			delete(w.deliveries, key)
		} else if dl.Version >= w.deliveries[key].Version {
			w.deliveries[key] = dl
		}
	}
}

// received are the orders that nobody has taken up, oldest first.
func (w *world) received() []domain.Order {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []domain.Order
	for _, o := range w.orders {
		if o.Status == domain.OrderReceived {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b domain.Order) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// open are the deliveries that match, oldest first.
func (w *world) open(match func(*domain.Delivery) bool) []domain.Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []domain.Delivery
	for _, d := range w.deliveries {
		if match(&d) {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b domain.Delivery) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// externalPrefix marks the orders of the sample traffic.
const externalPrefix = "demo-"

// ours reports whether the sample traffic placed an order.
func (w *world) ours(orderID string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.HasPrefix(w.orders[orderID].ExternalID, externalPrefix)
}

func (w *world) orderCount() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.orders)
}
