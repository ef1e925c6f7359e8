package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/brosops/bros/domain"
)

// ImportAnswer says of each row of a file what came of it.
type ImportAnswer struct {
	DryRun  bool               `json:"dryRun"`
	Created int                `json:"created"` // 0 on a dry run
	Changed int                `json:"changed,omitempty"`
	Failed  int                `json:"failed"` // rows with errors
	Rows    []domain.ImportRow `json:"rows"`
}

var shopColumns = map[string][]string{
	"name": {"이름", "가맹점", "가맹점명", "가게", "가게명", "상호"}, "phone": {"전화", "전화번호"}, "address": {"주소"},
	"lat": {"위도", "latitude"}, "lng": {"경도", "longitude", "lon"}, "prepMinutes": {"조리시간", "preparation"},
	"status": {"상태", "state"}, "busyMinutes": {"바쁨추가", "주문밀림추가"},
}

var riderColumns = map[string][]string{
	"name": {"이름", "라이더"}, "phone": {"전화", "전화번호"}, "vehicle": {"이동수단", "차량"},
	"capacity": {"동시배달수"}, "login": {"아이디"}, "password": {"비밀번호"},
}

var shopStates = map[string]string{"영업중": "open", "영업": "open", "바쁨": "busy", "주문 밀림": "busy", "주문밀림": "busy", "영업종료": "closed"}

var vehicles = map[string]string{"오토바이": "motorcycle", "자전거": "bicycle", "자동차": "car", "도보": "foot"}

// importShops answers POST /shops/import: a CSV file of shops for ?centerId=,
// all of them or none; ?dryRun=1 only looks.
func (s *Server) importShops(w http.ResponseWriter, r *http.Request) error {
	table, dry, err := s.importTable(r, shopColumns)
	if err != nil {
		return err
	}
	centerID := r.URL.Query().Get("centerId")
	taken := map[string]bool{}
	filter := domain.SetupFilter{CenterIDs: []string{centerID}}
	for page := (Page{Limit: maxLimit}); ; {
		shops, next, err := s.store.ListShops(r.Context(), filter, page)
		if err != nil {
			return err
		}
		for _, shop := range shops {
			taken[shop.Name] = true
		}
		if next == "" {
			break
		}
		page.Cursor = next
	}
	return s.answerImport(w, r, dry, func(ctx context.Context, tx domain.Tx) (int, []domain.ImportRow, error) {
		in, rows := make([]domain.NewShop, len(table)), make([]domain.ImportRow, len(table))
		for i, line := range table {
			row := &rows[i]
			row.Line = line.line
			in[i] = domain.NewShop{
				Name: line.cells["name"], Phone: line.cells["phone"], Address: line.cells["address"], Location: line.place(row),
				PrepMinutes: line.number("prepMinutes", row), BusyMinutes: line.number("busyMinutes", row),
				Status: domain.ShopStatus(line.word("status", shopStates)),
			}
		}
		n, err := s.svc.ImportShops(ctx, tx, actorOf(ctx), centerID, in, rows, taken, dry)
		return n, rows, err
	})
}

// importRiders answers POST /riders/import: a CSV file of riders with their logins.
func (s *Server) importRiders(w http.ResponseWriter, r *http.Request) error {
	table, dry, err := s.importTable(r, riderColumns)
	if err != nil {
		return err
	}
	taken, hashes := map[string]bool{}, make([]string, len(table))
	for i, line := range table {
		login, ok := domain.ValidLogin(line.cells["login"])
		if !ok {
			continue
		}
		_, _, err := s.store.FindLogin(r.Context(), login)
		var e *domain.Error
		if err == nil {
			taken[login] = true
		} else if !errors.As(err, &e) || e.Code != domain.CodeNotFound {
			return err
		}
		if !dry && domain.ValidPassword(line.cells["password"]) {
			if hashes[i], err = s.hashIfValid(r.Context(), line.cells["password"]); err != nil {
				return err
			}
		}
	}
	return s.answerImport(w, r, dry, func(ctx context.Context, tx domain.Tx) (int, []domain.ImportRow, error) {
		in, rows := make([]domain.NewRider, len(table)), make([]domain.ImportRow, len(table))
		for i, line := range table {
			row := &rows[i]
			row.Line = line.line
			in[i] = domain.NewRider{
				Name: line.cells["name"], Phone: line.cells["phone"], Vehicle: domain.Vehicle(line.word("vehicle", vehicles)),
				Capacity: line.number("capacity", row), Login: line.cells["login"], Password: line.cells["password"],
			}
		}
		n, err := s.svc.ImportRiders(ctx, tx, actorOf(ctx), r.URL.Query().Get("centerId"), in, rows, taken, hashes, dry)
		return n, rows, err
	})
}

// importTable reads the file, after the center has been looked for.
func (s *Server) importTable(r *http.Request, columns map[string][]string) ([]csvRow, bool, error) {
	dry, err := s.importInto(r)
	if err != nil {
		return nil, false, err
	}
	body, err := readBody(r)
	if err != nil {
		return nil, false, err
	}
	table, err := readTable(body, columns)
	return table, dry, err
}

// importInto looks for the center of an import, and says whether it only looks.
func (s *Server) importInto(r *http.Request) (dry bool, err error) {
	q := r.URL.Query()
	if id := q.Get("centerId"); id == "" {
		return false, domain.Invalid("centerId", "is required")
	} else if err := s.inCenter(r.Context(), actorOf(r.Context()), id); err != nil {
		return false, err
	}
	text := q.Get("dryRun")
	if text == "" {
		return false, nil
	}
	if dry, err = strconv.ParseBool(text); err != nil {
		return false, domain.Invalid("dryRun", "must be 1 or 0")
	}
	return dry, nil
}

// answerImport runs an import in one transaction. A dry run answers 200 with
// all rows; rows with errors otherwise refuse the whole, each as the fields
// rows[LINE].NAME of a validation problem.
func (s *Server) answerImport(w http.ResponseWriter, r *http.Request, dry bool, fn func(context.Context, domain.Tx) (int, []domain.ImportRow, error)) error {
	done, err := s.commitImport(r, dry, fn, func(*ImportAnswer) {})
	if err == nil {
		done.send(w)
	}
	return err
}

// commitImport is answerImport up to the answer, which more completes.
func (s *Server) commitImport(r *http.Request, dry bool, fn func(context.Context, domain.Tx) (int, []domain.ImportRow, error), more func(*ImportAnswer)) (committed, error) {
	status := http.StatusCreated
	if dry {
		status = http.StatusOK
		r.Header.Del("Idempotency-Key") // it changes nothing
	}
	return s.commit(r, status, func(ctx context.Context, tx domain.Tx) (any, error) {
		n, rows, err := fn(ctx, tx)
		if err != nil {
			return nil, err
		}
		out := ImportAnswer{DryRun: dry, Created: n, Rows: rows}
		more(&out)
		var fields []domain.Field
		for _, row := range rows {
			if len(row.Errors) > 0 {
				out.Failed++
			}
			for _, f := range row.Errors {
				fields = append(fields, domain.Field{Field: "rows[" + strconv.Itoa(row.Line) + "]." + f.Field, Code: f.Code, Params: f.Params, Message: f.Message})
			}
		}
		if !dry && out.Failed > 0 {
			return nil, &domain.Error{Code: domain.CodeValidation, Detail: "nothing was imported: some rows are wrong", Fields: fields}
		}
		return out, nil
	})
}
