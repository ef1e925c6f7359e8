package api

import (
	"testing"

	"github.com/brosops/bros/domain"
)

// TestDemotedMeanwhile: of two admins who demote each other at once one stays,
// for the second's rights are read again in the transaction.
func TestDemotedMeanwhile(t *testing.T) {
	r := newRig(t)
	other := r.newUser("other", domain.RoleAdmin)
	first := domain.Actor{UserID: r.admin.id, Role: domain.RoleAdmin}
	second := domain.Actor{UserID: other.id, Role: domain.RoleAdmin} // as it was when it asked
	demote := func(a domain.Actor, id string) error {
		return r.db.Write(t.Context(), func(tx domain.Tx) error {
			role, centers := domain.RoleAgent, []string{r.a.center.ID}
			_, err := r.srv.svc.UpdateUser(t.Context(), tx, a, id, domain.UserPatch{Role: &role, CenterIDs: &centers}, "")
			return err
		})
	}
	if err := demote(first, other.id); err != nil {
		t.Fatal(err)
	}
	if err := demote(second, r.admin.id); err == nil {
		t.Error("no admin is left")
	}
}

func TestNoPlace(t *testing.T) {
	r := newRig(t)
	zero, vague, good := r.fixAt(0, 0), r.fixAt(1, 37.5), r.fixAt(2, 37.5)
	none, far := 0.0, 12_000.0
	zero.Lng, vague.Accuracy = &none, &far
	got := get[PositionsAnswer](r.do(r.a.rider, "POST", "/riders/me/positions", PositionsRequest{Positions: []Fix{zero, vague, good}}).want(202))
	if got.Accepted != 1 || len(got.Rejected) != 2 {
		t.Errorf("%+v", got)
	}
}
