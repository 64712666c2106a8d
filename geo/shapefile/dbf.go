package shapefile

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"strconv"
	"strings"
)

// table is the head of a .dbf.
type table struct {
	file    *member
	rows    int
	offset  int64 // of the first row
	width   int   // bytes of a row, its deletion mark included
	columns []column
	driver  byte
	charset Charset
	foreign bool // there are values beyond ASCII
}

type column struct {
	raw              []byte // the name as it stands
	kind             byte
	at               int // in the row
	length, decimals int
}

// readTable reads the head, and leaves r at the first row.
func readTable(r io.Reader, m *member) (*table, error) {
	short := func(err error) error {
		return orRefuse(err, m, CodeTable, "属性表（.dbf）太短，不完整。请重新导出后再传。")
	}
	head := make([]byte, 32)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, short(err)
	}
	t := &table{
		file: m, driver: head[29], offset: int64(binary.LittleEndian.Uint16(head[8:])),
		width: int(binary.LittleEndian.Uint16(head[10:])),
	}
	rows := int64(binary.LittleEndian.Uint32(head[4:]))
	switch {
	case head[0]&7 == 4 || t.offset < 33 || t.width < 1:
		return nil, refuse(m.name, CodeTable, "属性表（.dbf）的文件头不认识。请重新导出后再传。")
	case t.offset+rows*int64(t.width) > m.size:
		return nil, refuse(m.name, CodeLength, "属性表写着 %d 行，文件却只有 %d 字节，可能没有传完整。请重新导出后再传。", rows, m.size)
	}
	t.rows = int(rows)
	rest := make([]byte, t.offset-32)
	if _, err := io.ReadFull(r, rest); err != nil {
		return nil, short(err)
	}
	at := 1
	for len(rest) >= 32 && rest[0] != '\r' {
		name, _, _ := bytes.Cut(rest[:11], []byte{0})
		c := column{raw: name, kind: rest[11], at: at, length: int(rest[16]), decimals: int(rest[17])}
		if c.kind == 'C' && c.decimals > 0 { // some writers put the high byte of long texts there
			if long := c.length + c.decimals<<8; at+long <= t.width {
				c.length = long
			}
			c.decimals = 0
		}
		at += c.length
		t.columns = append(t.columns, c)
		rest = rest[32:]
	}
	if at > t.width {
		return nil, refuse(m.name, CodeTable, "属性表（.dbf）各字段的宽度之和超过行宽。请重新导出后再传。")
	}
	return t, nil
}

// detect finds out the charset by reading rows until there are enough values.
func (t *table) detect(r io.Reader, cpg string) (Charset, error) {
	var votes ballot
	row := make([]byte, t.width)
	for range t.rows {
		if votes.values > enough {
			break
		}
		if _, err := io.ReadFull(r, row); err != nil {
			return "", orRefuse(err, t.file, CodeTable, "属性表（.dbf）不完整。请重新导出后再传。")
		}
		for _, c := range t.columns {
			if c.kind == 'C' {
				votes.add(trim(row[c.at : c.at+c.length]))
			}
		}
	}
	for _, c := range t.columns {
		votes.add(c.raw)
	}
	t.foreign = votes.values > 0
	declared := charsetNamed(cpg)
	if declared == "" {
		declared = charsetOfDriver(t.driver)
	}
	return votes.judge(declared), nil
}

// trim takes the filling off: blanks, and NULs as some writers use.
func trim(b []byte) []byte {
	if end := bytes.IndexByte(b, 0); end >= 0 {
		b = b[:end]
	}
	return bytes.Trim(b, " \t\r\n")
}

// rows reads the table row by row.
type rows struct {
	t    *table
	in   *bufio.Reader
	row  []byte
	read int
	seen []map[string]any // by column: texts that were decoded, most come over and over
}

// remembered is how many texts of a column are kept.
const remembered = 512

func (t *table) start(r *bufio.Reader) (*rows, error) {
	if _, err := r.Discard(int(t.offset)); err != nil {
		return nil, orRefuse(err, t.file, CodeTable, "属性表（.dbf）不完整。请重新导出后再传。")
	}
	seen := make([]map[string]any, len(t.columns))
	for i := range seen {
		seen[i] = map[string]any{}
	}
	return &rows{t: t, in: r, row: make([]byte, t.width), seen: seen}, nil
}

// next fills the values of f, or tells that the row is deleted.
func (r *rows) next(f *Feature) (deleted bool, err error) {
	if _, err := io.ReadFull(r.in, r.row); err != nil {
		return false, orRefuse(err, r.t.file, CodeTable, "属性表（.dbf）第 %d 行不完整。请重新导出后再传。", r.read+1)
	}
	r.read++
	if r.row[0] == '*' {
		return true, nil
	}
	f.Values = make([]any, len(r.t.columns))
	for i, c := range r.t.columns {
		raw := r.row[c.at : c.at+c.length]
		v, ok := r.value(i, c, raw)
		f.Values[i] = v
		if !ok {
			text, _ := r.t.charset.decode(trim(raw))
			f.Odd = append(f.Odd, Odd{i, text})
		}
	}
	return false, nil
}

// value reads one cell, nil where it is blank. It answers false for what its type cannot be.
func (r *rows) value(i int, c column, raw []byte) (any, bool) {
	switch c.kind {
	case 'I', '+':
		if len(raw) != 4 {
			return nil, false
		}
		return int64(int32(binary.LittleEndian.Uint32(raw))), true
	case 'O', 'B':
		if len(raw) != 8 {
			return nil, c.kind == 'B' // ten digits of a memo file, which shapefiles do not have
		}
		if v := float(raw); !math.IsNaN(v) && !math.IsInf(v, 0) {
			return v, true
		}
		return nil, false
	case 'M', 'G', 'P', '0', '@', 'T':
		return nil, true // memos, flags and dBase 7's times: not in shapefiles
	}
	b := trim(raw)
	if len(b) == 0 {
		return nil, true
	}
	switch c.kind {
	case 'N', 'F', 'Y':
		return decimal(string(b), c.decimals)
	case 'D':
		return day(string(b))
	case 'L':
		switch b[0] {
		case 'T', 't', 'Y', 'y', '1':
			return true, true
		case 'F', 'f', 'N', 'n', '0':
			return false, true
		}
		return nil, b[0] == '?'
	}
	return r.text(i, b)
}

// text decodes a value, by memory where the column had it before.
func (r *rows) text(i int, b []byte) (any, bool) {
	if v, ok := r.seen[i][string(b)]; ok {
		return v, true
	}
	text, ok := r.t.charset.decode(b)
	v := any(strings.TrimSpace(text))
	if ok && len(r.seen[i]) < remembered {
		r.seen[i][string(b)] = v
	}
	return v, ok
}

func decimal(text string, decimals int) (any, bool) {
	if strings.Trim(text, "0123456789+-.eE") != "" {
		return nil, false
	}
	if decimals == 0 {
		if v, err := strconv.ParseInt(text, 10, 64); err == nil {
			return v, true
		}
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, false
	}
	return v, true
}

// day turns YYYYMMDD into YYYY-MM-DD; 00000000 is how blank days are written.
func day(text string) (any, bool) {
	if strings.Trim(text, "0") == "" {
		return nil, true
	}
	if len(text) != 8 || strings.Trim(text, "0123456789") != "" {
		return nil, false
	}
	month, _ := strconv.Atoi(text[4:6])
	date, _ := strconv.Atoi(text[6:])
	if month < 1 || month > 12 || date < 1 || date > 31 {
		return nil, false
	}
	return text[:4] + "-" + text[4:6] + "-" + text[6:], true
}
