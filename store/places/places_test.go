package places_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/korean"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/store/places"
)

// A few real-looking rows; the places are those of the grid's test.
const songpa = `1171010100|서울특별시|송파구|신천동|117103123001|올림픽로|0|300|0|05551|1171010200100290000000001|롯데월드타워|업무시설|1171065000|잠실6동|123|6|0|1||||0|965000.000000|1945000.000000|965010.000000|1945010.000000|Seoul|Songpa-gu|Sincheon-dong|Olympic-ro|1|31
1171010100|서울특별시|송파구|신천동|117103123001|올림픽로|0|301|0|05551|1171010200100290003000002||단독주택|1171065000|잠실6동|2|0|0|1||||1|965100.0|1945000.0|||Seoul|Songpa-gu|Sincheon-dong|Olympic-ro|1|31
1171010100|서울특별시|송파구|잠실동|117103123001|올림픽로|0|35|0|05500|1171010100100220001000003|엘스아파트|공동주택|1171065000|잠실2동|33|2|1|2|101동|||1|964000.0|1945000.0|964010.0|1945010.0|Seoul|Songpa-gu|Jamsil-dong|Olympic-ro|1|31
1171010100|서울특별시|송파구|잠실동|117103123001|올림픽로|0|35|0|05500|1171010100100220001000004|엘스아파트|공동주택|1171065000|잠실2동|33|2|1|2|102동|||1|964100.0|1945000.0|964110.0|1945110.0|Seoul|Songpa-gu|Jamsil-dong|Olympic-ro|1|31
1171010100|서울특별시|송파구|잠실동|117104169021|올림픽로35길|0|12|3|05501|1171010100100230004000005||단독주택|1171065000|잠실2동|3|1|0|1||||1|964500.0|1945300.0|964505.0|1945305.0|Seoul|Songpa-gu|Jamsil-dong|Olympic-ro 35-gil|1|31
1171010100|서울특별시|송파구|신천동|117103123001|올림픽로|1|265|0|05551|1171010200100280000000006|잠실역|역사|1171065000|잠실6동|0|2|0|1||||0|964900.0|1944900.0|964905.0|1944905.0|Seoul|Songpa-gu|Sincheon-dong|Olympic-ro|1|31
4182010100|경기도|가평군|가평읍|418202000001|가화로|0|12|0|12400|4182025021200150002000007|||4182025000|가평읍|1|0|0|1||||1|990000.0|1980000.0|990005.0|1980005.0|Gyeonggi-do|Gapyeong-gun|Gapyeong-eup|Gahwa-ro|0|31
`

const songpaLots = `1171010200|서울특별시|송파구|신천동||0|30|1|117103123001|0|300|0|1|Seoul|Songpa-gu|Sincheon-dong||31||1171010100
4182025021|경기도|가평군|가평읍|대곡리|1|15|2|418202000001|0|12|0|0|Gyeonggi-do|Gapyeong-gun|Gapyeong-eup|Daegok-ri|31||4182025000
`

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	b, err := korean.EUCKR.NewEncoder().Bytes([]byte(strings.ReplaceAll(text, "\n", "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func songpaIndex(t *testing.T) (*places.Index, string) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "addresses.db")
	_, err := places.Import(t.Context(), places.ImportOptions{Path: path, Format: places.FormatJuso, Files: []string{
		write(t, dir, "match_jibun_seoul.txt", songpaLots), write(t, dir, "match_build_seoul.txt", songpa),
	}})
	if err != nil {
		t.Fatal(err)
	}
	x := places.New(path, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = x.Close() })
	return x, path
}

func find(t *testing.T, x *places.Index, q string) []domain.FoundAddress {
	t.Helper()
	got, err := x.FindAddresses(context.Background(), domain.AddressQuery{Text: q, Limit: 10})
	if err != nil {
		t.Fatalf("%q: %v", q, err)
	}
	return got
}

func TestFindsByAllWays(t *testing.T) {
	x, _ := songpaIndex(t)
	tower := "서울특별시 송파구 올림픽로 300"
	for q, want := range map[string]string{
		"올림픽로 300":            tower,
		"올림픽로300":             tower,
		"서울 송파구 올림픽로 300":     tower,
		"서울특별시 송파구 올림픽로300":   tower,
		"송파구올림픽로 300":         tower,
		"송파구올림픽로300":          tower,
		"300 올림픽로":            tower,
		"올림픽로 송파구 300":        tower,
		"신천동 29":              tower,
		"신천동29":               tower,
		"신천동 29번지":            tower,
		"신천동 30-1":            tower,
		"롯데월드타워":              tower,
		"롯데월":                 tower,
		"월드타워":                tower,
		"신천동 롯데월드타워":          tower,
		"롯데월드타워 신천동":          tower,
		"올림픽로 300 롯데월드타워":     tower,
		"ㄹㄷㅇㄷ":                tower,
		"ㄹㄷㅇㄷㅌㅇ":              tower,
		"ㅇㄹㅍㄹ 300":            tower,
		"올림픽로 300 101동 1203호": tower,
		"올림픽로300, 지하1층":       tower,
		"롯데윌드타워":              tower,
		"올림믹로 300":            tower,
		"올림로 300":             tower,
		"올림픽로로 300":           tower,
		"롲데월드타워":              tower,
		"올ㄹㅍ로 300":            tower,
		"올림ㅍ":                 "서울특별시 송파구 올림픽로",
		"올림픽로35길 12-3":        "서울특별시 송파구 올림픽로35길 12-3",
		"올림픽로35길12-3":         "서울특별시 송파구 올림픽로35길 12-3",
		"올림픽로 35길 12-3":       "서울특별시 송파구 올림픽로35길 12-3",
		"올림픽로 35길 12":         "서울특별시 송파구 올림픽로35길 12-3",
		"올림픽로 지하 265":         "서울특별시 송파구 올림픽로 지하 265",
		"올림픽로 35":             "서울특별시 송파구 올림픽로 35",
		"잠실동 22-1":            "서울특별시 송파구 올림픽로 35",
		"엘스아파트 102동 1203호":    "서울특별시 송파구 올림픽로 35",
		"가평읍 가화로 12":          "경기도 가평군 가평읍 가화로 12",
		"경기 가평 가화로 12":        "경기도 가평군 가평읍 가화로 12",
		"대곡리 산 15-2":          "경기도 가평군 가평읍 가화로 12",
		"가평읍 대곡리 산15-2":       "경기도 가평군 가평읍 가화로 12",
		"올림픽로 3":              "서울특별시 송파구 올림픽로 35",
		"올림픽로 30":             tower,
	} {
		got := find(t, x, q)
		if len(got) == 0 {
			t.Errorf("%q: nothing", q)
			continue
		}
		if got[0].Road != want && !(q == "올림픽로 3" && len(got) > 2) {
			t.Errorf("%q: %s, want %s", q, got[0].Road, want)
		}
	}
	for _, q := range []string{"", " ", "ㅁㅁㅁㅁ", "없는길 12", "xyz", "300", "%", "' OR 1=1 --", strings.Repeat("가", 500)} {
		if got := find(t, x, q); len(got) != 0 {
			t.Errorf("%q: %+v", q, got[0])
		}
	}
}

func TestWhatIsFound(t *testing.T) {
	x, _ := songpaIndex(t)
	got := find(t, x, "올림픽로 300 101동 1203호")[0]
	want := domain.FoundAddress{
		Label: "서울특별시 송파구 올림픽로 300 (신천동, 롯데월드타워)", Short: "올림픽로 300 (롯데월드타워)", Road: "서울특별시 송파구 올림픽로 300",
		Lot: "서울특별시 송파구 신천동 29", Building: "롯데월드타워", Postcode: "05551", Exact: domain.ExactEntrance, Rest: "101동 1203호", Source: "index",
	}
	if loc := got.Location; loc == nil || domain.Distance(*loc, domain.Location{Lat: 37.503411, Lng: 127.104177}) > 50 {
		t.Errorf("it is at %v", got.Location)
	}
	got.Location = nil
	if got != want {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	for q, exact := range map[string]domain.Exactness{
		"올림픽로 301": domain.ExactBuilding, "올림픽로 299": domain.ExactStreet, "올림픽로": domain.ExactStreet, "신천동": domain.ExactArea, "송파구": domain.ExactArea,
	} {
		if got := find(t, x, q); len(got) == 0 || got[0].Exact != exact || got[0].Location == nil {
			t.Errorf("%q: %+v, want %s", q, got, exact)
		}
	}
	// The flat's building of a complex has an entrance of its own.
	one, two := find(t, x, "올림픽로 35 101동 1호")[0], find(t, x, "올림픽로 35 102동 1호")[0]
	if domain.Distance(*one.Location, *two.Location) < 90 {
		t.Error("both buildings of the complex are in one place")
	}
}

func TestMonthlyChanges(t *testing.T) {
	x, path := songpaIndex(t)
	lines := strings.Split(songpa, "\n")
	gone := strings.TrimSuffix(lines[4], "31") + "63"
	renamed := strings.Replace(lines[0], "롯데월드타워", "하늘타워", 1)
	renamed = strings.TrimSuffix(renamed, "31") + "34"
	fresh := strings.Replace(lines[1], "|301|", "|777|", 1)
	dir := t.TempDir()
	res, err := places.Import(t.Context(), places.ImportOptions{Path: path, Format: places.FormatJuso, Files: []string{
		write(t, dir, "match_build_mod.txt", gone+"\n"+renamed+"\n"+fresh+"\n"),
	}})
	if err != nil || res.Rows != 3 {
		t.Fatal(res, err)
	}
	if got := find(t, x, "올림픽로35길 12-3"); len(got) > 0 && got[0].Exact == domain.ExactEntrance {
		t.Errorf("what is gone is found: %+v", got[0])
	}
	if got := find(t, x, "하늘타워"); len(got) == 0 || got[0].Building != "하늘타워" {
		t.Errorf("the new name: %+v", got)
	}
	if got := find(t, x, "롯데월드타워"); len(got) != 0 {
		t.Errorf("the old name: %+v", got)
	}
	if got := find(t, x, "올림픽로 777"); len(got) == 0 || got[0].Exact == domain.ExactStreet {
		t.Errorf("the new door: %+v", got)
	}
}

func TestWrongFiles(t *testing.T) {
	x, path := songpaIndex(t)
	lines := strings.Split(songpa, "\n")
	dir := t.TempDir()
	for name, c := range map[string]struct {
		format places.Format
		text   string
		line   int64
	}{
		"columns":    {places.FormatJuso, lines[0] + "\n" + lines[1] + "|x|y\n", 2},
		"number":     {places.FormatJuso, lines[0] + "\n\n" + strings.Replace(lines[1], "|301|", "|abc|", 1) + "\n", 3},
		"place":      {places.FormatJuso, strings.Replace(lines[0], "965010.000000", "127.1", 1), 1},
		"no text":    {places.FormatJuso, "올림픽로 300\n", 1},
		"csv head":   {places.FormatCSV, "a,b\n1,2\n", 1},
		"csv lat":    {places.FormatCSV, "도로명주소,위도,경도\n서울특별시 송파구 올림픽로 300,37.5,127.1\n서울특별시 송파구 올림픽로 301,97.5,127.1\n", 3},
		"csv number": {places.FormatCSV, "도로명주소,위도,경도\n서울특별시 송파구 올림픽로,37.5,127.1\n", 2},
		"geojson":    {places.FormatGeoJSON, "{\"type\":\"FeatureCollection\",\"features\":[\n{\"type\":\"Feature\",\"geometry\":null,\"properties\":{}}\n]}", 2},
		"no json":    {places.FormatGeoJSON, "{\"type\":\"FeatureCollection\",\"features\":[\n{\"type\":\n", 2},
		"no utf-8":   {places.FormatGeoJSON, "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[127,37]},\"properties\":{\"street\":\"올림픽로\",\"number\":\"3\"}}", 1},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := places.Import(t.Context(), places.ImportOptions{Path: path, Format: c.format, Files: []string{write(t, dir, "f.txt", c.text)}})
			var bad *places.LineError
			if !errors.As(err, &bad) || bad.Line != c.line {
				t.Fatalf("%v, want line %d", err, c.line)
			}
			if _, err := os.Stat(path + ".part"); err == nil {
				t.Error("something of it is left")
			}
			if len(find(t, x, "올림픽로 300")) == 0 {
				t.Error("the index is not what it was")
			}
		})
	}
}

func TestCSVAndGeoJSON(t *testing.T) {
	for name, c := range map[string]struct {
		format places.Format
		text   string
	}{
		"csv":     {places.FormatCSV, "도로명주소,지번주소,건물명,우편번호,위도,경도\n\"서울특별시 송파구 올림픽로 300 (신천동)\",서울특별시 송파구 신천동 29,롯데월드타워,05551,37.5125,127.1025\n"},
		"geojson": {places.FormatGeoJSON, `{"type":"FeatureCollection","name":"x","features":[{"type":"Feature","geometry":{"type":"Point","coordinates":[127.1025,37.5125]},"properties":{"road":"서울특별시 송파구 올림픽로 300","lot":"서울특별시 송파구 신천동 29","building":"롯데월드타워","postcode":"05551"}}]}`},
		"openaddresses": {places.FormatGeoJSON, `{"type":"Feature","properties":{"hash":"1","number":"300","street":"올림픽로","unit":"","city":"송파구","region":"서울특별시","postcode":"05551","building":"롯데월드타워","lot":"신천동 29"},"geometry":{"type":"Point","coordinates":[127.1025,37.5125]}}
{"type":"Feature","properties":{"number":"301","street":"올림픽로","city":"송파구","region":"서울특별시"},"geometry":{"type":"Point","coordinates":[127.1026,37.5126]}}
`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path, file := filepath.Join(dir, "sub", "addresses.db"), filepath.Join(dir, "file")
			if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := places.Import(t.Context(), places.ImportOptions{Path: path, Format: c.format, Files: []string{file}}); err != nil {
				t.Fatal(err)
			}
			x := places.New(path, slog.New(slog.DiscardHandler))
			defer func() { _ = x.Close() }()
			for _, q := range []string{"올림픽로300", "신천동 29", "ㄹㄷㅇㄷ", "서울 송파 올림픽로 300"} {
				got := find(t, x, q)
				if len(got) == 0 || got[0].Road != "서울특별시 송파구 올림픽로 300" || got[0].Building != "롯데월드타워" || got[0].Postcode != "05551" || got[0].Location.Lat != 37.5125 {
					t.Errorf("%q: %+v", q, got)
				}
			}
		})
	}
}
