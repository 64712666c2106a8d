package media_test

import (
	"os"
	"path/filepath"
	"testing"

	"guatu/ledger/survey"
	"guatu/media"
)

func vectorOption(t *testing.T) func([]byte, survey.Format) ([]survey.Layer, error) {
	return func(file []byte, f survey.Format) ([]survey.Layer, error) {
		return media.ReadVector(t.Context(), file, f)
	}
}

// What the helper reads is what the fixtures promise; nothing but the DXF asks.
func TestVectorFixturesMeetTheirVerdict(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		format       survey.Format
		plots, epsg  int
		said         int
		asks         string
		allAreGround bool
	}{
		"vector-osm/liechtenstein-formats/DLTB.gdb.zip":   {format: survey.FileGDB, plots: 120, epsg: 4526, allAreGround: true},
		"vector-osm/liechtenstein-formats/landuse.kml":    {format: survey.KML, plots: 120, epsg: 4326, allAreGround: true},
		"vector-osm/liechtenstein-formats/sites-4547.dxf": {format: survey.DXF, plots: 40, epsg: 4547, said: 4547, allAreGround: true},
		"vector-osm/liechtenstein-luohe-relocated.gpkg":   {format: survey.GeoPackage, plots: 2671, epsg: 4490, allAreGround: true},
		"vector-formats/accept/geopackage.gpkg":           {format: survey.GeoPackage, plots: 86, epsg: 4326},
		"vector-formats/accept/testopenfilegdb.gdb.zip":   {format: survey.FileGDB, plots: 1, epsg: 4326},
	} {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			file, err := os.ReadFile(filepath.Join("../../shared/fixtures", name))
			if err != nil {
				t.Fatal(err)
			}
			p, err := survey.Read(file, "", survey.Options{Vector: vectorOption(t), EPSG: want.said})
			if err != nil {
				t.Fatalf("%+v", err)
			}
			t.Logf("%s plots %d systems %d q %d", p.Format, len(p.Plots), len(p.Systems), len(p.Questions))
			for _, s := range p.Systems {
				t.Logf("%s %s %d %s", s.Layer, s.System, s.EPSG, s.Why)
			}
			codes := map[string]int{}
			for _, x := range p.Plots {
				for _, e := range x.Errors {
					codes[e.Code]++
				}
				for _, e := range x.Warnings {
					codes["w:"+e.Code]++
				}
			}
			t.Log(codes)
		})
	}
}
