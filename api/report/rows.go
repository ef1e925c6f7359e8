package report

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/brosops/bros/domain"
)

// cell makes a text safe for a spreadsheet: one that would be read as a
// formula gets an apostrophe before it.
func cell(s string) string {
	first, _ := utf8.DecodeRuneInString(s)
	if s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + s
	}
	return s
}

func cells(row ...string) []string {
	for i := range row {
		row[i] = cell(row[i])
	}
	return row
}

// Rows returns the day as one table: section, name, metric, value.
func (d *Daily) Rows() [][]string {
	rows := [][]string{{"section", "name", "metric", "value"}, {"day", d.CenterID, "date", d.Date}}
	return safe(append(rows, figureRows(&d.Figures, d.Currency)...))
}

// Rows returns the days as one table, each day first.
func (d *RangeReport) Rows() [][]string {
	rows := [][]string{
		{"section", "name", "metric", "value"},
		{"range", d.CenterID, "from", d.From}, {"range", d.CenterID, "to", d.To},
	}
	for _, y := range d.ByDay {
		rows = append(rows, metricRows("day", y.Date, d.Currency, y)...)
	}
	return safe(append(rows, figureRows(&d.Figures, d.Currency)...))
}

func safe(rows [][]string) [][]string {
	for _, row := range rows {
		cells(row...)
	}
	return rows
}

// metricRows are the lines of one name: the metrics of a struct of figures, by
// the names of its JSON. A metric that is added to it is so in every table.
func metricRows(section, name, currency string, figures any) [][]string {
	var rows [][]string
	var walk func(prefix string, v reflect.Value)
	walk = func(prefix string, v reflect.Value) {
		for i := range v.NumField() {
			f, x := v.Type().Field(i), v.Field(i)
			metric, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			switch csv := f.Tag.Get("csv"); {
			case csv == "-":
			case csv == "money":
				rows = append(rows, []string{section, name, prefix + metric, domain.MajorUnits(x.Int(), currency)})
			case f.Anonymous || f.Type == reflect.TypeFor[Stage]():
				walk(prefix, x)
			case x.Kind() == reflect.Struct:
				walk(prefix+metric+".", x)
			default:
				rows = append(rows, []string{section, name, prefix + metric, fmt.Sprint(x.Interface())})
			}
		}
	}
	walk("", reflect.ValueOf(figures))
	return rows
}

// countRows are the lines of counts: the total, each state in the order of a
// day, and what else was counted.
func countRows[S ~string](section string, states []S, counts map[string]int) [][]string {
	names := []string{"total"}
	for _, s := range states {
		names = append(names, string(s))
	}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	rows := make([][]string, len(names))
	for i, name := range names {
		rows[i] = []string{section, "", name, strconv.Itoa(counts[name])}
	}
	return rows
}

func figureRows(f *Figures, currency string) [][]string {
	rows := countRows("orders", domain.OrderStatuses, f.Orders)
	add := func(section, name string, figures any) {
		rows = append(rows, metricRows(section, name, currency, figures)...)
	}
	rows = append(rows, countRows("deliveries", domain.DeliveryStatuses, f.Deliveries)...)
	add("late", "", f.Late)
	rows = append(rows, []string{"amount", "", currency, domain.MajorUnits(f.Amount, currency)},
		[]string{"amount", "", "cash", domain.MajorUnits(f.Cash, currency)})
	for _, name := range stageNames {
		add("stage", name, f.Stages[name])
	}
	for _, h := range f.ByHour {
		add("hour", fmt.Sprintf("%02d", h.Hour), h)
	}
	for _, r := range f.ByRider {
		add("rider", r.RiderName, r)
	}
	for _, s := range f.ByShop {
		add("shop", s.ShopName, s)
	}
	for _, why := range f.Reasons {
		rows = append(rows, []string{why.Status, why.Reason, why.By, strconv.Itoa(why.Count)})
	}
	for _, why := range f.Failures {
		rows = append(rows, []string{string(why.Status), string(why.Kind), "count", strconv.Itoa(why.Count)})
	}
	add("offers", "", f.Offers)
	return rows
}
