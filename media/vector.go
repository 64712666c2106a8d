package media

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"guatu/ledger/survey"
)

// Limits of the helper that reads foreign vector files.
const (
	vectorTime   = 20 * time.Second // for all layers of a file
	vectorLayers = 60
	vectorOut    = 48 << 20 // bytes of text a layer
)

// vectorDrivers are the only drivers that GDAL may open a file with, and the name
// that the file goes by: some look at it.
var vectorDrivers = map[survey.Format]struct{ driver, file string }{
	survey.GeoPackage: {"GPKG", "in.gpkg"},
	survey.FileGDB:    {"OpenFileGDB", "in.gdb.zip"},
	survey.KML:        {"LIBKML", "in.kml"},
	survey.KMZ:        {"LIBKML", "in.kmz"},
	survey.DXF:        {"DXF", "in.dxf"},
}

// ReadVector reads the layers of a GeoPackage, FileGDB, KML or DXF by GDAL's tools,
// in a child that is walled in as decoders of pictures are: it reads the file and
// the system's libraries, writes nothing, and reaches no network. Coordinates come
// as given. The error is a *survey.Refusal where the file is at fault,
// ErrDecoderBusy where the machine is, and ErrNoDecoder where the tools are missing.
func ReadVector(ctx context.Context, file []byte, f survey.Format) ([]survey.Layer, error) {
	how, ok := vectorDrivers[f]
	if !ok {
		return nil, fmt.Errorf("no driver for %q", f)
	}
	ctx, cancel := context.WithTimeout(ctx, vectorTime)
	defer cancel()
	dir, err := os.MkdirTemp("", "guatu-vector-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the helper: %w", err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, how.file)
	if err := os.WriteFile(path, file, 0o444); err != nil {
		return nil, fmt.Errorf("hand the file to the helper: %w", err)
	}
	if os.Geteuid() == 0 { // the child is nobody
		if err := os.Chmod(dir, 0o555); err != nil {
			return nil, fmt.Errorf("hand the file to the helper: %w", err)
		}
	}
	v := vectorFile{ctx: ctx, dir: dir, path: path, driver: how.driver, format: f}
	if v.skip, err = otherDrivers(ctx, how.driver); err != nil {
		return nil, err
	}
	layers, err := v.list()
	if err != nil {
		return nil, v.told(err)
	}
	for i := range layers {
		if layers[i].Issue != nil {
			continue
		}
		err := v.read(&layers[i])
		if errors.Is(err, errChildFailed) { // such as solids, which are no ground
			layers[i] = survey.Layer{Name: layers[i].Name, Issue: &survey.Issue{
				Code: "boundary_layer_unread", Message: "图层“" + printable(layers[i].Name, 100) + "”里的图形读不了，没有读取。需要它的话，请转成面后重新导出。",
			}}
			continue
		}
		if err != nil {
			return nil, v.told(err)
		}
	}
	return layers, nil
}

type vectorFile struct {
	ctx          context.Context
	dir, path    string
	driver       string
	skip         string // every other driver
	format       survey.Format
	plots, bytes int
}

// otherDrivers lists all drivers of this GDAL but the one to read with and the one
// to write with, for OGR_SKIP: the tools of GDAL 3.6 have no -if.
func otherDrivers(ctx context.Context, wanted string) (string, error) {
	out, err := runChild(ctx, nil, 1<<20, "ogrinfo", "--formats")
	if err != nil {
		return "", fmt.Errorf("%w: list drivers: %w", ErrNoDecoder, err)
	}
	var others []string
	found := false
	for line := range strings.Lines(string(out)) {
		name, _, isDriver := strings.Cut(strings.TrimSpace(line), " -")
		switch {
		case !isDriver:
		case name == wanted:
			found = true
		case name != "GeoJSONSeq":
			others = append(others, name)
		}
	}
	if !found {
		return "", fmt.Errorf("%w: no driver %s", ErrNoDecoder, wanted)
	}
	return strings.Join(others, ","), nil
}

// list finds the layers and what system each says it is in.
func (v *vectorFile) list() ([]survey.Layer, error) {
	out, err := runChildReading(v.ctx, v.dir, nil, 4<<20, "ogrinfo", "-ro", "-al", "-so", "-nocount", "-noextent", "-nomd", "-wkt_format", "WKT1", "--config", "OGR_SKIP", v.skip, v.path)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(string(out), "using driver `"+v.driver+"' successful") {
		return nil, fmt.Errorf("%w: another driver took the file", errChildFailed)
	}
	var layers []survey.Layer
	var kinds []string
	inWKT := false
	for line := range strings.Lines(string(out)) {
		line = strings.TrimRight(line, "\r\n")
		name, isLayer := strings.CutPrefix(line, "Layer name: ")
		switch {
		case isLayer:
			if strings.HasPrefix(name, "-") {
				return nil, refuseVector(v.format, "boundary_layer_name", "有一个图层的名称以“-”开头，不能读取。请改名后再传。")
			}
			layers, kinds, inWKT = append(layers, survey.Layer{Name: name}), append(kinds, ""), false
		case len(layers) == 0:
		case line == "Geometry: None": // a plain table
			layers, kinds = layers[:len(layers)-1], kinds[:len(kinds)-1]
		case strings.HasPrefix(line, "Geometry: "):
			kinds[len(kinds)-1] = line
		case line == "Layer SRS WKT:":
			inWKT = true
		case inWKT && (line == "(unknown)" || !strings.HasPrefix(line, " ") && layers[len(layers)-1].WKT != ""):
			inWKT = false
		case inWKT:
			layers[len(layers)-1].WKT += line + "\n"
		}
	}
	if len(layers) > vectorLayers {
		return nil, refuseVector(v.format, "boundary_too_many_layers", "文件里有 %d 个图层，超过 %d 个。请只留下要用的图层。", len(layers), vectorLayers)
	}
	leaveOut(layers, kinds)
	return layers, nil
}

// leaveOut marks layers of points and of lines as not to be read where others can
// hold ground: a file of a survey has dozens of them.
func leaveOut(layers []survey.Layer, kinds []string) {
	isGround := func(kind string) bool { return !strings.Contains(kind, "Point") && !strings.Contains(kind, "Line") }
	if !slices.ContainsFunc(kinds, isGround) {
		return
	}
	for i, kind := range kinds {
		if !isGround(kind) {
			layers[i].Issue = &survey.Issue{Code: "boundary_layer_not_area", Message: "图层“" + printable(layers[i].Name, 100) + "”是点或线，没有读取。"}
		}
	}
}

// read fills a layer. The output says no system, lest it be turned into WGS 84:
// coordinates come as they stand in the file, curves as lines, heights dropped.
func (v *vectorFile) read(l *survey.Layer) error {
	out, err := runChildReading(v.ctx, v.dir, nil, vectorOut, "ogr2ogr", "--config", "OGR_SKIP", v.skip, "-f", "GeoJSONSeq", "/vsistdout/", v.path, l.Name,
		"-a_srs", "None", "-dim", "XY", "-nlt", "CONVERT_TO_LINEAR", "-lco", "RS=NO", "-lco", "COORDINATE_PRECISION=15",
		"-limit", fmt.Sprint(survey.MaxPlots+1), "--config", "DXF_CLOSED_LINE_AS_POLYGON", "YES", "--config", "OGR_SQLITE_LOAD_EXTENSIONS", "NONE")
	if err != nil {
		return err
	}
	if v.bytes += len(out); v.bytes > vectorOut {
		return fmt.Errorf("%w: more than %d bytes of output", errChildLimit, vectorOut)
	}
	for line := range bytes.Lines(out) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if v.plots++; v.plots > survey.MaxPlots {
			r := refuseVector(v.format, survey.CodeTooMany, "文件里超过 %d 个地块。请只留下要用的地块，或作为图层导入。", survey.MaxPlots)
			r.TooLarge = true
			return r
		}
		f, err := vectorFeature(line)
		if err != nil {
			return fmt.Errorf("%w: %w", errChildFailed, err)
		}
		l.Features = append(l.Features, f)
	}
	return nil
}

// told words what went wrong for the person who sent the file.
func (v *vectorFile) told(err error) error {
	var refusal *survey.Refusal
	switch {
	case errors.As(err, &refusal), errors.Is(err, ErrNoDecoder), errors.Is(err, ErrDecoderBusy):
		return err // which is not the file's fault
	case errors.Is(err, errChildLimit):
		r := refuseVector(v.format, "boundary_too_heavy", "文件太大或太复杂，读取超过了限度。请只留下要用的地块，或转成 Shapefile 后再传。")
		r.TooLarge, r.Cause = true, err
		return r
	}
	r := refuseVector(v.format, "boundary_damaged", "%s 打不开：文件已损坏或没有传完整。请在原软件里重新导出后再传。", v.format.Title())
	r.Cause = err
	return r
}

func refuseVector(f survey.Format, code, format string, args ...any) *survey.Refusal {
	return &survey.Refusal{Format: f, Issues: []survey.Issue{{Code: code, Message: fmt.Sprintf(format, args...)}}}
}

// vectorFeature reads one line of the helper's output. The helper is not trusted:
// whatever is not a plain feature is an error.
func vectorFeature(line []byte) (survey.Feature, error) {
	var in struct {
		Properties map[string]any
		Geometry   *vectorGeometry
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if err := d.Decode(&in); err != nil {
		return survey.Feature{}, err
	}
	f := survey.Feature{Values: map[string]string{}}
	for k, v := range in.Properties {
		switch v := v.(type) {
		case string:
			f.Values[k] = v
		case json.Number:
			f.Values[k] = v.String()
		}
	}
	if in.Geometry == nil {
		return f, nil
	}
	g, err := in.Geometry.orb()
	f.Geometry = g
	return f, err
}

type vectorGeometry struct {
	Type        string
	Coordinates json.RawMessage
	Geometries  []vectorGeometry
}

// orb makes geometry of what was read. Collections become their polygons, or what
// else they hold first.
func (g *vectorGeometry) orb() (orb.Geometry, error) {
	switch g.Type {
	case "Point":
		return vectorCoordinates[orb.Point](g.Coordinates)
	case "MultiPoint":
		return vectorCoordinates[orb.MultiPoint](g.Coordinates)
	case "LineString":
		return vectorCoordinates[orb.LineString](g.Coordinates)
	case "MultiLineString":
		return vectorCoordinates[orb.MultiLineString](g.Coordinates)
	case "Polygon":
		return vectorCoordinates[orb.Polygon](g.Coordinates)
	case "MultiPolygon":
		return vectorCoordinates[orb.MultiPolygon](g.Coordinates)
	case "GeometryCollection":
		var area orb.MultiPolygon
		var first orb.Geometry
		for i := range g.Geometries {
			if g.Geometries[i].Type == "GeometryCollection" {
				return nil, errors.New("collections are nested")
			}
			part, err := g.Geometries[i].orb()
			if err != nil {
				return nil, err
			}
			switch part := part.(type) {
			case orb.Polygon:
				area = append(area, part)
			case orb.MultiPolygon:
				area = append(area, part...)
			default:
				if first == nil {
					first = part
				}
			}
		}
		if first != nil || area == nil { // lines beside polygons are not ground
			return first, nil
		}
		return area, nil
	}
	return nil, fmt.Errorf("unknown geometry %q", g.Type)
}

func vectorCoordinates[T orb.Geometry](text json.RawMessage) (orb.Geometry, error) {
	var out T
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, err
	}
	switch g := any(out).(type) { // an empty one is none
	case orb.Polygon:
		if len(g) == 0 {
			return nil, nil
		}
	case orb.MultiPolygon:
		if len(g) == 0 {
			return nil, nil
		}
	case orb.LineString:
		if len(g) == 0 {
			return nil, nil
		}
	case orb.MultiLineString:
		if len(g) == 0 {
			return nil, nil
		}
	case orb.MultiPoint:
		if len(g) == 0 {
			return nil, nil
		}
	}
	return out, nil
}
