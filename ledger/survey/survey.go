// Package survey reads boundary files as the bureaus send them, through one
// door: 勘测定界 TXT, pasted and Excel lists of points, GeoJSON, Shapefile, and by a
// helper GeoPackage, FileGDB, KML and DXF (docs/sources.md#txt). Nothing is saved
// and nothing is repaired: a person sees every plot with its system, its areas and
// what is wrong with it, and decides.
package survey

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/paulmach/orb"

	"guatu/geo/crs"
	"guatu/geo/datum"
)

// Format is what a file turned out to be by its bytes.
type Format string

// The formats.
const (
	TXT        Format = "txt"     // 勘测定界 / 报部坐标
	List       Format = "list"    // pasted points
	Sheet      Format = "xlsx"    // points in a workbook
	GeoJSON    Format = "geojson" // also one feature a line
	Shapefile  Format = "shapefile"
	GeoPackage Format = "geopackage"
	FileGDB    Format = "filegdb"
	KML        Format = "kml"
	KMZ        Format = "kmz"
	DXF        Format = "dxf"
)

// Title names the format for people.
func (f Format) Title() string {
	return map[Format]string{
		TXT: "勘测定界界址点文件（TXT）", List: "坐标点列表", Sheet: "坐标点表格（Excel）", GeoJSON: "GeoJSON", Shapefile: "Shapefile",
		GeoPackage: "GeoPackage", FileGDB: "FileGDB", KML: "KML", KMZ: "KMZ", DXF: "DXF",
	}[f]
}

// Limits of one file. A whole layer of the city is loaded another way.
const (
	MaxBytes  = 20 << 20
	MaxPlots  = 5_000
	MaxPoints = 200_000
)

// Options say what a file cannot.
type Options struct {
	// EPSG is what a person answered to the question for the system; 0: nothing.
	// What the file says itself comes first.
	EPSG int
	// Datum is what a person said that degrees are: datum.GCJ02 and datum.BD09 are
	// undone, the zero value takes them as they are.
	Datum datum.Datum
	// City is where ground is expected (EPSG:4490); outside is a question. The zero
	// Bound means anywhere.
	City orb.Bound
	// Vector reads what package survey cannot. Where it is nil, such files are refused.
	Vector func(file []byte, f Format) ([]Layer, error)
}

// Layer is one layer of a file as Vector gives it, coordinates in the file's own
// system, east first.
type Layer struct {
	Name     string
	WKT      string // of the system; empty where the file says none
	Features []Feature
	Issue    *Issue // why it cannot be read
}

// Feature is one thing of a layer. Geometry is nil where there is none.
type Feature struct {
	Geometry orb.Geometry
	Values   map[string]string
	Issue    *Issue // why it cannot be read
}

// Issue is something wrong, or to be known. Code is stable; Message is Chinese and
// says what to do.
type Issue struct {
	Code    string
	Message string
	Line    int // of a text file, from 1; 0: none
	Point   string
	At      *orb.Point // longitude, latitude
	Confirm bool       // nothing may be stored before a person has agreed
}

// Choice is one answer to a Question.
type Choice struct{ Value, Label string }

// Question is what only a person can say. Query names the option that answers it.
type Question struct {
	Code    string
	Message string
	Query   string
	Choices []Choice
}

// Verdict says how the declared area stands against the computed one.
type Verdict string

// The verdicts (docs/sources.md#txt): within max(1 m², 0.1 %) or the last digit
// written, up to 1 %, and beyond.
const (
	NotDeclared Verdict = "none"
	Agrees      Verdict = "agrees"
	Differs     Verdict = "differs"
	Wrong       Verdict = "wrong"
)

// Area is what a plot says about its size beside what its ground says, m².
type Area struct {
	Declared      string // as written
	Unit          string // 公顷, 平方米, 亩, 平方千米; empty where none fits
	DeclaredM2    float64
	PlanarM2      float64 // in the 3° zone, as 勘测定界 and 供地 count; 0 outside of China
	EllipsoidalM2 float64 // as 三调 and 永农 count
	DifferenceM2  float64 // declared less computed, against Basis
	Basis         string  // planar or ellipsoidal: the nearer one
	Verdict       Verdict
}

// Plot is one piece of ground of the file.
type Plot struct {
	N      int    // from 1, in the order of the file
	Layer  string // where the file has several
	Line   int    // of a text file
	Number string // 地块编号
	Name   string
	Use    string // 用途

	Given  orb.MultiPolygon // as given: east and north, or longitude and latitude
	System crs.System
	Ground orb.MultiPolygon // EPSG:4490; nil where an error says why
	Plane  crs.System       // what Area.PlanarM2 is computed in

	Area     Area
	Errors   []Issue
	Warnings []Issue
}

// Preview is a file that was read. The same bytes and options give the same one.
type Preview struct {
	Format    Format
	Hash      string // sha256:… of the bytes
	Systems   []System
	Plots     []Plot
	Errors    []Issue // about the whole file
	Warnings  []Issue
	Questions []Question
}

// System is a system that the file is in, with how that was told.
type System struct {
	Layer string
	crs.System
	Datum datum.Datum // gcj02 or bd09 where a person said so
	Why   string      // Chinese
}

// ErrNoHelper is what Options.Vector answers where the tools are not installed.
var ErrNoHelper = errors.New("no helper for vector files")

// Refusal says that nothing of a file can be taken.
type Refusal struct {
	Format   Format
	Issues   []Issue
	TooLarge bool
	Cause    error // for the log, where a helper said more
}

// Unwrap is Cause.
func (r *Refusal) Unwrap() error { return r.Cause }

func (r *Refusal) Error() string {
	if len(r.Issues) == 0 {
		return "boundary file is refused"
	}
	return "boundary file is refused: " + r.Issues[0].Code
}

// The codes of issues and questions that this package itself finds; readers have
// theirs.
const (
	CodeUnknownFormat = "boundary_unknown_format"
	CodeNoHelper      = "boundary_no_helper"
	CodeTooLarge      = "boundary_too_large"
	CodeTooMany       = "boundary_too_many_plots"
	CodeTooManyPoints = "boundary_too_many_points"
	CodeEmpty         = "boundary_empty"
	CodeNotArea       = "boundary_not_area"
	CodeNoGeometry    = "boundary_no_geometry"
	CodeAskSystem     = "crs_question"
	CodeAskDatum      = "datum_question"
	CodeAskOutside    = "outside_city"
	CodeNotTaken      = "crs_answer_not_used"
	CodeDatumPlane    = "datum_needs_degrees"
)

func refuse(f Format, code, format string, args ...any) *Refusal {
	return &Refusal{Format: f, Issues: []Issue{issue(code, format, args...)}}
}

func tooLarge(f Format, code, format string, args ...any) *Refusal {
	r := refuse(f, code, format, args...)
	r.TooLarge = true
	return r
}

func issue(code, format string, args ...any) Issue {
	return Issue{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Read reads a boundary file. The format is told by the bytes; name, which may be
// empty, only helps where two readings fit. The error is a *Refusal, or what
// Options.Vector answered.
func Read(file []byte, name string, opt Options) (Preview, error) {
	if len(file) > MaxBytes {
		return Preview{}, tooLarge("", CodeTooLarge, "文件超过 %d MB。请只留下要用的地块，或分成几个文件。", MaxBytes>>20)
	}
	sum := sha256.Sum256(file)
	p := Preview{Format: sniff(file, name), Hash: "sha256:" + hex.EncodeToString(sum[:])}
	r := reader{opt: opt, file: file, p: &p}
	if opt.EPSG != 0 {
		s, err := crs.FromEPSG(opt.EPSG)
		if err != nil {
			return Preview{}, &Refusal{Format: p.Format, Issues: []Issue{told(err)}}
		}
		r.said = &s
	}
	if err := r.read(); err != nil {
		return Preview{}, err
	}
	if len(p.Plots) == 0 && len(p.Questions) == 0 {
		if len(p.Warnings) > 0 {
			return Preview{}, &Refusal{Format: p.Format, Issues: p.Warnings}
		}
		return Preview{}, refuse(p.Format, CodeEmpty, "文件里没有地块。请检查是否导出了空图层。")
	}
	r.finish()
	return p, nil
}

type reader struct {
	opt    Options
	file   []byte
	said   *crs.System
	p      *Preview
	points int
}

func (r *reader) read() error {
	switch r.p.Format {
	case TXT, List:
		return r.text()
	case Sheet:
		return r.sheet()
	case GeoJSON:
		return r.geojson()
	case Shapefile:
		return r.shapefile()
	case GeoPackage, FileGDB, KML, KMZ, DXF:
		return r.vector()
	}
	return refuse("", CodeUnknownFormat, "认不出这是什么文件。可以上传：勘测定界 TXT、坐标点列表、Excel 坐标表、Shapefile（打成 ZIP）、GeoJSON、GeoPackage、FileGDB（打成 ZIP）、KML、DXF。")
}

// vector has the helper read the file.
func (r *reader) vector() error {
	layers, err := []Layer(nil), ErrNoHelper
	if r.opt.Vector != nil {
		layers, err = r.opt.Vector(r.file, r.p.Format)
	}
	if errors.Is(err, ErrNoHelper) {
		return refuse(r.p.Format, CodeNoHelper, "这台服务器没有装读取 %s 的工具（gdal-bin）。请转成 Shapefile 或 GeoJSON 后再传。", r.p.Format.Title())
	}
	if err != nil {
		return err
	}
	for _, l := range layers {
		if err := r.layer(l); err != nil {
			return err
		}
	}
	return nil
}

// clip keeps a foreign text short and on one line.
func clip(s string) string {
	s = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c == '\ufffd' {
			return -1
		}
		return c
	}, strings.TrimSpace(strings.ToValidUTF8(s, "")))
	if r := []rune(s); len(r) > 100 {
		return string(r[:100]) + "…"
	}
	return s
}
