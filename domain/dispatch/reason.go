package dispatch

import (
	"fmt"
	"math"
)

// Kind is why a rider stands where it stands in the ranking.
type Kind string

// The kinds, in the order in which the first that fits is taken.
const (
	UnknownPlace Kind = "unknown_place" // its place is not known, or old
	Late         Kind = "late"          // it would come after the promised time
	WaitsAtShop  Kind = "waits"         // it is at the shop before the food is ready
	OnTheWay     Kind = "on_the_way"    // the new stops lie along its route
	AfterOthers  Kind = "after_others"  // it has other stops to do first
	Free         Kind = "free"          // nothing in hand
)

// Reason is a Kind with its figures.
type Reason struct {
	Kind     Kind
	Distance float64 // metres from the rider to the shop
	Minutes  int     // late, or waiting at the shop
	Load     int
}

// Text words the reason in one short line, in Korean ("ko") or English; away means from the shop.
func (r Reason) Text(lang string) string {
	if lang == "ko" {
		return r.korean()
	}
	switch r.Kind {
	case UnknownPlace:
		return "place not known at the moment"
	case Late:
		return fmt.Sprintf("%s away, about %d min late", metres(r.Distance), r.Minutes)
	case WaitsAtShop:
		return fmt.Sprintf("%s away, %d min before the food", metres(r.Distance), r.Minutes)
	case OnTheWay:
		return fmt.Sprintf("on the way with %d in hand, %s away", r.Load, metres(r.Distance))
	case AfterOthers:
		return fmt.Sprintf("%d in hand first, %s away", r.Load, metres(r.Distance))
	}
	return fmt.Sprintf("free, %s away", metres(r.Distance))
}

func (r Reason) korean() string {
	switch r.Kind {
	case UnknownPlace:
		return "현재 위치를 알 수 없음"
	case Late:
		return fmt.Sprintf("가맹점까지 %s, 약 %d분 늦음", metres(r.Distance), r.Minutes)
	case WaitsAtShop:
		return fmt.Sprintf("가맹점까지 %s, 조리 완료 %d분 전 도착", metres(r.Distance), r.Minutes)
	case OnTheWay:
		return fmt.Sprintf("%d건 배달 중 가는 길, 가맹점까지 %s", r.Load, metres(r.Distance))
	case AfterOthers:
		return fmt.Sprintf("진행 중 %d건 이후, 가맹점까지 %s", r.Load, metres(r.Distance))
	}
	return fmt.Sprintf("배달 없음, 가맹점까지 %s", metres(r.Distance))
}

func metres(m float64) string {
	if m < 1000 {
		return fmt.Sprintf("%d m", int(math.Round(m/10))*10)
	}
	return fmt.Sprintf("%.1f km", m/1000)
}
