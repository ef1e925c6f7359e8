package api

import (
	"context"
	"time"

	"github.com/brosops/bros/domain"
)

const (
	// logKept is how long an entry stays in a center's log: a client that was
	// away for longer gets a snapshot instead of a resume. A delivery's history
	// is kept apart from it.
	logKept = 7 * 24 * time.Hour
	// pruneLogsEvery is how often older ones are looked for.
	pruneLogsEvery = time.Hour
	// pruneLogBatch bounds how many entries one transaction deletes.
	pruneLogBatch = 500
)

// pruneLogs keeps the log, and what the hub holds of it, from growing for ever.
func (s *Server) pruneLogs(ctx context.Context) {
	tick := time.NewTicker(pruneLogsEvery)
	defer tick.Stop()
	for {
		if err := s.pruneLog(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("the log can't be pruned", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// pruneLog takes one round over all centers, and tells the hub where the logs
// begin now, whichever node has pruned them.
func (s *Server) pruneLog(ctx context.Context) error {
	before := s.now().Add(-logKept)
	for page := (Page{Limit: maxLimit}); ; {
		centers, next, err := s.store.ListCenters(ctx, domain.SetupFilter{}, page)
		if err != nil {
			return err
		}
		for i := range centers {
			for n := pruneLogBatch; n == pruneLogBatch; {
				if n, err = s.store.PruneLog(ctx, centers[i].ID, before, pruneLogBatch); err != nil {
					return err
				}
			}
			if err := s.lowerMemory(ctx, centers[i].ID); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		page.Cursor = next
	}
}

// lowerMemory has the hub let go of what is below the first entry that is left.
func (s *Server) lowerMemory(ctx context.Context, centerID string) error {
	_, head, loaded := s.live.hub.Head(centerID)
	if !loaded {
		return nil
	}
	first, err := s.store.LogAfter(ctx, centerID, 0, 1)
	if err != nil {
		return err
	}
	floor := head
	if len(first) > 0 {
		floor = first[0].Seq - 1
	}
	s.live.hub.Prune(centerID, floor)
	return nil
}
