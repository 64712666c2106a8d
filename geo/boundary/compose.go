package boundary

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"guatu/geo"
	"guatu/geo/crs"
)

// Outline is ground that goes into a file that is made here.
type Outline struct {
	Number, Name, Sheet, Use, LandCode string
	Ground                             orb.MultiPolygon // EPSG:4490
}

// Style is how a file that is made here looks.
type Style struct {
	System   crs.System // a CGCS2000 zone, with or without prefix
	Producer string     // 数据产生单位
	Date     string     // 数据产生日期, YYYY-MM-DD
	Encoding Encoding   // GB18030 where empty, which the offices' programs read
	Decimals int        // of coordinates; 3 where 0
}

// Compose makes a boundary file of ground: rings closed, outer ones clockwise,
// holes and further parts with their own 圈号, points named J1, J2, … within a
// plot, areas planar in hectares. Coordinates are rounded to Style.Decimals; a
// boundary that crosses itself once rounded is refused (*geo.Flaw).
func Compose(outlines []Outline, style Style) (*File, error) {
	s := style.System
	if s.Zone == 0 || s.Datum != crs.CGCS2000 {
		return nil, fmt.Errorf("compose boundary file in %s: not a zone of CGCS2000", s)
	}
	if style.Decimals == 0 {
		style.Decimals = 3
	}
	if style.Encoding == "" {
		style.Encoding = GB18030
	}
	f := &File{
		Form:   Form{Encoding: style.Encoding, NewLine: "\r\n", FinalNewLine: true},
		System: s, PlaneSystem: s, Order: crs.NorthFirst, Numbers: crs.FormBare, Unit: Hectare,
	}
	if s.Prefixed {
		f.Numbers = crs.FormPrefixed
	}
	f.head(style)
	forward, inverse := s.Projector(), s.Projector()
	for i, o := range outlines {
		plane, err := forward.ForwardGround(o.Ground)
		if err != nil {
			return nil, fmt.Errorf("compose plot %d: %w", i+1, err)
		}
		p := Plot{Kind: Area, Number: o.Number, Name: o.Name, Sheet: o.Sheet, Use: o.Use, LandCode: o.LandCode}
		p.write(plane, style.Decimals)
		if err := geo.Check(p.Given); err != nil {
			return nil, fmt.Errorf("compose plot %d: %w", i+1, err)
		}
		p.Plane = p.Given
		if p.Ground, err = inverse.InverseGround(p.Given); err != nil {
			return nil, fmt.Errorf("compose plot %d: %w", i+1, err)
		}
		geo.Wind(p.Ground)
		p.PlanarM2, p.EllipsoidalM2 = crs.PlanarM2(p.Plane), crs.EllipsoidalM2(p.Ground)
		p.Declared = strconv.FormatFloat(geo.Round(geo.Ha(p.PlanarM2), geo.DigitsHa), 'f', geo.DigitsHa, 64)
		declared, _ := decimal(p.Declared)
		p.DeclaredM2 = declared * geo.M2PerHa
		p.Columns = []string{strconv.Itoa(p.DeclaredPoints), p.Declared}
		for _, text := range []string{p.Number, p.Name, string(p.Kind), p.Sheet, p.Use, p.LandCode} {
			p.Columns = append(p.Columns, oneColumn(text))
		}
		f.Plots = append(f.Plots, p)
	}
	return f, nil
}

func (f *File) head(style Style) {
	for _, e := range [][2]string{
		{"格式版本号", "1.01"}, {"数据产生单位", style.Producer}, {"数据产生日期", style.Date},
		{KeyDatum, "2000国家大地坐标系"}, {KeyWidth, strconv.Itoa(style.System.Width)}, {KeyProjection, "高斯克吕格"},
		{KeyUnit, "米"}, {KeyZone, strconv.Itoa(style.System.Zone)},
		{"精度", strconv.FormatFloat(math.Pow10(-style.Decimals), 'f', -1, 64)}, {KeyParameters, ",,,,,,"},
	} {
		f.Header = append(f.Header, Entry{Section: sectionHeader, Key: e[0], Value: oneLine(e[1])})
	}
	f.Head = append(f.Head, "["+sectionHeader+"]")
	for _, e := range f.Header {
		f.Head = append(f.Head, e.Key+"="+e.Value)
	}
	f.Head = append(f.Head, "["+sectionPlots+"]")
}

// write makes the points of p, and Given of what they say once rounded.
func (p *Plot) write(plane orb.MultiPolygon, decimals int) {
	ring, name := 0, 0
	for _, polygon := range plane {
		given := orb.Polygon{}
		for i, r := range polygon {
			if clockwise(r) != (i == 0) {
				slices.Reverse(r)
			}
			ring++
			rounded := orb.Ring{}
			for k, at := range r {
				pt := Point{Ring: ring, Name: "J" + strconv.Itoa(name+k+1)}
				if k == len(r)-1 {
					pt.Name = "J" + strconv.Itoa(name+1)
				}
				pt.First, pt.Second = strconv.FormatFloat(at[1], 'f', decimals, 64), strconv.FormatFloat(at[0], 'f', decimals, 64)
				pt.At[1], _ = decimal(pt.First)
				pt.At[0], _ = decimal(pt.Second)
				rounded = append(rounded, pt.At)
				p.Points = append(p.Points, pt)
			}
			name += len(r) - 1
			given = append(given, rounded)
		}
		p.Given = append(p.Given, given)
	}
	p.DeclaredPoints = len(p.Points)
}

// clockwise tells the direction as seen on a map with north up.
func clockwise(r orb.Ring) bool { return doubled(r) < 0 }

// oneLine keeps a text from starting a line of its own.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s))
}

// oneColumn keeps a text from being more than one column, or the last one.
func oneColumn(s string) string {
	return strings.NewReplacer(",", "，", "@", "＠").Replace(oneLine(s))
}
