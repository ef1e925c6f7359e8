package api

import (
	"context"
	"slices"
	"strings"

	"github.com/brosops/bros/domain"
)

// A rider's list has two parts: the waiting deliveries it could claim, masked,
// and then its own. Their cursors say which part goes on.
const (
	offersPart = "w."
	ownPart    = "o."
)

// riderDeliveries is ListDeliveries for a rider. Within a page the newest come
// first. A search looks at its own alone: it must not tell what the mask hides.
func (s *Server) riderDeliveries(ctx context.Context, f domain.WorkFilter, p Page) ([]domain.Delivery, string, error) {
	a := actorOf(ctx)
	offered := ""
	if (len(f.Statuses) == 0 || slices.Contains(f.Statuses, string(domain.Waiting))) && f.Query == "" && f.RiderID == "" {
		var err error
		if offered, err = s.offers(ctx, a); err != nil {
			return nil, "", err
		}
	}
	if f.RiderID != "" && f.RiderID != a.RiderID {
		return nil, "", nil // nothing of others, whoever they are
	}
	own := f
	own.RiderID = a.RiderID
	now := domain.At(s.now())
	if f.Query != "" {
		own.EndedSince = now.Add(-domain.RiderRemembers)
	}

	part, cursor := "", ""
	switch {
	case p.Cursor == "":
	case strings.HasPrefix(p.Cursor, offersPart):
		part, cursor = offersPart, p.Cursor[len(offersPart):]
	case strings.HasPrefix(p.Cursor, ownPart):
		part, cursor = ownPart, p.Cursor[len(ownPart):]
	default:
		return nil, "", badCursor()
	}

	var items []domain.Delivery
	if part != ownPart && offered != "" && (len(f.CenterIDs) == 0 || slices.Contains(f.CenterIDs, offered)) {
		held := false
		waiting := domain.WorkFilter{Held: &held, CenterIDs: []string{offered}, Statuses: []string{string(domain.Waiting)}, From: f.From, To: f.To}
		found, next, err := s.store.ListDeliveries(ctx, waiting, Page{Limit: p.Limit, Cursor: cursor})
		if err != nil {
			return nil, "", err
		}
		for i := range found {
			items = append(items, *found[i].Masked())
		}
		switch {
		case next != "":
			return items, offersPart + next, nil
		case len(items) >= p.Limit:
			return items, ownPart, nil
		}
		cursor = ""
	}
	found, next, err := s.store.ListDeliveries(ctx, own, Page{Limit: p.Limit - len(items), Cursor: cursor})
	if err != nil {
		return nil, "", err
	}
	for i := range found {
		items = append(items, *found[i].ShownTo(a, now))
	}
	slices.SortStableFunc(items, func(x, y domain.Delivery) int { return y.CreatedAt.Compare(x.CreatedAt.Time) })
	if next != "" {
		next = ownPart + next
	}
	return items, next, nil
}
