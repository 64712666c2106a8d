package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"guatu/migrations/pgtest"
)

// shell runs a command as the shell does and returns what it printed.
func shell(t *testing.T, run func() error) (string, error) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	screen := os.Stdout
	os.Stdout = write
	said := make(chan string)
	go func() {
		b, _ := io.ReadAll(read)
		said <- string(b)
	}()
	err = run()
	os.Stdout = screen
	_ = write.Close()
	return <-said, err
}

func importConfig(t *testing.T) *config {
	t.Helper()
	conf := &config{DatabaseURL: secret(pgtest.New(t)), City: "411100", Bounds: "113.43,33.36,114.34,34.03", LogLevel: "error"}
	if _, err := prepareDatabase(t.Context(), conf); err != nil {
		t.Fatal(err)
	}
	return conf
}

func put(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func importProjects(t *testing.T, conf *config, c importProjectsCmd) (importTold, error) {
	t.Helper()
	c.JSON = true
	said, err := shell(t, func() error { return c.Run(context.Background(), conf) })
	var told importTold
	if said != "" {
		if err := json.Unmarshal([]byte(said), &told); err != nil {
			t.Fatalf("%v in %s", err, said)
		}
	}
	return told, err
}

// The four tests below share the process's standard output and so do not run in parallel.

func TestShellImportsALedger(t *testing.T) {
	conf := importConfig(t)
	file := put(t, "台账.csv", "项目名称,县区,总投资（亿元）,建设阶段\n甲,召陵区,1.5,在建\n乙,深圳市,2,在建\n")
	told, err := importProjects(t, conf, importProjectsCmd{importFlags: importFlags{File: file, Accept: true, DryRun: true}})
	if told.Accepted || told.Created != 1 || told.Refused != 1 || !errors.Is(err, quit(1)) {
		t.Errorf("preview: %+v, %v", told, err)
	}
	told, err = importProjects(t, conf, importProjectsCmd{importFlags: importFlags{File: file, Accept: true}})
	if !told.Accepted || told.Created != 1 || told.Refused != 1 || !errors.Is(err, quit(1)) || told.Rows[1].Errors[0].Cell != "B3" {
		t.Errorf("accepted: %+v, %v", told, err)
	}
	told, _ = importProjects(t, conf, importProjectsCmd{importFlags: importFlags{File: file, Accept: true}})
	if told.Created != 0 || told.Skipped != 1 {
		t.Errorf("again: %+v", told)
	}
	said, _ := shell(t, func() error {
		c := importProjectsCmd{importFlags: importFlags{File: file, Accept: true}}
		return c.Run(context.Background(), conf)
	})
	for _, want := range []string{"无变化", "有错误", "深圳市", "已写入：新增 0，更新 0，无变化 1，有错误未写入 1", "总投资（亿元）"} {
		if !strings.Contains(said, want) {
			t.Errorf("the table lacks %q:\n%s", want, said)
		}
	}
}

func TestShellImportsTheRealLedgers(t *testing.T) {
	conf := importConfig(t)
	for name, want := range map[string]int{"重点项目清单-亿元.xlsx": 41, "henan-projects.csv": 86} {
		file := filepath.Join(root, "..", "shared/fixtures/ledger", name)
		if _, err := os.Stat(file); err != nil {
			t.Logf("lacking fixture set: ledger/%s", name)
			continue
		}
		told, err := importProjects(t, conf, importProjectsCmd{importFlags: importFlags{File: file, Accept: true}})
		if err != nil || told.Refused != 0 || told.Created+told.Updated+told.Skipped != want {
			t.Errorf("%s: %d created, %d updated, %d skipped, %d refused, %v", name, told.Created, told.Updated, told.Skipped, told.Refused, err)
		}
	}
}

func TestShellImportsBoundariesAndAreas(t *testing.T) {
	conf := importConfig(t)
	ledger := put(t, "台账.csv", "项目名称,县区\n甲,召陵区\n")
	if _, err := importProjects(t, conf, importProjectsCmd{importFlags: importFlags{File: ledger, Accept: true}}); err != nil {
		t.Fatal(err)
	}
	ground := put(t, "红线.geojson", `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"项目名称":"甲"},
		"geometry":{"type":"Polygon","coordinates":[[[114.06,33.54],[114.063,33.54],[114.063,33.543],[114.06,33.543],[114.06,33.54]]]}}]}`)
	said, err := shell(t, func() error {
		c := importSitesCmd{importFlags{File: ground, Accept: true, JSON: true}}
		return c.Run(context.Background(), conf)
	})
	var told importTold
	if json.Unmarshal([]byte(said), &told) != nil || told.Created != 1 || err != nil {
		t.Errorf("%s, %v", said, err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"provinces.csv": "code,name\n37,山东省\n", "cities.csv": "code,name,provinceCode\n3701,济南市,37\n",
		"areas.csv": "code,name,cityCode,provinceCode\n370102,历下区,3701,37\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	said, err = shell(t, func() error {
		c := importAreasCmd{Files: []string{dir}, JSON: true}
		return c.Run(context.Background(), conf)
	})
	if err != nil || !strings.Contains(said, `"changed": 3`) {
		t.Errorf("%s, %v", said, err)
	}
	orphan := importAreasCmd{Files: []string{put(t, "areas.csv", "code,name,cityCode,provinceCode\n110101,东城区,1101,11\n")}}
	if err := orphan.Run(context.Background(), conf); err == nil || !strings.Contains(err.Error(), "上级") {
		t.Errorf("orphans: %v", err)
	}
}

func TestShellSaysWhyAFileIsRefused(t *testing.T) {
	conf := importConfig(t)
	bow := put(t, "红线.geojson", `{"type":"Polygon","coordinates":[[[114,33.5],[114.01,33.51],[114.01,33.5],[114,33.51],[114,33.5]]]}`)
	sites := importSitesCmd{importFlags{File: bow, Accept: true}}
	if err := sites.Run(context.Background(), conf); err == nil || !strings.Contains(err.Error(), "114.0050000") || !strings.Contains(err.Error(), "自相交") {
		t.Errorf("crossing: %v", err)
	}
	for name, tt := range map[string]struct{ file, unit, want string }{
		"not a table":  {put(t, "a.xlsx", "%PDF-1.4"), "", "not_a_table"},
		"missing":      {"/nonexistent/a.csv", "", "找不到文件"},
		"folder":       {t.TempDir(), "", "文件夹"},
		"unknown unit": {bow, "斤", "--unit"},
	} {
		_, err := importProjects(t, conf, importProjectsCmd{importFlags: importFlags{File: tt.file, Accept: true}, Unit: tt.unit})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	bare := &config{DatabaseURL: secret(pgtest.New(t)), City: "411100", Bounds: conf.Bounds}
	if _, err := importProjects(t, bare, importProjectsCmd{importFlags: importFlags{File: put(t, "a.csv", "项目名称\n甲\n")}}); err == nil || !strings.Contains(err.Error(), "guatu migrate") {
		t.Errorf("without areas: %v", err)
	}
}
