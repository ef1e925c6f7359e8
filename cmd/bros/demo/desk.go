package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/brosops/bros/cmd/bros/demo/town"
	"github.com/brosops/bros/domain"
)

// How long things take at the desk, and how long what is left to the visitor waits.
const (
	readingTime   = 4 * time.Second // an order, before it is accepted
	thinkingTime  = 4 * time.Second // a delivery, before it is assigned
	visitorsTime  = 3 * time.Minute
	orderEvery    = 5 * time.Second
	calmEvery     = 10 * time.Second // after a quarter of an hour nobody watches every row
	calmAfter     = 15 * time.Minute
	chatEvery     = 40 * time.Second
	leftToVisitor = 4 // one of so many
)

// desk is the customers, the call center and the dispatcher.
type desk struct {
	d         *demo
	started   time.Time
	nextOrder time.Time
	nextChat  time.Time
	chats     int
}

func newDesk(d *demo) *desk {
	now := time.Now()
	return &desk{d: d, started: now, nextOrder: now, nextChat: now.Add(d.paced(chatEvery))}
}

// paced shortens a wait.
func (d *demo) paced(t time.Duration) time.Duration { return time.Duration(float64(t) / d.o.Pace) }

// tick does everything that is due.
func (k *desk) tick(ctx context.Context) error {
	now := time.Now()
	if now.After(k.nextOrder) {
		every := orderEvery
		if now.Sub(k.started) > k.d.paced(calmAfter) {
			every = calmEvery
		}
		k.nextOrder = now.Add(k.d.paced(every))
		if _, err := k.d.placeOrder(ctx); err != nil {
			return err
		}
	}
	if now.After(k.nextChat) {
		k.nextChat = now.Add(k.d.paced(chatEvery))
		if err := k.say(ctx); err != nil {
			return err
		}
	}
	for _, o := range k.d.world.received() {
		if k.d.since(o.CreatedAt) > k.d.patience(o.ID, k.d.world.ours(o.ID), readingTime) {
			if err := k.takeUp(ctx, o); err != nil && !refused(err) {
				return err
			}
		}
	}
	waiting := k.d.world.open(func(dl *domain.Delivery) bool { return dl.Status == domain.Waiting })
	for _, dl := range waiting {
		if k.d.since(dl.ModifiedAt) > k.d.patience(dl.ID, k.d.world.ours(dl.OrderID), thinkingTime) {
			if err := k.d.assign(ctx, dl); err != nil && !refused(err) {
				return err
			}
		}
	}
	return nil
}

// patience is how long the demonstration leaves a record alone: what a visitor
// has entered, and every fourth of the others, is the visitor's for some minutes.
func (d *demo) patience(id string, ours bool, usual time.Duration) time.Duration {
	if !ours || dice(id, leftToVisitor) == 0 {
		return visitorsTime
	}
	return usual
}

// dice throws an n-sided die that always falls the same way for an id.
func dice(id string, n int) int {
	sum := 0
	for _, c := range []byte(id) {
		sum = sum*31 + int(c)
	}
	return (sum & 0x7fffffff) % n
}

// takeUp is what the call center does with a new order: nearly always accept it.
func (k *desk) takeUp(ctx context.Context, o domain.Order) error {
	path := "/orders/" + o.ID
	switch dice(o.ID, 23) {
	case 0:
		return k.d.agent.call(ctx, http.MethodPost, path+"/reject", map[string]any{"reason": "재료 소진"}, nil)
	case 1, 2:
		// The customer has thought better of it.
		return k.d.app.call(ctx, http.MethodPost, path+"/cancel", map[string]any{
			"by": "customer", "reason": cancelReasons[dice(o.ID, len(cancelReasons))],
		}, nil)
	}
	return k.d.agent.call(ctx, http.MethodPost, path+"/accept", map[string]any{}, nil)
}

// assign gives a delivery to the best of the suggested riders that the
// demonstration drives.
func (d *demo) assign(ctx context.Context, dl domain.Delivery) error {
	var suggested struct {
		Items []struct {
			RiderID string `json:"riderId"`
		} `json:"items"`
	}
	if err := d.dispatcher.call(ctx, http.MethodGet, "/deliveries/"+dl.ID+"/suggestions", nil, &suggested); err != nil {
		return err
	}
	for _, s := range suggested.Items {
		if s.RiderID != d.visitor {
			return d.dispatcher.call(ctx, http.MethodPost, "/deliveries/"+dl.ID+"/assign", map[string]any{"riderId": s.RiderID}, nil)
		}
	}
	return nil // everybody has their hands full; a later look will find somebody
}

// say adds the next line to the center's chat.
func (k *desk) say(ctx context.Context) error {
	line := chatter[k.chats%len(chatter)]
	k.chats++
	return k.d.session(line.Login).call(ctx, http.MethodPost, "/chat/"+k.d.center.ID+"/messages", map[string]any{"text": line.Text}, nil)
}

// placeOrder posts one as the ordering app does.
func (d *demo) placeOrder(ctx context.Context) (domain.Order, error) {
	i := rand.IntN(len(d.shops))
	var items []domain.Item
	var amount int64
	for _, n := range rand.Perm(len(kitchens[i].Menu))[:1+rand.IntN(2)] {
		item := kitchens[i].Menu[n]
		item.Quantity = 1 + rand.IntN(2)
		amount += item.Price * int64(item.Quantity)
		items = append(items, item)
	}
	at := town.Point{X: rand.Float64()*1800 - 900, Y: rand.Float64()*1800 - 900}
	for town.Wet(at) {
		at = town.Point{X: rand.Float64()*1800 - 900, Y: rand.Float64()*1800 - 900}
	}
	door := at.Place()
	in := domain.NewOrder{
		CenterID: d.center.ID, ShopID: d.shops[i].ID, Channel: "app", ExternalID: externalPrefix + domain.NewID(),
		Customer: domain.Customer{
			Name:          pick(surnames) + pick(givenNames),
			Phone:         fmt.Sprintf("010-0000-%04d", 1000+rand.IntN(200)),
			Address:       fmt.Sprintf("%s %d", pick(streets), 1+rand.IntN(400)),
			AddressDetail: fmt.Sprintf("%d동 %d호", 101+rand.IntN(12), 100*(1+rand.IntN(20))+1+rand.IntN(4)),
			Location:      &door,
			Memo:          pick(memos),
		},
		Items:   items,
		Payment: domain.Payment{Method: pick([]domain.PaymentMethod{domain.Prepaid, domain.Prepaid, domain.Card, domain.Cash}), Amount: amount},
	}
	if rand.IntN(8) == 0 { // somebody is in a hurry, so that a screen shows a late one too
		in.PromisedAt = domain.At(time.Now().Add(2 * time.Minute))
	}
	var out domain.OrderResult
	err := d.app.call(ctx, http.MethodPost, "/orders", orderBody(in), &out)
	if err != nil {
		return domain.Order{}, err
	}
	return *out.Order, nil
}

// orderBody is the order as another system writes it: what it does not know is left out.
func orderBody(in domain.NewOrder) map[string]any {
	body := map[string]any{
		"centerId": in.CenterID, "shopId": in.ShopID, "channel": in.Channel, "externalId": in.ExternalID,
		"customer": in.Customer, "items": in.Items, "payment": in.Payment,
	}
	if !in.PromisedAt.IsZero() {
		body["promisedAt"] = in.PromisedAt
	}
	return body
}

func pick[T any](from []T) T { return from[rand.IntN(len(from))] }

// firstOrders is how many an empty board starts with, some of them in each state.
const firstOrders = 18

// fill gives a quiet center orders in every state at once, so that nobody has
// to wait for the first picture.
func (d *demo) fill(ctx context.Context) error {
	if d.world.orderCount() >= firstOrders/2 {
		return nil
	}
	// How far the rider has come with one of six; the other two are accepted
	// only, and not even that.
	acts := [][]string{{"/pickup", "/deliver"}, {"/pickup"}, {"/pickup"}, {}}
	for i := range firstOrders {
		o, err := d.placeOrder(ctx)
		if err != nil {
			return err
		}
		stage := i % 6
		if stage == 5 {
			continue
		}
		var out domain.OrderResult
		if err := d.agent.call(ctx, http.MethodPost, "/orders/"+o.ID+"/accept", map[string]any{}, &out); err != nil {
			return err
		}
		if stage == 4 {
			continue
		}
		r, path := d.riders[i%len(d.riders)], "/deliveries/"+out.Delivery.ID
		if err := d.dispatcher.call(ctx, http.MethodPost, path+"/assign", map[string]any{"riderId": r.id}, nil); err != nil {
			return err
		}
		for _, act := range acts[stage] {
			if err := r.s.call(ctx, http.MethodPost, path+act, map[string]any{}, nil); err != nil {
				return err
			}
		}
	}
	return nil
}
