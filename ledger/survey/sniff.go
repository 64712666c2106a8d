package survey

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// sniff tells a format by the bytes. The name decides between a TXT and a list
// only where the text has no section, and never more.
func sniff(file []byte, name string) Format {
	switch {
	case bytes.HasPrefix(file, []byte("PK\x03\x04")), bytes.HasPrefix(file, []byte("PK\x05\x06")):
		return sniffZIP(file)
	case bytes.HasPrefix(file, []byte("SQLite format 3\x00")):
		return GeoPackage
	}
	start := bytes.TrimLeft(file[:min(len(file), 4096)], "\xEF\xBB\xBF\x1e \t\r\n")
	switch {
	case bytes.HasPrefix(start, []byte("{")):
		return GeoJSON
	case bytes.HasPrefix(start, []byte("[")) && json.Valid(file):
		return GeoJSON // refused by the decoder, which says why
	case bytes.HasPrefix(start, []byte("<")) && bytes.Contains(start, []byte("<kml")):
		return KML
	case isDXF(start), bytes.HasPrefix(file, []byte("AutoCAD Binary DXF")):
		return DXF
	}
	text, ok := decoded(file)
	switch {
	case !ok:
		return TXT // by its own decoder: UTF-16 without a mark, or refused with words
	case strings.Contains(text, "地块坐标"), strings.Contains(text, "属性描述"), strings.Contains(text, "@"):
		return TXT
	case looksLikePoints(text):
		return List
	case strings.HasSuffix(strings.ToLower(name), ".txt"):
		return TXT
	}
	return ""
}

// isDXF holds for the first pair of an ASCII drawing: 0, SECTION, or a comment 999.
func isDXF(start []byte) bool {
	code, rest, _ := bytes.Cut(start, []byte("\n"))
	value, _, _ := bytes.Cut(rest, []byte("\n"))
	switch string(bytes.TrimSpace(code)) {
	case "0":
		return string(bytes.TrimSpace(value)) == "SECTION"
	case "999":
		return bytes.Contains(rest, []byte("SECTION"))
	}
	return false
}

// sniffZIP looks at the names of the members only.
func sniffZIP(file []byte) Format {
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil || len(z.File) > 5_000 {
		return Shapefile // whose reader refuses it with words
	}
	for _, f := range z.File {
		name := strings.ToLower(f.Name)
		switch {
		case strings.HasSuffix(name, ".gdbtable"):
			return FileGDB
		case name == "xl/workbook.xml", name == "[content_types].xml":
			return Sheet
		case path.Ext(name) == ".kml":
			return KMZ
		}
	}
	return Shapefile
}

// decoded is the start of a text in UTF-8 or GB18030, for a look.
func decoded(file []byte) (string, bool) {
	head := file[:min(len(file), 64<<10)]
	if bytes.IndexByte(head, 0) >= 0 {
		return "", false
	}
	for cut := 0; cut < 4 && cut <= len(head); cut++ { // a character may stand across the end of the look
		if whole := head[:len(head)-cut]; utf8.Valid(whole) {
			return string(whole), true
		}
	}
	b, err := simplifiedchinese.GB18030.NewDecoder().Bytes(head)
	return string(b), err == nil
}

// looksLikePoints holds where one of the first lines ends in two numbers.
func looksLikePoints(text string) bool {
	lines := strings.FieldsFunc(text, func(c rune) bool { return c == '\n' || c == '\r' })
	for _, l := range lines[:min(len(lines), 20)] {
		cells := strings.FieldsFunc(l, func(c rune) bool { return strings.ContainsRune(" \t,;，；、\ufeff", c) })
		if n := len(cells); n >= 2 && n <= 4 && numeric(cells[n-1]) && numeric(cells[n-2]) {
			return true
		}
	}
	return false
}

func numeric(s string) bool {
	digits := 0
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9', c >= '０' && c <= '９':
			digits++
		case c != '.' && c != '-' && c != '+' && c != '．':
			return false
		}
	}
	return digits > 0
}
