package domain

import (
	"fmt"
	"time"
)

// latestDayStart is how late after midnight a business day may begin.
const latestDayStart = 8 * time.Hour

// Calendar tells the business days of a center: they begin at an hour of the
// wall clock of its zone. Every instant is of exactly one day, also where the
// clock skips an hour, a midnight or a whole day, or goes through one twice. All
// that counts or lists by day asks it.
type Calendar struct {
	zone   *time.Location
	starts time.Duration // after midnight, by the wall clock
}

// Calendar returns the calendar of a center; an unknown zone counts as UTC.
func (c *Center) Calendar() Calendar {
	zone, ok := Zone(c.Timezone)
	if !ok {
		zone = time.UTC
	}
	starts, ok := dayStart(c.DayStartsAt)
	if !ok {
		starts = 0 // a record from before there was such a setting
	}
	return Calendar{zone, starts}
}

// UTC is the calendar of what belongs to no one zone.
var UTC = Calendar{zone: time.UTC}

// dayStart reads HH:MM from 00:00 to 08:00.
func dayStart(text string) (time.Duration, bool) {
	t, err := time.Parse("15:04", text)
	d := time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	return d, err == nil && len(text) == len("15:04") && d <= latestDayStart
}

// ParseDay reads a day as YYYY-MM-DD.
func ParseDay(text string) (day string, err error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || t.Year() < 1970 || t.Year() > 9990 {
		return "", fmt.Errorf("want a day as YYYY-MM-DD")
	}
	return t.Format(time.DateOnly), nil
}

// AddDays returns the day that many days after one.
func AddDays(day string, days int) string {
	t, _ := time.Parse(time.DateOnly, day)
	return t.AddDate(0, 0, days).Format(time.DateOnly)
}

// Zone is where the clock stands.
func (c Calendar) Zone() *time.Location { return c.zone }

// Day returns the day (YYYY-MM-DD) that an instant belongs to.
func (c Calendar) Day(at time.Time) string {
	day := at.In(c.zone)
	_, offset := day.Zone()
	// The wall clock read as if it were UTC, so that no rule of the zone disturbs.
	name := at.UTC().Add(time.Duration(offset)*time.Second - c.starts).Format(time.DateOnly)
	for at.Before(c.Start(name).Time) {
		name = AddDays(name, -1)
	}
	for {
		next := AddDays(name, 1)
		if at.Before(c.Start(next).Time) {
			return name
		}
		name = next
	}
}

// Start returns the instant at which a day begins: the first at which the wall
// clock shows the hour at which days begin, or a later one where it skips that.
func (c Calendar) Start(day string) Time {
	// No zone is further than this from UTC, by far.
	const reach = 36 * time.Hour
	wall, _ := time.Parse(time.DateOnly, day)
	wall = wall.Add(c.starts)
	at := wall.Add(-reach)
	for {
		local := at.In(c.zone)
		_, offset := local.Zone()
		_, change := local.ZoneBounds()
		begin := wall.Add(-time.Duration(offset) * time.Second)
		if begin.Before(at) {
			begin = at // the clock has just skipped it
		}
		if change.IsZero() || begin.Before(change) {
			return At(begin)
		}
		at = change
	}
}

// End returns the instant at which a day is over, and the next begins.
func (c Calendar) End(day string) Time { return c.Start(AddDays(day, 1)) }

// DayOf is the business day (YYYY-MM-DD) at a center at that instant.
func DayOf(c Center, t Time) string { return c.Calendar().Day(t.Time) }
