package api

import (
	"fmt"
	"strings"
	"testing"

	"guatu/geo"
)

func TestARefusedBoundaryNamesThePlace(t *testing.T) {
	t.Parallel()
	_, err := geo.DecodeGeoJSON(strings.NewReader(`{"type":"FeatureCollection","features":[{"type":"Feature","geometry":
		{"type":"Polygon","coordinates":[[[114,33],[114.2,33.2],[114.2,33],[114,33.2],[114,33]]]}}]}`), geo.Limits{})
	p := tellGeoJSON(fmt.Errorf("read boundary: %w", err))
	if p == nil || p.Status != 422 || p.Code != "ring_crosses_itself" || len(p.Errors) != 1 ||
		p.Errors[0].Location != "$.features[0].geometry.coordinates[0][0]" || fmt.Sprint(p.Extra["at"]) != "[114.1 33.1]" || p.Extra["feature"] != 0 ||
		!strings.Contains(p.Detail, "第 1 个要素") {
		t.Errorf("%+v", p)
	}
	_, err = geo.DecodeGeoJSON(strings.NewReader(strings.Repeat(" ", 5<<20)), geo.Limits{})
	if p := tellGeoJSON(err); p == nil || p.Status != 413 {
		t.Errorf("%+v", p)
	}
	if p := tellGeoJSON(geo.ErrTile); p != nil {
		t.Errorf("%+v", p)
	}
}
