package api

import (
	"context"
	"errors"
	"time"

	"github.com/brosops/bros/domain"
)

// arrivalPatience is how long one arrival may take to be written: the fixes of
// all riders wait for it.
const arrivalPatience = 5 * time.Second

// arrivedByFix notes that a rider's fixes have it at a place.
func (s *Server) arrivedByFix(ctx context.Context, at domain.Spot, riderID string, since domain.Time) {
	ctx, cancel := context.WithTimeout(ctx, arrivalPatience)
	defer cancel()
	err := s.store.Write(ctx, func(tx domain.Tx) error {
		_, err := s.svc.ArriveByFix(ctx, tx, at.DeliveryID, riderID, at.Place, since)
		return err
	})
	var e *domain.Error
	if err != nil && (!errors.As(err, &e) || e.Code == domain.CodeInternal) && ctx.Err() == nil {
		s.log.Warn("an arrival can't be noted", "delivery", at.DeliveryID, "error", err)
	}
}
