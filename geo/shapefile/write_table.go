package shapefile

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// longest is the most bytes that a text field holds.
const longest = 254

// table writes the .dbf.
func (t *Table) table() ([]byte, Written, error) {
	w := Written{Charset: t.charset()}
	encode := func(s string) []byte { return []byte(s) }
	driver := byte(0)
	if w.Charset == GB18030 {
		driver = 0x4d
		encode = func(s string) []byte {
			b, _ := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(s))
			return b
		}
	}
	if len(t.Fields) > 255 {
		return nil, w, fmt.Errorf("write shapefile %s: %d fields, the format has room for 255", t.Name, len(t.Fields))
	}
	cells := make([][][]byte, len(t.Features))
	w.Fields = t.names(encode)
	for r, f := range t.Features {
		if len(f.Values) != len(t.Fields) {
			return nil, w, fmt.Errorf("write shapefile %s: record %d has %d values, not %d", t.Name, r+1, len(f.Values), len(t.Fields))
		}
		cells[r] = make([][]byte, len(f.Values))
		for i, v := range f.Values {
			cell, err := t.cell(w.Fields[i], v, encode)
			if err != nil {
				return nil, w, fmt.Errorf("write shapefile %s: record %d, %s: %w", t.Name, r+1, t.Fields[i].Name, err)
			}
			if len(cell) > longest {
				cell = whole(cell, longest, w.Charset)
				w.Cut++
			}
			cells[r][i] = cell
			w.Fields[i].Length = max(w.Fields[i].Length, len(cell))
		}
	}
	return t.encodeTable(w.Fields, cells, encode, driver), w, nil
}

func (t *Table) encodeTable(fields []Field, cells [][][]byte, encode func(string) []byte, driver byte) []byte {
	width := 1
	for i := range fields {
		fields[i].Length = min(max(fields[i].Length, 1), longest)
		width += fields[i].Length
	}
	b := make([]byte, 32, 33+32*len(fields)+width*len(cells))
	copy(b, []byte{3, 100, 1, 1}) // dBase III; the day is of no meaning
	binary.LittleEndian.PutUint32(b[4:], uint32(len(cells)))
	binary.LittleEndian.PutUint16(b[8:], uint16(33+32*len(fields)))
	binary.LittleEndian.PutUint16(b[10:], uint16(width))
	b[29] = driver
	for _, f := range fields {
		var d [32]byte
		copy(d[:10], encode(f.Name))
		d[11], d[16], d[17] = f.Type, byte(f.Length), byte(f.Decimals)
		b = append(b, d[:]...)
	}
	b = append(b, '\r')
	for _, row := range cells {
		b = append(b, ' ')
		for i, cell := range row {
			fill := strings.Repeat(" ", fields[i].Length-len(cell))
			if fields[i].Type == 'N' || fields[i].Type == 'F' {
				b = append(append(b, fill...), cell...)
			} else {
				b = append(append(b, cell...), fill...)
			}
		}
	}
	return append(b, 0x1a)
}

// charset is GBK unless a character is not in it.
func (t *Table) charset() Charset {
	inGBK := func(s string) bool {
		b, err := simplifiedchinese.GBK.NewEncoder().String(s)
		return err == nil && len(b) <= 2*len([]rune(s))
	}
	for _, f := range t.Fields {
		if !inGBK(f.Name) {
			return UTF8
		}
	}
	for _, f := range t.Features {
		for _, v := range f.Values {
			if s, ok := v.(string); ok && !inGBK(s) {
				return UTF8
			}
		}
	}
	return GB18030
}

// names cuts field names to ten bytes, and numbers those that become equal.
func (t *Table) names(encode func(string) []byte) []Field {
	fields := append([]Field{}, t.Fields...)
	taken := map[string]bool{}
	cut := func(s string, most int) string {
		for len(encode(s)) > most {
			r := []rune(s)
			s = string(r[:len(r)-1])
		}
		return s
	}
	for i := range fields {
		name := cut(fields[i].Name, 10)
		for n := 1; taken[strings.ToUpper(name)] || name == ""; n++ {
			suffix := "_" + strconv.Itoa(n)
			name = cut(fields[i].Name, 10-len(suffix)) + suffix
		}
		fields[i].Name = name
		taken[strings.ToUpper(name)] = true
	}
	return fields
}

// cell writes one value; what its field cannot hold is an error.
func (t *Table) cell(f Field, v any, encode func(string) []byte) ([]byte, error) {
	var text string
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		switch f.Type {
		case 'C':
			return encode(strings.Map(func(r rune) rune {
				if r < ' ' {
					return ' '
				}
				return r
			}, v)), nil
		case 'D':
			if back, ok := day(strings.ReplaceAll(v, "-", "")); ok && back == v {
				return []byte(strings.ReplaceAll(v, "-", "")), nil
			}
		}
		return nil, fmt.Errorf("%q in a field of type %c", v, f.Type)
	case bool:
		if f.Type == 'L' {
			return []byte(map[bool]string{true: "T", false: "F"}[v]), nil
		}
		return nil, fmt.Errorf("%t in a field of type %c", v, f.Type)
	case int64:
		text = strconv.FormatInt(v, 10)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%v is no number", v)
		}
		text = strconv.FormatFloat(v, 'f', f.Decimals, 64)
	default:
		return nil, fmt.Errorf("a %T cannot be written", v)
	}
	if f.Type != 'N' && f.Type != 'F' || len(text) > 32 {
		return nil, fmt.Errorf("%s in a field of type %c", text, f.Type)
	}
	return []byte(text), nil
}

// whole cuts text at most bytes and not within a character.
func whole(b []byte, most int, c Charset) []byte {
	b = b[:most]
	if c == UTF8 {
		return b[:len(b)-halfUTF8(b)]
	}
	return b[:len(b)-halfGB(b)]
}
