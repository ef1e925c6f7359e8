package domain

import "testing"

func TestMajorUnits(t *testing.T) {
	for _, c := range []struct {
		minor    int64
		currency string
		want     string
	}{
		{0, "KRW", "0"}, {-1500, "KRW", "-1500"}, {1250, "USD", "12.50"}, {5, "USD", "0.05"}, {-5, "EUR", "-0.05"},
		{1234, "KWD", "1.234"}, {0, "USD", "0.00"}, {12, "CLF", "0.0012"}, {700, "JPY", "700"},
	} {
		got := MajorUnits(c.minor, c.currency)
		if got != c.want {
			t.Errorf("%d %s is %s, want %s", c.minor, c.currency, got, c.want)
		}
		if back, ok := ParseMajorUnits(got, c.currency); !ok || back != c.minor {
			t.Errorf("%s %s is read as %d", got, c.currency, back)
		}
	}
	for text, want := range map[string]int64{"1,250.5": 125050, "12": 1200, "-0.05": -5, "12.500": 1250, "1 250": 125000} {
		if got, ok := ParseMajorUnits(text, "USD"); !ok || got != want {
			t.Errorf("%s is read as %d, want %d", text, got, want)
		}
	}
	for _, bad := range []string{"", ".", "-", "12.345", "--5", "1.2.3", "twelve", "99999999999999999999", "+5"} {
		if got, ok := ParseMajorUnits(bad, "USD"); ok {
			t.Errorf("%q is read as %d", bad, got)
		}
	}
	if _, ok := ParseMajorUnits("12.5", "KRW"); ok {
		t.Error("half a won")
	}
}
