package store

import (
	"testing"

	"github.com/brosops/bros/domain"
)

// TestHoldStaff: staff can be held in a new database, and again in one where they were.
func TestHoldStaff(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db := open(t, newURL(t))
		for range 2 {
			must(t, db.Write(t.Context(), func(tx domain.Tx) error { return tx.HoldStaff(t.Context()) }))
		}
	})
}
