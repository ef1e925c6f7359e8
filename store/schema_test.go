package store

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/brosops/bros/migrations"
)

// schema is what the migrations of an engine make, in words that don't depend on the engine.
type schema struct {
	files   []string
	tables  map[string][]string // columns with nullability, keys, in order
	indexes map[string]string
	drops   []string
}

var (
	createTable = regexp.MustCompile(`(?s)CREATE TABLE (\w+) \((.*?)\n\)`)
	dropIndex   = regexp.MustCompile(`DROP INDEX (\w+)(?: ON \w+)?;`)
	createIndex = regexp.MustCompile(`CREATE (UNIQUE )?INDEX (\w+) ON (\w+ \([^)]*\)(?: INCLUDE \([^)]*\))?(?: WHERE [^;]*)?);`)
	dropTable   = regexp.MustCompile(`DROP TABLE (\w+);`)
	alterTable  = regexp.MustCompile(`ALTER TABLE (\w+) ADD ([^;]*);`)
	column      = regexp.MustCompile(`^(\w+) (\w+)[^,]*?(NOT NULL|NULL)(?: (?:CONSTRAINT \w+ )?DEFAULT \S+)?$`)
)

// kinds are the types of columns, by what they hold.
var kinds = map[string]string{
	"TEXT": "text", "NVARCHAR": "text", "DATETIME2": "text",
	"INTEGER": "integer", "INT": "integer", "BIGINT": "integer", "BIT": "integer",
	"REAL": "real", "FLOAT": "real", "BLOB": "bytes", "VARBINARY": "bytes",
}

func schemaOf(t *testing.T, engine string) schema {
	t.Helper()
	files, err := migrations.For(engine)
	must(t, err)
	s := schema{tables: map[string][]string{}, indexes: map[string]string{}}
	lineOf := func(path, text string) string {
		c := column.FindStringSubmatch(text)
		if c == nil {
			return text
		}
		kind, ok := kinds[c[2]]
		if !ok {
			t.Errorf("%s: unknown type in %q", path, text)
		}
		return c[1] + " " + kind + " " + c[3]
	}
	must(t, fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(files, path)
		must(t, err)
		s.files = append(s.files, path)
		all := string(b)
		text, _, _ := strings.Cut(all, "-- +goose Down")
		for _, m := range createTable.FindAllStringSubmatch(text, -1) {
			for line := range strings.SplitSeq(m[2], "\n") {
				if line = strings.TrimSuffix(strings.TrimSpace(line), ","); line != "" {
					s.tables[m[1]] = append(s.tables[m[1]], lineOf(path, line))
				}
			}
		}
		for _, m := range alterTable.FindAllStringSubmatch(text, -1) {
			// The engine puts it behind the columns that are there: before the keys.
			lines := s.tables[m[1]]
			end := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "PRIMARY KEY") })
			s.tables[m[1]] = slices.Insert(lines, end, lineOf(path, m[2]))
		}
		for _, m := range dropIndex.FindAllStringSubmatch(text, -1) {
			delete(s.indexes, m[1])
		}
		for _, m := range createIndex.FindAllStringSubmatch(text, -1) {
			// The engine that knows no columns beside the key has them at its end.
			s.indexes[m[2]] = m[1] + strings.Replace(m[3], ") INCLUDE (", ", ", 1)
		}
		for _, m := range dropTable.FindAllStringSubmatch(all, -1) {
			s.drops = append(s.drops, m[1])
		}
		for _, m := range dropIndex.FindAllStringSubmatch(all, -1) {
			s.drops = append(s.drops, m[1])
		}
		made := len(createTable.FindAllString(text, -1)) + len(createIndex.FindAllString(text, -1))
		equal(t, path+": what is created and can be read", made, strings.Count(text, "CREATE "))
		return nil
	}))
	return s
}

// The schemas of the engines have the same files, tables, columns (with their
// sort and nullability), keys and indexes, and what goes up comes down.
func TestSchemasAreInParity(t *testing.T) {
	lite, server := schemaOf(t, "sqlite"), schemaOf(t, "sqlserver")
	same(t, "files", server.files, lite.files)
	same(t, "tables", server.tables, lite.tables)
	same(t, "indexes", server.indexes, lite.indexes)
	same(t, "drops", server.drops, lite.drops)
	if len(lite.tables) < 19 || len(lite.indexes) < 20 {
		t.Fatalf("only %d tables and %d indexes were found", len(lite.tables), len(lite.indexes))
	}
	dropped := slices.Sorted(slices.Values(lite.drops))
	for name := range lite.tables {
		if _, found := slices.BinarySearch(dropped, name); !found {
			t.Errorf("table %s does not come down", name)
		}
	}
}

// The parser of the test above sees what the engine sees.
func TestSchemaIsWhatTheEngineHas(t *testing.T) {
	db := open(t, freshSQLite(t))
	var rows []struct {
		Kind string `db:"type"`
		Name string `db:"name"`
	}
	must(t, db.sel(t.Context(), &rows, "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite%' AND name NOT LIKE 'goose%'"))
	s := schemaOf(t, "sqlite")
	equal(t, "tables and indexes", len(rows), len(s.tables)+len(s.indexes))
	for table, want := range s.tables {
		var cols []struct {
			Name    string `db:"name"`
			NotNull int    `db:"notnull"`
		}
		must(t, db.sel(t.Context(), &cols, `SELECT name, "notnull" FROM pragma_table_info('`+table+`')`))
		for i, c := range cols {
			fields := strings.Fields(want[i])
			equal(t, table+" column", c.Name, fields[0])
			equal(t, table+"."+c.Name+" is not null", c.NotNull == 1, fields[2] == "NOT")
		}
	}
}

func TestMigrateUpAndDown(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		url, ctx := newURL(t), t.Context()
		if _, err := Open(ctx, Options{URL: url}); err == nil {
			t.Fatal("a database without a schema was opened")
		}
		all := len(schemaOf(t, "sqlite").files)
		applied := func(command string) (n int) {
			t.Helper()
			steps, err := Migrate(ctx, url, command)
			must(t, err)
			equal(t, "steps", len(steps), all)
			for _, s := range steps {
				if !s.Applied.IsZero() {
					n++
				}
			}
			return n
		}
		equal(t, "status", applied("status"), 0)
		equal(t, "up", applied("up"), all)
		equal(t, "up again", applied("up"), all)
		for want := all - 1; want >= 0; want-- {
			equal(t, "down", applied("down"), want)
		}
		equal(t, "down below", applied("down"), 0)
		equal(t, "up after down", applied("up"), all)
		_, err := Migrate(ctx, url, "sideways")
		wantCode(t, err, "validation")
		open(t, url, func(o *Options) { o.Migrate = false })
	})
}
