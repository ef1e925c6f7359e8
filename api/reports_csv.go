package api

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
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

// csvAnswer writes a CSV as it is made: nothing is held but a buffer.
type csvAnswer struct {
	*csv.Writer
	w    http.ResponseWriter
	zip  *gzip.Writer
	rows int
}

const (
	// flushRows is after how many rows what is written goes out.
	flushRows = 500
	// slowReader is how long a client may take for each of those parts.
	slowReader = 30 * time.Second
)

func newCSV(w http.ResponseWriter, r *http.Request, name string) *csvAnswer {
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	h.Add("Vary", "Accept-Encoding")
	out := &csvAnswer{w: w}
	var to io.Writer = w
	if takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		out.zip = gzip.NewWriter(w)
		to = out.zip
	}
	out.extend()
	if r.URL.Query().Get("bom") == "1" { // a spreadsheet that would take it for another encoding
		_, _ = io.WriteString(to, "\ufeff")
	}
	out.Writer = csv.NewWriter(to)
	return out
}

func (c *csvAnswer) extend() {
	_ = http.NewResponseController(c.w).SetWriteDeadline(time.Now().Add(slowReader))
}

// row writes one line; an error means that the client has gone.
func (c *csvAnswer) row(cols []string) error {
	if err := c.Write(cols); err != nil {
		return err
	}
	if c.rows++; c.rows%flushRows == 0 {
		return c.push()
	}
	return nil
}

func (c *csvAnswer) push() error {
	c.Flush()
	if err := c.Error(); err != nil {
		return err
	}
	if c.zip != nil {
		if err := c.zip.Flush(); err != nil {
			return err
		}
	}
	c.extend()
	return http.NewResponseController(c.w).Flush()
}

// end writes what is left.
func (c *csvAnswer) end() error {
	c.Flush()
	if err := c.Error(); err != nil {
		return err
	}
	if c.zip != nil {
		return c.zip.Close()
	}
	return nil
}

// deliveryColumns are the columns of deliveries.csv. Nothing in it tells who
// the customers are. Times are the center's own; day is its business day, and
// amount is in the currency's major unit. A new column goes to the end: what
// reads the file may count them.
var deliveryColumns = []string{
	"number", "id", "orderId", "status", "shop", "riderId", "rider", "createdAt", "readyAt", "promisedAt", "assignedAt",
	"pickedUpAt", "pickedUpDeviceAt", "deliveredAt", "deliveredDeviceAt", "cancelledAt", "cancelReason", "late", "paymentMethod", "amount", "day",
	"currency", "preorder", "heldUntil", "attempt", "arrivedShopAt", "arrivedShopBy", "arrivedDoorAt", "arrivedDoorBy",
	"problem", "problemAt", "returningAt", "returnedAt", "failedAt", "failReason", "finishedAt", "asked",
}

func deliveryRow(d *domain.Delivery, center *domain.Center, days domain.Calendar, now domain.Time) []string {
	at := func(t domain.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(days.Zone()).Format("2006-01-02T15:04:05.000Z07:00")
	}
	problem, problemAt := "", domain.Time{}
	if d.Problem != nil {
		problem, problemAt = string(d.Problem.Kind), d.Problem.At
	}
	return cells(d.Number, d.ID, d.OrderID, string(d.Status), d.Shop.Name, d.RiderID, d.RiderName, at(d.CreatedAt),
		at(d.ReadyAt), at(d.PromisedAt), at(d.AssignedAt), at(d.PickedUpAt), at(d.PickedUpDeviceAt),
		at(d.DeliveredAt), at(d.DeliveredDeviceAt), at(d.CancelledAt), d.CancelReason,
		strconv.FormatBool(isLate(d, now)), string(d.Payment.Method), domain.MajorUnits(d.Payment.Amount, center.Currency), days.Day(d.CreatedAt.Time),
		center.Currency, strconv.FormatBool(d.PreOrder), at(d.HeldUntil), strconv.Itoa(max(d.Attempt, 1)),
		at(d.ArrivedShopAt), d.ArrivedShopBy, at(d.ArrivedDoorAt), d.ArrivedDoorBy, problem, at(problemAt),
		at(d.ReturningAt), at(d.ReturnedAt), at(d.FailedAt), string(d.FailReason), at(d.FinishedAt), strconv.Itoa(len(d.Asked)))
}

// deliveriesCSV streams the deliveries created in [from, to), oldest first; by
// default today's.
func (s *Server) deliveriesCSV(w http.ResponseWriter, r *http.Request) error {
	center, err := s.centerOf(r)
	if err != nil {
		return err
	}
	calendar := center.Calendar()
	from, to, err := span(r, calendar)
	if err != nil {
		return err
	}
	now := s.now()
	if from.IsZero() {
		from = calendar.Start(calendar.Day(now))
	}
	if to.IsZero() {
		to = domain.At(now.Add(24 * time.Hour))
	}
	// The answer begins with the first row, so that a database that fails at
	// once is still told by its status.
	var out *csvAnswer
	begin := func() error {
		out = newCSV(w, r, "deliveries-"+center.Code+".csv")
		return out.row(deliveryColumns)
	}
	ctx, leave, err := s.stream(r, reportReaders, center.ID)
	if err != nil {
		return err
	}
	defer leave()
	err = s.store.EachDelivery(ctx, center.ID, from.Time, to.Time, func(d *domain.Delivery) error {
		if out == nil {
			if err := begin(); err != nil {
				return err
			}
		}
		return out.row(deliveryRow(d, center, calendar, domain.At(now)))
	})
	if err == nil && out == nil {
		err = begin()
	}
	if err == nil {
		err = out.end()
	}
	if cause := context.Cause(ctx); err != nil && cause != nil && r.Context().Err() == nil {
		if err = cause; errors.Is(cause, errRights) {
			err = unauthenticated()
		}
		if out != nil {
			panic(http.ErrAbortHandler)
		}
		return err
	}
	if err != nil && out != nil {
		if r.Context().Err() == nil {
			s.log.Error("a report broke off", "requestId", callOf(r.Context()).id, "error", err)
		}
		panic(http.ErrAbortHandler) // the client must not take it for whole
	}
	return err
}

// dailyCSV is the daily report as one table: section, name, metric, value.
func (s *Server) dailyCSV(w http.ResponseWriter, r *http.Request) error {
	d, err := s.daily(r)
	if err != nil {
		return err
	}
	rows := [][]string{{"section", "name", "metric", "value"}, {"day", d.CenterID, "date", d.Date}}
	writeTable(w, r, "daily-"+d.Date+".csv", append(rows, figureRows(&d.Figures, d.Currency)...))
	return nil
}

// rangeCSV is the report of some days as one table, each day first.
func (s *Server) rangeCSV(w http.ResponseWriter, r *http.Request) error {
	d, err := s.ranged(r)
	if err != nil {
		return err
	}
	rows := [][]string{
		{"section", "name", "metric", "value"},
		{"range", d.CenterID, "from", d.From}, {"range", d.CenterID, "to", d.To},
	}
	for _, y := range d.ByDay {
		rows = append(rows, metricRows("day", y.Date, d.Currency, y)...)
	}
	writeTable(w, r, "range-"+d.From+"-"+d.To+".csv", append(rows, figureRows(&d.Figures, d.Currency)...))
	return nil
}

func writeTable(w http.ResponseWriter, r *http.Request, name string, rows [][]string) {
	out := newCSV(w, r, name)
	for _, row := range rows {
		if err := out.row(cells(row...)); err != nil {
			return // the client has gone
		}
	}
	_ = out.end()
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
