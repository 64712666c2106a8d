package shapefile

import (
	"bufio"
	"encoding/binary"
	"io"
	"math"

	"github.com/paulmach/orb"

	"guatu/geo/boundary"
)

// head is what the first 100 bytes of a .shp or .shx say.
type head struct {
	length int64 // bytes of the file
	kind   int32
	bound  orb.Bound
}

const headSize = 100

func readHead(r io.Reader, m *member) (head, error) {
	var b [headSize]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return head{}, orRefuse(err, m, CodeHead, "文件太短，不是完整的 %s。请重新导出后再传。", suffixOf(m))
	}
	h := head{length: 2 * int64(int32(binary.BigEndian.Uint32(b[24:]))), kind: int32(binary.LittleEndian.Uint32(b[32:]))}
	for i := range 4 {
		v := math.Float64frombits(binary.LittleEndian.Uint64(b[36+8*i:]))
		if i < 2 {
			h.bound.Min[i] = v
		} else {
			h.bound.Max[i-2] = v
		}
	}
	switch {
	case binary.BigEndian.Uint32(b[:]) != 9994 || binary.LittleEndian.Uint32(b[28:]) != 1000:
		return head{}, refuse(m.name, CodeHead, "文件头不是 Shapefile 的。请重新导出后再传。")
	case h.length != m.size:
		return head{}, refuse(m.name, CodeLength, "文件头写的长度是 %d 字节，实际是 %d 字节，可能没有传完整。请重新导出后再传。", h.length, m.size)
	}
	return h, nil
}

// shapeOf tells a layer's shape from the code of its head: 10 more has heights,
// 20 more has measures.
func shapeOf(code int32) (s Shape, hasZ bool) {
	s = map[int32]Shape{1: Points, 3: Lines, 5: Polygons, 8: MultiPoints}[code%10]
	if code < 0 || code > 28 {
		s = ""
	}
	return s, code > 10 && code < 20
}

// records reads the records of a .shp one after the other, by the .shx where
// there is one: it knows of gaps that editing leaves.
type records struct {
	shp, shx *bufio.Reader
	file     *member
	at, end  int64 // in the .shp
	left     int   // records that the .shx still has, -1 without one
	record   int
	kind     int32
	lim      Limits
	content  []byte
}

// next returns the geometry of the next record, errEnd after the last, an *Error
// with a Record where only this one cannot be used.
func (r *records) next() (orb.Geometry, error) {
	if err := r.seek(); err != nil {
		return nil, err
	}
	r.record++
	var h [8]byte
	if _, err := io.ReadFull(r.shp, h[:]); err != nil {
		return nil, orRefuse(err, r.file, CodeLength, "第 %d 个要素不完整。请重新导出后再传。", r.record)
	}
	length := 2 * int64(int32(binary.BigEndian.Uint32(h[4:])))
	if r.at += 8; length < 4 || length > r.end-r.at {
		return nil, refuse(r.file.name, CodeLength, "第 %d 个要素写的长度 %d 超出了文件。请重新导出后再传。", r.record, length)
	}
	r.at += length
	if most := int64(r.lim.Vertices)*32 + int64(r.lim.Parts)*4 + 256; length > most {
		if _, err := r.shp.Discard(int(length)); err != nil {
			return nil, orRefuse(err, r.file, CodeLength, "第 %d 个要素不完整。请重新导出后再传。", r.record)
		}
		return nil, r.tooMany()
	}
	if int64(cap(r.content)) < length {
		r.content = make([]byte, length+length/2)
	}
	b := r.content[:length]
	if _, err := io.ReadFull(r.shp, b); err != nil {
		return nil, orRefuse(err, r.file, CodeLength, "第 %d 个要素不完整。请重新导出后再传。", r.record)
	}
	return r.shape(b)
}

// seek goes to the start of the next record.
func (r *records) seek() error {
	if r.left < 0 {
		if r.at == r.end {
			return errEnd
		}
		return nil
	}
	if r.left == 0 {
		return errEnd
	}
	r.left--
	var b [8]byte
	if _, err := io.ReadFull(r.shx, b[:]); err != nil {
		return orRefuse(err, r.file, CodeLength, "索引（.shx）不完整。请重新导出后再传。")
	}
	gap := 2*int64(int32(binary.BigEndian.Uint32(b[:]))) - r.at
	if gap < 0 || gap > r.end-r.at {
		return refuse(r.file.name, CodeLength, "索引（.shx）与数据不符：第 %d 个要素的位置不对。请重新导出后再传。", r.record+1)
	}
	r.at += gap
	for gap > 0 {
		n, err := r.shp.Discard(int(min(gap, 1<<30)))
		if err != nil {
			return orRefuse(err, r.file, CodeLength, "文件不完整。请重新导出后再传。")
		}
		gap -= int64(n)
	}
	return nil
}

func (r *records) tooMany() *Error {
	e := refuseRecord(r.record, CodeManyPoints, "点数超过 %d 或部分超过 %d。请在 GIS 软件里分割后再传。", r.lim.Vertices, r.lim.Parts)
	e.limit = true
	return e
}

func (r *records) wrong() *Error {
	return refuseRecord(r.record, CodeShape, "图形数据不完整或自相矛盾。请在 GIS 软件里检查这个要素后重新导出。")
}

// shape decodes one record.
func (r *records) shape(b []byte) (orb.Geometry, error) {
	kind := int32(binary.LittleEndian.Uint32(b))
	if kind == 0 {
		return nil, nil
	}
	if kind != r.kind {
		return nil, refuseRecord(r.record, CodeShape, "图形类型（%d）与图层的（%d）不同。请按类型分开导出。", kind, r.kind)
	}
	shape, _ := shapeOf(kind)
	switch b = b[4:]; shape {
	case Points:
		if len(b) < 16 {
			return nil, r.wrong()
		}
		one := points(b, 1)
		if err := r.finite(one); err != nil {
			return nil, err
		}
		return one[0], nil
	case MultiPoints:
		if len(b) < 36 {
			return nil, r.wrong()
		}
		n := int64(int32(binary.LittleEndian.Uint32(b[32:])))
		if b = b[36:]; n < 0 || n*16 > int64(len(b)) {
			return nil, r.wrong()
		}
		if n > int64(r.lim.Vertices) {
			return nil, r.tooMany()
		}
		all := points(b, int(n))
		if err := r.finite(all); err != nil {
			return nil, err
		}
		return orb.MultiPoint(all), nil
	}
	parts, err := r.parts(b)
	if err != nil {
		return nil, err
	}
	if len(parts) == 0 {
		return nil, nil
	}
	if shape == Lines {
		lines := make(orb.MultiLineString, len(parts))
		for i, p := range parts {
			lines[i] = p
		}
		return lines, nil
	}
	rings := make([]orb.Ring, len(parts))
	for i, p := range parts {
		rings[i] = orb.Ring(p)
		if p[0] != p[len(p)-1] { // the format asks for it; some writers forget
			rings[i] = append(rings[i], p[0])
		}
	}
	if len(rings) == 1 {
		return orb.MultiPolygon{rings}, nil
	}
	ground, _ := boundary.Nest(rings)
	return ground, nil
}

// parts takes the lines or rings of a record. Empty ones are dropped.
func (r *records) parts(b []byte) ([]orb.LineString, error) {
	if len(b) < 40 {
		return nil, r.wrong()
	}
	count, total := int64(int32(binary.LittleEndian.Uint32(b[32:]))), int64(int32(binary.LittleEndian.Uint32(b[36:])))
	b = b[40:]
	if count < 0 || total < 0 || count*4+total*16 > int64(len(b)) {
		return nil, r.wrong()
	}
	if total > int64(r.lim.Vertices) || count > int64(r.lim.Parts) {
		return nil, r.tooMany()
	}
	all := points(b[count*4:], int(total))
	if err := r.finite(all); err != nil {
		return nil, err
	}
	parts := make([]orb.LineString, 0, count)
	for i := range count {
		from, to := int64(int32(binary.LittleEndian.Uint32(b[i*4:]))), total
		if i+1 < count {
			to = int64(int32(binary.LittleEndian.Uint32(b[i*4+4:])))
		}
		if from < 0 || to < from || to > total || i == 0 && from != 0 {
			return nil, r.wrong()
		}
		if to > from {
			parts = append(parts, orb.LineString(all[from:to:to]))
		}
	}
	return parts, nil
}

// finite refuses points with NaN, Inf or the format's "no data".
func (r *records) finite(points []orb.Point) error {
	for _, p := range points {
		if !(math.Abs(p[0]) < 1e15) || !(math.Abs(p[1]) < 1e15) {
			return r.notFinite()
		}
	}
	return nil
}

func (r *records) notFinite() *Error {
	return refuseRecord(r.record, CodeNotFinite, "坐标里有不是数值的点。请在 GIS 软件里检查这个要素后重新导出。")
}

func points(b []byte, n int) []orb.Point {
	out := make([]orb.Point, n)
	for i := range out {
		out[i] = orb.Point{float(b[i*16:]), float(b[i*16+8:])}
	}
	return out
}

func float(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }
