package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const small = "testdata/small"

func TestLoadInstance(t *testing.T) {
	in, err := LoadInstance(small)
	if err != nil {
		t.Fatal(err)
	}
	if in.Name != "small" || len(in.Orders) != 8 || len(in.Couriers) != 3 || len(in.Restaurants) != 2 {
		t.Errorf("%+v", in)
	}
	if o := in.Orders[1]; o.Name != "o2" || o.Placed != 603 || o.Shop != (Point{3000, 1500}) || o.Ready != 615 {
		t.Errorf("orders are not by placement: %+v", o)
	}
	if p := in.Params; p.MetersPerMinute != 300 || p.Max != 90 || p.PayPerHour != 15 {
		t.Errorf("%+v", p)
	}
	if n := in.Params.Travel(Point{0, 0}, Point{300, 1}); n != 2 {
		t.Errorf("ways are not rounded up: %d", n)
	}
}

func TestLoadInstanceReportsAllThatIsWrong(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(small)); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("orders.txt", "x\ty\torder\tplacement_time\trestaurant\tready_time\r\n1\t2\to1\t10\tr1\t5\r\n1\tNaN\to1\t10\tr9\tten\n\n1\t2\n")
	write("couriers.txt", "courier\tx\ty\non\t1\t2\n")
	_, err := LoadInstance(dir)
	for _, want := range []string{
		"orders.txt:2: is ready before it is placed", `orders.txt:3: "NaN" is no number`, "orders.txt:3: o1 comes twice",
		"orders.txt:3: no restaurant r9", `orders.txt:3: "ten" is no whole number`, "orders.txt:5: has 2 of 6 fields", `couriers.txt: no column "on_time"`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
	if _, err := LoadInstance(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("an absent folder is no error")
	}
}

func TestRealInstances(t *testing.T) {
	const data = "../../../shared/data/mdrp/"
	orders := map[string]int{"0o50t100s1p100": 252, "0o100t100s1p100": 505, "1o50t100s1p100": 269, "3r50t75s2p125": 484}
	if _, err := os.Stat(data); err != nil {
		t.Skip("the real instances are not here (they carry no licence and are no part of the project): ", err)
	}
	for name, want := range orders {
		in, err := LoadInstance(data + name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(in.Orders) != want {
			t.Errorf("%s: %d orders", name, len(in.Orders))
		}
	}
}

func TestParsePlace(t *testing.T) {
	if p, err := parsePlace("37.5145, 127.1059"); err != nil || p != (place{37.5145, 127.1059}) {
		t.Errorf("%v %v", p, err)
	}
	for _, bad := range []string{"", "1", "1,x", "91,0", "0,181", "NaN,0", "1,2,3"} {
		if _, err := parsePlace(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	p := place{37.5, 127}.put(Point{0, 111320})
	if p != (place{38.5, 127}) {
		t.Errorf("%v", p)
	}
	if h := heading(Point{}, Point{-1, 0}); h != 270 {
		t.Errorf("west is %v", h)
	}
}
