package shapefile

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// Charset names the characters of a table.
type Charset string

// The charsets of Chinese files. GB18030 contains GBK and GB2312; it is what
// GBK, 936 and the like are read as. Others keep the name that the .cpg gives.
const (
	UTF8    Charset = "UTF-8"
	GB18030 Charset = "GB18030"
)

// others are the charsets that only a declaration can tell.
var others = map[Charset]encoding.Encoding{
	"Big5":         traditionalchinese.Big5,
	"windows-1250": charmap.Windows1250, "windows-1251": charmap.Windows1251, "windows-1252": charmap.Windows1252,
	"windows-1253": charmap.Windows1253, "windows-1254": charmap.Windows1254, "windows-1257": charmap.Windows1257,
	"ISO-8859-1": charmap.ISO8859_1, "ISO-8859-2": charmap.ISO8859_2, "ISO-8859-15": charmap.ISO8859_15,
	"CP437": charmap.CodePage437, "CP850": charmap.CodePage850,
}

// charsetNamed reads what a .cpg says, "" where it says nothing known.
func charsetNamed(text string) Charset {
	name := strings.ToUpper(strings.Trim(text, " \t\r\n\x00\ufeff"))
	for _, prefix := range []string{"ANSI ", "OEM ", "CP", "WINDOWS-", "ISO-", "ISO", " "} {
		name = strings.TrimPrefix(name, prefix)
	}
	switch strings.NewReplacer("-", "", "_", "", " ", "").Replace(name) {
	case "UTF8", "65001":
		return UTF8
	case "GBK", "GB2312", "GB18030", "936", "54936", "EUCCN", "HZ":
		return GB18030
	case "BIG5", "950":
		return "Big5"
	case "1250", "1251", "1252", "1253", "1254", "1257":
		return Charset("windows-" + name)
	case "88591":
		return "ISO-8859-1"
	case "88592":
		return "ISO-8859-2"
	case "885915":
		return "ISO-8859-15"
	case "437":
		return "CP437"
	case "850":
		return "CP850"
	}
	return ""
}

// charsetOfDriver reads the language driver byte of a DBF's head.
func charsetOfDriver(b byte) Charset {
	switch b {
	case 0x4d, 0x7a:
		return GB18030
	case 0x4f, 0x78:
		return "Big5"
	case 0xc8:
		return "windows-1250"
	case 0xc9:
		return "windows-1251"
	case 0x01:
		return "CP437"
	case 0x02:
		return "CP850"
	}
	return "" // 0x03 and 0x57 stand in files of every charset
}

// decode turns the bytes of a value into text. A character that the end of the
// field cut in half is dropped. It answers false where bytes mean nothing; those
// come as U+FFFD.
func (c Charset) decode(b []byte) (string, bool) {
	if ascii(b) {
		return string(b), true
	}
	switch c {
	case UTF8:
		b = b[:len(b)-halfUTF8(b)]
		return strings.ToValidUTF8(string(b), "\ufffd"), utf8.Valid(b)
	case GB18030:
		b = b[:len(b)-halfGB(b)]
		text, err := simplifiedchinese.GB18030.NewDecoder().String(string(b))
		return text, err == nil && !strings.ContainsRune(text, utf8.RuneError)
	}
	text, err := others[c].NewDecoder().String(string(b))
	return text, err == nil
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// halfUTF8 counts the bytes of an unfinished character at the end.
func halfUTF8(b []byte) int {
	for n := 1; n <= 3 && n <= len(b); n++ {
		if c := b[len(b)-n]; utf8.RuneStart(c) {
			if c >= 0xc0 && !utf8.FullRune(b[len(b)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}

// halfGB counts the bytes of an unfinished character at the end.
func halfGB(b []byte) int {
	for i := 0; i < len(b); {
		n := 1
		if b[i] >= 0x81 && b[i] <= 0xfe {
			n = 2
			if i+1 < len(b) && b[i+1] >= '0' && b[i+1] <= '9' {
				n = 4
			}
		}
		if i+n > len(b) {
			return len(b) - i
		}
		i += n
	}
	return 0
}

// ballot counts what the values of a table can be.
type ballot struct {
	values, utf8, gb  int // values with bytes beyond ASCII; those that are whole in each charset
	wide              int // values with an ideograph if read as UTF-8
	pairs, commonOnes int // pairs of GBK; those within GB 2312, which text is made of
}

// enough values for a decision.
const enough = 2_000

func (v *ballot) add(b []byte) {
	if ascii(b) {
		return
	}
	v.values++
	if text, ok := UTF8.decode(b); ok {
		v.utf8++
		if strings.ContainsFunc(text, func(r rune) bool { return r >= 0x2e80 && r <= 0x9fff }) {
			v.wide++
		}
	}
	if _, ok := GB18030.decode(b); ok {
		v.gb++
	}
	for i := 0; i+1 < len(b); i++ {
		if b[i] >= 0x81 {
			v.pairs++
			if b[i] >= 0xa1 && b[i] <= 0xf7 && b[i+1] >= 0xa1 && b[i+1] != 0xff {
				v.commonOnes++
			}
			i++
		}
	}
}

// judge goes by content; a declaration decides only where the content cannot.
func (v *ballot) judge(declared Charset) Charset {
	looksGB := v.gb == v.values && v.commonOnes*5 >= v.pairs*4
	switch declared {
	case "", UTF8, GB18030, "ISO-8859-1", "windows-1252": // the last two are what programs write unasked
	default:
		looksGB = looksGB && v.pairs >= 20
	}
	switch {
	case v.values == 0 && declared != "":
		return declared
	case v.values == 0:
		return UTF8
	case v.utf8 == v.values && (v.wide > 0 || declared == UTF8 || !looksGB):
		return UTF8
	case looksGB, declared == GB18030:
		return GB18030
	case declared != "" && declared != UTF8:
		return declared
	case v.utf8*2 > v.values && v.utf8 > v.gb:
		return UTF8
	}
	return GB18030
}
