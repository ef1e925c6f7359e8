package report

import (
	"maps"
	"math"
	"slices"
	"strings"
)

// figures is what was counted, sorted and summed up.
func (t *tally) figures() Figures {
	f := Figures{
		Orders: t.counts.orders, Deliveries: t.counts.deliveries, Late: t.late, Amount: t.amount, Cash: t.cash,
		Stages: map[string]Stage{}, ByHour: t.hours[:], ByRider: []RiderFigures{}, ByShop: []ShopFigures{}, Reasons: []ReasonFigures{}, Failures: []Failure{},
	}
	if f.Late.Of > 0 {
		f.Late.Share = round(float64(f.Late.Count)/float64(f.Late.Of), 4)
	}
	for i, name := range stageNames {
		f.Stages[name] = stageOf(t.stages[i])
	}
	for _, r := range t.riders {
		r.Total = stageOf(r.took)
		f.ByRider = append(f.ByRider, r.RiderFigures)
	}
	sortFigures(f.ByRider, func(r *RiderFigures) (int, string) { return r.Delivered, r.RiderID })
	shops := map[string]*shopTally{} // one shop has had more than one name or address
	for _, key := range slices.Sorted(maps.Keys(t.shops)) {
		s := t.shops[key]
		mergeAll(shops, map[string]*shopTally{s.ShopID: s}, (*shopTally).merge)
	}
	for _, s := range shops {
		s.Total = stageOf(s.took)
		f.ByShop = append(f.ByShop, s.ShopFigures)
	}
	sortFigures(f.ByShop, func(s *ShopFigures) (int, string) { return s.Deliveries, s.ShopID })
	for why, n := range t.reasons {
		f.Reasons = append(f.Reasons, ReasonFigures{Status: why.status, By: why.by, Reason: why.text, Count: n})
	}
	sortFigures(f.Reasons, func(r *ReasonFigures) (int, string) { return r.Count, r.Status + "\n" + r.By + "\n" + r.Reason })
	f.Reasons = f.Reasons[:min(len(f.Reasons), maxReasons)]
	for how, n := range t.failures {
		f.Failures = append(f.Failures, Failure{how.status, how.kind, n})
	}
	sortFigures(f.Failures, func(r *Failure) (int, string) { return r.Count, string(r.Status) + "\n" + string(r.Kind) })
	return f
}

// byDay are the days that anything is of, in order.
func (t *tally) byDay() []DayFigures {
	out := []DayFigures{}
	for _, name := range slices.Sorted(maps.Keys(t.perDay)) {
		d := t.perDay[name]
		d.Total = stageOf(d.took)
		out = append(out, d.DayFigures)
	}
	return out
}

// sortFigures puts the largest first, by key where they are as large.
func sortFigures[T any](list []T, key func(*T) (int, string)) {
	slices.SortFunc(list, func(a, b T) int {
		an, ak := key(&a)
		bn, bk := key(&b)
		if an != bn {
			return bn - an
		}
		return strings.Compare(ak, bk)
	})
}

// stageOf is the mean and the nearest-rank percentiles.
func stageOf(v durations) Stage {
	if len(v) == 0 {
		return Stage{}
	}
	slices.Sort(v)
	sum := 0.0
	for _, x := range v {
		sum += float64(x)
	}
	rank := func(p float64) float64 { return float64(v[max(0, int(math.Ceil(p*float64(len(v))))-1)]) / 10 }
	return Stage{Count: len(v), Mean: round(sum/10/float64(len(v)), 1), P50: rank(.5), P90: rank(.9)}
}

// round keeps that many digits behind the point.
func round(x float64, digits int) float64 {
	p := math.Pow(10, float64(digits))
	return math.Round(x*p) / p
}
