package api

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/brosops/bros/domain"
)

// cell makes a text safe for a spreadsheet: one that would be read as a
// formula gets an apostrophe before it.
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
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
// the customers are.
var deliveryColumns = []string{
	"number", "id", "orderId", "status", "shop", "riderId", "rider", "createdAt", "readyAt", "promisedAt", "assignedAt",
	"pickedUpAt", "pickedUpDeviceAt", "deliveredAt", "deliveredDeviceAt", "cancelledAt", "cancelReason", "late", "paymentMethod", "amount",
}

func deliveryRow(d *domain.Delivery, now domain.Time) []string {
	return cells(d.Number, d.ID, d.OrderID, string(d.Status), d.Shop.Name, d.RiderID, d.RiderName, d.CreatedAt.String(),
		d.ReadyAt.String(), d.PromisedAt.String(), d.AssignedAt.String(), d.PickedUpAt.String(), d.PickedUpDeviceAt.String(),
		d.DeliveredAt.String(), d.DeliveredDeviceAt.String(), d.CancelledAt.String(), d.CancelReason,
		strconv.FormatBool(isLate(d, now)), string(d.Payment.Method), strconv.FormatInt(d.Payment.Amount, 10))
}

// deliveriesCSV streams the deliveries created in [from, to), oldest first; by
// default today's.
func (s *Server) deliveriesCSV(w http.ResponseWriter, r *http.Request) error {
	center, err := s.centerOf(r)
	if err != nil {
		return err
	}
	zone := zoneOf(center)
	from, to, err := span(r, zone)
	if err != nil {
		return err
	}
	now := s.now()
	if from.IsZero() {
		y, m, d := now.In(zone).Date()
		from = domain.At(time.Date(y, m, d, 0, 0, 0, 0, zone))
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
	err = s.store.EachDelivery(r.Context(), center.ID, from.Time, to.Time, func(d *domain.Delivery) error {
		if out == nil {
			if err := begin(); err != nil {
				return err
			}
		}
		return out.row(deliveryRow(d, domain.At(now)))
	})
	if err == nil && out == nil {
		err = begin()
	}
	if err == nil {
		err = out.end()
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
	out := newCSV(w, r, "daily-"+d.Date+".csv")
	for _, row := range dailyRows(d) {
		if err := out.row(cells(row...)); err != nil {
			return nil // the client has gone
		}
	}
	_ = out.end()
	return nil
}

func dailyRows(d *Daily) [][]string {
	rows := [][]string{{"section", "name", "metric", "value"}}
	add := func(section, name, metric string, value any) {
		rows = append(rows, []string{section, name, metric, fmt.Sprint(value)})
	}
	add("day", d.CenterID, "date", d.Date)
	for _, k := range []string{"total", "received", "accepted", "completed", "rejected", "cancelled"} {
		add("orders", "", k, d.Orders[k])
	}
	for _, k := range []string{"total", "waiting", "assigned", "pickup", "delivered", "cancelled"} {
		add("deliveries", "", k, d.Deliveries[k])
	}
	add("late", "", "count", d.Late.Count)
	add("late", "", "of", d.Late.Of)
	add("late", "", "share", d.Late.Share)
	add("amount", "", d.Currency, d.Amount)
	stage := func(section, name string, st Stage) {
		add(section, name, "count", st.Count)
		add(section, name, "mean", st.Mean)
		add(section, name, "p50", st.P50)
		add(section, name, "p90", st.P90)
	}
	for _, name := range stageNames {
		stage("stage", name, d.Stages[name])
	}
	for _, h := range d.ByHour {
		name := fmt.Sprintf("%02d", h.Hour)
		add("hour", name, "orders", h.Orders)
		add("hour", name, "deliveries", h.Deliveries)
		add("hour", name, "delivered", h.Delivered)
		add("hour", name, "cancelled", h.Cancelled)
		add("hour", name, "late", h.Late)
	}
	for _, r := range d.ByRider {
		add("rider", r.RiderName, "riderId", r.RiderID)
		add("rider", r.RiderName, "delivered", r.Delivered)
		add("rider", r.RiderName, "open", r.Open)
		add("rider", r.RiderName, "cancelled", r.Cancelled)
		add("rider", r.RiderName, "late", r.Late)
		add("rider", r.RiderName, "amount", r.Amount)
		stage("rider", r.RiderName, r.Total)
	}
	return rows
}
