package main

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root is the top of the repository.
const root = "../.."

// rooms stand in a line; each may import those to its left, never to its right.
var rooms = []string{"migrations", "geo", "ledger", "media", "api", "cmd"}

// doors: a library is imported by one room only.
var doors = map[string][]string{
	"github.com/labstack/echo":        {"api"},
	"github.com/danielgtaylor/huma":   {"api"},
	"github.com/minio/minio-go":       {"media"},
	"github.com/pressly/goose":        {"migrations"},
	"github.com/xuri/excelize":        {"ledger"},
	"github.com/paulmach/orb/geojson": {},
	"guatu/web":                       {"cmd"},
}

// testHelp may be imported by tests wherever they stand.
var testHelp = []string{"guatu/migrations/pgtest", "guatu/ledger/ledgertest", "guatu/media/buckettest", "guatu/media/mediatest", "guatu/api/apitest"}

type source struct {
	path    string // from the root
	test    bool   // a test, or help for tests
	imports []string
	file    *ast.File
}

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && path != root) {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".go" {
			return nil
		}
		file, err := goparser.ParseFile(token.NewFileSet(), path, nil, goparser.ParseComments|goparser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		s := source{path: rel, file: file, test: strings.HasSuffix(path, "_test.go")}
		for _, help := range testHelp {
			s.test = s.test || strings.HasPrefix("guatu/"+rel, help+"/")
		}
		for _, i := range file.Imports {
			s.imports = append(s.imports, strings.Trim(i.Path.Value, `"`))
		}
		all = append(all, s)
		return nil
	})
	if err != nil || len(all) < 50 {
		t.Fatalf("read %d sources, %v", len(all), err)
	}
	return all
}

// TestImportsFollowTheLine keeps the one line of the house: who may import whom.
func TestImportsFollowTheLine(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		room, _, _ := strings.Cut(filepath.ToSlash(s.path), "/")
		for _, path := range s.imports {
			if s.test && slices.Contains(testHelp, path) {
				continue
			}
			if !s.test && slices.Contains(testHelp, path) {
				t.Errorf("%s imports %s, which is for tests", s.path, path)
			}
			for library, owners := range doors {
				if (path == library || strings.HasPrefix(path, library+"/")) && !slices.Contains(owners, room) && !s.test {
					t.Errorf("%s imports %s: only %v may", s.path, path, owners)
				}
			}
			other, ours := strings.CutPrefix(path, "guatu/")
			other, _, _ = strings.Cut(other, "/")
			from, to := slices.Index(rooms, room), slices.Index(rooms, other)
			if ours && from >= 0 && to > from && !s.test {
				t.Errorf("%s imports %s: the line runs %s", s.path, path, strings.Join(rooms, " <- "))
			}
			if room == "geo" && other == "migrations" && ours && !s.test {
				t.Errorf("%s imports %s: geo and migrations stand side by side", s.path, path)
			}
		}
	}
}

// TestSourcesAreNamed: every docs/sources.md#id in the code and the statements exists.
func TestSourcesAreNamed(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "docs/sources.md"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("git", "-C", root, "grep", "-n", "--untracked", "-hoE", `sources\.md#[A-Za-z0-9.-]+`, "--", "*.go", "*.sql", "*.ts", "*.svelte", ":!cmd/guatu/house_test.go").Output()
	if err != nil {
		t.Fatalf("no source is cited at all: %v", err)
	}
	for _, m := range regexp.MustCompile(`sources\.md#([A-Za-z0-9.-]+)`).FindAllStringSubmatch(string(out), -1) {
		id := strings.TrimRight(m[1], ".")
		if !strings.Contains(string(text), `<a id="`+id+`">`) {
			t.Errorf("docs/sources.md has no id %q", id)
		}
	}
}

// TestPackagesAndNamesAreExplained: every package and exported function and type has a comment.
func TestPackagesAndNamesAreExplained(t *testing.T) {
	t.Parallel()
	packages := map[string]bool{}
	for _, s := range sources(t) {
		if strings.HasSuffix(s.path, "_test.go") {
			continue
		}
		dir := filepath.Dir(s.path)
		packages[dir] = packages[dir] || s.file.Doc != nil
		for _, d := range s.file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil && (d.Recv == nil || exportedReceiver(d)) {
					t.Errorf("%s: %s has no comment", s.path, d.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if ts, ok := spec.(*ast.TypeSpec); ok && ts.Name.IsExported() && ts.Doc == nil && d.Doc == nil {
						t.Errorf("%s: type %s has no comment", s.path, ts.Name)
					}
				}
			}
		}
	}
	for dir, told := range packages {
		if !told {
			t.Errorf("package in %s has no comment", dir)
		}
	}
}

// exportedReceiver leaves out methods whose name is given by an interface of
// another package (Error, String, LogValue …) and those of private types.
func exportedReceiver(d *ast.FuncDecl) bool {
	given := []string{"Error", "Unwrap", "String", "GoString", "LogValue", "Write", "Read", "Run", "Kind", "Is", "As", "Close", "MarshalJSON", "UnmarshalJSON"}
	if slices.Contains(given, d.Name.Name) {
		return false
	}
	expr := d.Recv.List[0].Type
	if star, ok := expr.(*ast.StarExpr); ok {
		expr = star.X
	}
	name, ok := expr.(*ast.Ident)
	return ok && name.IsExported()
}

// TestAppliedMigrationsAreUnchanged: a file that has landed is never edited. New
// files are added to the list by `make bless`.
func TestAppliedMigrationsAreUnchanged(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("sh", "-c", "cd "+root+"/migrations && sha256sum *.sql && cat SHA256SUMS").Output()
	if err != nil {
		t.Fatalf("compare migrations with migrations/SHA256SUMS: %v (run `make bless` for a new one)", err)
	}
	count := map[string]int{}
	for line := range strings.Lines(string(out)) {
		count[strings.TrimSpace(line)]++
	}
	for line, n := range count {
		if n != 2 {
			t.Errorf("%s differs from migrations/SHA256SUMS: a migration that has landed is never edited; for a new one run `make bless`", line)
		}
	}
}

// TestNothingNamesThisMachine: no file of the project carries a path of somebody's machine or a registry's host.
func TestNothingNamesThisMachine(t *testing.T) {
	t.Parallel()
	banned := []string{"/ro" + "ot/", "/wo" + "rk/", "proxy.gol" + "ang.org", "registry.npm" + "js.org", "deb.deb" + "ian.org"}
	args := []string{"-C", root, "grep", "--untracked", "-nIF"}
	for _, b := range banned {
		args = append(args, "-e", b)
	}
	out, err := exec.Command("git", append(args, "--", ".", ":!go.sum")...).Output()
	if err == nil {
		t.Errorf("these lines name a machine or a registry:\n%s", out)
	}
}
