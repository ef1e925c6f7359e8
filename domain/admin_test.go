package domain

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestCenters(t *testing.T) {
	w := newWorld(t)
	create := func(a Actor, in NewCenter) (*Center, error) {
		return try(w, func(tx Tx) (*Center, error) { return w.s.CreateCenter(ctx, tx, a, in) })
	}
	good := NewCenter{Code: "Gangnam-1", Name: "강남", Location: &Location{37.5, 127}}
	c, err := create(w.admin, good)
	if err != nil || c.Timezone != "Asia/Seoul" || c.Currency != "KRW" || c.AssignMode != ModeDispatch || c.SpeedKmh == 0 || !c.Active || c.Version != 0 {
		t.Fatalf("%+v %v", c, err)
	}
	if _, err := create(w.admin, good); codeOf(err) != CodeConflict {
		t.Errorf("a code twice: %v", err)
	}
	for _, a := range []Actor{w.a.manager, w.a.agent, w.a.r1, w.key} {
		if _, err := create(a, good); codeOf(err) != CodeForbidden {
			t.Errorf("by %s: %v", a.Role, err)
		}
	}
	_, err = create(w.admin, NewCenter{Code: "with space", Timezone: "Mars/Base", Currency: "won", AssignMode: "lottery", SpeedKmh: new(0), ServiceMinutes: new(-1)})
	want := []string{"location", "code", "name", "timezone", "currency", "assignMode", "speedKmh", "serviceMinutes"}
	if got := fieldsOf(err); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}

	update := func(in CenterPatch) (*Center, error) {
		return try(w, func(tx Tx) (*Center, error) { return w.s.UpdateCenter(ctx, tx, w.admin, c.ID, in) })
	}
	u, err := update(CenterPatch{AssignMode: new(ModeAuto), Code: new("Gangnam-1"), Version: new(int64(0))})
	if err != nil || u.Version != 1 || u.AssignMode != ModeAuto || w.log[len(w.log)-1].Event != EventCenterChanged {
		t.Fatalf("%+v %v", u, err)
	}
	if u, err := update(CenterPatch{AssignMode: new(ModeAuto)}); err != nil || u.Version != 1 {
		t.Errorf("no change: %+v %v", u, err)
	}
	if _, err := update(CenterPatch{Name: new("x"), Version: new(int64(0))}); codeOf(err) != CodeConflict {
		t.Errorf("stale: %v", err)
	}
	if _, err := update(CenterPatch{Code: new("other")}); !slices.Equal(fieldsOf(err), []string{"code"}) {
		t.Errorf("another code: %v", err)
	}
}

func TestShops(t *testing.T) {
	w := newWorld(t)
	good := NewShop{CenterID: w.a.center, Name: " Shop ", Phone: "(02) 555-0199", Location: &Location{37.5, 127}}
	create := func(a Actor, in NewShop) (*Shop, error) {
		return try(w, func(tx Tx) (*Shop, error) { return w.s.CreateShop(ctx, tx, a, in) })
	}
	s, err := create(w.a.manager, good)
	if err != nil || s.Name != "Shop" || s.Phone != "025550199" || s.PrepMinutes != 15 || s.Status != ShopOpen || s.Version != 1 {
		t.Fatalf("%+v %v", s, err)
	}
	for _, c := range []struct {
		a    Actor
		in   NewShop
		want Code
	}{
		{w.a.dispatcher, good, CodeForbidden},
		{w.b.manager, good, CodeNotFound},
		{w.admin, NewShop{CenterID: "none", Name: "x", Location: good.Location}, CodeNotFound},
		{w.admin, NewShop{}, CodeValidation},
	} {
		if _, err := create(c.a, c.in); codeOf(err) != c.want {
			t.Errorf("%s %+v: got %v, want %s", c.a.Role, c.in, err, c.want)
		}
	}
	update := func(a Actor, in ShopPatch) (*Shop, error) {
		return try(w, func(tx Tx) (*Shop, error) { return w.s.UpdateShop(ctx, tx, a, s.ID, in) })
	}
	u, err := update(w.a.manager, ShopPatch{CenterID: &w.a.center, PrepMinutes: new(30), Version: &s.Version})
	if err != nil || u.Version != 2 || u.PrepMinutes != 30 {
		t.Fatalf("%+v %v", u, err)
	}
	for _, c := range []struct {
		a    Actor
		in   ShopPatch
		want Code
	}{
		{w.b.manager, ShopPatch{}, CodeNotFound},
		{w.a.agent, ShopPatch{}, CodeForbidden},
		{w.admin, ShopPatch{CenterID: &w.b.center}, CodeValidation},
		{w.admin, ShopPatch{Name: new("")}, CodeValidation},
		{w.admin, ShopPatch{Status: new(ShopStatus("asleep"))}, CodeValidation},
		{w.admin, ShopPatch{Name: new("y"), Version: &s.Version}, CodeConflict},
	} {
		if _, err := update(c.a, c.in); codeOf(err) != c.want {
			t.Errorf("%s %+v: got %v, want %s", c.a.Role, c.in, err, c.want)
		}
	}
}

func TestRiders(t *testing.T) {
	w := newWorld(t)
	create := func(a Actor, in NewRider) (*Rider, error) {
		return try(w, func(tx Tx) (*Rider, error) { return w.s.CreateRider(ctx, tx, a, in, "hash") })
	}
	good := NewRider{CenterID: w.a.center, Name: "Kim", Phone: "010-1111-2222", Login: "KIM", Password: "a-b-c-12345"}
	r, err := create(w.a.manager, good)
	if err != nil || r.Vehicle != Motorcycle || r.Capacity != 3 || r.Duty != DutyOff || !r.Active || r.Version != w.seq[w.a.center] {
		t.Fatalf("%+v %v", r, err)
	}
	u, err := w.FindRiderUser(ctx, r.ID)
	if err != nil || u.Login != "kim" || u.Role != RoleRider || !slices.Equal(u.CenterIDs, []string{w.a.center}) || w.hashes[u.ID] != "hash" {
		t.Fatalf("%+v %v", u, err)
	}
	head := w.seq[w.a.center]
	if _, err := create(w.a.manager, good); codeOf(err) != CodeConflict || w.seq[w.a.center] != head {
		t.Errorf("a login twice: %v", err)
	}
	bare, err := create(w.admin, NewRider{CenterID: w.a.center, Name: "Lee", Vehicle: Foot, Capacity: new(1)})
	if err != nil {
		t.Errorf("without login: %v", err)
	}
	for _, c := range []struct {
		a      Actor
		in     NewRider
		code   Code
		fields []string
	}{
		{w.a.dispatcher, good, CodeForbidden, nil},
		{w.b.manager, good, CodeNotFound, nil},
		{w.admin, NewRider{Vehicle: "boat", Capacity: new(11), Phone: "x", Login: "k"}, CodeValidation, []string{"centerId", "name", "phone", "vehicle", "capacity", "login", "password"}},
	} {
		if _, err := create(c.a, c.in); codeOf(err) != c.code || !slices.Equal(fieldsOf(err), c.fields) {
			t.Errorf("%s: got %v %v", c.a.Role, fieldsOf(err), err)
		}
	}

	update := func(id string, in RiderPatch) (*Rider, error) {
		return try(w, func(tx Tx) (*Rider, error) { return w.s.UpdateRider(ctx, tx, w.a.manager, id, in, "new hash") })
	}
	if got, err := update(r.ID, RiderPatch{Name: new("Kim Two"), Version: &r.Version}); err != nil || got.Name != "Kim Two" || w.users[u.ID].Name != "Kim Two" || got.Version == r.Version {
		t.Errorf("%+v %v", got, err)
	}
	head = w.seq[w.a.center]
	if _, err := update(r.ID, RiderPatch{Password: new("another one")}); err != nil || w.hashes[u.ID] != "new hash" || !slices.Contains(w.ended, u.ID) || w.seq[w.a.center] != head {
		t.Errorf("password: %v", err)
	}
	if _, err := update(bare.ID, RiderPatch{Login: new("lee"), Password: new("a-b-c-12345")}); err != nil {
		t.Errorf("a first login: %v", err)
	}
	for _, c := range []struct {
		in   RiderPatch
		code Code
	}{
		{RiderPatch{CenterID: &w.b.center}, CodeValidation},
		{RiderPatch{Capacity: new(0)}, CodeValidation},
		{RiderPatch{Password: new("short")}, CodeValidation},
		{RiderPatch{Login: new("lee")}, CodeConflict},
		{RiderPatch{Name: new("x"), Version: new(int64(1))}, CodeConflict},
	} {
		if _, err := update(r.ID, c.in); codeOf(err) != c.code {
			t.Errorf("%+v: %v", c.in, err)
		}
	}

	d := w.delivery(w.a, Assigned)
	one, off := w.a.r1.RiderID, RiderPatch{Active: new(false)}
	if _, err := update(one, off); codeOf(err) != CodeIllegalTransition {
		t.Errorf("with a delivery in hand: %v", err)
	}
	must(w, func(tx Tx) (*Delivery, error) { return w.s.Unassign(ctx, tx, w.a.dispatcher, d.ID, Unassign{}) })
	got, err := update(one, off)
	if err != nil || got.Active || got.Duty != DutyOff || w.users[w.a.r1.UserID].Active || !slices.Contains(w.ended, w.a.r1.UserID) {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := try(w, func(tx Tx) (*Rider, error) { return w.s.SetDuty(ctx, tx, w.a.dispatcher, one, SetDuty{Duty: DutyOn}) }); codeOf(err) != CodeIllegalTransition {
		t.Errorf("duty of who is no rider: %v", err)
	}
	_, err = try(w, func(tx Tx) (*Delivery, error) {
		return w.s.Assign(ctx, tx, w.a.dispatcher, d.ID, AssignDelivery{RiderID: one})
	})
	if !slices.Equal(fieldsOf(err), []string{"riderId"}) {
		t.Errorf("assign to who is no rider: %v", err)
	}
}

func TestUsers(t *testing.T) {
	w := newWorld(t)
	create := func(a Actor, in NewUser) (*User, error) {
		return try(w, func(tx Tx) (*User, error) { return w.s.CreateUser(ctx, tx, a, in, "hash") })
	}
	user := func(role Role, centers ...string) NewUser {
		return NewUser{Login: "u-" + NewID(), Password: "a-b-c-12345", Name: "U", Role: role, CenterIDs: centers}
	}
	for _, c := range []struct {
		name string
		a    Actor
		in   NewUser
		want Code
	}{
		{"manager makes a manager", w.a.manager, user(RoleManager, w.a.center), ""},
		{"admin makes an admin", w.admin, user(RoleAdmin), ""},
		{"the first admin", System, user(RoleAdmin), ""},
		{"manager makes an admin", w.a.manager, user(RoleAdmin, w.a.center), CodeForbidden},
		{"manager grants another center", w.a.manager, user(RoleAgent, w.a.center, w.b.center), CodeNotFound},
		{"an unknown center", w.admin, user(RoleAgent, "none"), CodeNotFound},
		{"no center", w.admin, user(RoleAgent), CodeValidation},
		{"a rider", w.admin, user(RoleRider, w.a.center), CodeValidation},
		{"a key", w.admin, user(RoleKey, w.a.center), CodeValidation},
		{"the server", w.admin, user(RoleSystem, w.a.center), CodeForbidden},
		{"dispatcher", w.a.dispatcher, user(RoleAgent, w.a.center), CodeForbidden},
		{"a login that is taken", w.admin, NewUser{Login: " A-AGENT ", Password: "a-b-c-12345", Name: "x", Role: RoleAgent, CenterIDs: []string{w.a.center}}, CodeConflict},
		{"a short password", w.admin, NewUser{Login: "xx", Password: "1234567", Name: "x", Role: RoleAgent, CenterIDs: []string{w.a.center}}, CodeValidation},
		{"a long password", w.admin, NewUser{Login: "xx", Password: strings.Repeat("1", 201), Name: "x", Role: RoleAgent, CenterIDs: []string{w.a.center}}, CodeValidation},
		{"a login with a space", w.admin, NewUser{Login: "x x", Password: "a-b-c-12345", Name: "x", Role: RoleAgent, CenterIDs: []string{w.a.center}}, CodeValidation},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := create(c.a, c.in)
			if codeOf(err) != c.want {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if err == nil && (got.Role == RoleAdmin) != (len(got.CenterIDs) == 0) {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestUpdateAndDeleteUsers(t *testing.T) {
	w := newWorld(t)
	both := must(w, func(tx Tx) (*User, error) {
		return w.s.CreateUser(ctx, tx, w.admin, NewUser{Login: "both", Password: "a-b-c-12345", Name: "B", Role: RoleAgent, CenterIDs: []string{w.b.center, w.a.center, w.a.center}}, "hash")
	})
	if len(both.CenterIDs) != 2 {
		t.Errorf("centers %v", both.CenterIDs)
	}
	for _, c := range []struct {
		name string
		a    Actor
		id   string
		in   UserPatch
		want Code
	}{
		{"unknown", w.admin, "none", UserPatch{}, CodeNotFound},
		{"of another center", w.a.manager, w.b.agent.UserID, UserPatch{}, CodeNotFound},
		{"the admin", w.a.manager, "root", UserPatch{}, CodeNotFound},
		{"one of two centers", w.a.manager, both.ID, UserPatch{Password: new("a-b-c-12345")}, CodeForbidden},
		{"by a dispatcher", w.a.dispatcher, w.a.agent.UserID, UserPatch{}, CodeForbidden},
		{"a role above", w.a.manager, w.a.agent.UserID, UserPatch{Role: new(RoleAdmin)}, CodeForbidden},
		{"a center beyond", w.a.manager, w.a.agent.UserID, UserPatch{CenterIDs: &[]string{w.b.center}}, CodeNotFound},
		{"no centers", w.a.manager, w.a.agent.UserID, UserPatch{CenterIDs: &[]string{}}, CodeValidation},
		{"a rider's role", w.a.manager, w.a.r1.UserID, UserPatch{Role: new(RoleAgent)}, CodeValidation},
		{"a rider's center", w.admin, w.a.r1.UserID, UserPatch{CenterIDs: &[]string{w.b.center}}, CodeValidation},
		{"staff as a rider", w.admin, w.a.agent.UserID, UserPatch{Role: new(RoleRider)}, CodeValidation},
		{"stale", w.admin, w.a.agent.UserID, UserPatch{Name: new("x"), Version: new(int64(7))}, CodeConflict},
		{"the own role", w.admin, "root", UserPatch{Role: new(RoleAgent), CenterIDs: &[]string{w.a.center}}, CodeIllegalTransition},
		{"oneself inactive", w.a.manager, w.a.manager.UserID, UserPatch{Active: new(false)}, CodeIllegalTransition},
		{"the own password", w.a.manager, w.a.manager.UserID, UserPatch{Password: new("a-b-c-12345")}, ""},
		{"a rider's name", w.a.manager, w.a.r1.UserID, UserPatch{Name: new("Park")}, ""},
		{"promotion", w.a.manager, w.a.agent.UserID, UserPatch{Role: new(RoleManager)}, ""},
		{"inactive", w.a.manager, w.a.dispatcher.UserID, UserPatch{Active: new(false)}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := w.users[c.id]
			got, err := try(w, func(tx Tx) (*User, error) { return w.s.UpdateUser(ctx, tx, c.a, c.id, c.in, "new hash") })
			if codeOf(err) != c.want {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if err != nil {
				return
			}
			if got.Version != before.Version+1 || w.users[c.id].Version != got.Version || got.Role == RoleRider != (before.Role == RoleRider) {
				t.Errorf("%+v", got)
			}
			ends := c.in.Password != nil || c.in.Active != nil
			if slices.Contains(w.ended, c.id) != ends {
				t.Errorf("sessions ended: %v, want %v", !ends, ends)
			}
		})
	}
	same, err := try(w, func(tx Tx) (*User, error) {
		return w.s.UpdateUser(ctx, tx, w.admin, both.ID, UserPatch{Name: new("B")}, "")
	})
	if err != nil || same.Version != both.Version {
		t.Errorf("no change: %+v %v", same, err)
	}
	del := func(a Actor, id string) error {
		return w.write(func(tx Tx) error { return w.s.DeleteUser(ctx, tx, a, id) })
	}
	for _, c := range []struct {
		a    Actor
		id   string
		want Code
	}{
		{w.a.agent, both.ID, CodeForbidden},
		{w.a.manager, both.ID, CodeForbidden},
		{w.a.manager, w.b.agent.UserID, CodeNotFound},
		{w.admin, "root", CodeIllegalTransition},
		{w.admin, both.ID, ""},
		{w.admin, both.ID, CodeNotFound},
	} {
		if err := del(c.a, c.id); codeOf(err) != c.want {
			t.Errorf("delete %s by %s: %v, want %q", c.id, c.a.Role, err, c.want)
		}
	}
	if !slices.Contains(w.ended, both.ID) {
		t.Error("its sessions were not ended")
	}
}

func TestKeys(t *testing.T) {
	w := newWorld(t)
	create := func(a Actor, in NewKey) (*APIKey, error) {
		return try(w, func(tx Tx) (*APIKey, error) { return w.s.CreateKey(ctx, tx, a, in, "hash") })
	}
	k, err := create(w.admin, NewKey{Name: "till", Scopes: []Scope{ScopeOrdersWrite, ScopeOrdersRead, ScopeOrdersWrite}, CenterIDs: []string{w.a.center}})
	if err != nil || len(k.Scopes) != 2 || !k.Actor().Sees(w.a.center) || k.Actor().Sees(w.b.center) {
		t.Fatalf("%+v %v", k, err)
	}
	if all, err := create(w.admin, NewKey{Name: "all", Scopes: []Scope{ScopeReportsRead}}); err != nil || !all.Actor().AllCenters() {
		t.Errorf("%+v %v", all, err)
	}
	for _, c := range []struct {
		a    Actor
		in   NewKey
		want Code
	}{
		{w.a.manager, NewKey{Name: "x", Scopes: []Scope{ScopeOrdersRead}}, CodeForbidden},
		{w.key, NewKey{Name: "x", Scopes: []Scope{ScopeOrdersRead}}, CodeForbidden},
		{w.admin, NewKey{Name: "x", Scopes: []Scope{ScopeOrdersRead}, CenterIDs: []string{"none"}}, CodeNotFound},
		{w.admin, NewKey{Name: "x"}, CodeValidation},
		{w.admin, NewKey{Scopes: []Scope{"root"}}, CodeValidation},
	} {
		if _, err := create(c.a, c.in); codeOf(err) != c.want {
			t.Errorf("%+v: %v, want %s", c.in, err, c.want)
		}
	}
	update := func(a Actor, in KeyPatch) (*APIKey, error) {
		return try(w, func(tx Tx) (*APIKey, error) { return w.s.UpdateKey(ctx, tx, a, k.ID, in) })
	}
	if u, err := update(w.admin, KeyPatch{Scopes: &[]Scope{ScopeOrdersRead}, CenterIDs: &[]string{}}); err != nil || u.Version != 2 || !u.Actor().AllCenters() {
		t.Errorf("%+v %v", u, err)
	}
	if _, err := update(w.admin, KeyPatch{Name: new("x"), Version: new(int64(1))}); codeOf(err) != CodeConflict {
		t.Errorf("stale: %v", err)
	}
	if _, err := update(w.a.manager, KeyPatch{}); codeOf(err) != CodeForbidden {
		t.Errorf("by a manager: %v", err)
	}
	for i, want := range []Code{"", CodeNotFound} {
		if err := w.write(func(tx Tx) error { return w.s.DeleteKey(ctx, tx, w.admin, k.ID) }); codeOf(err) != want {
			t.Errorf("delete %d: %v", i, err)
		}
	}
}

func TestChatAndPhotos(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name   string
		a      Actor
		center string
		in     NewMessage
		want   Code
	}{
		{"agent", w.a.agent, w.a.center, NewMessage{Text: "hi"}, ""},
		{"rider", w.a.r1, w.a.center, NewMessage{Text: strings.Repeat("가", 2000)}, ""},
		{"private", w.a.agent, w.a.center, NewMessage{Text: "psst", To: w.a.r1.UserID}, ""},
		{"private by the rider's id", w.a.agent, w.a.center, NewMessage{Text: "psst", To: w.a.r1.RiderID}, ""},
		{"to the admin", w.a.agent, w.a.center, NewMessage{Text: "psst", To: "root"}, ""},
		{"to a stranger", w.a.agent, w.a.center, NewMessage{Text: "psst", To: w.b.agent.UserID}, CodeValidation},
		{"to nobody", w.a.agent, w.a.center, NewMessage{Text: "psst", To: "none"}, CodeValidation},
		{"empty", w.a.agent, w.a.center, NewMessage{Text: " \n"}, CodeValidation},
		{"too long", w.a.agent, w.a.center, NewMessage{Text: strings.Repeat("가", 2001)}, CodeValidation},
		{"another center", w.a.agent, w.b.center, NewMessage{Text: "hi"}, CodeNotFound},
		{"an unknown center", w.admin, "none", NewMessage{Text: "hi"}, CodeNotFound},
		{"key", w.key, w.a.center, NewMessage{Text: "hi"}, CodeForbidden},
	} {
		m, err := try(w, func(tx Tx) (*ChatMessage, error) { return w.s.Say(ctx, tx, c.a, c.center, c.in) })
		if codeOf(err) != c.want {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
		if err == nil && (m.From != c.a.Person() || (m.Seq == 0) != (c.in.To != "")) {
			t.Errorf("%s: %+v", c.name, m)
		}
	}
	if last := w.chat[3]; last.To != w.a.r1.UserID {
		t.Errorf("a rider's id is kept as its user's: %+v", last)
	}

	said := w.chat[0].ID
	secret := w.chat[2].ID
	for _, c := range []struct {
		name   string
		a      Actor
		center string
		id     string
		reason string
		want   Code
	}{
		{"agent", w.a.agent, w.a.center, said, "x", CodeForbidden},
		{"rider", w.a.r1, w.a.center, said, "x", CodeForbidden},
		{"a stranger", w.b.manager, w.a.center, said, "x", CodeNotFound},
		{"as of another center", w.b.manager, w.b.center, said, "x", CodeNotFound},
		{"a private one", w.a.manager, w.a.center, secret, "x", CodeNotFound},
		{"none", w.a.manager, w.a.center, "none", "x", CodeNotFound},
		{"without a reason", w.a.manager, w.a.center, said, " ", CodeValidation},
		{"too long", w.a.manager, w.a.center, said, strings.Repeat("가", 501), CodeValidation},
		{"manager", w.a.manager, w.a.center, said, " a phone number ", ""},
		{"again", w.admin, w.a.center, said, "x", CodeNotFound},
	} {
		trail := len(w.audit)
		gone, err := try(w, func(tx Tx) (*ChatRemoval, error) {
			return w.s.RemoveMessage(ctx, tx, c.a, c.center, c.id, RemoveMessage{Reason: c.reason})
		})
		if codeOf(err) != c.want {
			t.Errorf("remove: %s: got %v, want %q", c.name, err, c.want)
		}
		if err != nil {
			continue
		}
		if gone.Reason != "a phone number" || gone.By != c.a.Person() || gone.ID != said || gone.Seq == 0 {
			t.Errorf("%+v", gone)
		}
		if e := w.audit[trail]; e.Event != AuditChatRemoved || e.Key != said || e.CenterID != w.a.center || strings.Contains(fmt.Sprint(e), "hi") {
			t.Errorf("audit %+v", e)
		}
	}

	good := Photo{ContentType: "image/jpeg", Size: 1000}
	waiting, mine, done := w.delivery(w.a, Waiting), w.delivery(w.a, PickedUp), w.delivery(w.a, Delivered)
	for _, c := range []struct {
		name string
		a    Actor
		id   string
		p    Photo
		want Code
	}{
		{"its rider", w.a.r1, mine.ID, good, ""},
		{"afterwards", w.a.r1, done.ID, Photo{ID: "given", ContentType: "image/webp", Size: MaxPhoto}, ""},
		{"dispatcher", w.a.dispatcher, mine.ID, good, ""},
		{"agent", w.a.agent, mine.ID, good, CodeForbidden},
		{"another rider", w.a.r2, mine.ID, good, CodeNotFound},
		{"a stranger", w.b.dispatcher, mine.ID, good, CodeNotFound},
		{"waiting", w.a.dispatcher, waiting.ID, good, CodeIllegalTransition},
		{"a wrong kind", w.a.r1, mine.ID, Photo{ContentType: "image/gif", Size: 1}, CodeValidation},
		{"nothing", w.a.r1, mine.ID, Photo{ContentType: "image/png"}, CodeValidation},
		{"too much", w.a.r1, mine.ID, Photo{ContentType: "image/png", Size: MaxPhoto + 1}, CodeTooLarge},
	} {
		p, err := try(w, func(tx Tx) (*Photo, error) { return w.s.AddPhoto(ctx, tx, c.a, c.id, c.p, false) })
		if codeOf(err) != c.want {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
		if err == nil && (p.ID == "" || p.CenterID != w.a.center || p.RiderID != c.a.RiderID || c.p.ID != "" && p.ID != c.p.ID) {
			t.Errorf("%s: %+v", c.name, p)
		}
	}
}
