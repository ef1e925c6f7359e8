package main

import (
	"bufio"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Instance is one day of orders and couriers of the Meal Delivery Routing
// Problem. Times are whole minutes of the day, coordinates metres.
type Instance struct {
	Name        string
	Orders      []Order // by placement, then as in the file
	Couriers    []Courier
	Restaurants map[string]Point
	Params      Params
}

// Point is a place on the instance's plane.
type Point struct{ X, Y float64 }

// Order is known from Placed on and can be picked up from Ready on.
type Order struct {
	Name       string
	Door       Point
	Restaurant string
	Shop       Point
	Placed     int
	Ready      int
}

// Courier works from On to Off, beginning at Start.
type Courier struct {
	Name    string
	Start   Point
	On, Off int
}

// Params are the rules of one instance.
type Params struct {
	MetersPerMinute float64
	PickupService   int // minutes at the shop: half before the pickup, half after
	DropoffService  int // minutes at the door, likewise
	Target, Max     int // click-to-door, minutes
	PayPerOrder     float64
	PayPerHour      float64 // guaranteed
}

// Travel is the way between two places in whole minutes, rounded up.
func (p Params) Travel(a, b Point) int {
	return int(math.Ceil(math.Hypot(a.X-b.X, a.Y-b.Y) / p.MetersPerMinute))
}

// LoadInstance reads the four files of an instance folder. It reports all that
// is wrong with them together.
func LoadInstance(dir string) (*Instance, error) {
	in := &Instance{Name: filepath.Base(filepath.Clean(dir)), Restaurants: map[string]Point{}}
	var errs []error
	read := func(name string, columns []string, row func(r *row)) {
		if err := readTable(filepath.Join(dir, name), columns, row); err != nil {
			errs = append(errs, err)
		}
	}
	rows := 0
	read("instance_parameters.txt", []string{"meters_per_minute", "pickup service minutes", "dropoff service minutes",
		"target click-to-door", "maximum click-to-door", "pay per order", "guaranteed pay per hour"}, func(r *row) {
		rows++
		in.Params = Params{
			MetersPerMinute: r.float(0), PickupService: r.int(1), DropoffService: r.int(2),
			Target: r.int(3), Max: r.int(4), PayPerOrder: r.float(5), PayPerHour: r.float(6),
		}
		if in.Params.MetersPerMinute <= 0 {
			r.bad("meters_per_minute must be positive")
		}
	})
	if rows != 1 && len(errs) == 0 {
		errs = append(errs, fmt.Errorf("instance_parameters.txt: want one row, has %d", rows))
	}
	read("restaurants.txt", []string{"restaurant", "x", "y"}, func(r *row) {
		if _, twice := in.Restaurants[r.text(0)]; twice {
			r.bad("restaurant %s comes twice", r.text(0))
		}
		in.Restaurants[r.text(0)] = Point{r.float(1), r.float(2)}
	})
	names := map[string]bool{}
	once := func(r *row) string {
		if n := r.text(0); names[n] {
			r.bad("%s comes twice", n)
		}
		names[r.text(0)] = true
		return r.text(0)
	}
	read("couriers.txt", []string{"courier", "x", "y", "on_time", "off_time"}, func(r *row) {
		c := Courier{Name: once(r), Start: Point{r.float(1), r.float(2)}, On: r.int(3), Off: r.int(4)}
		if c.Off < c.On {
			r.bad("goes off before it comes on")
		}
		in.Couriers = append(in.Couriers, c)
	})
	clear(names)
	read("orders.txt", []string{"order", "x", "y", "placement_time", "restaurant", "ready_time"}, func(r *row) {
		o := Order{Name: once(r), Door: Point{r.float(1), r.float(2)}, Placed: r.int(3), Restaurant: r.text(4), Ready: r.int(5)}
		shop, ok := in.Restaurants[o.Restaurant]
		if !ok {
			r.bad("no restaurant %s", o.Restaurant)
		}
		o.Shop = shop
		if o.Ready < o.Placed {
			r.bad("is ready before it is placed")
		}
		in.Orders = append(in.Orders, o)
	})
	slices.SortStableFunc(in.Orders, func(a, b Order) int { return a.Placed - b.Placed })
	return in, errors.Join(errs...)
}

// row is one line of a table; what is wrong with it is gathered.
type row struct {
	fields []string
	errs   []string
}

func (r *row) text(i int) string { return r.fields[i] }

func (r *row) int(i int) int {
	n, err := strconv.Atoi(r.fields[i])
	if err != nil {
		r.bad("%q is no whole number", r.fields[i])
	}
	return n
}

func (r *row) float(i int) float64 {
	f, err := strconv.ParseFloat(r.fields[i], 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		r.bad("%q is no number", r.fields[i])
		return 0
	}
	return f
}

func (r *row) bad(format string, args ...any) {
	r.errs = append(r.errs, fmt.Sprintf(format, args...))
}

// readTable calls fn for each line under the header, with the columns in the
// order asked for, wherever they stand in the file.
func readTable(path string, columns []string, fn func(*row)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	name := filepath.Base(path)
	lines := bufio.NewScanner(f)
	if !lines.Scan() {
		return fmt.Errorf("%s: is empty", name)
	}
	header := strings.Split(strings.TrimRight(lines.Text(), "\r"), "\t")
	at := make([]int, len(columns))
	for i, c := range columns {
		if at[i] = slices.Index(header, c); at[i] < 0 {
			return fmt.Errorf("%s: no column %q", name, c)
		}
	}
	var errs []error
	for n := 2; lines.Scan(); n++ {
		text := strings.TrimRight(lines.Text(), "\r")
		if strings.TrimSpace(text) == "" {
			continue
		}
		cells := strings.Split(text, "\t")
		r := &row{}
		if len(cells) < len(header) {
			r.bad("has %d of %d fields", len(cells), len(header))
		} else {
			for _, i := range at {
				r.fields = append(r.fields, strings.TrimSpace(cells[i]))
			}
			fn(r)
		}
		for _, e := range r.errs {
			errs = append(errs, fmt.Errorf("%s:%d: %s", name, n, e))
		}
	}
	return errors.Join(append(errs, lines.Err())...)
}
