package store

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/brosops/bros/migrations"
)

// baseline is the newest migration of the oldest release that may run beside
// this one. Raise it with every release, to the newest of the one before.
const baseline = "00003"

var (
	upSection = regexp.MustCompile(`(?s)-- \+goose Up\n(.*?)(?:-- \+goose Down|$)`)
	newTable  = regexp.MustCompile(`(?i)^CREATE TABLE (\w+)`)
	newIndex  = regexp.MustCompile(`(?i)^CREATE INDEX `)
	newUnique = regexp.MustCompile(`(?i)^CREATE UNIQUE INDEX \w+ ON (\w+)`)
	newColumn = regexp.MustCompile(`(?i)^ALTER TABLE (\w+) ADD (?:COLUMN )?(\w+ .*)$`)
)

// stopped are the migrations that do more than add, with the reason: nodes of the
// release before must be stopped before they run (docs/operations.md names them).
var stopped = map[string]string{
	"00016_order_keys.sql": "the id that another system gives an order belongs to its key: a unique index is replaced by a wider one, which the old release would take for the narrow one",
}

// breaks says why a statement of a migration would break the release before,
// which goes on reading and writing while the new one runs; empty: it does not.
// made are the tables that are new too.
func breaks(statement string, made map[string]bool) string {
	if m := newTable.FindStringSubmatch(statement); m != nil {
		made[m[1]] = true
		return ""
	}
	if newIndex.MatchString(statement) {
		return ""
	}
	if m := newUnique.FindStringSubmatch(statement); m != nil {
		if !made[m[1]] {
			return "the old release may write what the new key refuses"
		}
		return ""
	}
	if m := newColumn.FindStringSubmatch(statement); m != nil {
		rest := strings.ToUpper(m[2])
		if !made[m[1]] && strings.Contains(rest, "NOT NULL") && !strings.Contains(rest, " DEFAULT ") {
			return "the old release writes rows without the new column"
		}
		return ""
	}
	return "it does more than add"
}

// An upgrade of several nodes goes one by one, so the release before has to work
// on the new schema: a migration only adds, and what it adds to a table that was
// there may be left out. (What it takes away goes one release later.)
func TestMigrationsLetTheReleaseBeforeGoOn(t *testing.T) {
	for _, wrong := range []string{
		"DROP TABLE orders", "DROP INDEX orders_center", "ALTER TABLE orders DROP COLUMN note", "ALTER TABLE orders RENAME TO works",
		"ALTER TABLE orders RENAME COLUMN a TO b", "ALTER TABLE orders ADD note TEXT NOT NULL", "ALTER TABLE orders ALTER COLUMN a INT NOT NULL",
		"CREATE UNIQUE INDEX u ON orders (number)", "UPDATE orders SET note = ''", "DELETE FROM orders", "CREATE TRIGGER x AFTER INSERT ON orders BEGIN SELECT 1",
	} {
		if breaks(wrong, map[string]bool{}) == "" {
			t.Errorf("passes: %s", wrong)
		}
	}
	for _, right := range []string{
		"CREATE TABLE x (a INT)", "CREATE INDEX i ON orders (number)", "ALTER TABLE orders ADD COLUMN note TEXT NULL", "ALTER TABLE orders ADD note TEXT NOT NULL DEFAULT ''",
	} {
		if why := breaks(right, map[string]bool{}); why != "" {
			t.Errorf("%s: %s", right, why)
		}
	}
	for _, engine := range []string{"sqlite", "sqlserver"} {
		files, err := migrations.For(engine)
		must(t, err)
		made := map[string]bool{}
		must(t, fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || d.Name()[:len(baseline)] <= baseline {
				return err
			}
			if stopped[path] != "" {
				docs, err := os.ReadFile("../docs/operations.md")
				must(t, err)
				if !strings.Contains(string(docs), strings.TrimSuffix(path, ".sql")) {
					t.Errorf("docs/operations.md does not say that %s needs the nodes stopped", path)
				}
				return nil
			}
			raw, err := fs.ReadFile(files, path)
			must(t, err)
			up := upSection.FindStringSubmatch(string(raw))
			if up == nil {
				t.Fatalf("%s %s has no up section", engine, path)
			}
			for statement := range strings.SplitSeq(comments.ReplaceAllString(up[1], ""), ";") {
				statement = strings.Join(strings.Fields(statement), " ")
				if statement == "" {
					continue
				}
				if why := breaks(statement, made); why != "" {
					t.Errorf("%s %s: %s: %s", engine, path, why, statement)
				}
			}
			return nil
		}))
	}
}

// Every table and column that the release before names is still there.
func TestTheReleaseBeforeFindsItsColumns(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db := open(t, newURL(t))
		addCenter(t, db, "c", 1, 1)
		s := schemaAt(t, db.d.engine(), baseline)
		for table, columns := range s {
			var names []string
			for _, c := range columns {
				if m := column.FindStringSubmatch(c); m != nil {
					names = append(names, m[1])
				}
			}
			list := strings.Join(names, ", ")
			must(t, db.do(t.Context(), func(tx *txn) error {
				_, err := tx.run.exec(t.Context(), "INSERT INTO "+table+" ("+list+") SELECT "+list+" FROM "+table+" WHERE 1 = 0")
				return err
			}))
		}
		if len(s) < 15 {
			t.Errorf("only %d tables were found", len(s))
		}
	})
}

// schemaAt is the columns of every table as of a migration, as lines of its text.
func schemaAt(t *testing.T, engine, last string) map[string][]string {
	t.Helper()
	files, err := migrations.For(engine)
	must(t, err)
	out := map[string][]string{}
	must(t, fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name()[:len(last)] > last {
			return err
		}
		raw, err := fs.ReadFile(files, path)
		must(t, err)
		for _, m := range createTable.FindAllStringSubmatch(string(raw), -1) {
			for line := range strings.SplitSeq(m[2], "\n") {
				out[m[1]] = append(out[m[1]], strings.TrimSuffix(strings.TrimSpace(line), ","))
			}
		}
		return nil
	}))
	return out
}
