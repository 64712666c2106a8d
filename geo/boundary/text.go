package boundary

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Encoding names how the characters of a file stand in bytes.
type Encoding string

// The encodings that occur. GB18030 contains GBK, CP936 and GB2312.
const (
	UTF8       Encoding = "UTF-8"
	UTF8BOM    Encoding = "UTF-8 BOM"
	UTF16LE    Encoding = "UTF-16LE"
	UTF16LEBOM Encoding = "UTF-16LE BOM"
	UTF16BEBOM Encoding = "UTF-16BE BOM"
	GB18030    Encoding = "GB18030"
)

// Form is how a file is written, apart from what it says.
type Form struct {
	Encoding     Encoding
	NewLine      string // "\r\n", "\n" or "\r"
	FinalNewLine bool
}

func (e Encoding) codec() (bom string, codec encoding.Encoding) {
	switch e {
	case UTF8BOM:
		return "\xef\xbb\xbf", encoding.Nop
	case UTF16LE:
		return "", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case UTF16LEBOM:
		return "\xff\xfe", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case UTF16BEBOM:
		return "\xfe\xff", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case GB18030:
		return "", simplifiedchinese.GB18030
	}
	return "", encoding.Nop
}

// encodingOf goes by content: byte order mark, NULs as UTF-16 has them, valid
// UTF-8, and GB18030 for the rest.
func encodingOf(b []byte) Encoding {
	for _, e := range []Encoding{UTF8BOM, UTF16LEBOM, UTF16BEBOM} {
		if bom, _ := e.codec(); bytes.HasPrefix(b, []byte(bom)) {
			return e
		}
	}
	sample := b[:min(len(b), 4096)]
	odd := 0 // NULs as the upper halves of Latin characters
	for i := 1; i < len(sample); i += 2 {
		if sample[i] == 0 && sample[i-1] != 0 {
			odd++
		}
	}
	switch {
	case len(b)%2 == 0 && odd*5 > len(sample)/2:
		return UTF16LE
	case utf8.Valid(b):
		return UTF8
	}
	return GB18030
}

// decode turns bytes into text, and refuses what is no text.
func decode(b []byte) (string, Encoding, *Error) {
	e := encodingOf(b)
	bom, codec := e.codec()
	text, _, err := transform.Bytes(codec.NewDecoder(), b[len(bom):])
	switch {
	case err != nil || strings.ContainsRune(string(text), 0):
		return "", e, refuse(0, CodeNotText, "这不是文本文件。请上传 TXT 格式的界址点文件。")
	case e != UTF8 && e != UTF8BOM && bytes.ContainsRune(text, utf8.RuneError), !utf8.Valid(text):
		return "", e, refuse(0, CodeEncoding, "文件里有 %s 编码不认识的字节，可能在传送中损坏。请用记事本另存为 UTF-8 后再传。", e)
	}
	return string(text), e, nil
}

// line is one line of text without its end.
type line struct {
	number int
	text   string
}

// split cuts text at CR LF, LF and CR alike, and tells the first kind of end.
func split(text string) (lines []line, form Form) {
	form = Form{NewLine: "\r\n"}
	known := false
	for number := 1; text != ""; number++ {
		cut := strings.IndexAny(text, "\r\n")
		if cut < 0 {
			return append(lines, line{number, text}), form
		}
		end := text[cut : cut+1]
		if strings.HasPrefix(text[cut:], "\r\n") {
			end = "\r\n"
		}
		if !known {
			form.NewLine, known = end, true
		}
		lines = append(lines, line{number, text[:cut]})
		text = text[cut+len(end):]
	}
	form.FinalNewLine = known
	return lines, form
}

// encode is the way back. What the encoding cannot say is an error.
func (form Form) encode(lines []string) ([]byte, error) {
	text := strings.Join(lines, form.NewLine)
	if form.FinalNewLine {
		text += form.NewLine
	}
	bom, codec := form.Encoding.codec()
	b, _, err := transform.Bytes(codec.NewEncoder(), []byte(text))
	return append([]byte(bom), b...), err
}

// narrow turns full-width digits, signs and letters into plain ones; Chinese
// punctuation and ideographs stay.
func narrow(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case r == '　', r == '\u00a0':
			return ' '
		}
		return r
	}, s)
}
