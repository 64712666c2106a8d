package geo

import (
	"errors"
	"fmt"
	"strings"

	"github.com/paulmach/orb"
)

// ErrGeoJSON is what every refusal of DecodeGeoJSON is.
var ErrGeoJSON = errors.New("not a GeoJSON that can be taken")

// ErrTooLarge is what a refusal is, besides ErrGeoJSON, when a limit was passed.
var ErrTooLarge = errors.New("GeoJSON is larger than allowed")

// GeoJSONError says what is wrong with a GeoJSON text, where, and in Chinese
// what the person who sent it can do next. Code is stable; flaws of the ground
// have the FlawKind as their code.
type GeoJSONError struct {
	Code    string
	Path    string // JSONPath of the value, such as $.features[3].geometry.coordinates[0][5]
	Message string

	Feature int        // from 0; -1 where the error is not inside one
	At      *orb.Point // where on the ground, longitude and latitude, where that is known
	Flaw    *Flaw      // what is wrong with the boundary, where it could be read at all

	limit bool
}

func refuse(code, format string, args ...any) *GeoJSONError {
	return &GeoJSONError{Code: code, Message: fmt.Sprintf(format, args...), Feature: -1}
}

func refuseSize(code, format string, args ...any) *GeoJSONError {
	err := refuse(code, format, args...)
	err.limit = true
	return err
}

// in puts a step before the path, on the way out of a value.
func (e *GeoJSONError) in(step string) *GeoJSONError {
	e.Path = step + e.Path
	return e
}

// done completes the path, and names the feature in a collection.
func (e *GeoJSONError) done() *GeoJSONError {
	e.Path = "$" + e.Path
	if _, err := fmt.Sscanf(e.Path, "$.features[%d]", &e.Feature); err == nil {
		e.Message = fmt.Sprintf("第 %d 个要素：%s", e.Feature+1, e.Message)
	}
	return e
}

func (e *GeoJSONError) Error() string {
	return fmt.Sprintf("%s: %s at %s", ErrGeoJSON, e.Code, e.Path)
}

// Is makes every refusal an ErrGeoJSON, and the narrower sentinel that fits.
func (e *GeoJSONError) Is(target error) bool {
	return target == ErrGeoJSON || target == ErrTooLarge && e.limit || target == ErrNotSimple && e.Flaw != nil
}

// The codes of GeoJSONError besides the kinds of Flaw.
const (
	CodeTooLarge       = "geojson_too_large"
	CodeTooDeep        = "geojson_too_deep"
	CodeTooMany        = "geojson_too_many_points"
	CodeTooManyMembers = "geojson_too_many_members"
	CodeTooIntricate   = "geojson_too_intricate"
	CodeTooManyRings   = "geojson_too_many_rings"
	CodeNotUTF8        = "geojson_not_utf8"
	CodeNotJSON        = "geojson_not_json"
	CodeDuplicateKey   = "geojson_duplicate_key"
	CodeNumberRange    = "geojson_number_out_of_range"
	CodeType           = "geojson_wrong_type"
	CodeMember         = "geojson_wrong_member"
	CodePosition       = "geojson_wrong_position"
	CodeMixedZ         = "geojson_mixed_dimensions"
	CodeEmpty          = "geojson_empty"
	CodeNested         = "geojson_nested_collection"
	CodeLonLat         = "geojson_not_lonlat"
	CodeSwapped        = "geojson_lonlat_swapped"
	CodeOutside        = "geojson_outside"
	CodeAntimeridian   = "geojson_antimeridian"
	CodeCRS            = "geojson_crs"
	CodeBBox           = "geojson_wrong_bbox"
)

// explain says a flaw in Chinese. Where a feature has one part, or a part one
// ring, they are not counted out.
func (f *Flaw) explain(g orb.Geometry) string {
	parts := 1
	rings := func(int) int { return 1 }
	switch g := g.(type) {
	case orb.Polygon:
		rings = func(int) int { return len(g) }
	case orb.MultiPolygon:
		parts = len(g)
		rings = func(i int) int { return len(g[i]) }
	}
	name := func(part, ring int) string {
		var b strings.Builder
		if parts > 1 {
			fmt.Fprintf(&b, "第 %d 个面的", part+1)
		}
		switch {
		case ring == 0 && rings(part) == 1 && parts == 1:
			b.WriteString("边界")
		case ring == 0:
			b.WriteString("外圈")
		default:
			fmt.Fprintf(&b, "第 %d 个内圈", ring)
		}
		return b.String()
	}
	ring, other := name(f.Part, f.Ring), name(f.OtherPart, f.OtherRing)
	at := fmt.Sprintf("经度 %.7f、纬度 %.7f 处", f.At[0], f.At[1])
	switch f.Kind {
	case FlawTooFewPoints:
		return fmt.Sprintf("%s的不同点太少：面至少要三个不同的点，线至少要两个。请补全后再传。", ring)
	case FlawNotClosed:
		return fmt.Sprintf("%s没有闭合：最后一点要与第一点（%s）相同。请补上闭合点后再传。", ring, strings.TrimSuffix(at, "处"))
	case FlawCrossesItself:
		if f.Vertex == f.OtherVertex {
			return fmt.Sprintf("%s在%s自相交。请改正这一处的界址点后再传。", ring, at)
		}
		return fmt.Sprintf("%s自相交：从第 %d 点和第 %d 点起的两条边在%s相交或重叠。请检查这两条边的点序后再传。",
			ring, min(f.Vertex, f.OtherVertex)+1, max(f.Vertex, f.OtherVertex)+1, at)
	case FlawTouchesItself:
		return fmt.Sprintf("%s在%s碰到了自己。请把边界在这一点分开，或拆成两个面后再传。", ring, at)
	case FlawRingsCross:
		return fmt.Sprintf("%s与%s在%s相交或共边。内圈只能在外圈之内，互不相交。请改正后再传。", ring, other, at)
	case FlawHoleOutside:
		return fmt.Sprintf("%s不在外圈之内（%s）。如果它是另一块地，请作为单独的面。", ring, at)
	case FlawHolesNested:
		return fmt.Sprintf("%s套在%s之内（%s）。内圈里的地请作为单独的面。", ring, other, at)
	case FlawInteriorSplit:
		return fmt.Sprintf("%s与%s等相接成环，在%s把地块断成了两块。请拆成两个面后再传。", ring, other, at)
	case FlawPolygonsOverlap:
		return fmt.Sprintf("%s与%s在%s重叠或共边。请合并成一个面，或改正重叠处后再传。", ring, other, at)
	case FlawNotFinite:
		return fmt.Sprintf("%s里有不是数值的坐标。请重新导出后再传。", ring)
	}
	return "几何类型不认识。请导出为点、线、面后再传。"
}
