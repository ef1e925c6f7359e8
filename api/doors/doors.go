// Package doors remembers, in memory, the doors that a center has pinned before:
// what the newest orders say, and what becomes known while the program runs. It
// holds addresses and places, no names, phones or flats, and reads anew now and
// then, so that what is forgotten in the database is forgotten here.
package doors

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/domain/address"
)

const (
	// Newest is how many of a center's newest orders are read.
	Newest = 20_000
	// freshFor is after what time a center is read anew.
	freshFor = 10 * time.Minute
	// mostCenters are remembered at once; those that nobody asked for go first.
	mostCenters = 32
	mostFound   = 5
)

// Book is what is known of all centers.
type Book struct {
	load func(ctx context.Context, centerID string, limit int) ([]domain.PinnedDoor, error)
	now  func() time.Time

	mu      sync.Mutex
	centers map[string]*center
}

// New makes an empty Book, which reads with load what it is asked for.
func New(load func(ctx context.Context, centerID string, limit int) ([]domain.PinnedDoor, error), now func() time.Time) *Book {
	return &Book{load: load, now: now, centers: map[string]*center{}}
}

// center is one center's doors.
type center struct {
	loading sync.Mutex // held by who reads them

	mu    sync.Mutex
	read  time.Time // zero: never
	asked time.Time
	doors map[string]*door // by the folded address
	// early is what became known while the first reading went on.
	early []domain.PinnedDoor
}

type door struct {
	label  string
	words  []string // folded
	joined []byte
	number *address.Number
	place  domain.Location
	staff  bool // pinned by people, not by another program
	keys   []string
	at     time.Time
	orders int
}

// keyOf is what is the same for two ways to write an address; its dashes count.
func keyOf(label string) string { return address.Fold(strings.ReplaceAll(label, "-", "x")) }

// learn takes a pin; one that people have set is not changed by a program's.
func (c *center) learn(p domain.PinnedDoor) {
	label, _ := address.Split(p.Address)
	key := keyOf(label)
	if key == "" || !p.Location.Valid() {
		return
	}
	d, ok := c.doors[key]
	if !ok {
		d = &door{label: label}
		q := address.Parse(label)[0]
		d.number = q.Number
		for _, w := range q.Words {
			if f := address.Fold(w); f != "" {
				d.words = append(d.words, f)
			}
		}
		d.joined = []byte(strings.Join(d.words, ""))
		c.doors[key] = d
	}
	d.orders++
	if p.KeyID != "" && !slices.Contains(d.keys, p.KeyID) {
		d.keys = append(d.keys, p.KeyID)
	}
	staff := p.KeyID == ""
	if d.at.IsZero() || staff && !d.staff || staff == d.staff && !p.At.Before(d.at) {
		d.place, d.staff, d.at = p.Location, staff, p.At.Time
	}
}

// of is a center that has been read at least once.
func (b *Book) of(ctx context.Context, centerID string) (*center, error) {
	now := b.now()
	b.mu.Lock()
	c := b.centers[centerID]
	if c == nil {
		b.makeRoom()
		c = &center{doors: map[string]*door{}}
		b.centers[centerID] = c
	}
	b.mu.Unlock()
	c.mu.Lock()
	c.asked = now
	first, stale := c.read.IsZero(), now.Sub(c.read) > freshFor
	c.mu.Unlock()
	switch {
	case first:
		c.loading.Lock()
		defer c.loading.Unlock()
		c.mu.Lock()
		first = c.read.IsZero()
		c.mu.Unlock()
		if first {
			return c, b.reload(ctx, c, centerID)
		}
	case stale && c.loading.TryLock():
		// Who asks has what is known meanwhile.
		go func() {
			defer c.loading.Unlock()
			_ = b.reload(context.WithoutCancel(ctx), c, centerID) // what is known stays
		}()
	}
	return c, nil
}

// makeRoom forgets the center that was asked for least lately; called under mu.
func (b *Book) makeRoom() {
	if len(b.centers) < mostCenters {
		return
	}
	oldest, at := "", time.Time{}
	for id, c := range b.centers {
		c.mu.Lock()
		if oldest == "" || c.asked.Before(at) {
			oldest, at = id, c.asked
		}
		c.mu.Unlock()
	}
	delete(b.centers, oldest)
}

func (b *Book) reload(ctx context.Context, c *center, centerID string) error {
	c.mu.Lock()
	c.early = nil
	c.mu.Unlock()
	pins, err := b.load(ctx, centerID, Newest)
	if err != nil {
		return err
	}
	fresh := &center{doors: map[string]*door{}}
	for _, p := range pins {
		fresh.learn(p)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.early {
		fresh.learn(p)
	}
	for key, old := range c.doors { // a pin that was moved on another program's order is in no order of staff's
		if d := fresh.doors[key]; d != nil && old.staff && (!d.staff || d.at.Before(old.at)) {
			d.place, d.staff, d.at = old.place, true, old.at
		}
	}
	c.doors, c.early, c.read = fresh.doors, nil, b.now()
	return nil
}

// Committed takes entries of the log: the doors of orders are learned at once.
func (b *Book) Committed(entries []domain.LogEntry) {
	for i := range entries {
		e := &entries[i]
		if e.Kind != domain.KindOrder || len(e.Data) == 0 || e.Event != domain.EventOrderCreate && e.Event != domain.EventOrderChanged {
			continue
		}
		b.mu.Lock()
		c := b.centers[e.CenterID]
		b.mu.Unlock()
		if c == nil {
			continue // it is read when somebody asks
		}
		var o struct {
			Customer struct {
				Address  string           `json:"address"`
				Location *domain.Location `json:"location"`
			} `json:"customer"`
		}
		if json.Unmarshal(e.Data, &o) != nil || o.Customer.Location == nil {
			continue
		}
		p := domain.PinnedDoor{Address: o.Customer.Address, Location: *o.Customer.Location, At: e.At}
		if e.Actor.Role == domain.RoleKey {
			p.KeyID = e.Actor.ID
		}
		c.mu.Lock()
		c.early = append(c.early, p)
		if !c.read.IsZero() {
			c.learn(p)
		}
		if len(c.early) > Newest {
			c.early = slices.Delete(c.early, 0, Newest/2)
		}
		c.mu.Unlock()
	}
}

// Pin is where an address of a center is pinned by now.
func (b *Book) Pin(ctx context.Context, centerID, text string) (domain.Location, bool) {
	c, err := b.of(ctx, centerID)
	if err != nil {
		return domain.Location{}, false
	}
	label, _ := address.Split(text)
	c.mu.Lock()
	defer c.mu.Unlock()
	d, ok := c.doors[keyOf(label)]
	if !ok {
		return domain.Location{}, false
	}
	return d.place, true
}

// Find are the doors that fit what was typed, best first. keyID: only those of
// the orders that this API key placed; empty: all.
func (b *Book) Find(ctx context.Context, centerID, keyID, text string) ([]domain.FoundAddress, error) {
	c, err := b.of(ctx, centerID)
	if err != nil {
		return nil, err
	}
	type found struct {
		d     *door
		score int
		rest  string
	}
	var all []found
	readings := address.Parse(text)
	var m address.Matcher
	c.mu.Lock()
	for n, q := range readings {
		words := make([]address.Pattern, 0, len(q.Words))
		for _, w := range q.Words {
			if p := address.NewPattern(w); !p.Empty() {
				words = append(words, p)
			}
		}
		if len(words) == 0 || len(words) > 8 {
			continue
		}
		for _, d := range c.doors {
			if keyID != "" && !slices.Contains(d.keys, keyID) {
				continue
			}
			if s := d.fits(&m, words, q.Number); s > 0 && !slices.ContainsFunc(all, func(f found) bool { return f.d == d }) {
				all = append(all, found{d, s - 50*n, q.Rest})
			}
		}
	}
	slices.SortFunc(all, func(a, b found) int {
		if a.score != b.score {
			return b.score - a.score
		}
		if a.d.orders != b.d.orders {
			return b.d.orders - a.d.orders
		}
		return b.d.at.Compare(a.d.at)
	})
	out := make([]domain.FoundAddress, 0, mostFound)
	for _, f := range all[:min(len(all), mostFound)] {
		place := f.d.place
		out = append(out, domain.FoundAddress{Label: f.d.label, Short: f.d.label, Location: &place, Exact: domain.ExactEntrance, Rest: f.rest, Source: domain.SourceOwn})
	}
	c.mu.Unlock()
	return out, nil
}

// fits scores a door: each word must fit, and the number as far as it was typed.
func (d *door) fits(m *address.Matcher, words []address.Pattern, n *address.Number) int {
	score := 0
	switch {
	case n == nil:
	case d.number == nil:
		return 0
	case *d.number == *n || d.number.Main == n.Main && d.number.Sub == n.Sub && d.number.Mountain == n.Mountain && d.number.Under == n.Under:
		score = 200
	case n.Sub == 0 && (d.number.Main == n.Main || !n.Open && begins(d.number.Main, n.Main)):
		score = 100
	default:
		return 0
	}
	for i := range words {
		best := m.Score(&words[i], d.joined)
		for _, w := range d.words {
			best = max(best, m.Score(&words[i], []byte(w)))
		}
		if best == 0 {
			return 0
		}
		score += best / len(words)
	}
	return score
}

// begins reports whether a number's digits begin with another's.
func begins(number, with int) bool {
	for number > with {
		number /= 10
	}
	return number == with
}
