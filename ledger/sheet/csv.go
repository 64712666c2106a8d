package sheet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// decode turns the bytes of a text file into UTF-8 and names the encoding that
// they were in, told by the content: a byte order mark, else valid UTF-8, else
// zero bytes of UTF-16, else GB18030 (of which GBK and GB2312 are parts).
func decode(file []byte) (string, string, error) {
	switch {
	case bytes.HasPrefix(file, []byte{0xEF, 0xBB, 0xBF}):
		file = file[3:]
		if !utf8.Valid(file) {
			return "", "", refuse("csv_encoding", "文件开头标明是 UTF-8，内容却不是，请重新另存为 CSV UTF-8 后再导入")
		}
		return string(file), "utf-8", nil
	case bytes.HasPrefix(file, []byte{0xFF, 0xFE}):
		return fromUTF16(file[2:], binary.LittleEndian), "utf-16le", nil
	case bytes.HasPrefix(file, []byte{0xFE, 0xFF}):
		return fromUTF16(file[2:], binary.BigEndian), "utf-16be", nil
	}
	if even, odd := zeros(file); even+odd > 0 {
		switch {
		case odd > 4*even && len(file)%2 == 0:
			return fromUTF16(file, binary.LittleEndian), "utf-16le", nil
		case even > 4*odd && len(file)%2 == 0:
			return fromUTF16(file, binary.BigEndian), "utf-16be", nil
		}
		return "", "", refuse("not_a_table", "这不是表格文件，请上传 .xlsx 或 .csv")
	}
	if utf8.Valid(file) {
		return string(file), "utf-8", nil
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(file)
	if err != nil || bytes.Contains(text, []byte("\uFFFD")) {
		return "", "", refuse("csv_encoding", "文件的文字编码认不出来（不是 UTF-8、UTF-16 或 GBK），请在 Excel 或 WPS 中另存为“CSV UTF-8”或 .xlsx 后再导入")
	}
	return string(text), "gb18030", nil
}

// zeros counts zero bytes at even and odd places of the first 4 KB.
func zeros(file []byte) (even, odd int) {
	for i, b := range file[:min(len(file), 4096)] {
		if b == 0 {
			if i%2 == 0 {
				even++
			} else {
				odd++
			}
		}
	}
	return even, odd
}

func fromUTF16(file []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(file)/2)
	for i := range units {
		units[i] = order.Uint16(file[2*i:])
	}
	return string(utf16.Decode(units))
}

// delimiter is the one of comma, tab, semicolon and bar that cuts the first
// lines into the most even columns.
func delimiter(text string) byte {
	best, bestScore := byte(','), 0
	for _, d := range []byte{',', '\t', ';', '|'} {
		counts := map[int]int{}
		quoted, here, lines := false, 0, 0
		for i := 0; i < len(text) && lines < 60; i++ {
			switch c := text[i]; {
			case c == '"':
				quoted = !quoted
			case quoted:
			case c == d:
				here++
			case c == '\n':
				if here > 0 {
					counts[here]++
				}
				here = 0
				lines++
			}
		}
		if here > 0 {
			counts[here]++
		}
		for n, times := range counts {
			if score := times * (n + 1); score > bestScore {
				best, bestScore = d, score
			}
		}
	}
	return best
}

// readCSV cuts text into cells. It follows RFC 4180 and forgives what offices'
// programs do: lines that end in \r, \n or \r\n, quotes inside an unquoted cell,
// text after a closing quote, lines of different length.
func readCSV(text string, m *meter) (grid, error) {
	g := grid{widths: map[int]float64{}}
	comma := delimiter(text)
	l := line{n: 1}
	var b strings.Builder
	flush := func() {
		l.cells = append(l.cells, cell{text: b.String()})
		b.Reset()
	}
	end := func() error {
		flush()
		for len(l.cells) > 0 && strings.TrimSpace(l.cells[len(l.cells)-1].text) == "" {
			l.cells = l.cells[:len(l.cells)-1]
		}
		if len(l.cells) > 0 {
			if err := m.row(len(g.lines), l); err != nil {
				return err
			}
			g.lines = append(g.lines, l)
		}
		l = line{n: l.n + 1, cells: make([]cell, 0, len(l.cells))}
		return nil
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case comma:
			flush()
			if len(l.cells) > 100*m.limits.Columns {
				return g, m.row(0, l)
			}
		case '\r':
			if i+1 < len(text) && text[i+1] == '\n' {
				continue
			}
			if err := end(); err != nil {
				return g, err
			}
		case '\n':
			if err := end(); err != nil {
				return g, err
			}
		case '"':
			if strings.TrimSpace(b.String()) != "" {
				b.WriteByte(c)
				continue
			}
			n := quoted(text[i:], &b)
			if n < 0 {
				return g, refuse("csv_quote", fmt.Sprintf("第 %d 行的英文引号没有成对，后面的内容无法分列；请补上引号，或用 Excel 打开后另存为 .xlsx 再导入", l.n))
			}
			i += n - 1
		case 0x1A: // the end mark of old programs
			if strings.Trim(text[i:], "\x1a\r\n ") != "" {
				b.WriteByte(c)
			}
		default:
			b.WriteByte(c)
		}
	}
	return g, end()
}

// quoted reads a cell that begins with a quote and returns its length with both
// quotes, -1 where the closing one is missing.
func quoted(text string, b *strings.Builder) int {
	for i := 1; i < len(text); i++ {
		if text[i] != '"' {
			b.WriteByte(text[i])
			continue
		}
		if i+1 < len(text) && text[i+1] == '"' {
			b.WriteByte('"')
			i++
			continue
		}
		return i + 1
	}
	return -1
}
