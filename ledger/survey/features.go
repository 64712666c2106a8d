package survey

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"guatu/geo"
	"guatu/geo/boundary"
	"guatu/geo/crs"
	"guatu/geo/datum"
	"guatu/geo/shapefile"
)

// The columns that say what a plot is, in the order in which they are believed
// (docs/sources.md#shapefile).
var (
	numberColumns = []string{"dkbh", "地块编号", "地块号", "tbbh", "图斑编号", "yjjbnttbbh", "bsm", "标识码", "xmdm", "number", "id", "fid"}
	nameColumns   = []string{"dkmc", "地块名称", "xmmc", "项目名称", "名称", "name", "site", "点位", "layer", "text"}
	useColumns    = []string{"用途", "土地用途", "tdyt", "dkyt", "dlmc", "地类名称", "use"}
	areaColumns   = []string{"dkmj", "地块面积", "tbmj", "图斑面积", "yjjbnttbmj", "xbmj", "mj", "面积", "area", "area_m2"}
)

func pick(values map[string]string, columns []string) string {
	keys := slices.Sorted(maps.Keys(values))
	for _, want := range columns {
		for _, key := range keys {
			if strings.ToLower(strings.TrimSpace(key)) == want && strings.TrimSpace(values[key]) != "" {
				return clip(values[key])
			}
		}
	}
	return ""
}

// add takes a plot, within the limits.
func (r *reader) add(p Plot) error {
	if len(r.p.Plots) >= MaxPlots {
		return tooLarge(r.p.Format, CodeTooMany, "文件里超过 %d 个地块。请只留下要用的地块，或作为图层导入。", MaxPlots)
	}
	for _, part := range p.Given {
		for _, ring := range part {
			r.points += len(ring)
		}
	}
	if r.points > MaxPoints {
		return tooLarge(r.p.Format, CodeTooManyPoints, "文件里超过 %d 个点。请简化，或分成几个文件。", MaxPoints)
	}
	p.N = len(r.p.Plots) + 1
	r.p.Plots = append(r.p.Plots, p)
	return nil
}

// feature takes one feature of a layer whose system is known.
func (r *reader) feature(layer string, f Feature, proj *crs.Projector, s crs.System) error {
	p := Plot{
		Layer: layer, Number: pick(f.Values, numberColumns), Name: pick(f.Values, nameColumns), Use: pick(f.Values, useColumns),
		System: s, Area: Area{Declared: pick(f.Values, areaColumns), Verdict: NotDeclared},
	}
	if f.Issue != nil {
		p.Errors = append(p.Errors, *f.Issue)
		return r.add(p)
	}
	ground, why := areaOf(f.Geometry, r.p.Format == DXF)
	if why != nil {
		p.Errors = append(p.Errors, *why)
		return r.add(p)
	}
	p.Given = ground
	var flaw *geo.Flaw
	if err := geo.Check(ground); errors.As(err, &flaw) {
		one := issue(string(flaw.Kind), "%s。请在原软件里改正后重新导出；系统不会自动修补红线。", flawWords[flaw.Kind])
		if at, err := proj.Inverse(flaw.At); err == nil {
			one.At = &at
		}
		p.Errors = append(p.Errors, one)
		return r.add(p)
	}
	there, err := proj.InverseGround(ground)
	if err != nil {
		p.Errors = append(p.Errors, told(err))
		return r.add(p)
	}
	p.Ground = there
	r.undo(&p)
	geo.Wind(p.Ground)
	p.measure()
	return r.add(p)
}

var flawWords = map[geo.FlawKind]string{
	geo.FlawNotFinite: "坐标里有不是数值的内容", geo.FlawTooFewPoints: "有一圈不足三个不同的点", geo.FlawNotClosed: "有一圈没有闭合",
	geo.FlawCrossesItself: "边界自相交", geo.FlawTouchesItself: "边界碰到自己的点", geo.FlawRingsCross: "两圈相交或有公共边",
	geo.FlawHoleOutside: "有一个孔不在外圈里", geo.FlawHolesNested: "孔里套着孔", geo.FlawInteriorSplit: "孔把地块切成了两半",
	geo.FlawPolygonsOverlap: "同一地块的两部分重叠或有公共边", geo.FlawUnknownGeometry: "图形类型不认识",
}

// areaOf takes polygons, and closed lines of a drawing.
func areaOf(g orb.Geometry, drawing bool) (orb.MultiPolygon, *Issue) {
	switch g := g.(type) {
	case nil:
		one := issue(CodeNoGeometry, "这一条没有图形。")
		return nil, &one
	case orb.Polygon:
		return areaOf(orb.MultiPolygon{g}, drawing)
	case orb.MultiPolygon:
		if len(g) > 0 {
			return g, nil
		}
		return areaOf(nil, drawing)
	case orb.LineString:
		if drawing && len(g) >= 4 && g[0] == g[len(g)-1] {
			return orb.MultiPolygon{{orb.Ring(g)}}, nil
		}
		if drawing {
			one := issue(CodeNotArea, "这条线没有闭合，成不了地块。请在图中闭合多段线后重新导出。")
			return nil, &one
		}
	}
	one := issue(CodeNotArea, "这一条不是面（%s），红线必须是面。", g.GeoJSONType())
	return nil, &one
}

// undo takes the offset off where a person said that there is one.
func (r *reader) undo(p *Plot) {
	if d := r.opt.Datum; p.Ground != nil && (d == datum.GCJ02 || d == datum.BD09) {
		moved := p.Ground.Clone()
		for _, part := range moved {
			for _, ring := range part {
				for i := range ring {
					ring[i] = datum.ToTrue(d, ring[i])
				}
			}
		}
		p.Ground = moved
		p.Area.EllipsoidalM2 = crs.EllipsoidalM2(moved)
	}
}

// measure computes both areas and compares the declared one with the nearer:
// attribute tables are ellipsoidal in surveys of the ground and planar in
// approvals. What an attribute says is never a reason to refuse ground.
func (p *Plot) measure() {
	a := &p.Area
	a.EllipsoidalM2 = crs.EllipsoidalM2(p.Ground)
	if p.System.Projection == crs.TransverseMercator {
		p.Plane = p.System
		a.PlanarM2 = crs.PlanarM2(p.Given)
	} else if s, ok := crs.ZoneSystem(crs.ZoneAt(p.Ground[0][0][0][0], 3), false); ok {
		if plane, err := s.Projector().ForwardGround(p.Ground); err == nil {
			p.Plane, a.PlanarM2 = s, crs.PlanarM2(plane)
		}
	}
	v, err := strconv.ParseFloat(a.Declared, 64)
	if err != nil || !(v > 0) || math.IsInf(v, 0) {
		a.Declared = ""
		return
	}
	a.Verdict = Wrong
	for _, u := range []boundary.AreaUnit{boundary.SquareMetre, boundary.Hectare, boundary.Mu, boundary.SquareKilometre} {
		for _, against := range []struct {
			basis string
			m2    float64
		}{{"planar", a.PlanarM2}, {"ellipsoidal", a.EllipsoidalM2}} {
			off := v*u.M2() - against.m2
			if math.Abs(off) < 0.2*against.m2 && (a.Unit == "" || math.Abs(off) < math.Abs(a.DifferenceM2)) {
				a.Unit, a.DeclaredM2, a.DifferenceM2, a.Basis = string(u), v*u.M2(), off, against.basis
			}
		}
	}
	if a.Unit == "" {
		p.Warnings = append(p.Warnings, issue("boundary_area_unit", "属性里的面积 %s 与图形算出的 %.2f 平方米按哪种单位都对不上，请核对。", a.Declared, a.EllipsoidalM2))
		return
	}
	computed := a.DeclaredM2 - a.DifferenceM2
	_, fraction, _ := strings.Cut(a.Declared, ".")
	last := math.Pow10(-len(fraction)) / 2 * a.DeclaredM2 / v
	switch off := math.Abs(a.DifferenceM2); {
	case off <= max(1, 0.001*computed, min(last*(1+1e-9), 0.05*computed)):
		a.Verdict = Agrees
		return
	case off <= 0.01*computed:
		a.Verdict = Differs
	}
	p.Warnings = append(p.Warnings, issue("boundary_area_differs", "属性里的面积 %s %s与图形算出的 %.2f 平方米相差 %.2f 平方米（%.2f%%）。",
		a.Declared, a.Unit, computed, math.Abs(a.DifferenceM2), 100*math.Abs(a.DifferenceM2)/computed))
}

// features takes a layer whose system is known.
func (r *reader) features(l Layer, s crs.System, why string, notes []string) error {
	if d := r.opt.Datum; (d == datum.GCJ02 || d == datum.BD09) && !s.Degrees() {
		return refuse(r.p.Format, CodeDatumPlane, "GCJ-02、BD-09 只能是经纬度；这个文件是平面坐标，请不要选它。")
	}
	r.p.Systems = append(r.p.Systems, System{Layer: clip(l.Name), System: s, Datum: r.opt.Datum, Why: why})
	for _, n := range notes {
		r.p.Warnings = append(r.p.Warnings, Issue{Code: "crs_note", Message: n})
	}
	proj := s.Projector()
	for _, f := range l.Features {
		if err := r.feature(clip(l.Name), f, proj, s); err != nil {
			return err
		}
	}
	return nil
}

// layer takes a layer of Vector: its system is what its WKT says, or what a person
// said. A layer in a system that is refused is left out with a warning.
func (r *reader) layer(l Layer) error {
	if l.Issue != nil {
		r.p.Warnings = append(r.p.Warnings, *l.Issue)
		return nil
	}
	l.Features = slices.DeleteFunc(l.Features, func(f Feature) bool { return f.Geometry == nil && f.Issue == nil })
	if len(l.Features) == 0 {
		return nil
	}
	if l.WKT == "" {
		if r.said == nil {
			r.ask(fmt.Sprintf("%s 没有写坐标系。请向测绘单位核实后选择。", r.p.Format.Title()), suggest(l.Features))
			return nil
		}
		return r.features(l, *r.said, "文件没有写坐标系，按上传时的选择读取", nil)
	}
	s, notes, err := crs.FromWKT(l.WKT)
	if err == nil {
		r.unused(s)
		return r.features(l, s, "文件自己写明，按参数核对", notes)
	}
	var e *crs.Error
	if errors.As(err, &e) && e.Needs != crs.NeedNothing {
		if r.said != nil {
			return r.features(l, *r.said, "文件写的坐标系认不出，按上传时的选择读取", notes)
		}
		r.ask(e.Message, append(e.Suggest, suggest(l.Features)...))
		return nil
	}
	one := told(err)
	one.Message = fmt.Sprintf("图层“%s”没有读取：%s", clip(l.Name), one.Message)
	r.p.Warnings = append(r.p.Warnings, one)
	return nil
}

// unused warns where a person's answer differs from what the file says.
func (r *reader) unused(s crs.System) {
	if r.said != nil && r.said.EPSG != s.EPSG {
		r.p.Warnings = append(r.p.Warnings, issue(CodeNotTaken, "文件自己写明是%s；上传时选择的%s没有采用。", s, *r.said))
	}
}

// suggest says what the first point looks like.
func suggest(features []Feature) []crs.System {
	for _, f := range features {
		if f.Geometry != nil {
			return crs.Suggest(firstPoint(f.Geometry))
		}
	}
	return nil
}

func firstPoint(g orb.Geometry) orb.Point { return g.Bound().Min }

// shapefile reads every layer of a ZIP.
func (r *reader) shapefile() error {
	layers, err := shapefile.Open(bytes.NewReader(r.file), int64(len(r.file)), shapefile.Options{System: r.said})
	if err != nil {
		return r.fromShapefile(err)
	}
	for _, l := range layers {
		s, notes, err := l.System()
		var e *shapefile.Error
		if errors.As(err, &e) && e.Needs != crs.NeedNothing && r.said == nil {
			r.ask(e.Message, e.Suggest)
			continue
		}
		if err != nil {
			return r.fromShapefile(err)
		}
		why := "由 .prj 的参数判明"
		if r.said != nil && *r.said == s && slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, "上传") }) {
			why = "按上传时的选择读取"
		} else {
			r.unused(s)
		}
		out := Layer{Name: l.Name}
		for f, err := range l.Features() {
			one := Feature{Geometry: f.Geometry, Values: map[string]string{}}
			switch {
			case errors.As(err, &e) && f.Record > 0:
				one.Issue = &Issue{Code: e.Code, Message: e.Message, Line: e.Record}
			case err != nil:
				return r.fromShapefile(err)
			}
			for i, v := range f.Values {
				if v != nil {
					one.Values[l.Fields[i].Name] = plain(v)
				}
			}
			if out.Features = append(out.Features, one); len(out.Features) > MaxPlots {
				return tooLarge(Shapefile, CodeTooMany, "文件里超过 %d 个地块。请只留下要用的地块，或作为图层导入。", MaxPlots)
			}
		}
		if err := r.features(out, s, why, append(slices.Clone(l.Notes), notes...)); err != nil {
			return err
		}
	}
	return nil
}

// plain writes an attribute as people read it.
func plain(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

func (r *reader) fromShapefile(err error) error {
	var e *shapefile.Error
	if !errors.As(err, &e) {
		return err
	}
	return &Refusal{Format: r.p.Format, TooLarge: errors.Is(err, shapefile.ErrTooLarge), Issues: []Issue{{Code: e.Code, Message: e.Message, Line: e.Record}}}
}

// geojson reads a GeoJSON text, or one a line. Where a single feature is wrong,
// the others are still shown.
func (r *reader) geojson() error {
	text := bytes.TrimPrefix(r.file, []byte("\xEF\xBB\xBF"))
	features, err := geo.DecodeGeoJSON(bytes.NewReader(text), geo.Limits{})
	var e *geo.GeoJSONError
	if errors.As(err, &e) && !errors.Is(err, geo.ErrTooLarge) {
		if lines := textsIn(text); len(lines) > 1 {
			return r.geojsonTexts(lines)
		}
		if e.Feature >= 0 {
			var all struct{ Features []json.RawMessage }
			if json.Unmarshal(text, &all) == nil && len(all.Features) > 1 {
				return r.geojsonTexts(all.Features)
			}
		}
	}
	if err != nil {
		return r.fromGeoJSON(err)
	}
	return r.geojsonFeatures(features, nil)
}

// textsIn cuts a file into the JSON values that stand one a line.
func textsIn(text []byte) []json.RawMessage {
	var all []json.RawMessage
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(bytes.TrimLeft(line, "\x1e"))
		switch {
		case len(line) == 0:
			continue
		case len(all) > MaxPlots || line[0] != '{' || !json.Valid(line):
			return nil
		}
		all = append(all, line)
	}
	return all
}

func (r *reader) geojsonTexts(texts []json.RawMessage) error {
	if len(texts) > MaxPlots {
		return tooLarge(GeoJSON, CodeTooMany, "文件里超过 %d 个地块。请只留下要用的地块。", MaxPlots)
	}
	var features []geo.Feature
	wrong := map[int]Issue{}
	left := geo.DefaultLimits.Total
	for i, text := range texts {
		one, err := geo.DecodeGeoJSON(bytes.NewReader(text), geo.Limits{Total: max(left, 1)})
		var e *geo.GeoJSONError
		switch {
		case errors.Is(err, geo.ErrTooLarge), err != nil && !errors.As(err, &e):
			return r.fromGeoJSON(err)
		case err != nil:
			wrong[len(features)] = Issue{Code: e.Code, Message: fmt.Sprintf("第 %d 个要素：%s", i+1, e.Message), At: e.At}
			one = []geo.Feature{{}}
		}
		for _, f := range one {
			left -= vertices(f.Geometry)
		}
		features = append(features, one...)
	}
	return r.geojsonFeatures(features, wrong)
}

func vertices(g orb.Geometry) int {
	n := 0
	if area, why := areaOf(g, false); why == nil {
		for _, part := range area {
			for _, ring := range part {
				n += len(ring)
			}
		}
	}
	return n
}

func (r *reader) geojsonFeatures(features []geo.Feature, wrong map[int]Issue) error {
	l := Layer{}
	for i, f := range features {
		one := Feature{Geometry: f.Geometry, Values: map[string]string{}}
		if bad, ok := wrong[i]; ok {
			one.Issue = &bad
		}
		if f.ID != "" {
			one.Values["id"] = f.ID
		}
		for k, v := range f.Properties {
			switch v.(type) {
			case map[string]any, []any, nil:
			default:
				one.Values[k] = plain(v)
			}
		}
		l.Features = append(l.Features, one)
	}
	s, err := crs.FromEPSG(4326)
	if err != nil {
		return err
	}
	why := "GeoJSON 按标准（RFC 7946）是 WGS 84 经纬度，与 CGCS2000 数值相同"
	if r.said != nil && r.said.Degrees() {
		s, why = *r.said, "GeoJSON 是经纬度，按上传时的选择读取"
	} else {
		r.unused(s)
	}
	return r.features(l, s, why, nil)
}

func (r *reader) fromGeoJSON(err error) error {
	var e *geo.GeoJSONError
	if !errors.As(err, &e) {
		return err
	}
	return &Refusal{Format: GeoJSON, TooLarge: errors.Is(err, geo.ErrTooLarge), Issues: []Issue{{Code: e.Code, Message: e.Message, At: e.At}}}
}
