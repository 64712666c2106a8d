package geo

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/paulmach/orb"
)

// Limits bound what DecodeGeoJSON takes. A zero field means the default.
type Limits struct {
	Bytes    int64
	Depth    int // brackets inside brackets
	Vertices int // of one feature, closing points included
	Total    int // vertices of the whole text
	Rings    int // of one feature

	// Within is where every point must lie, usually the city and a margin. The
	// zero Bound means anywhere on earth.
	Within orb.Bound
}

// DefaultLimits are more than any real site needs and less than what hurts: the
// largest text within them is read and checked in about 200 ms.
var DefaultLimits = Limits{Bytes: 4 << 20, Depth: 12, Vertices: 20_000, Total: 200_000, Rings: 1_000}

func (l Limits) orDefault() Limits {
	d := DefaultLimits
	d.Within = l.Within
	if l.Bytes > 0 {
		d.Bytes = l.Bytes
	}
	for _, f := range []struct{ to, from *int }{
		{&d.Depth, &l.Depth}, {&d.Vertices, &l.Vertices}, {&d.Total, &l.Total}, {&d.Rings, &l.Rings},
	} {
		if *f.from > 0 {
			*f.to = *f.from
		}
	}
	return d
}

// Feature is one thing on the ground with what was said about it.
type Feature struct {
	ID         string         // of the feature; a number as it was written
	Geometry   orb.Geometry   // nil where the feature says null: it has no place
	Properties map[string]any // nil where there are none
	HadHeights bool           // heights were given and dropped
}

// DecodeGeoJSON is the only door for GeoJSON: a geometry, a feature or a feature
// collection in longitude and latitude (EPSG:4326 or 4490, which are the same
// numbers here; RFC 7946). It returns *GeoJSONError for everything that is not
// perfectly clear, and repairs nothing but the direction of rings: outer ones
// come back counter-clockwise, holes clockwise. Heights are dropped. Polygons
// are free of flaws as Check defines them. An error of r is returned as it is.
func DecodeGeoJSON(r io.Reader, lim Limits) ([]Feature, error) {
	lim = lim.orDefault()
	b, err := io.ReadAll(io.LimitReader(r, lim.Bytes+1))
	if err != nil {
		return nil, fmt.Errorf("read GeoJSON: %w", err)
	}
	if int64(len(b)) > lim.Bytes {
		return nil, refuseSize(CodeTooLarge, "文件超过 %d MB。请分成几个文件，或简化后再传。", lim.Bytes>>20).done()
	}
	text, refusal := wellFormed(b, lim.Depth)
	if refusal != nil {
		return nil, refusal.done()
	}
	d := decoder{lim: lim}
	features, refusal := d.document(text)
	if refusal != nil {
		return nil, refusal.done()
	}
	return features, nil
}

type decoder struct {
	lim   Limits
	total int

	// of the feature at hand
	vertices, rings int
	heights         bool
	size            int // numbers in a position: 2 or 3, 0 before the first
}

// object is what the members of a GeoJSON object are, taken apart once.
type object struct {
	kind    string
	members map[string]value
}

// geometryTypes tells how deep the coordinates of each type nest, 0 for none.
var geometryTypes = map[string]int{
	"Point": 1, "MultiPoint": 2, "LineString": 2, "MultiLineString": 3, "Polygon": 3, "MultiPolygon": 4,
	"GeometryCollection": 0,
}

// strange lists the members that would change the meaning of an object (RFC 7946 §7.1).
var strange = map[string][]string{
	"FeatureCollection": {"coordinates", "geometries", "geometry", "properties"},
	"Feature":           {"coordinates", "geometries", "features"},
	"":                  {"geometry", "properties", "features"}, // all geometries
}

// openObject takes an object apart and checks what all of them have in common.
func openObject(v value, what string) (object, *GeoJSONError) {
	var o object
	if v.kind() != '{' {
		return o, refuse(CodeType, "%s应是对象，这里却是%s。请重新导出为 GeoJSON 后再传。", what, v.kindName())
	}
	o.members = map[string]value{}
	for key, member := range v.members() {
		switch key {
		case "type", "crs", "bbox", "features", "geometry", "geometries", "coordinates", "properties", "id":
			o.members[key] = member
		}
	}
	kind, ok := o.members["type"]
	if !ok {
		return o, refuse(CodeMember, "%s缺少 type 成员，无法判断是什么。请重新导出为 GeoJSON 后再传。", what)
	}
	if kind.kind() != '"' {
		return o, refuse(CodeType, "type 应是文本，这里却是%s。", kind.kindName()).in(".type")
	}
	o.kind = kind.text()
	if bbox, ok := o.members["bbox"]; ok {
		if err := checkBBox(bbox); err != nil {
			return o, err.in(".bbox")
		}
	}
	if crs, ok := o.members["crs"]; ok {
		if err := checkCRS(crs); err != nil {
			return o, err.in(".crs")
		}
	}
	list := strange[o.kind]
	if _, ok := geometryTypes[o.kind]; ok {
		list = strange[""]
	}
	for _, key := range list {
		if _, ok := o.members[key]; ok {
			return o, refuse(CodeMember, "%s 里不能有成员 %s：意思会混淆。请重新导出后再传。", clip(o.kind), key)
		}
	}
	return o, nil
}

// need returns a member that must be there and be of a kind.
func (o object) need(key string, kind byte, kindName string) (value, *GeoJSONError) {
	v, ok := o.members[key]
	if !ok {
		return nil, refuse(CodeMember, "%s 缺少成员 %s。请重新导出后再传。", o.kind, key)
	}
	if v.kind() != kind {
		return nil, refuse(CodeType, "%s 应是%s，这里却是%s。请重新导出后再传。", key, kindName, v.kindName()).in("." + key)
	}
	return v, nil
}

// unknownType says what a type should have been.
func (o object) unknownType() *GeoJSONError {
	for _, known := range []string{
		"FeatureCollection", "Feature", "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection",
	} {
		if o.kind != known && strings.EqualFold(o.kind, known) {
			return refuse(CodeType, "类型 %q 的大小写不对，应写作 %s。", o.kind, known).in(".type")
		}
	}
	return refuse(CodeType, "类型 %q 不能用在这里。请导出为 FeatureCollection、Feature 或点线面几何后再传。", clip(o.kind)).in(".type")
}

func (d *decoder) document(v value) ([]Feature, *GeoJSONError) {
	o, err := openObject(v, "最外层")
	if err != nil {
		return nil, err
	}
	switch o.kind {
	case "FeatureCollection":
		list, err := o.need("features", '[', "数组")
		if err != nil {
			return nil, err
		}
		features := []Feature{}
		for i, element := range list.elements() {
			o, err := openObject(element, "要素")
			if err == nil && o.kind != "Feature" {
				err = o.unknownType()
			}
			var f Feature
			if err == nil {
				f, err = d.feature(o)
			}
			if err != nil {
				return nil, err.in(".features" + index(i))
			}
			features = append(features, f)
		}
		return features, nil
	case "Feature":
		f, err := d.feature(o)
		return []Feature{f}, err
	}
	g, err := d.geometry(o, false)
	return []Feature{{Geometry: g, HadHeights: d.heights}}, err
}

func (d *decoder) feature(o object) (Feature, *GeoJSONError) {
	var f Feature
	d.vertices, d.rings, d.heights, d.size = 0, 0, false, 0
	if id, ok := o.members["id"]; ok {
		switch id.kind() {
		case '"':
			f.ID = id.text()
		case '0':
			f.ID = string(id)
		default:
			return f, refuse(CodeType, "id 应是文本或数值，这里却是%s。", id.kindName()).in(".id")
		}
	}
	if properties, ok := o.members["properties"]; ok && properties.kind() != 'n' {
		if properties.kind() != '{' {
			return f, refuse(CodeType, "properties 应是对象或 null，这里却是%s。", properties.kindName()).in(".properties")
		}
		if err := json.Unmarshal(properties, &f.Properties); err != nil {
			return f, refuse(CodeNotJSON, "属性读不出来。请重新导出后再传。").in(".properties")
		}
	}
	geometry, ok := o.members["geometry"]
	if !ok {
		return f, refuse(CodeMember, "要素缺少 geometry 成员；没有位置的要素请写 \"geometry\": null。")
	}
	if geometry.kind() == 'n' {
		return f, nil
	}
	inner, err := openObject(geometry, "geometry ")
	if err == nil {
		f.Geometry, err = d.geometry(inner, false)
	}
	if err != nil {
		return f, err.in(".geometry")
	}
	f.HadHeights = d.heights
	return f, nil
}

func (d *decoder) geometry(o object, inCollection bool) (orb.Geometry, *GeoJSONError) {
	depth, ok := geometryTypes[o.kind]
	if !ok {
		return nil, o.unknownType()
	}
	if depth == 0 {
		if inCollection {
			return nil, refuse(CodeNested, "GeometryCollection 里不能再有 GeometryCollection。请拆成几个要素后再传。")
		}
		return d.collection(o)
	}
	coordinates, err := o.need("coordinates", '[', "数组")
	if err != nil {
		return nil, err
	}
	g, err := d.coordinates(o.kind, coordinates)
	if err != nil {
		return nil, err.in(".coordinates")
	}
	if f := flawOf(g); f != nil {
		err := refuse(string(f.Kind), "%s", f.explain(g)).in(".coordinates" + f.steps(depth))
		err.Flaw, err.At = f, &f.At
		return nil, err
	}
	if meetings(g, mostMeetings) > mostMeetings {
		return nil, refuseSize(CodeTooIntricate, "边界过于细密：有上千条细长的斜边挤在一起，不像实测的红线。请重新导出或简化后再传。").in(".coordinates")
	}
	Wind(g)
	return g, nil
}

// steps is the path to a flaw below coordinates that nest that deep.
func (f *Flaw) steps(depth int) string {
	switch depth {
	case 4:
		return index(f.Part) + index(f.Ring) + index(f.Vertex)
	case 3:
		if f.Kind == FlawTooFewPoints && f.Ring == 0 {
			return index(f.Part) // also a line of several
		}
		return index(f.Ring) + index(f.Vertex)
	}
	return ""
}

func (d *decoder) collection(o object) (orb.Geometry, *GeoJSONError) {
	list, err := o.need("geometries", '[', "数组")
	if err != nil {
		return nil, err
	}
	var all orb.Collection
	for i, element := range list.elements() {
		inner, err := openObject(element, "几何")
		var g orb.Geometry
		if err == nil {
			g, err = d.geometry(inner, true)
		}
		if err != nil {
			return nil, err.in(".geometries" + index(i))
		}
		all = append(all, g)
	}
	if len(all) == 0 {
		return nil, refuse(CodeEmpty, "GeometryCollection 是空的。请补上几何，或删去这个要素。").in(".geometries")
	}
	return all, nil
}

func (d *decoder) coordinates(kind string, v value) (orb.Geometry, *GeoJSONError) {
	switch kind {
	case "Point":
		return d.position(v)
	case "MultiPoint":
		points, err := d.line(v)
		return orb.MultiPoint(points), err
	case "LineString":
		return d.line(v)
	case "MultiLineString":
		lines, err := list(v, d.line)
		return orb.MultiLineString(lines), err
	case "Polygon":
		return d.polygon(v)
	}
	polygons, err := list(v, d.polygon)
	return orb.MultiPolygon(polygons), err
}

// list reads an array of at least one of whatever read reads.
func list[T any](v value, read func(value) (T, *GeoJSONError)) ([]T, *GeoJSONError) {
	if v.kind() != '[' {
		return nil, refuse(CodePosition, "坐标的嵌套层数不对：这里应是数组，却是%s。请重新导出后再传。", v.kindName())
	}
	var all []T
	for i, element := range v.elements() {
		one, err := read(element)
		if err != nil {
			return nil, err.in(index(i))
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		return nil, refuse(CodeEmpty, "坐标是空的。没有位置的要素请写 \"geometry\": null。")
	}
	return all, nil
}

func (d *decoder) polygon(v value) (orb.Polygon, *GeoJSONError) {
	return list(v, func(v value) (orb.Ring, *GeoJSONError) {
		if d.rings++; d.rings > d.lim.Rings {
			return nil, refuseSize(CodeTooManyRings, "一个要素的环超过 %d 个。请拆成几个要素后再传。", d.lim.Rings)
		}
		line, err := d.line(v)
		return orb.Ring(line), err
	})
}

func (d *decoder) line(v value) (orb.LineString, *GeoJSONError) {
	line, err := list(v, d.position)
	if err != nil {
		return nil, err
	}
	for i := 1; i < len(line); i++ {
		if math.Abs(line[i][0]-line[i-1][0]) > 180 {
			return nil, refuseAntimeridian(line[i]).in(index(i))
		}
	}
	return line, nil
}

func (d *decoder) position(v value) (orb.Point, *GeoJSONError) {
	var p orb.Point
	if v.kind() != '[' {
		return p, refuse(CodePosition, "坐标的嵌套层数不对：这里应是 [经度, 纬度]，却是%s。请重新导出后再传。", v.kindName())
	}
	if d.vertices, d.total = d.vertices+1, d.total+1; d.vertices > d.lim.Vertices {
		return p, refuseSize(CodeTooMany, "一个要素的点超过 %d 个。请简化边界，或拆成几个要素后再传。", d.lim.Vertices)
	}
	if d.total > d.lim.Total {
		return p, refuseSize(CodeTooMany, "整个文件的点超过 %d 个。请分成几个文件后再传。", d.lim.Total)
	}
	n := 0
	for i, number := range v.elements() {
		if number.kind() != '0' {
			return p, refuse(CodePosition, "坐标应是数值，这里却是%s。请改正后再传。", number.kindName()).in(index(i))
		}
		if n++; n <= 2 {
			p[i] = number.number()
		}
	}
	if n < 2 || n > 3 {
		return p, refuse(CodePosition, "坐标应是 [经度, 纬度] 或 [经度, 纬度, 高程]，这里有 %d 个数。请改正后再传。", n)
	}
	if d.size != 0 && d.size != n {
		return p, refuse(CodeMixedZ, "有的点带高程，有的点不带：文件可能在中途被改过。请统一后再传。")
	}
	d.size, d.heights = n, n == 3
	return p, d.place(p)
}
