package api_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"guatu/api"
	"guatu/api/apitest"
)

// TestEveryRouteHasRolesAndIsDescribed: the table, the OpenAPI document and the
// older form of it list the same operations.
func TestEveryRouteHasRolesAndIsDescribed(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	for _, path := range []string{"/api/openapi.json", "/api/openapi-3.0.json"} {
		var doc struct {
			OpenAPI string                                `json:"openapi"`
			Paths   map[string]map[string]json.RawMessage `json:"paths"`
		}
		w.Nobody().Get(path).Must(t, 200).Into(t, &doc)
		if !strings.HasPrefix(doc.OpenAPI, "3.") {
			t.Errorf("%s says version %q", path, doc.OpenAPI)
		}
		for _, r := range api.Routes() {
			if !r.Public && len(r.Roles) == 0 {
				t.Errorf("%s %s has no roles", r.Method, r.Path)
			}
			if _, told := doc.Paths[r.Path][strings.ToLower(r.Method)]; !told {
				t.Errorf("%s does not describe %s %s", path, r.Method, r.Path)
			}
		}
	}
}

// TestEverySentinelHasAProblemRow: an error that a package declares is worded
// for people, or listed here with the reason why it never reaches them.
func TestEverySentinelHasAProblemRow(t *testing.T) {
	t.Parallel()
	var table strings.Builder
	files, _ := filepath.Glob("*.go")
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			table.Write(body)
		}
	}
	for _, dir := range []string{"../ledger", "../media", "../geo", "../ledger/sheet", "../ledger/area", "../ledger/text"} {
		names, _ := filepath.Glob(dir + "/*.go")
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			for _, sentinel := range sentinels(t, name) {
				ref := filepath.Base(dir) + "." + sentinel
				if inside[ref] == "" && !regexp.MustCompile(`\b`+regexp.QuoteMeta(ref)+`\b`).MatchString(table.String()) {
					t.Errorf("%s (%s) has no row in the problem table", ref, name)
				}
			}
		}
	}
}

// inside are errors that no caller of the API can cause.
var inside = map[string]string{
	"ledger.ErrChain":    "said by guatu audit verify and fsck only",
	"geo.ErrNoPostGIS":   "said at start",
	"geo.ErrEWKB":        "a database that answers nonsense is a fault of ours",
	"geo.ErrForeignSRID": "the schema admits 4490 only",
	"geo.ErrEmptyPoint":  "the schema has no empty points",
	"area.ErrTable":      "said by guatu import areas",
}

func sentinels(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, spec := range g.Specs {
			for _, n := range spec.(*ast.ValueSpec).Names {
				if strings.HasPrefix(n.Name, "Err") && n.IsExported() {
					names = append(names, n.Name)
				}
			}
		}
	}
	return names
}
