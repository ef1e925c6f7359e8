package api

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/unicode"

	"github.com/brosops/bros/domain"
)

// TestImportShops takes a file as a Korean spreadsheet writes it: looked at first, then all or none.
func TestImportShops(t *testing.T) {
	r := newRig(t)
	at := "/shops/import?centerId=" + r.a.center.ID
	file := "이름,전화,주소,위도,경도,조리 시간,상태\r\n" +
		"\"국밥, 가락점\",02-111-2222,가락로 1,37.5,127.1,10,영업중\r\n" +
		",,,,,,\r\n" +
		"떡볶이,02-111-3333,가락로 2,37.51,127.11,,바쁨\r\n"
	cp949, err := korean.EUCKR.NewEncoder().String(file)
	if err != nil {
		t.Fatal(err)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.ReplaceAll(strings.ReplaceAll(file, "\"국밥, 가락점\"", "국밥 가락점"), ",", "\t"))
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{"UTF-8": file, "a mark": "\ufeff" + file, "CP949": cp949, "UTF-16 with tabs": utf16} {
		out := get[ImportAnswer](r.do(r.a.manager, "POST", at+"&dryRun=1", raw(body)).want(200))
		if !out.DryRun || out.Created != 0 || out.Failed != 0 || len(out.Rows) != 2 || !strings.HasPrefix(out.Rows[0].Name, "국밥") || out.Rows[1].Line != 4 {
			t.Errorf("%s: %+v", name, out)
		}
	}
	shops := func() int {
		return len(get[list[domain.Shop]](r.do(r.a.manager, "GET", "/shops?centerId="+r.a.center.ID, nil).want(200)).Items)
	}
	before := shops()
	out := get[ImportAnswer](r.do(r.a.manager, "POST", at, raw(cp949)).want(201))
	if out.Created != 2 || shops() != before+2 {
		t.Errorf("%+v, %d shops", out, shops())
	}
	found := get[list[domain.Shop]](r.do(r.a.manager, "GET", "/shops?q=가락점", nil).want(200)).Items
	if len(found) != 1 || found[0].Phone != "021112222" || found[0].PrepMinutes != 10 || found[0].Location.Lat != 37.5 {
		t.Errorf("%+v", found)
	}

	// One wrong row, and nothing is written; every fault has its line.
	wrong := "name,phone,lat,lng,prepMinutes\nnew,02-111-4444,37.5,127.1,15\n\"국밥, 가락점\",02,37.5,x,many\n"
	dry := get[ImportAnswer](r.do(r.a.manager, "POST", at+"&dryRun=true", raw(wrong)).want(200))
	if dry.Failed != 1 || len(dry.Rows) != 2 || len(dry.Rows[0].Errors) != 0 || len(dry.Rows[1].Errors) != 4 {
		t.Errorf("%+v", dry)
	}
	r.do(r.a.manager, "POST", at, raw(wrong)).code(422, domain.CodeValidation, "rows[3].phone", "rows[3].location", "rows[3].prepMinutes", "rows[3].name")
	if shops() != before+2 {
		t.Errorf("%d shops after a refused import", shops())
	}

	for _, bad := range []string{"", "name\n", "phone\n1\n", "name,colour\nx,red\n", "name,name\nx,y\n", "name\n\"x\n", "name\n\xff\xfe\xfd\n", "name\n" + strings.Repeat("x\n", domain.MaxImport+1)} {
		r.do(r.a.manager, "POST", at, raw(bad)).code(422, domain.CodeValidation)
	}
	r.do(r.a.manager, "POST", "/shops/import", raw(file)).code(422, domain.CodeValidation)
	r.do(r.a.manager, "POST", "/shops/import?centerId="+r.b.center.ID, raw(file)).code(404, domain.CodeNotFound)
	r.do(r.a.dispatcher, "POST", at, raw(file)).code(403, domain.CodeForbidden)
}

// TestImportRiders makes riders who can log in.
func TestImportRiders(t *testing.T) {
	r := newRig(t)
	at := "/riders/import?centerId=" + r.a.center.ID
	file := "name;phone;vehicle;capacity;login;password\n" +
		"김하나;010-1111-0001;오토바이;2;hana;" + testPassword + "\n" +
		"이두리;010-1111-0002;;;;\n"
	answer := r.do(r.a.manager, "POST", at, raw(file)).want(201)
	answer.without(testPassword, "argon2")
	if out := get[ImportAnswer](answer); out.Created != 2 {
		t.Errorf("%+v", out)
	}
	r.do(nobody, "POST", "/login", loginBody("hana", testPassword)).want(200)
	r.do(r.a.manager, "POST", at, raw(file)).code(422, domain.CodeValidation, "rows[2].login")
	twice := "name,login,password\na,same,x\nb,Same," + testPassword + "\n"
	dry := get[ImportAnswer](r.do(r.a.manager, "POST", at+"&dryRun=1", raw(twice)).want(200))
	if dry.Failed != 2 || dry.Rows[0].Errors[0].Field != "password" || dry.Rows[1].Errors[0].Field != "login" {
		t.Errorf("%+v", dry)
	}
}

// TestImportFilesAsPeopleHaveThem: a line that declares the separator, the
// apostrophes of our own export and columns in another order are understood; a
// workbook is refused by its name.
func TestImportFilesAsPeopleHaveThem(t *testing.T) {
	r := newRig(t)
	at := "/shops/import?centerId=" + r.a.center.ID + "&dryRun=1"
	for name, body := range map[string]string{
		"sep=;":              "sep=;\r\nname;phone;lat;lng\r\nA, and B;02-111-2222;37.5;127\r\n",
		"a mark and sep":     "\ufeff\"sep=,\"\nphone,name,lng,lat\n02-111-2222,\"A, and B\",127,37.5\n",
		"sep= and tabs":      "SEP=\t\nlat\tname\tlng\tphone\n37.5\tA, and B\t127\t02-111-2222\n",
		"an apostrophe":      "name,phone,lat,lng\n\"A, and B\",'+82 2-111-2222,37.5,127\n",
		"a zero that is off": "name,phone,lat,lng\n\"A, and B\",1011112222,37.5,127\n",
	} {
		out := get[ImportAnswer](r.do(r.a.manager, "POST", at, raw(body)).want(200))
		if out.Failed != 0 || len(out.Rows) != 1 || out.Rows[0].Name != "A, and B" {
			t.Errorf("%s: %+v", name, out)
		}
	}
	for _, head := range []string{"PK\x03\x04", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"} {
		p := r.do(r.a.manager, "POST", at, raw(head+"rest")).code(422, domain.CodeValidation, "file")
		if !strings.Contains(string(p.body), `"code":"workbook"`) {
			t.Errorf("%q: %s", head, p.body)
		}
	}
	p := r.do(r.a.manager, "POST", at, raw("name,colour\nx,red\n")).code(422, domain.CodeValidation, "file")
	if !strings.Contains(string(p.body), "colour") {
		t.Errorf("the column is not named: %s", p.body)
	}
}
