package domain

import (
	"fmt"
	"slices"
	"time"
)

// Hours are a stretch of the days on which a shop cooks. Days count from
// Monday, 1; From and To are "HH:MM" of the center's clock, and To may go past
// midnight, up to "47:59".
type Hours struct {
	Days []int  `json:"days"`
	From string `json:"from"`
	To   string `json:"to"`
}

const (
	maxHours  = 21
	maxClosed = 400
)

func (f *form) hours(s *Shop) {
	if len(s.Hours) > maxHours {
		f.bad("hours", "must be at most %d", maxHours)
		return
	}
	for i, h := range s.Hours {
		at := fmt.Sprintf("hours[%d].", i)
		if len(h.Days) == 0 || len(h.Days) > 7 || slices.ContainsFunc(h.Days, func(d int) bool { return d < 1 || d > 7 }) {
			f.bad(at+"days", "must be 1 to 7 days, Monday is 1")
		}
		from, okFrom := clockMinutes(h.From, 24)
		to, okTo := clockMinutes(h.To, 48)
		if !okFrom {
			f.bad(at+"from", "must be a time like 10:00")
		}
		if !okTo || okFrom && (to <= from || to-from > 24*60) {
			f.bad(at+"to", "must be a time after from, at most 24 hours later (over midnight: past 24:00)")
		}
	}
	if len(s.ClosedDates) > maxClosed {
		f.bad("closedDates", "must be at most %d", maxClosed)
		return
	}
	for i, d := range s.ClosedDates {
		if _, err := time.Parse(time.DateOnly, d); err != nil {
			f.bad(fmt.Sprintf("closedDates[%d]", i), "must be a day like 2026-12-25")
		}
	}
}

// clockMinutes reads "HH:MM" with an hour below most.
func clockMinutes(s string, most int) (minutes int, ok bool) {
	if len(s) != 5 || s[2] != ':' {
		return 0, false
	}
	for _, i := range []int{0, 1, 3, 4} {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	h, m := int(s[0]-'0')*10+int(s[1]-'0'), int(s[3]-'0')*10+int(s[4]-'0')
	if h > most || m > 59 || h == most && m > 0 {
		return 0, false
	}
	return h*60 + m, true
}

// OpenAt reports whether the shop cooks at that instant, by its hours in the
// center's zone. A shop without hours always does, save on its closed dates. A
// stretch that began before midnight belongs to the day it began on.
func (r *Shop) OpenAt(c *Center, t Time) bool {
	if len(r.Hours) == 0 && len(r.ClosedDates) == 0 {
		return true
	}
	zone, ok := Zone(c.Timezone)
	if !ok {
		zone = time.UTC
	}
	local := t.In(zone)
	minute := local.Hour()*60 + local.Minute()
	today := time.Date(local.Year(), local.Month(), local.Day(), 12, 0, 0, 0, time.UTC) // noon: no zone's rule is in the way
	for back := range 3 {
		day := today.AddDate(0, 0, -back)
		closed := slices.Contains(r.ClosedDates, day.Format(time.DateOnly))
		if len(r.Hours) == 0 {
			return !closed
		}
		if !closed && r.cooks(int(day.Weekday()+6)%7+1, minute+back*24*60) {
			return true
		}
	}
	return false
}

// cooks reports whether a stretch of that weekday covers the minute since its midnight.
func (r *Shop) cooks(weekday, minute int) bool {
	for _, h := range r.Hours {
		if !slices.Contains(h.Days, weekday) {
			continue
		}
		from, _ := clockMinutes(h.From, 24)
		to, _ := clockMinutes(h.To, 48)
		if minute >= from && minute < to {
			return true
		}
	}
	return false
}
