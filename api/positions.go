package api

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/api/feed"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

const (
	maxFixes    = 500                   // of one call
	fixAhead    = 60 * time.Second      // that a device's clock may be ahead of ours
	fixGather   = 25 * time.Millisecond // that a batch's first fix waits for company
	maxAccuracy = 2000                  // metres: what is vaguer is no place
	maxBatch    = 4000                  // fixes of one transaction
	maxWaiting  = 40_000                // fixes that wait for one
)

// PositionsRequest is what a rider's device has measured, oldest first.
type PositionsRequest struct {
	Positions []Fix `json:"positions"`
}

// Fix is one measured place; what is not known is left out.
type Fix struct {
	Lat      *float64    `json:"lat"`
	Lng      *float64    `json:"lng"`
	Accuracy *float64    `json:"accuracy,omitempty"`
	Heading  *float64    `json:"heading,omitempty"`
	Speed    *float64    `json:"speed,omitempty"`
	Battery  *float64    `json:"battery,omitempty"`
	At       domain.Time `json:"at"`
}

// PositionsAnswer says how many fixes are stored and which are not.
type PositionsAnswer struct {
	Accepted int           `json:"accepted"`
	Rejected []RejectedFix `json:"rejected"`
}

// RejectedFix is a fix that can't be used; sending it again is of no use.
type RejectedFix struct {
	Index  int    `json:"index"`
	Reason string `json:"reason"`
}

// postOwnPositions answers POST /riders/me/positions.
func (s *Server) postOwnPositions(w http.ResponseWriter, r *http.Request) error {
	return s.takePositions(w, r, actorOf(r.Context()).RiderID)
}

// postPositions answers POST /riders/{id}/positions: another system's, by a
// key, or a rider's own.
func (s *Server) postPositions(w http.ResponseWriter, r *http.Request) error {
	return s.takePositions(w, r, chi.URLParam(r, "id"))
}

func (s *Server) takePositions(w http.ResponseWriter, r *http.Request, riderID string) error {
	ctx, a := r.Context(), actorOf(r.Context())
	center, err := s.riderCenter(ctx, a, riderID)
	if err != nil {
		return err
	}
	var in PositionsRequest
	if err := decodeLoose(r, &in); err != nil {
		return err
	}
	fixes, out, err := checkFixes(riderID, in.Positions, s.now())
	if err != nil {
		return err
	}
	save := func() error { return s.live.fixes.save(ctx, center, fixes) }
	if r.Header.Get("Idempotency-Key") == "" {
		if err := save(); err != nil {
			return err
		}
		return writeJSON(w, http.StatusAccepted, out)
	}
	// Fixes are stored once however often they come, so that the answer may be
	// kept after them; a key that was used for something else stops them before.
	if err := s.unmixed(r); err != nil {
		return err
	}
	if err := save(); err != nil {
		return err
	}
	return s.write(w, r, http.StatusAccepted, func(context.Context, domain.Tx) (any, error) { return out, nil })
}

// unmixed answers idempotency_mismatch when the request's key was used for another.
func (s *Server) unmixed(r *http.Request) error {
	key, err := idempotencyKey(r)
	if err != nil {
		return err
	}
	c := callOf(r.Context())
	slot, print := c.fingerprint(r, key)
	return s.store.Write(r.Context(), func(tx domain.Tx) error {
		_, _, err := s.kept(r.Context(), tx, c.actor, slot, print)
		return err
	})
}

// riderCenter is the center of a rider whose places the caller may report.
func (s *Server) riderCenter(ctx context.Context, a domain.Actor, riderID string) (string, error) {
	if a.Role == domain.RoleRider {
		if riderID == "" || riderID != a.RiderID || len(a.CenterIDs) == 0 {
			return "", domain.NotFound("rider")
		}
		return a.CenterIDs[0], nil
	}
	if riderID == "" {
		return "", domain.NotFound("rider")
	}
	center, ok := s.live.riders.Load(riderID)
	if !ok {
		r, err := s.store.FindRider(ctx, riderID)
		if err != nil {
			return "", err
		}
		center = r.CenterID
		s.live.riders.Store(riderID, center)
	}
	if !a.Sees(center.(string)) {
		return "", domain.NotFound("rider")
	}
	return center.(string), nil
}

// positionsCommand is the same over a rider's socket.
func (s *Server) positionsCommand(ctx context.Context, a domain.Actor, raw json.RawMessage) (any, error) {
	if a.Role != domain.RoleRider {
		return nil, forbidden("positions are a rider's")
	}
	center, err := s.riderCenter(ctx, a, a.RiderID)
	if err != nil {
		return nil, err
	}
	var in PositionsRequest
	if err := json.Unmarshal(raw, &in); err != nil {
		return nil, domain.Errorf(domain.CodeMalformed, "positions are a list of {lat,lng,at,…}")
	}
	fixes, out, err := checkFixes(a.RiderID, in.Positions, s.now())
	if err != nil {
		return nil, err
	}
	if err := s.live.fixes.save(ctx, center, fixes); err != nil {
		return nil, err
	}
	return out, nil
}

// checkFixes sorts out what can't be used. A bad fix does not hold up the good
// ones: a device would send it again and again.
func checkFixes(riderID string, in []Fix, now time.Time) ([]domain.Position, PositionsAnswer, error) {
	out := PositionsAnswer{Rejected: []RejectedFix{}}
	if n := len(in); n < 1 || n > maxFixes {
		return nil, out, domain.Invalid("positions", "must be 1 to %d", maxFixes)
	}
	fixes := make([]domain.Position, 0, len(in))
	for i, f := range in {
		if why := f.fault(now); why != "" {
			out.Rejected = append(out.Rejected, RejectedFix{i, why})
			continue
		}
		fixes = append(fixes, domain.Position{
			RiderID: riderID, Lat: *f.Lat, Lng: *f.Lng, At: f.At,
			Accuracy: within(f.Accuracy, 0, 1e6), Heading: within(f.Heading, 0, 360),
			Speed: within(f.Speed, 0, 1000), Battery: within(f.Battery, 0, 100),
		})
	}
	out.Accepted = len(fixes)
	return fixes, out, nil
}

// fault is why a fix can't be used; empty: it can.
func (f Fix) fault(now time.Time) string {
	switch {
	case f.Lat == nil || f.Lng == nil:
		return "lat and lng are required"
	case math.Abs(*f.Lat) > 90 || math.Abs(*f.Lng) > 180:
		return "lat or lng is out of range"
	case *f.Lat == 0 && *f.Lng == 0:
		return "0,0 is what a device says that knows no place"
	case f.Accuracy != nil && *f.Accuracy > maxAccuracy:
		return "accuracy is worse than 2 km"
	case f.At.IsZero():
		return "at is required"
	case f.At.After(now.Add(fixAhead)):
		return "at is more than 60 s ahead"
	case f.At.Year() < 1970:
		return "at is out of range"
	}
	return ""
}

// within drops a figure that means "unknown" to some devices (-1, or nonsense).
func within(v *float64, low, high float64) *float64 {
	if v == nil || *v < low || *v > high {
		return nil
	}
	return v
}

// fixBatcher gathers the fixes of many callers into one transaction. A caller
// is answered when its batch is durable; only then do the places move on screen.
type fixBatcher struct {
	*batcher[riderFixes, fixBatch]
	store positionStore
	hub   interface {
		Positions(address string, places []realtime.Place)
	}
	log *slog.Logger
	// onSaved is told of fixes that are durable; it must not block.
	onSaved func(fixes []domain.Position)
	waiting atomic.Int64 // fixes that are not durable yet
}

// riderFixes are what one call brings: at least one fix, all of one rider.
type riderFixes struct {
	center string
	fixes  []domain.Position
}

type fixBatch struct {
	fixes  []domain.Position
	center map[string]string // by rider
}

func newFixBatcher(store positionStore, l *link, log *slog.Logger) *fixBatcher {
	b := &fixBatcher{store: store, hub: l, log: log, onSaved: func([]domain.Position) {}}
	b.batcher = newBatcher(fixGather, 0, b.merge, b.write)
	return b
}

// save returns when the fixes of one rider are durable.
func (b *fixBatcher) save(ctx context.Context, center string, fixes []domain.Position) error {
	if len(fixes) == 0 {
		return nil
	}
	return b.batcher.save(ctx, riderFixes{center, fixes})
}

// merge keeps all fixes, up to what may wait.
func (b *fixBatcher) merge(batch *fixBatch, in riderFixes) (full bool, err error) {
	if b.waiting.Load()+int64(len(in.fixes)) > maxWaiting {
		return false, &domain.Error{Code: domain.CodeUnavailable, Detail: "too many positions are waiting", RetryAfter: 1}
	}
	b.waiting.Add(int64(len(in.fixes)))
	if batch.center == nil {
		batch.center = map[string]string{}
	}
	batch.fixes = append(batch.fixes, in.fixes...)
	batch.center[in.fixes[0].RiderID] = in.center
	return len(batch.fixes) >= maxBatch, nil
}

// write makes one batch durable and shows it.
func (b *fixBatcher) write(ctx context.Context, batch *fixBatch) error {
	defer b.waiting.Add(-int64(len(batch.fixes)))
	if err := b.store.SavePositions(ctx, batch.fixes); err != nil {
		return fmt.Errorf("save positions: %w", err)
	}
	b.show(batch)
	b.onSaved(batch.fixes)
	return nil
}

// show gives the newest fix of each rider to its center's room.
func (b *fixBatcher) show(batch *fixBatch) {
	newest := make(map[string]domain.Position, len(batch.center))
	for _, f := range batch.fixes {
		if last, ok := newest[f.RiderID]; !ok || f.At.After(last.At.Time) {
			newest[f.RiderID] = f
		}
	}
	rooms := map[string][]domain.Position{}
	for rider, f := range newest {
		a := domain.Address(domain.NamespaceRider, batch.center[rider])
		rooms[a] = append(rooms[a], f)
	}
	for room, fixes := range rooms {
		places, err := feed.Places(fixes)
		if err != nil {
			b.log.Error("places can't be shown", "error", err)
			continue
		}
		b.hub.Positions(room, places)
	}
}
