package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/brosops/bros/api"
	"github.com/brosops/bros/domain"
)

// What bros privacy delete leaves of a customer is looked for in the bytes of all
// files of the data folder.
func TestPrivacyDeleteLeavesNoByte(t *testing.T) {
	dir, env := t.TempDir(), []string{mayLoop, "BROS_LIST_WINDOW=1s"}
	p := serveIn(t, dir, env)
	admin := p.admin()
	k := newKitchen(admin)
	var hook api.NewWebhookAnswer // of a system that is away: its queue holds the bodies
	admin.must(201, "POST", "/webhooks", domain.NewWebhook{Name: "app", URL: "http://127.0.0.1:1/bros", CenterIDs: []string{k.center.ID}}, &hook)
	customer := domain.Customer{Name: "김철수", Phone: "+82 10-1234-5678", Address: "서울 강남구 비밀스러운로 1", AddressDetail: "비동 1202호", Memo: "벨 <누르지> 마세요", Location: &domain.Location{Lat: 37.51, Lng: 127.01}}
	place := func(key string) (res domain.OrderResult) {
		t.Helper()
		body, err := json.Marshal(domain.NewOrder{ShopID: k.shop.ID, Channel: "app", Accept: true, Customer: customer,
			Items: []domain.Item{{Name: "Rice", Quantity: 1, Price: 1000}}, Payment: domain.Payment{Method: domain.Card, Amount: 1000}})
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/api/v1/orders", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+admin.token)
		req.Header.Set("Idempotency-Key", key)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		if err := json.NewDecoder(resp.Body).Decode(&res); err != nil || resp.StatusCode != http.StatusCreated {
			t.Fatal(resp.Status, err)
		}
		return res
	}
	first, second := place("one"), place("two")
	const other = "서울 강남구 다른데로 22"
	admin.must(200, "PATCH", "/orders/"+first.Order.ID, json.RawMessage(`{"customer":{"memo":"010 1234 5678 로 전화","addressDetail":"비동 1203호"},"reason":"고객 (010)1234.5678 요청"}`), nil)
	k.bring(admin, first.Delivery.ID)
	admin.must(200, "POST", "/orders/"+second.Order.ID+"/cancel", domain.CancelOrder{Reason: "０１０-１２３４-５６７８ 김철수", By: "agent"}, nil)
	for _, text := range []string{"김철수 고객 010-1234-5678, 비동 1202호", "call +82 10 1234 5678", "서울 강남구 비밀스러운로 1 어디예요?", "나머지는 그대로"} {
		admin.must(201, "POST", "/chat/"+k.center.ID+"/messages", json.RawMessage(`{"text":"`+text+`"}`), nil)
	}
	var left domain.OrderResult // somebody else's, which stays
	admin.must(201, "POST", "/orders", domain.NewOrder{ShopID: k.shop.ID, Channel: "app", Accept: true,
		Customer: domain.Customer{Name: "박영희", Phone: "01012345679", Address: other}, Items: []domain.Item{{Name: "Rice", Quantity: 1, Price: 1000}}, Payment: domain.Payment{Method: domain.Card, Amount: 1000}}, &left)
	k.bring(admin, left.Delivery.ID)
	p.stop()

	// Time goes by: a connection that overwrites nothing makes it two days ago.
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "data", "bros.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"orders", "deliveries"} {
		if _, err := db.Exec("UPDATE " + table + " SET finished_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-2 days')"); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	p = serveIn(t, dir, env) // it is forgotten beside a server
	c := launch(t, brosBinary, dir, env, "privacy", "export", "+82-10-1234-5678")
	if c.exit() != 0 || strings.Count(c.stdout.String(), `"order"`) != 2 {
		t.Errorf("export: %s%s", c.stdout, c.stderr)
	}
	if c = launch(t, brosBinary, dir, env, "privacy", "delete", "０１０ 1234-5678"); c.exit() != 0 || !strings.Contains(c.stdout.String(), "masked 2 orders") {
		t.Errorf("delete: %s%s", c.stdout, c.stderr)
	}
	admin = p.admin()
	var chat struct {
		Items []domain.ChatMessage `json:"items"`
	}
	admin.must(200, "GET", "/chat/"+k.center.ID+"/messages", nil, &chat)
	if len(chat.Items) != 4 || chat.Items[3].Text != "*** 고객 ***, ***" || chat.Items[0].Text != "나머지는 그대로" {
		t.Errorf("chat: %+v", chat.Items)
	}
	p.stop()
	trace := domain.NewTrace("01012345678")
	kept := false
	if err := filepath.WalkDir(filepath.Join(dir, "data"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if trace.In(b) {
			t.Errorf("%s has the number", e.Name())
		}
		for _, s := range []string{"김철수", "비밀스러운로", "비동 120", "누르지", "010 1234", "５６７８", "1234.5678"} {
			if at := bytes.Index(b, []byte(s)); at >= 0 {
				t.Errorf("%s has %q: …%q…", e.Name(), s, b[max(0, at-80):min(len(b), at+80)])
			}
		}
		kept = kept || bytes.Contains(b, []byte(other))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if !kept {
		t.Error("somebody else's order was touched")
	}
}
