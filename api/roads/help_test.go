package roads_test

import (
	"context"

	"github.com/brosops/bros/api/roads"
	"github.com/brosops/bros/domain"
)

// carsOnly is a router of one profile, as osrm-routed is.
type carsOnly struct{ roads.Router }

func (c carsOnly) Table(ctx context.Context, _ domain.Vehicle, from, to []domain.Location) ([][]roads.Way, error) {
	return c.Router.Table(ctx, domain.Car, from, to)
}
