package api

import (
	"fmt"
	"sync"
	"testing"

	"github.com/brosops/bros/domain"
)

// Of two who take each other's rights at the same moment one keeps them: the
// other's are read again in the transaction.
func TestTwoTakeEachOthersRights(t *testing.T) {
	r := newRig(t)
	center := []string{r.a.center.ID}
	takes := map[string]func(by, from *who) *reply{
		"demote": func(by, from *who) *reply {
			return r.do(by, "PATCH", "/users/"+from.id, map[string]any{"role": "agent", "centerIds": center})
		},
		"deactivate": func(by, from *who) *reply { return r.do(by, "PATCH", "/users/"+from.id, raw(`{"active":false}`)) },
		"delete":     func(by, from *who) *reply { return r.do(by, "DELETE", "/users/"+from.id, nil) },
	}
	for name, take := range takes {
		for _, role := range []domain.Role{domain.RoleAdmin, domain.RoleManager} {
			t.Run(name+" "+string(role), func(t *testing.T) {
				for i := range 4 {
					var centers []string
					if role == domain.RoleManager {
						centers = center
					}
					pair := [2]*who{
						r.newUser(fmt.Sprintf("%s-%s-a%d", name, role, i), role, centers...),
						r.newUser(fmt.Sprintf("%s-%s-b%d", name, role, i), role, centers...),
					}
					var got [2]*reply
					var wg sync.WaitGroup
					for j := range pair {
						wg.Go(func() { got[j] = take(pair[j], pair[1-j]) })
					}
					wg.Wait()
					done := 0
					for _, g := range got {
						if g.status < 300 {
							done++
						}
					}
					if done != 1 {
						t.Errorf("%d of two went through: %d %s, %d %s", done, got[0].status, got[0].body, got[1].status, got[1].body)
					}
				}
			})
		}
	}
}

// The same name at once: one is made, the other told that it is taken.
func TestTheSameMadeTwiceAtOnce(t *testing.T) {
	r := newRig(t)
	bodies := map[string]any{
		"/users": map[string]any{"login": "twin", "password": "a-long-password-1", "name": "Twin", "role": "agent", "centerIds": []string{r.a.center.ID}},
		"/riders": map[string]any{"centerId": r.a.center.ID, "name": "Twin", "phone": "010-1111-2222", "vehicle": "car", "capacity": 3,
			"login": "twin-rider", "password": "a-long-password-1"},
		"/centers": map[string]any{"code": "TWIN", "name": "Twin", "location": map[string]any{"lat": 37.5, "lng": 127}, "timezone": "Asia/Seoul",
			"currency": "KRW", "assignMode": "dispatch"},
	}
	for path, body := range bodies {
		t.Run(path, func(t *testing.T) {
			const n = 6
			var got [n]*reply
			var wg sync.WaitGroup
			for i := range n {
				wg.Go(func() { got[i] = r.do(r.admin, "POST", path, body) })
			}
			wg.Wait()
			made := 0
			for _, g := range got {
				switch g.status {
				case 201:
					made++
				case 409, 422:
				default:
					t.Errorf("%d %s", g.status, g.body)
				}
			}
			if made != 1 {
				t.Errorf("%d made", made)
			}
		})
	}
}
