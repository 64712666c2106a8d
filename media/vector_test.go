package media_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"guatu/ledger/survey"
	"guatu/media"
)

func readVector(ctx context.Context) func([]byte, survey.Format) ([]survey.Layer, error) {
	return func(file []byte, f survey.Format) ([]survey.Layer, error) { return media.ReadVector(ctx, file, f) }
}

// What the helper reads is what the fixtures promise: every plot, in the file's own
// system, with ground.
func TestVectorFixturesMeetTheirVerdict(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		format      survey.Format
		plots, epsg int
		said        int // the answer to the question for the system
		notGround   int // points and lines, each told as such
	}{
		"vector-osm/liechtenstein-formats/DLTB.gdb.zip":   {format: survey.FileGDB, plots: 120, epsg: 4526},
		"vector-osm/liechtenstein-formats/landuse.kml":    {format: survey.KML, plots: 120, epsg: 4326},
		"vector-osm/liechtenstein-formats/sites-4547.dxf": {format: survey.DXF, plots: 40, epsg: 4547, said: 4547},
		"vector-osm/liechtenstein-luohe-relocated.gpkg":   {format: survey.GeoPackage, plots: 2671, epsg: 4490},
		"vector-formats/accept/geopackage.gpkg":           {format: survey.GeoPackage, plots: 86, epsg: 4326, notGround: 86},
	} {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			p, err := survey.Read(vectorFixture(t, name), "", survey.Options{Vector: readVector(t.Context()), EPSG: want.said})
			if err != nil {
				t.Fatal(err)
			}
			if p.Format != want.format || len(p.Plots) != want.plots || len(p.Questions) != 0 || len(p.Systems) == 0 || p.Systems[0].EPSG != want.epsg {
				t.Errorf("%s with %d plots, systems %+v, questions %+v", p.Format, len(p.Plots), p.Systems, p.Questions)
			}
			bad := 0
			for _, one := range p.Plots {
				if one.Ground == nil {
					bad++
				}
			}
			if bad != want.notGround {
				t.Errorf("%d plots have no ground, want %d", bad, want.notGround)
			}
		})
	}
}

// A geodatabase of many odd layers is read as far as it is ground; what is not
// read is said.
func TestVectorOddLayersAreSaid(t *testing.T) {
	t.Parallel()
	p, err := survey.Read(vectorFixture(t, "vector-formats/accept/testopenfilegdb.gdb.zip"), "", survey.Options{Vector: readVector(t.Context())})
	if err != nil {
		t.Fatalf("%v: %v", err, errors.Unwrap(err))
	}
	if len(p.Plots) < 20 || len(p.Warnings) == 0 {
		t.Errorf("%d plots, warnings %+v", len(p.Plots), p.Warnings)
	}
}

func TestVectorAsksForTheSystemOfADrawing(t *testing.T) {
	t.Parallel()
	p, err := survey.Read(vectorFixture(t, "vector-osm/liechtenstein-formats/sites-4547.dxf"), "", survey.Options{Vector: readVector(t.Context())})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Plots) != 0 || len(p.Questions) != 1 || p.Questions[0].Query != "crs" || p.Questions[0].Choices[0].Value != "4547" {
		t.Errorf("questions %+v", p.Questions)
	}
}

// Hostile files end in words, soon: other formats in disguise, cut files, and what
// would have GDAL fetch something.
func TestVectorRefusesWithWords(t *testing.T) {
	t.Parallel()
	gpkg := vectorFixture(t, "vector-formats/accept/geopackage.gpkg")
	for name, tt := range map[string]struct {
		file   []byte
		format survey.Format
	}{
		"a cut GeoPackage":              {gpkg[:20_000], survey.GeoPackage},
		"a virtual file as GeoPackage":  {[]byte(`<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>`), survey.GeoPackage},
		"a virtual file as KML":         {[]byte(`<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>CSV:/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>`), survey.KML},
		"GeoJSON as a drawing":          {[]byte(`{"type":"Point","coordinates":[1,2]}`), survey.DXF},
		"an archive that is none":       {[]byte("PK\x03\x04nothing"), survey.FileGDB},
		"a GeoPackage as a geodatabase": {gpkg, survey.FileGDB},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			_, err := media.ReadVector(t.Context(), tt.file, tt.format)
			var r *survey.Refusal
			if !errors.As(err, &r) || r.Issues[0].Code != "boundary_damaged" {
				t.Errorf("got %v", err)
			}
			if took := time.Since(start); took > time.Minute {
				t.Errorf("took %s", took)
			}
		})
	}
}

func TestVectorLeavesNothingBehind(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for _, f := range []survey.Format{survey.GeoPackage, survey.DXF} {
		_, _ = media.ReadVector(t.Context(), []byte("nothing"), f)
	}
	left, err := os.ReadDir(os.TempDir())
	if err != nil || len(left) != 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

// The child sees its own file and the system's, not the neighbours'.
func TestVectorChildReadsItsFolderOnly(t *testing.T) {
	t.Parallel()
	mine, other := t.TempDir(), t.TempDir()
	for _, dir := range []string{mine, other} {
		if err := errors.Join(os.WriteFile(filepath.Join(dir, "f"), []byte("seen"), 0o644), os.Chmod(dir, 0o755), os.Chmod(filepath.Dir(dir), 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	out, err := media.RunChildReading(t.Context(), mine, nil, 1000, "sh", "-c", "cat "+mine+"/f; cat "+other+"/f; echo x > "+mine+"/g; true")
	if err != nil || string(out) != "seen" {
		t.Errorf("the child read %q, %v", out, err)
	}
}

func vectorFixture(t *testing.T, name string) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("../../shared/fixtures", name))
	if err != nil {
		t.Fatal(err)
	}
	return file
}
