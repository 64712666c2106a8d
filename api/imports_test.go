package api_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"guatu/api/apitest"
	"guatu/ledger"
	"guatu/ledger/ledgertest"
)

type importSaid struct {
	ID      int64
	State   string
	Columns []struct{ Header, Field, Letter, Unit string }
	Rows    []struct {
		Row     int
		Cells   map[string]string
		Project *struct {
			Name      string
			InvestWan *float64 `json:"invest_wan"`
			Area      *struct{ Code, Name string }
		}
		Errors   []struct{ Cell, Column, Code, Message string }
		Warnings []struct{ Code string }
		Action   string
		Changes  []string
	}
	Counts map[string]int
	Asks   []struct {
		Code, Query string
		Choices     []string
	}
}

func TestImportFromPreviewToAcceptance(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	chief := w.In(ledger.Commander, "411100")
	file := []byte("漯河市清单\n项目名称,县区,总投资\n甲,召陵区,5\n乙,深圳市,5\n")
	var i importSaid
	chief.Call(http.MethodPost, "/api/v1/imports/projects?filename=a.csv", file).Must(t, 201).Into(t, &i)
	if len(i.Asks) != 1 || i.Asks[0].Query != "unit" || i.Counts["errors"] != 2 {
		t.Errorf("import = %+v", i)
	}
	chief.Call(http.MethodPost, "/api/v1/imports/projects?filename=a.csv&unit=亿元", file).Must(t, 201).Into(t, &i)
	if len(i.Asks) != 0 || i.State != "preview" || len(i.Rows) != 2 || i.Counts["create"] != 1 || i.Counts["errors"] != 1 {
		t.Fatalf("import = %+v", i)
	}
	if r := i.Rows[0]; r.Row != 3 || r.Cells["总投资"] != "5" || r.Project.Area.Name != "召陵区" || *r.Project.InvestWan != 50_000 || r.Action != "create" {
		t.Errorf("row = %+v", r)
	}
	if e := i.Rows[1].Errors; len(e) != 1 || e[0].Cell != "B4" || e[0].Column != "县区" || e[0].Code != "area_unknown" {
		t.Errorf("errors = %+v", e)
	}
	var list struct{ Items []struct{ ID int64 } }
	if chief.Get("/api/v1/projects").Must(t, 200).Into(t, &list); len(list.Items) != 0 {
		t.Errorf("a preview wrote %+v", list)
	}
	path := fmt.Sprintf("/api/v1/imports/%d", i.ID)
	if got := w.In(ledger.Commander, "411100").Get(path); got.Status != 404 {
		t.Errorf("somebody else reads it: %d", got.Status)
	}
	errs := chief.Get(path+"/errors.xlsx").Must(t, 200)
	book, err := excelize.OpenReader(bytes.NewReader(errs.Body))
	if err != nil || !strings.HasPrefix(errs.Header.Get("Content-Disposition"), "attachment") {
		t.Fatalf("errors.xlsx: %v, %v", err, errs.Header)
	}
	defer book.Close()
	if said, err := book.GetCellValue(book.GetSheetName(0), "D4"); err != nil || !strings.Contains(said, "深圳市") {
		t.Errorf("D4 = %q, %v", said, err)
	}
	var done struct{ Created, Updated, Skipped, Refused int }
	chief.Call(http.MethodPost, path+"/accept", nil).Must(t, 200).Into(t, &done)
	if done.Created != 1 || done.Refused != 1 {
		t.Errorf("done = %+v", done)
	}
	if got := chief.Call(http.MethodPost, path+"/accept", nil); got.Status != 409 || got.Code() != "import_done" {
		t.Errorf("again: %d %s", got.Status, got.Body)
	}
	if chief.Get("/api/v1/projects").Must(t, 200).Into(t, &list); len(list.Items) != 1 {
		t.Errorf("projects = %+v", list)
	}
}

func TestFilesThatCannotBeImported(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	chief := w.In(ledger.Commander, "411100")
	for name, tt := range map[string]struct {
		path, code string
		body       []byte
		status     int
	}{
		"nothing":            {"projects", "", nil, 400},
		"blanks":             {"projects", "empty_file", []byte("  \n"), 422},
		"old Excel":          {"projects", "xls", append([]byte{0xD0, 0xCF, 0x11, 0xE0}, make([]byte, 600)...), 422},
		"JSON for a ledger":  {"projects", "not_a_table", []byte(`{}`), 422},
		"no header":          {"projects", "header_not_found", []byte("a,b\n1,2\n"), 422},
		"too large":          {"projects", "too_large", bytes.Repeat([]byte("a"), 21<<20), 413},
		"boundary too large": {"sites", "too_large", bytes.Repeat([]byte(" "), 5<<20), 413},
		"not GeoJSON":        {"sites", "geojson_not_json", []byte("PK\x03\x04"), 422},
		"crosses itself": {"sites", "ring_crosses_itself",
			[]byte(`{"type":"Polygon","coordinates":[[[114,33.5],[114.01,33.51],[114.01,33.5],[114,33.51],[114,33.5]]]}`), 422},
	} {
		got := chief.Call(http.MethodPost, "/api/v1/imports/"+tt.path, tt.body)
		if got.Status != tt.status || tt.code != "" && got.Code() != tt.code {
			t.Errorf("%s: %d %s, want %d %s", name, got.Status, got.Body, tt.status, tt.code)
		}
	}
	if n, err := w.Ledger.Pool().Exec(ledger.System(t.Context()), "SELECT FROM import_batch"); err != nil || n.RowsAffected() != 0 {
		t.Errorf("%d imports are left behind, %v", n.RowsAffected(), err)
	}
}

func TestImportOfBoundariesByAPI(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	g := ledgertest.Project(t, w.Ledger, "411104")
	chief := w.In(ledger.Commander, "411100")
	body := fmt.Sprintf(`{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"项目名称":%q,"点位":"二期"},"geometry":
		{"type":"Polygon","coordinates":[[[114.1,33.5],[114.11,33.5],[114.11,33.51],[114.1,33.51],[114.1,33.5]]]}}]}`, g.Project.Name)
	var i importSaid
	chief.Call(http.MethodPost, "/api/v1/imports/sites?filename=红线.geojson", []byte(body)).Must(t, 201).Into(t, &i)
	if len(i.Rows) != 1 || i.Rows[0].Action != "create" || i.Rows[0].Project.Name != g.Project.Name || i.Rows[0].Cells["点位"] != "二期" {
		t.Errorf("import = %+v", i)
	}
	chief.Call(http.MethodPost, fmt.Sprintf("/api/v1/imports/%d/accept", i.ID), nil).Must(t, 200)
	var list struct{ Items []struct{ Name string } }
	chief.Get(fmt.Sprintf("/api/v1/sites?project_id=%d", g.Project.ID)).Must(t, 200).Into(t, &list)
	if len(list.Items) != 2 || list.Items[1].Name != "二期" {
		t.Errorf("sites = %+v", list)
	}
}

func TestRealWorkbookThroughTheAPI(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile("../../shared/fixtures/ledger/重点项目清单-亿元.xlsx")
	if err != nil {
		t.Log("lacking fixture set: ledger")
		return
	}
	w := apitest.Start(t)
	var i importSaid
	w.In(ledger.Commander, "411100").Call(http.MethodPost, "/api/v1/imports/projects?filename=重点项目清单-亿元.xlsx", body).Must(t, 201).Into(t, &i)
	if i.Counts["create"] != 41 || i.Counts["errors"] != 0 {
		t.Errorf("counts = %v", i.Counts)
	}
	// A county sees the errors of the rows that are not its own.
	w.In(ledger.County, "411104").Call(http.MethodPost, "/api/v1/imports/projects", body).Must(t, 201).Into(t, &i)
	if i.Counts["create"] != 6 || i.Counts["errors"] != 35 {
		t.Errorf("counts of a county = %v", i.Counts)
	}
}
