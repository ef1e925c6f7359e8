package feed

import (
	"encoding/json"
	"fmt"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// Place is the live form of a rider's newest fix.
type Place struct {
	RiderID string      `json:"riderId"`
	Lat     float64     `json:"lat"`
	Lng     float64     `json:"lng"`
	Heading *float64    `json:"heading,omitempty"`
	Speed   *float64    `json:"speed,omitempty"`
	At      domain.Time `json:"at"`
}

// Places encodes fixes, one for each rider, for the hub.
func Places(fixes []domain.Position) ([]realtime.Place, error) {
	places := make([]realtime.Place, 0, len(fixes))
	for _, f := range fixes {
		data, err := json.Marshal(Place{f.RiderID, f.Lat, f.Lng, f.Heading, f.Speed, f.At})
		if err != nil {
			return nil, fmt.Errorf("encode place of %s: %w", f.RiderID, err)
		}
		places = append(places, realtime.Place{Key: f.RiderID, At: f.At.UnixMilli(), Data: data})
	}
	return places, nil
}
