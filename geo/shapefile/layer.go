package shapefile

import (
	"bufio"
	"errors"
	"io"
	"path/filepath"
	"strings"

	"github.com/paulmach/orb"

	"guatu/geo/crs"
)

// suffixOf names a member's kind in a message.
func suffixOf(m *member) string { return strings.ToLower(filepath.Ext(m.name)) }

// orRefuse lets an *Error of unpacking pass and refuses the end of a file.
func orRefuse(err error, m *member, code, format string, args ...any) error {
	var e *Error
	if errors.As(err, &e) {
		return err
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return refuse(m.name, code, format, args...)
	}
	return err
}

// openLayer reads the heads of a layer's files.
func openLayer(files members, opts Options) (*Layer, error) {
	l := &Layer{Name: files.name, files: files, opts: opts, Rows: -1, Charset: UTF8}
	shp := files.file[".shp"]
	r, err := shp.open()
	if err != nil {
		return nil, err
	}
	h, err := readHead(r, shp)
	r.Close()
	if err != nil {
		return nil, err
	}
	l.Shape, l.HasZ = shapeOf(h.kind)
	l.Bound = h.bound
	if l.Shape == "" && !(h.kind == 0 && h.length == headSize) {
		return nil, refuse(shp.name, CodeShape, "图形类型 %d 不支持，只能是点、线、面。请转换后再传。", h.kind)
	}
	if l.HasZ {
		l.Notes = append(l.Notes, "图形带高程，已舍去高程。")
	}
	if dbf := files.file[".dbf"]; dbf != nil {
		if err := l.openTable(dbf); err != nil {
			return nil, err
		}
	} else {
		l.Notes = append(l.Notes, "没有属性表（.dbf），只读图形。")
	}
	if shx := files.file[".shx"]; shx != nil {
		n := int((shx.size - headSize) / 8)
		if l.Rows >= 0 && n != l.Rows {
			return nil, refuse(files.name, CodeCounts, "图形有 %d 个，属性却有 %d 行。请在 GIS 软件里重新导出后再传。", n, l.Rows)
		}
	} else {
		l.Notes = append(l.Notes, "没有索引（.shx），按顺序读取。")
	}
	return l, nil
}

func (l *Layer) openTable(dbf *member) error {
	r, err := dbf.open()
	if err != nil {
		return err
	}
	defer r.Close()
	buffered := bufio.NewReaderSize(r, 1<<16)
	t, err := readTable(buffered, dbf)
	if err != nil {
		return err
	}
	declared := ""
	if cpg := l.files.file[".cpg"]; cpg != nil {
		text, err := cpg.all(1 << 10)
		if err != nil {
			return err
		}
		declared = string(text)
	}
	if t.charset, err = t.detect(buffered, declared); err != nil {
		return err
	}
	l.table, l.Rows, l.Charset = t, t.rows, t.charset
	for _, c := range t.columns {
		name, _ := t.charset.decode(c.raw)
		l.Fields = append(l.Fields, Field{Name: strings.TrimSpace(name), Type: c.kind, Length: c.length, Decimals: c.decimals})
	}
	if said := charsetNamed(declared); said != "" && said != t.charset && t.foreign {
		l.Notes = append(l.Notes, "属性文字声明的编码是 "+clip(strings.TrimSpace(declared))+"，按内容判断是 "+string(t.charset)+"，以内容为准。")
	}
	return nil
}

// System tells what the coordinates are in: by the .prj, matched by its
// parameters, or by Options.System where there is none or it does not settle
// it. Notes are in Chinese. The *Error has CodeNoPrj and crs.NeedSystem where a
// person has to say it, or the code of package crs where the system is refused,
// or where the numbers cannot be in it.
func (l *Layer) System() (s crs.System, notes []string, err error) {
	var refusal *Error
	switch prj := l.files.file[".prj"]; {
	case prj == nil:
		refusal = refuse(l.Name, CodeNoPrj, "没有坐标系文件（.prj），不能猜测坐标系。请补上 .prj，或向测绘单位核实后在上传时指明。")
		refusal.Needs = crs.NeedSystem
	default:
		text, err := prj.all(1 << 16)
		if err != nil {
			return s, nil, err
		}
		s, notes, err = crs.FromWKT(string(text))
		if err != nil {
			refusal = fromCRS(prj.name, err)
		}
	}
	if refusal != nil {
		if l.opts.System == nil || refusal.Needs != crs.NeedSystem {
			if refusal.Needs == crs.NeedSystem && l.Rows != 0 {
				refusal.Suggest = crs.Suggest(l.Bound.Center())
			}
			return crs.System{}, notes, refusal
		}
		s, notes = *l.opts.System, append(notes, "坐标系按上传时的说明。")
	}
	if err := l.fits(s); err != nil {
		return crs.System{}, notes, err
	}
	return s, notes, nil
}

func fromCRS(member string, err error) *Error {
	var e *crs.Error
	if !errors.As(err, &e) {
		return refuse(member, crs.CodeUnknown, "%v", err)
	}
	out := refuse(member, e.Code, "%s", e.Message)
	out.Needs, out.Suggest = e.Needs, e.Suggest
	return out
}

// fits refuses a system that the head's extent cannot be in: degrees with
// eastings, a zone with another zone's prefix.
func (l *Layer) fits(s crs.System) error {
	b := l.Bound
	if l.Rows == 0 || b == (orb.Bound{}) || !(b.Min[0] <= b.Max[0] && b.Min[1] <= b.Max[1]) {
		return nil // the head says nothing
	}
	var ok bool
	switch {
	case s.Degrees():
		ok = b.Min[0] >= -180 && b.Max[0] <= 180 && b.Min[1] >= -90 && b.Max[1] <= 90
	case s.Zone > 0:
		ok = b.Min[0] > s.FE-500_000 && b.Max[0] < s.FE+500_000 && b.Min[1] > 0 && b.Max[1] < 1e7
	default:
		return nil
	}
	if !ok {
		e := refuse(l.Name, crs.CodeContradiction, "坐标系写的是%s，坐标数值（%.0f, %.0f）却不在其中。请与测绘单位核实坐标系。", s, b.Min[0], b.Min[1])
		e.Suggest = crs.Suggest(b.Center())
		return e
	}
	return nil
}

// stream reads shapes and rows side by side.
type stream struct {
	layer   *Layer
	records records
	rows    *rows
	files   []io.Closer
}

func (l *Layer) open() (*stream, error) {
	s := &stream{layer: l}
	shp := l.files.file[".shp"]
	r, err := s.start(shp)
	if err != nil {
		return nil, err
	}
	h, err := readHead(r, shp)
	if err != nil {
		s.close()
		return nil, err
	}
	s.records = records{shp: r, file: shp, at: headSize, end: h.length, left: -1, kind: h.kind, lim: l.opts.Limits}
	if shx := l.files.file[".shx"]; shx != nil {
		if s.records.shx, err = s.start(shx); err == nil {
			_, err = readHead(s.records.shx, shx)
		}
		if err != nil {
			s.close()
			return nil, err
		}
		s.records.left = int((shx.size - headSize) / 8)
	}
	if l.table != nil {
		r, err := s.start(l.files.file[".dbf"])
		if err == nil {
			s.rows, err = l.table.start(r)
		}
		if err != nil {
			s.close()
			return nil, err
		}
	}
	return s, nil
}

func (s *stream) start(m *member) (*bufio.Reader, error) {
	r, err := m.open()
	if err != nil {
		return nil, err
	}
	s.files = append(s.files, r)
	return bufio.NewReaderSize(r, 1<<16), nil
}

func (s *stream) close() {
	for _, f := range s.files {
		f.Close()
	}
}

// next returns one feature; Record is 0 where its row is deleted.
func (s *stream) next() (Feature, error) {
	g, err := s.records.next()
	if err == errEnd {
		if s.rows != nil && s.rows.read < s.layer.Rows {
			return Feature{}, refuse(s.layer.Name, CodeCounts, "图形有 %d 个，属性却有 %d 行。请在 GIS 软件里重新导出后再传。", s.records.record, s.layer.Rows)
		}
		return Feature{}, s.drain()
	}
	if err != nil && !isOfRecord(err) {
		return Feature{}, err
	}
	f := Feature{Record: s.records.record, Geometry: g}
	if s.rows == nil {
		return f, err
	}
	if s.rows.read == s.layer.Rows {
		return Feature{}, refuse(s.layer.Name, CodeCounts, "图形比属性多：属性只有 %d 行。请在 GIS 软件里重新导出后再传。", s.layer.Rows)
	}
	deleted, rowErr := s.rows.next(&f)
	if rowErr != nil {
		return Feature{}, rowErr
	}
	if deleted {
		return Feature{}, nil
	}
	return f, err
}

// drain reads the files to their ends, so that their checksums are compared.
func (s *stream) drain() error {
	for _, f := range s.files {
		if _, err := io.Copy(io.Discard, f.(io.Reader)); err != nil {
			return err
		}
	}
	return errEnd
}
