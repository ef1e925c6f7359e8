package store

import (
	"context"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jmoiron/sqlx"
	tsql "github.com/sqlc-dev/teesql/parser"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/migrations"
)

// statements are the texts that ran, as SQL Server would get them.
type statements struct {
	mu    sync.Mutex
	texts map[string]bool
}

// tour keeps the statements of databases that are opened while it is not nil.
var tour *statements

func (s *statements) add(query string) {
	server := sqlserverDialect{}
	lite := sqliteDialect{}
	query = strings.ReplaceAll(query, lite.page(), server.page())
	for _, column := range []string{"search", "center_ids", "delivery_ids", "customer"} {
		query = strings.ReplaceAll(query, lite.contains(column), server.contains(column))
	}
	query = strings.ReplaceAll(query, lite.clock(), server.clock())
	query = server.rebind(query)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.texts[query] = true
}

// follow has the statements of an embedded database kept.
func (s *statements) follow(db *DB) {
	for _, q := range []*queries{&db.queries, &db.scans, &db.vital} {
		q.run = followed{q.run, s}
	}
	db.writer = followedWriter{db.writer, s}
}

type followed struct {
	runner
	s *statements
}

func (f followed) query(ctx context.Context, q string, args ...any) (*sqlx.Rows, error) {
	f.s.add(q)
	return f.runner.query(ctx, q, args...)
}

func (f followed) exec(ctx context.Context, q string, args ...any) (int64, error) {
	f.s.add(q)
	return f.runner.exec(ctx, q, args...)
}

type followedWriter struct {
	writer
	s *statements
}

func (f followedWriter) write(ctx context.Context, fn func(t *txn) error) error {
	return f.writer.write(ctx, func(t *txn) error {
		t.run = followed{t.run, f.s}
		return fn(t)
	})
}

var (
	// denied is what other engines have, and what not all of those that speak
	// T-SQL do alike.
	denied = regexp.MustCompile(`(?i)\b(LIMIT|RETURNING|ON CONFLICT|MERGE|OR IGNORE|OR REPLACE|IFNULL|INSTR|NOLOCK|GETDATE)\b|::|\+=|\|\|`)
	// verbs begin every statement: a call without EXEC, which the server takes at
	// the start of a batch, is not one.
	verbs = regexp.MustCompile(`^(SELECT|INSERT|UPDATE|DELETE|ALTER|EXEC|DECLARE|CREATE|DROP) `)
)

func parseTSQL(text string) error {
	_, err := tsql.Parse(context.Background(), strings.NewReader(text))
	return err
}

// isDenied looks at a statement without the texts in it.
func isDenied(text string) bool { return denied.MatchString(quotedText.ReplaceAllString(text, "''")) }

var quotedText = regexp.MustCompile(`'[^']*'`)

// Everything that SQL Server is told is T-SQL: the statements that the suite runs,
// among which every one of the source must be, its own, and the migrations.
func TestStatementsAreTSQL(t *testing.T) {
	for _, wrong := range []string{"SELECT a FROM t LIMIT 3", "UPDATE t SET WHERE a = 1", "INSERT INTO t (a VALUES (1)"} {
		if parseTSQL(wrong) == nil && !isDenied(wrong) {
			t.Errorf("passes for T-SQL: %s", wrong)
		}
	}
	said := &statements{texts: map[string]bool{}}
	tour = said
	defer func() { tour = nil }()
	for name, test := range map[string]func(*testing.T){
		"records":              TestRecordsComeBackWhole,
		"log":                  TestLog,
		"not found":            TestNotFound,
		"taken":                TestTakenIsConflict,
		"load":                 tourOfLoads,
		"pages":                TestPages,
		"search":               TestSearchLooksBack,
		"filters":              TestWorkFilters,
		"each":                 TestEachGoesOnBehindAPage,
		"lists":                TestSetupLists,
		"numbers":              TestSpokenNumbers,
		"answers":              TestIdempotencyInOneTransaction,
		"chat":                 TestChat,
		"remove chat":          TestRemoveChat,
		"reads":                TestReads,
		"epoch":                TestEpoch,
		"sessions":             TestSessions,
		"tickets":              TestTicketIsUsedOnce,
		"prune":                TestPrune,
		"prune log":            TestPruneLog,
		"positions":            TestPositions,
		"push":                 TestPush,
		"leases":               TestLeases,
		"prune by age":         TestPruneByAge,
		"webhooks":             TestWebhooks,
		"webhooks' owners":     TestWebhooksOf,
		"webhooks and the log": TestPruneWaitsForWebhooks,
		"audit":                TestAudit, "mask": TestMaskCustomers, "forget": TestForgetCustomer,
		"settlements": TestSettlements, "staff": TestHoldStaff,
		"duties": TestDutySpans,
		"offers": TestOffers, "clock": TestClock, "zones": TestZones, "doors": TestPinnedDoors, "history of the day": TestHistoryOfTheDay,
		"facts": TestFacts, "examine": TestExamine,
	} {
		t.Run(name, test)
	}
	tour = nil
	for name, texts := range literals(t) {
		for _, text := range texts {
			switch {
			case name == "sqlite.go":
			case engineFile.MatchString(name):
				said.add(text)
			default:
				text = sqlserverDialect{}.rebind(text)
				if !said.has(text) {
					t.Errorf("%s: the suite never runs %q", name, text)
				}
			}
		}
	}
	for _, text := range slices.Sorted(maps.Keys(said.texts)) {
		if err := parseTSQL(text); err != nil {
			t.Errorf("%v in\n%s", err, text)
		}
		if !verbs.MatchString(text) || isDenied(text) {
			t.Errorf("not to be used: %s", text)
		}
	}
	checkCollations(t, said.texts)
	t.Logf("%d different statements", len(said.texts))

	files, err := migrations.For("sqlserver")
	must(t, err)
	must(t, fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(files, path)
		must(t, err)
		if err := parseTSQL(string(b)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		for statement := range strings.SplitSeq(comments.ReplaceAllString(string(b), ""), ";") {
			if s := strings.TrimSpace(statement); s != "" && (!verbs.MatchString(s) || isDenied(s)) {
				t.Errorf("%s: not to be used: %s", path, s)
			}
		}
		return nil
	}))
}

var comments = regexp.MustCompile(`(?m)--.*$`)

func (s *statements) has(part string) bool {
	for text := range s.texts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

// tourOfLoads runs what the readers' snapshot and the opening hide from the tour.
func tourOfLoads(t *testing.T) {
	db := open(t, freshSQLite(t))
	addCenter(t, db, "c", 1, 1)
	_, err := db.loadCenter(t.Context(), "c", domain.Time{})
	must(t, err)
	_, err = db.ChatAfter(t.Context(), "c", 0, 1)
	must(t, err)
	must(t, db.do(t.Context(), func(tx *txn) error {
		_, err := tx.run.exec(t.Context(), "DELETE FROM meta")
		return err
	}))
	must(t, db.ensureEpoch(t.Context()))
}
