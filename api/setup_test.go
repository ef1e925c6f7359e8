package api

import (
	"fmt"
	"testing"

	"github.com/brosops/bros/domain"
)

// TestSetup makes a center and all its people through the API alone, and works there.
func TestSetup(t *testing.T) {
	r := newRig(t)
	c := get[domain.Center](r.do(r.admin, "POST", "/centers", raw(`{"code":"songpa","name":"송파","location":{"lat":37.51,"lng":127.1},"timezone":"Asia/Seoul","currency":"KRW","assignMode":"dispatch"}`)).want(201))
	r.do(r.admin, "POST", "/centers", raw(`{"code":"songpa","name":"x","location":{"lat":1,"lng":1}}`)).code(409, domain.CodeConflict)
	patched := r.do(r.admin, "PATCH", "/centers/"+c.ID, raw(`{"speedKmh":30,"assignMode":"claim"}`)).want(200)
	wantSeq(t, patched, 1)

	boss := get[domain.User](r.do(r.admin, "POST", "/users", raw(`{"login":"Boss","password":"`+testPassword+`","name":"Boss","role":"manager","centerIds":["`+c.ID+`"]}`)).want(201).without(testPassword, "argon2"))
	if boss.Login != "boss" || boss.Role != domain.RoleManager {
		t.Errorf("%+v", boss)
	}
	manager := &who{name: "boss", id: boss.ID, token: get[LoginAnswer](r.do(nobody, "POST", "/login", loginBody("boss", testPassword)).want(200)).Token}

	shop := get[domain.Shop](r.do(manager, "POST", "/shops", raw(`{"centerId":"`+c.ID+`","name":"한솥","phone":"02-123-4567","address":"a","location":{"lat":37.51,"lng":127.1},"prepMinutes":12}`)).want(201))
	rider := r.do(manager, "POST", "/riders", raw(`{"centerId":"`+c.ID+`","name":"김라이더","phone":"010-1111-2222","vehicle":"motorcycle","capacity":3,"login":"rider1","password":"`+testPassword+`"}`)).want(201)
	rider.without(testPassword)
	v := get[domain.RiderView](rider)
	wantSeq(t, rider, v.Version)
	if v.Duty != domain.DutyOff || v.Load != 0 || v.Phone != "01011112222" {
		t.Errorf("rider: %s", rider.body)
	}
	r.do(manager, "POST", "/riders", raw(`{"centerId":"`+c.ID+`","name":"x","login":"rider1","password":"`+testPassword+`"}`)).code(409, domain.CodeConflict)
	r.do(manager, "POST", "/users", raw(`{"login":"rider1","password":"`+testPassword+`","name":"x","role":"agent","centerIds":["`+c.ID+`"]}`)).code(409, domain.CodeConflict)

	// Nobody grants a role above the own, or centers beyond the own.
	r.do(manager, "POST", "/users", raw(`{"login":"evil","password":"`+testPassword+`","name":"x","role":"admin","centerIds":[]}`)).code(403, domain.CodeForbidden)
	r.do(manager, "POST", "/users", raw(`{"login":"evil","password":"`+testPassword+`","name":"x","role":"agent","centerIds":["`+c.ID+`","`+r.a.center.ID+`"]}`)).code(404, domain.CodeNotFound)
	r.do(manager, "PATCH", "/users/"+boss.ID, raw(`{"role":"admin"}`)).code(403, domain.CodeForbidden)
	r.do(manager, "PATCH", "/users/"+boss.ID, raw(`{"centerIds":["`+c.ID+`","`+r.a.center.ID+`"]}`)).code(404, domain.CodeNotFound)
	r.do(manager, "GET", "/users/"+r.admin.id, nil).code(404, domain.CodeNotFound)
	r.do(manager, "DELETE", "/users/"+boss.ID, nil).code(409, domain.CodeIllegalTransition)

	riderWho := &who{name: "rider1", rider: v.ID, token: get[LoginAnswer](r.do(nobody, "POST", "/login", loginBody("rider1", testPassword)).want(200)).Token}
	r.do(riderWho, "POST", "/riders/me/duty", raw(`{"duty":"on"}`)).want(200)
	mine := get[domain.RiderView](r.do(riderWho, "GET", "/riders/me", nil).want(200))
	if mine.ID != v.ID || mine.Duty != domain.DutyOn {
		t.Errorf("me: %+v", mine)
	}
	r.do(riderWho, "GET", "/riders/"+r.a.rider.rider, nil).code(404, domain.CodeNotFound)
	r.do(riderWho, "POST", "/riders/"+r.a.rider.rider+"/duty", raw(`{"duty":"on"}`)).code(404, domain.CodeNotFound)
	r.do(manager, "GET", "/riders/me", nil).code(404, domain.CodeNotFound)

	in := (&site{shop: shop}).order()
	in.Accept = true
	res := get[domain.OrderResult](r.do(manager, "POST", "/orders", in).want(201))
	r.do(riderWho, "POST", "/deliveries/"+res.Delivery.ID+"/claim", nil).want(200)
	if got := get[domain.RiderView](r.do(manager, "GET", "/riders/"+v.ID, nil)); got.Load != 1 {
		t.Errorf("load %d", got.Load)
	}
	r.do(riderWho, "POST", "/riders/me/duty", raw(`{"duty":"off"}`)).code(409, domain.CodeIllegalTransition)
	onBreak := get[domain.RiderView](r.do(riderWho, "POST", "/riders/me/duty", raw(`{"duty":"break"}`)).want(200))
	if onBreak.Duty != domain.DutyBreak || onBreak.Load != 1 {
		t.Errorf("break: %+v", onBreak)
	}

	// Names and phones are found however they are written.
	for q, n := range map[string]int{"라이더": 1, "010-1111-2222": 1, "1111": 1, "nobody": 0} {
		if got := get[list[domain.RiderView]](r.do(manager, "GET", "/riders?q="+q, nil).want(200)); len(got.Items) != n {
			t.Errorf("q=%s: %d riders", q, len(got.Items))
		}
	}
}

// TestKeyScopes: keys write what they may, and never accept.
func TestKeyScopes(t *testing.T) {
	r := newRig(t)
	key := r.newKey("shop app", []string{r.a.center.ID}, domain.ScopeOrdersWrite)
	in := r.a.order()
	in.ExternalID = "4711"
	first := r.do(key, "POST", "/orders", in).want(201)
	again := r.do(key, "POST", "/orders", in).want(200)
	o := get[domain.OrderResult](first).Order
	if get[domain.OrderResult](again).Order.ID != o.ID {
		t.Error("another order was made")
	}
	wantSeq(t, again, o.Version)
	in.Accept, in.ExternalID = true, "4712"
	r.do(key, "POST", "/orders", in).code(403, domain.CodeForbidden)
	r.do(key, "POST", "/orders", r.b.order()).code(404, domain.CodeNotFound)
	r.do(key, "GET", "/orders/"+o.ID, nil).want(200) // its own
	other := r.newKey("another app", []string{r.a.center.ID}, domain.ScopeOrdersWrite)
	r.do(other, "GET", "/orders/"+o.ID, nil).code(404, domain.CodeNotFound)
	r.do(key, "POST", "/orders/"+o.ID+"/cancel", raw(`{"reason":"changed my mind","by":"customer"}`)).want(200)

	me := get[Me](r.do(key, "GET", "/me", nil).want(200))
	if me.Role != domain.RoleKey || len(me.Scopes) != 1 || len(me.CenterIDs) != 1 {
		t.Errorf("me: %+v", me)
	}
	tracker := r.newKey("tracker", nil, domain.ScopeRidersWrite)
	r.do(tracker, "POST", "/riders/"+r.a.rider.rider+"/duty", raw(`{"duty":"break","from":"the old tracker"}`)).want(200)
	r.do(r.a.dispatcher, "POST", "/riders/"+r.a.rider.rider+"/duty", raw(`{"duty":"on"}`)).want(200)
}

// TestLists pages through orders, newest first, and filters them.
func TestLists(t *testing.T) {
	r := newRig(t)
	var ids []string
	for i := range 7 {
		in := r.a.order()
		in.Customer.Name = fmt.Sprintf("Customer %d", i)
		ids = append(ids, get[domain.OrderResult](r.do(r.a.agent, "POST", "/orders", in).want(201)).Order.ID)
	}
	r.do(r.b.agent, "POST", "/orders", r.b.order()).want(201)
	r.do(r.a.agent, "POST", "/orders/"+ids[0]+"/accept", raw(`{}`)).want(200)

	var got []string
	cursor := ""
	for {
		page := get[list[domain.Order]](r.do(r.a.agent, "GET", "/orders?limit=3&cursor="+cursor, nil).want(200))
		for _, o := range page.Items {
			got = append(got, o.ID)
		}
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	if len(got) != 7 || got[0] != ids[6] || got[6] != ids[0] {
		t.Errorf("%v, want %v backwards", got, ids)
	}
	count := func(as *who, query string, want int) {
		t.Helper()
		if p := r.do(as, "GET", "/orders?"+query, nil).want(200); len(get[list[domain.Order]](p).Items) != want {
			t.Errorf("%s as %s: %s", query, as.name, p.body)
		}
	}
	count(r.admin, "", 8)
	count(r.admin, "centerId="+r.a.center.ID, 7)
	count(r.admin, "centerId="+r.a.center.ID+","+r.b.center.ID, 8)
	count(r.admin, "centerId="+r.a.center.ID+"&centerId="+r.b.center.ID, 8)
	count(r.a.agent, "status=accepted", 1)
	count(r.a.agent, "status=accepted,received", 7)
	count(r.a.agent, "q=customer%203", 1)
	count(r.a.agent, "q=010-2345-6789", 7)
	count(r.a.agent, "from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z", 0)
	count(r.a.agent, "from=2020-01-01", 7)
	r.do(r.admin, "GET", "/orders?centerId=01nosuchcenter", nil).code(404, domain.CodeNotFound)
	if body := string(r.do(r.a.manager, "GET", "/shops?q=nosuchshop", nil).want(200).body); body != `{"items":[]}` {
		t.Errorf("an empty list: %s", body)
	}
	gz := r.do(r.a.agent, "GET", "/orders", nil, withHeader("Accept-Encoding", "gzip")).want(200)
	if gz.header.Get("Content-Encoding") != "gzip" {
		t.Errorf("not compressed: %v", gz.header)
	}
}

func TestCustomers(t *testing.T) {
	r := newRig(t)
	in := r.a.order()
	r.do(r.a.agent, "POST", "/orders", in).want(201)
	in.Customer.AddressDetail, in.Customer.Phone = "Other door", "+82 10 2345 6789"
	r.do(r.a.agent, "POST", "/orders", in).want(201)
	r.do(r.a.agent, "POST", "/orders", in).want(201)
	r.do(r.b.agent, "POST", "/orders", r.b.order()).want(201)
	for _, phone := range []string{"01023456789", "010-2345-6789", "+82-10-2345-6789", "０１０ 2345 6789"} {
		got := get[CustomerAnswer](r.do(r.a.agent, "POST", "/customers/search", CustomerSearch{Phone: phone}).want(200))
		if len(got.Orders) != 3 || len(got.Names) != 1 || len(got.Addresses) != 2 || got.Addresses[0].Orders != 2 || got.Addresses[0].AddressDetail != "Other door" || len(got.Locations) != 1 {
			t.Errorf("%s: %+v", phone, got)
		}
	}
	r.do(r.a.agent, "POST", "/customers/search", CustomerSearch{Phone: "999"}).want(200).without(customerName)
	k := r.do(r.a.agent, "POST", "/customers/search", CustomerSearch{Phone: "999"}, withKey("s")).want(200)
	if again := r.do(r.a.agent, "POST", "/customers/search", CustomerSearch{Phone: "999"}, withKey("s")).want(200); again.header.Get("Idempotency-Replayed") != "true" || string(again.body) != string(k.body) {
		t.Error("a search under a key was not replayed")
	}
}

// TestShopState lets those who answer the phone say how a shop takes orders, and nothing else of it.
func TestShopState(t *testing.T) {
	r := newRig(t)
	at := "/shops/" + r.a.shop.ID
	busy := get[domain.Shop](r.do(r.a.agent, "POST", at+"/state", raw(`{"status":"busy","busyMinutes":10}`)).want(200))
	if busy.Status != domain.ShopBusy || busy.BusyMinutes != 10 || busy.Version != r.a.shop.Version+1 {
		t.Errorf("%+v", busy)
	}
	r.do(r.a.agent, "POST", at+"/state", raw(`{"status":"asleep"}`)).code(422, domain.CodeValidation)
	r.do(r.a.agent, "POST", at+"/state", raw(`{"status":"busy","busyMinutes":9999}`)).code(422, domain.CodeValidation)
	r.do(r.a.agent, "POST", at+"/state", raw(`{"status":"open","name":"x"}`)).code(400, domain.CodeMalformed)
	r.do(r.a.agent, "PATCH", at, raw(`{"status":"open"}`)).code(403, domain.CodeForbidden)
	r.do(r.b.agent, "POST", at+"/state", raw(`{"status":"closed"}`)).code(404, domain.CodeNotFound)
	again := get[domain.Shop](r.do(r.a.agent, "POST", at+"/state", raw(`{"status":"busy"}`)).want(200))
	if again.Version != busy.Version || again.BusyMinutes != 10 {
		t.Errorf("the same again: %+v", again)
	}
}

func TestUsersByAccounts(t *testing.T) {
	r := newRig(t)
	roles := func(path string) (staff, riders int) {
		for _, u := range get[struct{ Items []domain.User }](r.do(r.admin, "GET", path, nil).want(200)).Items {
			if u.Role == domain.RoleRider {
				riders++
			} else {
				staff++
			}
		}
		return staff, riders
	}
	staff, riders := roles("/users")
	if staff == 0 || riders == 0 {
		t.Fatalf("%d of staff, %d riders: nothing to tell apart", staff, riders)
	}
	if s, n := roles("/users?accounts=staff"); s != staff || n != 0 {
		t.Errorf("staff: %d and %d riders, want %d and 0", s, n, staff)
	}
	if s, n := roles("/users?accounts=riders"); s != 0 || n != riders {
		t.Errorf("riders: %d and %d of staff, want %d and 0", n, s, riders)
	}
	r.do(r.admin, "GET", "/users?accounts=all", nil).code(422, domain.CodeValidation)
}
