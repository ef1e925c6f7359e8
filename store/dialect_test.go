package store

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	mssql "github.com/microsoft/go-mssqldb"

	"github.com/brosops/bros/domain"
)

// engineFile are the files of one engine.
var engineFile = regexp.MustCompile(`^(sqlite|sqlserver)(_\w+)?\.go$`)

var sqlVerb = regexp.MustCompile(`^\s*(SELECT|INSERT|UPDATE|DELETE|ALTER|IF|DECLARE|EXEC)\b`)

// literals are the statements in the package's files: constant texts, put
// together as far as they are constant, that begin like one.
func literals(t *testing.T) map[string][]string {
	t.Helper()
	names, err := filepath.Glob("*.go")
	must(t, err)
	set := token.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(set, name, nil, 0)
		must(t, err)
		files = append(files, f)
	}
	// Nothing of other packages is needed to know the constants of this one.
	info := types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	_, _ = (&types.Config{Error: func(error) {}}).Check("store", set, files, &info)
	out := map[string][]string{}
	for _, f := range files {
		name := set.Position(f.Pos()).Filename
		ast.Inspect(f, func(n ast.Node) bool {
			e, ok := n.(ast.Expr)
			if !ok || info.Types[e].Value == nil || info.Types[e].Value.Kind() != constant.String {
				return true
			}
			if s := constant.StringVal(info.Types[e].Value); beginsHere(e) && sqlVerb.MatchString(s) {
				out[name] = append(out[name], s)
			}
			return false
		})
	}
	return out
}

// beginsHere says that the text begins with a literal, and not with a constant
// that is counted where it stands.
func beginsHere(e ast.Expr) bool {
	for {
		b, ok := e.(*ast.BinaryExpr)
		if !ok {
			_, literal := e.(*ast.BasicLit)
			return literal
		}
		e = b.X
	}
}

// Statements are written once, in the common subset; an engine's own texts are
// few: here is the list, and their share.
func TestOverridesAreFew(t *testing.T) {
	common, own := 0, 0
	foreign := regexp.MustCompile(`(?i)\b(RETURNING|OUTPUT|LIMIT|FETCH|ON CONFLICT|MERGE|OR IGNORE|OR REPLACE|IFNULL|ISNULL|INSTR|CHARINDEX|GETDATE|TOP)\b|\|\|`)
	for name, texts := range literals(t) {
		if engineFile.MatchString(name) {
			own += len(texts)
			for _, s := range texts {
				t.Logf("%s: %s", name, strings.Join(strings.Fields(s), " "))
			}
			continue
		}
		common += len(texts)
		for _, s := range texts {
			if foreign.MatchString(s) {
				t.Errorf("%s: not of the common subset: %s", name, s)
			}
		}
	}
	for _, d := range []dialect{sqliteDialect{}, sqlserverDialect{}} {
		for _, name := range statementNames {
			if s, ok := d.statement(name); ok {
				t.Logf("%s has its own %q: %s", d.engine(), name, s)
			}
		}
	}
	share := float64(own) / float64(own+common)
	t.Logf("%d statements in common, %d of one engine: %.1f %%", common, own, 100*share)
	if common < 50 || share >= 0.15 {
		t.Errorf("the share of statements of one engine is %.1f %% of %d", 100*share, own+common)
	}
}

func TestRebind(t *testing.T) {
	d := sqlserverDialect{}
	equal(t, "rebound", d.rebind("SELECT a FROM t WHERE b = ? AND c = 'what?''?' AND d IN (?, ?) "+d.page()),
		"SELECT a FROM t WHERE b = @p1 AND c = 'what?''?' AND d IN (@p2, @p3) OFFSET 0 ROWS FETCH NEXT @p4 ROWS ONLY")
	equal(t, "untouched", sqliteDialect{}.rebind("a = ?"), "a = ?")
}

func TestErrorClasses(t *testing.T) {
	server := func(n int32) error { return fmt.Errorf("wrapped: %w", mssql.Error{Number: n}) }
	for n, want := range map[int32]errClass{2601: classDuplicate, 2627: classDuplicate, 547: classRefused, 515: classRefused,
		1205: classAgain, 1222: classAgain, 3960: classAgain, 9002: classBusy, 208: classOther} {
		equal(t, fmt.Sprint(n), sqlserverDialect{}.class(server(n)), want)
	}
	login := func(numbers ...int32) error {
		e := mssql.Error{Message: "login error: no", Number: numbers[len(numbers)-1]}
		for _, n := range numbers {
			e.All = append(e.All, mssql.Error{Number: n})
		}
		return fmt.Errorf("ping: %w", e)
	}
	equal(t, "no such database yet", sqlserverDialect{}.class(login(4060, 18456)), classBroken)
	equal(t, "a database that recovers", sqlserverDialect{}.class(login(927)), classBroken)
	equal(t, "a wrong password", sqlserverDialect{}.class(login(18456)), classOther)
	equal(t, "a fatal error", sqlserverDialect{}.class(mssql.Error{Number: 823, Class: 24}), classBroken)
	equal(t, "not of the engine", sqlserverDialect{}.class(errors.New("x")), classNone)

	equal(t, "no such database yet", troubleOf(login(4060, 18456)), TroubleDatabase)
	equal(t, "no such database elsewhere", troubleOf(server(911)), TroubleDatabase)
	equal(t, "a wrong password", troubleOf(login(18456)), TroubleLogin)
	equal(t, "a certificate", troubleOf(errors.New("TLS Handshake failed: x509: …")), TroubleTLS)
	equal(t, "another error", troubleOf(server(208)), "")

	db := open(t, freshSQLite(t))
	addCenter(t, db, "c", 1, 0)
	classes := func(query string, args ...any) errClass {
		var class errClass
		_ = db.do(t.Context(), func(tx *txn) error {
			_, err := tx.run.exec(t.Context(), query, args...)
			class = tx.d.class(fmt.Errorf("wrapped: %w", err))
			return err
		})
		return class
	}
	equal(t, "primary key", classes("INSERT INTO heads (center_id, seq, chat_seq, log_floor) VALUES ('c', 0, 0, 0)"), classDuplicate)
	equal(t, "unique index", classes("UPDATE centers SET id = 'c2', code = 'code-c' WHERE id = 'c'"), classRefused) // heads refer to it
	equal(t, "not null", classes("UPDATE heads SET seq = NULL"), classRefused)
	equal(t, "foreign key", classes("INSERT INTO heads (center_id, seq, chat_seq, log_floor) VALUES ('x', 0, 0, 0)"), classRefused)
	equal(t, "no such table", classes("UPDATE nowhere SET x = 1"), classOther)
	equal(t, "no error", sqliteDialect{}.class(nil), classNone)
	if _, err := db.run.query(t.Context(), "DELETE FROM centers"); err == nil {
		t.Error("a reader writes")
	}
}

func TestTimeArguments(t *testing.T) {
	times := []time.Time{noon.Time, time.Date(1, 1, 1, 0, 0, 0, 1e6, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC),
		time.Date(2026, 3, 1, 8, 59, 0, 5_999_999, time.FixedZone("KST", 9*3600))}
	for _, at := range times {
		equal(t, "text", sqliteDialect{}.timeArg(domain.At(at)), any(domain.At(at).String()))
		var back domain.Time
		must(t, (*timeCell)(&back).Scan(domain.At(at).String()))
		equal(t, "read again", back, domain.At(at))
		must(t, (*timeCell)(&back).Scan(at))
		equal(t, "read as a time", back, domain.At(at))
	}
	for _, d := range []dialect{sqliteDialect{}, sqlserverDialect{}} {
		v, err := driver.DefaultParameterConverter.ConvertValue(d.timeArg(domain.Time{}))
		must(t, err)
		if v != nil {
			t.Errorf("%s: no time is not NULL", d.engine())
		}
	}
	equal(t, "datetime2", fmt.Sprint(sqlserverDialect{}.timeArg(noon.Add(7*time.Millisecond))), "2026-11-23T03:00:00.007000000")
}

func TestURLs(t *testing.T) {
	for url, want := range map[string]string{"sqlite:data/bros.db": "data/bros.db", "sqlite:/var/b.db": "/var/b.db", "sqlite:///var/b.db": "/var/b.db"} {
		got, err := sqlitePath(url)
		must(t, err)
		equal(t, url, got, want)
	}
	for _, url := range []string{"", "sqlite", "postgres://user:secret@h/db", "data/bros.db", "sqlite:", "sqlite::memory:"} {
		_, err := Open(t.Context(), Options{URL: url, Migrate: true})
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: answered %v", url, err)
		}
	}
}

// The statements that run most often find their rows by an index.
func TestIndexesAreUsed(t *testing.T) {
	db := open(t, freshSQLite(t))
	conditions := func(statuses ...string) string {
		w, _ := workWhere(domain.WorkFilter{CenterIDs: []string{"c"}, Statuses: statuses})
		return w.text()
	}
	openWaiting, openReceived := conditions("waiting", "assigned"), conditions("received")
	for query, index := range map[string]string{
		selectDeliveries + " WHERE id = ?":                                            "sqlite_autoindex_deliveries_1",
		inWindow(selectDeliveries):                                                    "deliveries_finished",
		inWindow(selectOrders):                                                        "orders_finished",
		"SELECT COUNT(*) FROM deliveries WHERE rider_id = ? AND " + inHand:            "deliveries_in_hand",
		selectOrders + " WHERE tracking_token = ? AND tracking_token <> ''":           "orders_tracking",
		selectOrders + " WHERE customer_phone = ? AND customer_phone <> '' LIMIT 3":   "orders_phone",
		selectDeliveries + " WHERE center_id = ? ORDER BY created_at DESC, id DESC":   "deliveries_center",
		selectDeliveries + " WHERE created_at <= ? ORDER BY created_at DESC, id DESC": "deliveries_created",
		selectDeliveries + " WHERE center_id = ? AND finished_at IS NULL AND status = 'waiting' AND held_until IS NULL ORDER BY created_at, id": "deliveries_finished",
		"SELECT " + chatColumns + " FROM chat WHERE center_id = ? AND seq IS NOT NULL ORDER BY seq DESC LIMIT 9":                                "chat_seq",
		"SELECT " + outlineColumns + " FROM log WHERE center_id = ? AND seq > ? ORDER BY seq":                                                   "sqlite_autoindex_log_1",
		selectDeliveries + openWaiting + " ORDER BY created_at DESC, id DESC LIMIT 9":                                                           "deliveries_finished",
		selectOrders + openReceived + " ORDER BY created_at DESC, id DESC LIMIT 9":                                                              "orders_finished",
		selectUsers + " WHERE rider_id = ? AND rider_id <> ''":                                                                                  "users_rider",
		selectOffers + " WHERE rider_id = ? AND status = 'open'":                                                                                "offers_open",
		"SELECT expires_at FROM sessions WHERE expires_at <= ? ORDER BY expires_at LIMIT 9":                                                     "sessions_expiry",
		strings.Replace(selectDeliveries, " FROM ", " FROM (SELECT id AS order_key FROM (SELECT id FROM orders WHERE external_id = ? AND external_id <> '') AS found) AS named CROSS JOIN ", 1) +
			" WHERE created_at < ? AND center_id = ? AND order_id = named.order_key": "deliveries_order",
		"SELECT id FROM orders WHERE created_at >= ? AND center_id = ? AND center_id <> '' AND (INSTR(search, ?) > 0) ORDER BY created_at DESC, id DESC LIMIT 9":                     "COVERING INDEX orders_search",
		"SELECT id FROM deliveries WHERE created_at >= ? AND center_id = ? AND center_id <> '' AND (INSTR(search, ?) > 0 OR order_id = ?) ORDER BY created_at DESC, id DESC LIMIT 9": "COVERING INDEX deliveries_search",
	} {
		rows, err := db.readers.short.db.Queryx("EXPLAIN QUERY PLAN "+query, make([]any, strings.Count(query, "?"))...)
		must(t, err)
		var plan strings.Builder
		for rows.Next() {
			m := map[string]any{}
			must(t, rows.MapScan(m))
			fmt.Fprintln(&plan, m["detail"])
		}
		must(t, rows.Close())
		if !strings.Contains(plan.String(), index) || strings.Contains(plan.String(), "SCAN") || strings.Contains(plan.String(), "TEMP") {
			t.Errorf("%s\nis run as\n%s", query, plan.String())
		}
	}
}
