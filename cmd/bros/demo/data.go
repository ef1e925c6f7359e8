package demo

import "github.com/brosops/bros/domain"

// Everything here is made up: people, shops, numbers. Only the streets are
// Seoul's, without their houses.

// Password opens every account of the demonstration.
const Password = "bros-demo"

const (
	centerCode = "songpa"
	centerName = "송파센터"
	keyName    = "데모 주문앱"
)

var centerPlace = domain.Location{Lat: 37.5080, Lng: 127.1100}

// visitorRider is the one rider that the demonstration neither gives work to
// nor moves: whoever looks at the rider's app is it.
const visitorRider = "rider"

// account is a login of the demonstration.
type account struct {
	Login, Name string
	Role        domain.Role
	What        string // what it is good for, in the printed table
}

var staff = []account{
	{"manager", "김송파", domain.RoleManager, "a center's settings, staff and reports"},
	{"agent", "이주문", domain.RoleAgent, "the call center: /intake"},
	{"dispatcher", "박관제", domain.RoleDispatcher, "dispatch: /board"},
}

// courier is a rider; those after the first are driven by the demonstration.
type courier struct {
	Login, Name, Phone string
	Vehicle            domain.Vehicle
}

var couriers = []courier{
	{visitorRider, "손님라이더", "010-0000-0100", domain.Motorcycle},
	{"rider1", "김번개", "010-0000-0101", domain.Motorcycle},
	{"rider2", "이배달", "010-0000-0102", domain.Motorcycle},
	{"rider3", "최한강", "010-0000-0103", domain.Motorcycle},
	{"rider4", "정잠실", "010-0000-0104", domain.Bicycle},
	{"rider5", "강석촌", "010-0000-0105", domain.Motorcycle},
	{"rider6", "조방이", "010-0000-0106", domain.Motorcycle},
	{"rider7", "윤오금", "010-0000-0107", domain.Bicycle},
	{"rider8", "장가락", "010-0000-0108", domain.Motorcycle},
	{"rider9", "임문정", "010-0000-0109", domain.Car},
	{"rider10", "한삼전", "010-0000-0110", domain.Motorcycle},
}

// kitchen is a shop and what it cooks.
type kitchen struct {
	Name, Phone, Address string
	East, North          float64 // metres from the center
	Prep                 int     // minutes
	Menu                 []domain.Item
}

func dish(name string, price int64) domain.Item {
	return domain.Item{Name: name, Quantity: 1, Price: price}
}

var kitchens = []kitchen{
	{"호수 도시락", "02-000-0201", "석촌호수로 12", -620, 180, 10,
		[]domain.Item{dish("치킨마요 덮밥", 5900), dish("제육 도시락", 7200), dish("된장국", 1500)}},
	{"방이 치킨공방", "02-000-0202", "위례성대로 34", 540, 310, 20,
		[]domain.Item{dish("후라이드", 19000), dish("양념 반 후라이드 반", 20000), dish("치즈볼", 5000), dish("콜라 1.25L", 2500)}},
	{"송파 국밥집", "02-000-0203", "송파대로 56", 120, -480, 12,
		[]domain.Item{dish("돼지국밥", 9500), dish("순대국밥", 9500), dish("수육 소", 18000)}},
	{"오금 화덕피자", "02-000-0204", "오금로 78", 860, -260, 20,
		[]domain.Item{dish("마르게리타", 17500), dish("고르곤졸라", 18500), dish("스파게티", 9800)}},
	{"가락 떡볶이", "02-000-0205", "가락로 90", 330, -760, 10,
		[]domain.Item{dish("국물떡볶이", 6500), dish("모둠튀김", 5500), dish("순대", 4500), dish("쿨피스", 1500)}},
	{"삼전 초밥", "02-000-0206", "백제고분로 11", -540, -420, 15,
		[]domain.Item{dish("모둠초밥 12p", 21000), dish("연어초밥 10p", 19500), dish("우동", 7000)}},
	{"잠실 분식당", "02-000-0207", "올림픽로 22", -260, 620, 10,
		[]domain.Item{dish("참치김밥", 4500), dish("라볶이", 6500), dish("돈까스", 9500)}},
	{"문정 파스타", "02-000-0208", "문정로 33", 420, 690, 15,
		[]domain.Item{dish("봉골레", 14500), dish("까르보나라", 15000), dish("바질 리조또", 16000)}},
}

var surnames = []string{"김", "이", "박", "최", "정", "강", "조", "윤", "장", "임", "한", "오", "서", "신", "권", "황", "안", "송", "류", "홍"}

var givenNames = []string{"서연", "민준", "지우", "하준", "서윤", "도윤", "지민", "시우", "하은", "예준", "수아", "주원", "다은", "건우", "유진", "현우"}

var streets = []string{"올림픽로", "석촌호수로", "백제고분로", "오금로", "가락로", "위례성대로", "송파대로", "양재대로", "문정로", "동남로", "삼전로", "마천로"}

var memos = []string{"", "", "", "문 앞에 놓아 주세요", "벨은 누르지 마세요", "도착하면 전화 주세요", "경비실에 맡겨 주세요", "수저는 빼 주세요"}

var cancelReasons = []string{"주소를 잘못 골랐어요", "다른 메뉴로 다시 시킬게요", "너무 오래 걸려요"}

// chatter is a line of the center's chat and who says it: a courier's login or
// "dispatcher".
var chatter = []struct{ Login, Text string }{
	{"dispatcher", "점심 피크입니다. 안전 운전 부탁드려요."},
	{"rider2", "올림픽로 공사 중입니다. 돌아가세요."},
	{"rider5", "방이 치킨공방 5분 더 걸린답니다."},
	{"dispatcher", "확인했습니다. 감사합니다."},
	{"rider1", "석촌호수 쪽 비 오기 시작했어요."},
	{"dispatcher", "빗길 조심하세요. 서두르지 않으셔도 됩니다."},
	{"rider8", "가락 떡볶이 앞 주차 단속 나왔습니다."},
	{"rider3", "10분 쉬고 오겠습니다."},
}
