package domain

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// The pages do the same with the same table (web/sdk/test/phone.test.ts).
func TestNormalizePhone(t *testing.T) {
	body, err := os.ReadFile("testdata/phones.json")
	if err != nil {
		t.Fatal(err)
	}
	var table []struct{ In, Kept string }
	if err := json.Unmarshal(body, &table); err != nil {
		t.Fatal(err)
	}
	for _, c := range table {
		got, ok := NormalizePhone(c.In)
		if ok != (c.Kept != "") || ok && got != c.Kept {
			t.Errorf("%q: got %q %v, want %q", c.In, got, ok, c.Kept)
		}
	}
	if _, ok := NormalizePhone(strings.Repeat("1", 20)); !ok {
		t.Error("20 digits")
	}
}

func TestPhoneVariants(t *testing.T) {
	for in, want := range map[string][]string{
		"01012345678":   {"01012345678", "821012345678", "8201012345678", "1012345678"},
		"025550199":     {"025550199", "8225550199", "82025550199"},
		"025550199,12":  {"025550199", "8225550199", "82025550199"},
		"050712345678":  {"050712345678", "8250712345678", "82050712345678", "50712345678"},
		"8225550199":    {"8225550199", "025550199"},
		"0012125550199": {"0012125550199"},
		"119":           {"119"},
		"12125550199":   {"12125550199"},
	} {
		if got := PhoneVariants(in); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", in, got, want)
		}
	}
}

func FuzzNormalizePhone(f *testing.F) {
	for _, s := range []string{"010-1234-5678", "+82 10", "０１０", "\x00", "abc", "１+２"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := NormalizePhone(s)
		for _, r := range got {
			if ok && r != ',' && (r < '0' || r > '9') {
				t.Fatalf("%q gave %q", s, got)
			}
		}
		if ok {
			digits, more := SplitPhone(got)
			if len(digits) < minPhone || len(digits) > maxPhone+1 || len(more) > 6 {
				t.Fatalf("%q is ok as %q", s, got)
			}
			if again, ok := NormalizePhone(got); !ok || again != got {
				t.Fatalf("%q is not in its kept form: %q", got, again)
			}
			if !slices.Contains(PhoneVariants(got), digits) {
				t.Fatalf("%q is no variant of itself", got)
			}
		}
	})
}

// FuzzNewOrder feeds any JSON to the intake: what is taken is within bounds,
// what isn't is a refusal of ours that leaves nothing behind.
func FuzzNewOrder(f *testing.F) {
	w := newWorld(f)
	good, err := json.Marshal(w.order(w.a))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"shopId":"s","items":[{"quantity":-1}],"customer":{"phone":"+","location":{"lat":1e308}},"promisedAt":"0001-01-01T00:00:00Z"}`))
	f.Add([]byte(`{"items":null,"payment":{"method":"cash","amount":-9223372036854775808},"prepMinutes":-1}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var in NewOrder
		if json.Unmarshal(body, &in) != nil {
			return
		}
		in.ShopID, in.CenterID = w.a.shop, ""
		before := w.clone()
		res, err := w.create(w.a.agent, in)
		if err != nil {
			if codeOf(err) != CodeValidation || len(fieldsOf(err)) == 0 || len(w.log) != len(before.log) {
				t.Fatalf("got %v", err)
			}
			return
		}
		c := res.Order.Customer
		if n := len(c.Phone); n < minPhone || n > maxPhone || utf8.RuneCountInString(c.Memo) > maxReason || len(res.Order.Items) == 0 {
			t.Fatalf("took %+v", res.Order)
		}
		if res.Delivery != nil && res.Delivery.PromisedAt.IsZero() {
			t.Fatalf("promised nothing: %+v", res.Delivery)
		}
		*w.memory = *before
	})
}

func FuzzValidLogin(f *testing.F) {
	f.Add("Kim@bros")
	f.Add("\u212Aelvin") // the sign of Kelvin becomes a k
	f.Fuzz(func(t *testing.T, s string) {
		login, ok := ValidLogin(s)
		if again, still := ValidLogin(login); ok && (!still || again != login) {
			t.Fatalf("%q became %q, then %q", s, login, again)
		}
		if ok && (len(login) < 2 || len(login) > 64) {
			t.Fatalf("%q is ok", login)
		}
	})
}

func TestDistanceAndEstimate(t *testing.T) {
	seoul, busan := Location{37.5665, 126.9780}, Location{35.1796, 129.0756}
	if d := Distance(seoul, busan); math.Abs(d-325_000) > 1500 {
		t.Errorf("Seoul to Busan: %.0f m", d)
	}
	if d := Distance(seoul, seoul); d != 0 {
		t.Errorf("to itself: %v", d)
	}
	if d := Distance(Location{0, 0}, Location{0, 180}); math.Abs(d-math.Pi*earthRadius) > 1 {
		t.Errorf("to the antipode: %v", d)
	}
	c := Center{SpeedKmh: 36, ServiceMinutes: 5}
	if s := EstimateSeconds(c, Location{0, 0}, Location{0, 0.01}); s != 111+300 {
		t.Errorf("1112 m at 10 m/s: %d s", s)
	}
	if s := (&Service{}).estimateTo(&c, seoul, nil); s != 200+300 {
		t.Errorf("to an unknown door: %d s", s)
	}
	byRoad := Service{Ways: func(from, to Location) (float64, bool) { return 300.4, to.Lng == 0.01 }}
	c.Detour = 1.5
	if s := byRoad.estimateTo(&c, Location{}, &Location{0, 0.01}); s != 300+300 {
		t.Errorf("by road: %d s", s)
	}
	if s := byRoad.estimateTo(&c, Location{}, &Location{0, 0.02}); s != 334+300 {
		t.Errorf("a way that the router does not know: %d s", s)
	}
	if s := EstimateSeconds(Center{}, Location{0, 0}, Location{0, 0.01}); s != 200 {
		t.Errorf("without settings: %d s", s)
	}
}

func TestDayOf(t *testing.T) {
	at := At(time.Date(2026, 3, 1, 15, 30, 0, 0, time.UTC))
	for zone, want := range map[string]string{
		"Asia/Seoul": "2026-03-02", "UTC": "2026-03-01", "America/New_York": "2026-03-01", "": "2026-03-01", "Mars/Base": "2026-03-01",
	} {
		if got := DayOf(Center{Timezone: zone}, at); got != want {
			t.Errorf("%s: %s, want %s", zone, got, want)
		}
	}
	if _, ok := Zone("Local"); ok {
		t.Error("the machine's own zone is no center's")
	}
}

func TestTrackingToken(t *testing.T) {
	for _, origin := range []string{"", "https://bros.example", "https://bros.example/"} {
		s := &Service{PublicURL: origin}
		if url := s.trackingURL("abc"); TrackingToken(url) != "abc" || strings.Contains(url, "example//") {
			t.Errorf("%q: %q", origin, url)
		}
	}
	if TrackingToken("nothing") != "" {
		t.Error("a token out of nothing")
	}
}

func TestRoles(t *testing.T) {
	order := []Role{RoleRider, RoleAgent, RoleDispatcher, RoleManager, RoleAdmin, RoleSystem}
	for i, r := range order {
		for j, o := range order {
			if r.AtLeast(o) != (i >= j) {
				t.Errorf("%s at least %s: %v", r, o, r.AtLeast(o))
			}
		}
		if RoleKey.AtLeast(r) || Role("").AtLeast(r) {
			t.Errorf("a key or nobody is at least %s", r)
		}
	}
}

func TestMaskedLeavesTheRecord(t *testing.T) {
	w := newWorld(t)
	d := w.delivery(w.a, Delivered)
	d.Note, d.ReceivedBy, d.PhotoID = "left", "guard", "p"
	before := *deep(*d)
	m := d.Masked()
	if m.Note+m.ReceivedBy+m.PhotoID+m.CancelReason != "" || m.Customer.Location == nil || m.Number != d.Number {
		t.Errorf("%+v", m)
	}
	if d.Customer.Phone != before.Customer.Phone || d.Note != "left" {
		t.Error("masking changed the record")
	}
	if e := (&Delivery{}).Masked(); e.Customer.Name != "" {
		t.Errorf("%+v", e)
	}
}

func TestIDsSortInTheOrderTheyWereMade(t *testing.T) {
	last := ""
	for range 10_000 {
		id := NewID()
		if id <= last || len(id) != 26 {
			t.Fatalf("%q after %q", id, last)
		}
		last = id
	}
}
