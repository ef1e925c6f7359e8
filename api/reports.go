package api

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/api/report"
	"github.com/brosops/bros/domain"
)

// reportReaders are who may read reports.
var reportReaders = managers.orKey(domain.ScopeReportsRead)

func (s *Server) reportRoutes(r chi.Router) {
	read := reportReaders
	s.on(r, http.MethodGet, "/reports/daily", read, s.dailyReport)
	s.on(r, http.MethodGet, "/reports/daily.csv", read, s.dailyCSV)
	s.on(r, http.MethodGet, "/reports/range", read, s.rangeReport)
	s.on(r, http.MethodGet, "/reports/range.csv", read, s.rangeCSV)
	s.on(r, http.MethodGet, "/reports/deliveries.csv", read.noDeadline(), s.deliveriesCSV)
}

func day(r *http.Request, name, otherwise string) (string, error) {
	v := r.URL.Query().Get(name)
	if v == "" {
		return otherwise, nil
	}
	day, err := domain.ParseDay(v)
	if err != nil {
		return "", domain.Invalid(name, "must be a day as YYYY-MM-DD")
	}
	return day, nil
}

// daily counts the day of ?centerId= and ?date= (today at the center when left out).
func (s *Server) daily(r *http.Request) (*report.Daily, error) {
	center, err := s.centerOf(r)
	if err != nil {
		return nil, err
	}
	date, err := day(r, "date", center.Calendar().Day(s.now()))
	if err != nil {
		return nil, err
	}
	return s.reports.Daily(r.Context(), center, date)
}

// ranged counts the days ?from= to ?to=, both with it (today when left out).
func (s *Server) ranged(r *http.Request) (*report.RangeReport, error) {
	center, err := s.centerOf(r)
	if err != nil {
		return nil, err
	}
	to, err := day(r, "to", center.Calendar().Day(s.now()))
	if err != nil {
		return nil, err
	}
	from, err := day(r, "from", to)
	if err != nil {
		return nil, err
	}
	if to < from {
		return nil, domain.Invalid("to", "is before from")
	}
	if to > domain.AddDays(from, report.MaxDays-1) {
		return nil, domain.Invalid("to", "is more than 400 days from from")
	}
	return s.reports.Range(r.Context(), center, from, to)
}

func (s *Server) dailyReport(w http.ResponseWriter, r *http.Request) error {
	d, err := s.daily(r)
	if err != nil {
		return err
	}
	return writeList(w, r, d)
}

func (s *Server) rangeReport(w http.ResponseWriter, r *http.Request) error {
	d, err := s.ranged(r)
	if err != nil {
		return err
	}
	return writeList(w, r, d)
}
