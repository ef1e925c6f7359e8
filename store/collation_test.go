package store

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/brosops/bros/migrations"
)

var (
	serverColumn = regexp.MustCompile(`(?m)^    (\w+) NVARCHAR\([^)]*\)( COLLATE \w+)?`)
	aliased      = regexp.MustCompile(`(?i)\b(?:FROM|JOIN|,)\s+(\w+)(?:\s+(?:AS\s+)?([a-z_]\w*))?`)
	compared     = regexp.MustCompile(`\b([a-z_]\w*)\.(\w+) (?:=|<>|<|>|<=|>=) ([a-z_]\w*)\.(\w+)`)
)

// serverCollations are the collations of the columns of text: empty for the database's.
func serverCollations(t *testing.T) map[string]map[string]string {
	out := map[string]map[string]string{}
	files, err := migrations.For("sqlserver")
	must(t, err)
	must(t, fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(files, path)
		must(t, err)
		for _, m := range createTable.FindAllStringSubmatch(string(b), -1) {
			out[m[1]] = map[string]string{}
			for _, c := range serverColumn.FindAllStringSubmatch(m[2], -1) {
				out[m[1]][c[1]] = c[2]
			}
		}
		return nil
	}))
	return out
}

// crossing is a comparison of two columns that a server refuses; empty: none.
func crossing(query string, of map[string]map[string]string) string {
	tables := map[string]string{}
	for _, m := range aliased.FindAllStringSubmatch(query, -1) {
		if of[m[1]] != nil {
			tables[m[1]] = m[1]
			tables[m[2]] = m[1]
		}
	}
	for _, m := range compared.FindAllStringSubmatch(query, -1) {
		left, found := of[tables[m[1]]][m[2]]
		right, both := of[tables[m[3]]][m[4]]
		if found && both && left != right {
			return m[0]
		}
	}
	return ""
}

// No statement compares columns of two collations: on a server whose database has
// another than the columns, it would be refused.
func checkCollations(t *testing.T, texts map[string]bool) {
	t.Helper()
	of := serverCollations(t)
	if crossing("SELECT 1 FROM chat_reads r JOIN users ON users.id = r.user_id", of) == "" {
		t.Error("a comparison of two collations passes")
	}
	if crossing("SELECT 1 FROM sessions JOIN users u ON u.id = sessions.user_id", of) != "" {
		t.Error("a comparison of one collation doesn't pass")
	}
	seen := 0
	for text := range texts {
		seen += strings.Count(text, " JOIN ")
		if why := crossing(text, of); why != "" {
			t.Errorf("compares columns of two collations: %s in\n%s", why, text)
		}
	}
	if seen < 5 {
		t.Errorf("only %d joins were seen", seen)
	}
}
