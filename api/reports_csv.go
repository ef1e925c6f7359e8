package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/brosops/bros/api/report"
	"github.com/brosops/bros/api/session"
	"github.com/brosops/bros/domain"
)

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
		return out.row(report.DeliveryColumns)
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
		return out.row(report.DeliveryRow(d, center, calendar, domain.At(now)))
	})
	if err == nil && out == nil {
		err = begin()
	}
	if err == nil {
		err = out.end()
	}
	if cause := context.Cause(ctx); err != nil && cause != nil && r.Context().Err() == nil {
		if err = cause; errors.Is(cause, errRights) {
			err = session.Unauthenticated()
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
	writeTable(w, r, "daily-"+d.Date+".csv", d.Rows())
	return nil
}

// rangeCSV is the report of some days as one table, each day first.
func (s *Server) rangeCSV(w http.ResponseWriter, r *http.Request) error {
	d, err := s.ranged(r)
	if err != nil {
		return err
	}
	writeTable(w, r, "range-"+d.From+"-"+d.To+".csv", d.Rows())
	return nil
}

func writeTable(w http.ResponseWriter, r *http.Request, name string, rows [][]string) {
	out := newCSV(w, r, name)
	for _, row := range rows {
		if err := out.row(row); err != nil {
			return // the client has gone
		}
	}
	_ = out.end()
}
