package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"go.yaml.in/yaml/v3"

	"github.com/brosops/bros/api/jsonbody"
	"github.com/brosops/bros/api/plan"
	"github.com/brosops/bros/api/report"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// dict is a part of the description.
type dict = map[string]any

func readDescription(t *testing.T) dict {
	t.Helper()
	var doc dict
	if err := yaml.Unmarshal(openapi, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestDescriptionHasEveryRoute compares the description with the router, both
// ways, and its x-access with the rules the routes were registered with.
func TestDescriptionHasEveryRoute(t *testing.T) {
	r := newRig(t)
	doc := readDescription(t)
	described := map[string]dict{}
	for path, ops := range doc["paths"].(dict) {
		for method, op := range ops.(dict) {
			described[strings.ToUpper(method)+" "+path] = op.(dict)
		}
	}
	rules := map[string]access{}
	for _, route := range r.srv.routes {
		rules[route.Method+" "+route.Pattern] = route.access
	}
	served := map[string]bool{}
	err := chi.Walk(r.srv.Handler().(chi.Routes), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		path, ok := strings.CutPrefix(route, base)
		if !ok {
			return nil
		}
		name := method + " " + path
		served[name] = true
		op, ok := described[name]
		if !ok {
			t.Errorf("%s is not described", name)
			return nil
		}
		if got, want := fmt.Sprint(op["x-access"]), fmt.Sprint(accessWords(rules[name])); got != want {
			t.Errorf("%s: x-access %s, want %s", name, got, want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range described {
		if !served[name] {
			t.Errorf("%s is described and not served", name)
		}
	}
}

// accessWords is an access rule in the words of x-access.
func accessWords(a access) []string {
	if a.public {
		return []string{"public"}
	}
	var words []string
	if a.staff != "" {
		words = append(words, string(a.staff))
	}
	if a.rider {
		words = append(words, "rider")
	}
	if a.anyKey {
		words = append(words, "key")
	}
	for _, sc := range a.scopes {
		words = append(words, "key:"+string(sc))
	}
	return words
}

// TestDescriptionIsWhole follows every reference, and asks of each operation
// what every operation has.
func TestDescriptionIsWhole(t *testing.T) {
	doc := readDescription(t)
	used := map[string]bool{}
	var follow func(at string, v any)
	follow = func(at string, v any) {
		switch v := v.(type) {
		case dict:
			if ref, ok := v["$ref"].(string); ok {
				used[ref] = true
				var target any = doc
				for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
					target = target.(dict)[part]
					if target == nil {
						t.Errorf("%s: %s leads nowhere", at, ref)
						return
					}
				}
			}
			for k, x := range v {
				follow(at+"/"+k, x)
			}
		case []any:
			for i, x := range v {
				follow(fmt.Sprintf("%s[%d]", at, i), x)
			}
		}
	}
	follow("", doc)
	for group, parts := range doc["components"].(dict) {
		for name := range parts.(dict) {
			if ref := "#/components/" + group + "/" + name; !used[ref] && group != "securitySchemes" && name != "Rider" {
				t.Errorf("%s is used nowhere", ref)
			}
		}
	}
	ids := map[string]bool{}
	for path, ops := range doc["paths"].(dict) {
		for method, o := range ops.(dict) {
			op, name := o.(dict), method+" "+path
			id, _ := op["operationId"].(string)
			if id == "" || ids[id] {
				t.Errorf("%s: operationId %q is missing or taken", name, id)
			}
			ids[id] = true
			if op["summary"] == nil || op["tags"] == nil {
				t.Errorf("%s has no summary or tag", name)
			}
			responses := op["responses"].(dict)
			if responses["default"] == nil || len(responses) < 2 {
				t.Errorf("%s: responses %v", name, responses)
			}
			for p := range strings.SplitSeq(path, "/") {
				if strings.HasPrefix(p, "{") && !strings.Contains(fmt.Sprint(op["parameters"]), strings.Trim(p, "{}")) {
					t.Errorf("%s does not describe %s", name, p)
				}
			}
		}
	}
}

// TestDescriptionFitsTypes compares each schema with the Go type that it is of.
func TestDescriptionFitsTypes(t *testing.T) {
	schemas := readDescription(t)["components"].(dict)["schemas"].(dict)
	types := []any{
		Problem{}, domain.Field{}, domain.Location{}, LoginRequest{}, LoginAnswer{}, Me{}, domain.Center{}, domain.NewCenter{}, domain.CenterPatch{},
		domain.Shop{}, domain.Area{}, domain.DeliveryZone{}, domain.NewZone{}, domain.ZonePatch{}, domain.ZoneAnswer{}, domain.NewShop{}, domain.ShopPatch{}, domain.ShopState{}, ImportAnswer{}, domain.ImportRow{}, domain.Rider{}, domain.RiderView{}, domain.NewRider{}, domain.RiderPatch{}, domain.SetDuty{},
		domain.User{}, domain.NewUser{}, domain.UserPatch{}, domain.APIKey{}, NewKeyAnswer{}, domain.NewKey{}, domain.KeyPatch{}, domain.ShopRef{},
		domain.Customer{}, domain.Item{}, domain.Payment{}, domain.Order{}, domain.NewOrder{}, domain.OrderResult{}, domain.AcceptOrder{},
		domain.RejectOrder{}, domain.CancelOrder{}, CustomerSearch{}, CustomerAnswer{}, CustomerAddress{}, domain.Delivery{}, domain.AssignDelivery{},
		domain.AssignMany{}, domain.Assignment{}, AssignManyAnswer{}, domain.AssignResult{}, domain.AssignRefusal{}, domain.Unassign{},
		domain.CancelDelivery{}, domain.Hours{}, domain.Override{}, domain.CorrectOrder{}, domain.CustomerPatch{}, domain.SeenInput{}, domain.ArriveInput{}, domain.ProblemInput{},
		domain.ResolveInput{}, domain.GiveBackInput{}, domain.ReturnedInput{}, domain.ReopenInput{}, domain.ReleaseInput{}, domain.ModeInput{}, domain.PinInput{}, domain.AnswerOffer{}, domain.FoundAddress{}, AddressAnswer{},
		domain.DeliveryProblem{}, plan.Plan{}, plan.PlanRider{}, plan.PlanStop{}, plan.PlanWaiting{}, domain.Amendment{}, domain.FieldChange{}, domain.OfferRef{}, domain.Asked{}, domain.Offer{}, domain.OfferResult{}, domain.RiderAction{}, domain.Deliver{}, PhotoAnswer{}, domain.Person{}, domain.HistoryEntry{}, Suggestion{}, Effect{},
		domain.Position{}, PositionsRequest{}, Fix{}, PositionsAnswer{}, RejectedFix{}, Track{}, RouteAnswer{}, About{}, Tiles{}, VectorTiles{}, TrackingAnswer{}, domain.ETA{}, TrackingPosition{}, TrackingShop{},
		report.Daily{}, report.RangeReport{}, report.DayFigures{}, report.ShopFigures{}, report.ReasonFigures{}, domain.CashDelivery{}, domain.CashInHand{}, domain.RiderCash{}, domain.Settle{}, domain.Settlement{}, report.Late{}, report.Stage{}, report.HourFigures{}, report.RiderFigures{}, report.OfferFigures{}, report.Failure{}, Ticket{}, TicketRequest{}, ChangesRequest{}, ChangesSince{}, realtime.Since{}, Changes{},
		domain.ChatMessage{}, domain.NewMessage{}, domain.RemoveMessage{}, domain.ChatRemoval{}, domain.MarkRead{}, domain.ChatRead{}, ChatPeople{}, PushKeyAnswer{}, domain.NewPushSubscription{}, domain.PushKeys{}, PushAnswer{}, EventRequest{}, EventAnswer{}, domain.Webhook{}, WebhookView{}, NewWebhookAnswer{}, domain.NewWebhook{}, domain.WebhookPatch{},
		domain.WebhookDelivery{}, domain.ReplayWebhook{}, ReplayAnswer{}, domain.AuditEntry{}, domain.AuditChange{}, Monitor{}, MonitorNode{}, MonitorRedis{}, realtime.RoomInfo{}, realtime.ConnInfo{},
	}
	compared := map[string]bool{"ID": true, "Time": true}
	for _, v := range types {
		rt := reflect.TypeOf(v)
		compared[rt.Name()] = true
		s, ok := schemas[rt.Name()].(dict)
		if !ok {
			t.Errorf("%s has no schema", rt.Name())
			continue
		}
		compareSchema(t, rt, s)
	}
	for name := range schemas {
		if !compared[name] {
			t.Errorf("the schema %s is compared with no type", name)
		}
	}
}

func compareSchema(t *testing.T, rt reflect.Type, s dict) {
	props := s["properties"].(dict)
	fields := jsonbody.Fields(rt)
	for name, ft := range fields {
		p, ok := props[name].(dict)
		if !ok {
			t.Errorf("%s.%s is not described", rt.Name(), name)
			continue
		}
		if patch, ok := reflect.Zero(ft).Interface().(interface{ PatchOf() reflect.Type }); ok {
			ft = patch.PatchOf()
		}
		for ft.Kind() == reflect.Pointer {
			ft = ft.Elem()
		}
		if want := schemaKind(ft); want != "" && p["$ref"] == nil && p["type"] != want {
			t.Errorf("%s.%s is described as %v, is %s", rt.Name(), name, p["type"], want)
		}
		if ref, ok := p["$ref"].(string); ok && ft.Kind() == reflect.Struct && ft != reflect.TypeFor[domain.Time]() && ft.Name() != "Time" &&
			!strings.HasSuffix(ref, "/"+ft.Name()) {
			t.Errorf("%s.%s refers to %s, is %s", rt.Name(), name, ref, ft.Name())
		}
	}
	for name := range props {
		if fields[name] == nil {
			t.Errorf("%s.%s is described and does not exist", rt.Name(), name)
		}
	}
	// What an answer always has, its schema requires, and no more.
	required, _ := s["required"].([]any)
	for _, name := range required {
		if fields[name.(string)] == nil {
			t.Errorf("%s requires %v, which does not exist", rt.Name(), name)
		}
	}
	if _, input := s["additionalProperties"]; input || strings.Contains(inputs, " "+rt.Name()+" ") {
		return
	}
	var zero dict
	if b, err := json.Marshal(reflect.Zero(rt).Interface()); err != nil || json.Unmarshal(b, &zero) != nil {
		t.Errorf("%s: %v", rt.Name(), err)
	}
	for name := range zero {
		if !slices.Contains(required, any(name)) {
			t.Errorf("%s.%s is always there and not required", rt.Name(), name)
		}
	}
	for _, name := range required {
		if _, always := zero[name.(string)]; !always {
			t.Errorf("%s.%s is required and may be absent", rt.Name(), name)
		}
	}
}

// inputs are the schemas of bodies that may hold unknown fields.
const inputs = " SeenInput ArriveInput ProblemInput GiveBackInput ReturnedInput AnswerOffer Hours RiderAction Deliver SetDuty PositionsRequest Fix Customer "

func schemaKind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return "integer"
	case reflect.Float64:
		return "number"
	case reflect.Slice:
		if t == reflect.TypeFor[json.RawMessage]() {
			return ""
		}
		return "array"
	case reflect.Map:
		return "object"
	}
	return ""
}
