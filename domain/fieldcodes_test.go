package domain

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestFieldSentencesHaveCodes reads the source of this package and of the API:
// what either says of a field stands in the catalogue, and each code is one
// sentence's and has a text in Korean.
func TestFieldSentencesHaveCodes(t *testing.T) {
	said := map[string]bool{}
	for _, dir := range []string{".", "../api"} {
		for _, sentence := range fieldSentences(t, dir) {
			said[sentence] = true
			if fieldCodes[sentence] == "" {
				t.Errorf("%q has no code (fieldcodes.go)", sentence)
			}
		}
	}
	korean, err := os.ReadFile("../web/ui/src/fieldText.ts")
	if err != nil {
		t.Fatal(err)
	}
	form := regexp.MustCompile(`^[a-z0-9_]+$`)
	codes := map[string]string{}
	for sentence, code := range fieldCodes {
		if other := codes[code]; other != "" || !form.MatchString(code) {
			t.Errorf("the code %q of %q is taken by %q or ill-formed", code, sentence, other)
		}
		codes[code] = sentence
		if !strings.Contains(string(korean), "\n  "+code+":") {
			t.Errorf("%s has no text in web/ui/src/fieldText.ts", code)
		}
		if !said[sentence] {
			t.Errorf("nothing says %q", sentence)
		}
	}
}

// fieldSentences are the formats of calls that make a Field, in the packages below dir.
func fieldSentences(t *testing.T, dir string) []string {
	t.Helper()
	callers := []string{"bad", "Invalid", "NewField", "fault"}
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name := ""
			switch f := call.Fun.(type) {
			case *ast.SelectorExpr:
				name = f.Sel.Name
			case *ast.Ident:
				name = f.Name
			}
			if slices.Contains(callers, name) && len(call.Args) >= 2 {
				if lit, ok := call.Args[1].(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if s, err := strconv.Unquote(lit.Value); err == nil && strings.Contains(s, " ") {
						out = append(out, s)
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
