package store

import (
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/brosops/bros/domain"
)

// A place read alone is the one of the whole record, whatever stands around it.
func TestPlaceCellReadsWhatTheRecordSays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
			`"location":{"lat":1,"lng":2}`, `\"location\":{"lat":1}`, `location`, `}`, `{`, `"`, `\`,
		}))
		c := domain.Customer{Name: text.Draw(rt, "name"), Address: text.Draw(rt, "address"), Memo: text.Draw(rt, "memo")}
		if rapid.Bool().Draw(rt, "placed") {
			c.Location = &domain.Location{Lat: rapid.Float64Range(-90, 90).Draw(rt, "lat"), Lng: rapid.Float64Range(-180, 180).Draw(rt, "lng")}
		}
		b, err := json.Marshal(c)
		if err != nil {
			rt.Fatal(err)
		}
		for _, cell := range []any{string(b), b} {
			var got *domain.Location
			if err := (placeCell{&got}).Scan(cell); err != nil {
				rt.Fatalf("%s: %v", b, err)
			}
			if !reflect.DeepEqual(got, c.Location) {
				rt.Fatalf("%s: got %v", b, got)
			}
		}
	})
}
