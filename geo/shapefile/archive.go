package shapefile

import (
	"archive/zip"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Open looks into a ZIP and returns its layers, by name. It reads heads and so
// much of the tables as tells their characters. The error is *Error, or what r
// answered.
func Open(r io.ReaderAt, size int64, opts Options) ([]*Layer, error) {
	opts.Limits = opts.Limits.orDefault()
	if err := checkDirectory(r, size, opts.Limits.Entries); err != nil {
		return nil, err
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, refuse("", CodeNotZIP, "ZIP 文件损坏。请重新压缩后再传。")
	}
	groups, refusal := sortMembers(z.File, size, opts.Limits)
	if refusal != nil {
		return nil, refusal
	}
	var layers []*Layer
	for _, files := range groups {
		l, err := openLayer(files, opts)
		if err != nil {
			return nil, err
		}
		layers = append(layers, l)
	}
	return layers, nil
}

// The records of a ZIP that checkDirectory looks at.
const (
	directoryEnd    = "PK\x05\x06"
	directoryHeader = "PK\x01\x02"
)

// checkDirectory counts the entries before anybody makes room for them: archives
// of millions of empty entries are a way to fill memory. It refuses ZIP64, which
// archives of less than 4 GB do not need, and anything before the first entry.
func checkDirectory(r io.ReaderAt, size int64, entries int) error {
	tail := make([]byte, min(size, 65_557)) // the end record with the longest comment
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	at := strings.LastIndex(string(tail), directoryEnd)
	if at < 0 || len(tail)-at < 22 {
		return refuse("", CodeNotZIP, "这不是 ZIP 文件。请把 .shp、.shx、.dbf、.prj 一起压缩成 ZIP 后再传。")
	}
	end := tail[at:]
	length, start := int64(binary.LittleEndian.Uint32(end[12:])), int64(binary.LittleEndian.Uint32(end[16:]))
	stop := size - int64(len(tail)) + int64(at)
	if start == 0xffffffff || length == 0xffffffff || binary.LittleEndian.Uint16(end[10:]) == 0xffff {
		return refuse("", CodeNotZIP, "ZIP64 格式不支持。请用普通方式重新压缩后再传。")
	}
	if start+length != stop {
		return refuse("", CodeNotZIP, "ZIP 文件的目录与文件大小不符，可能被截断或拼接过。请重新压缩后再传。")
	}
	var head [46]byte
	n := 0
	for at := start; at < stop; n++ {
		if n == entries {
			return refuseSize("", CodeEntries, "ZIP 里的文件超过 %d 个。请只压缩一两个图层的文件。", entries)
		}
		if _, err := r.ReadAt(head[:], at); err != nil || string(head[:4]) != directoryHeader {
			return refuse("", CodeNotZIP, "ZIP 文件的目录损坏。请重新压缩后再传。")
		}
		at += 46 + int64(binary.LittleEndian.Uint16(head[28:])) + int64(binary.LittleEndian.Uint16(head[30:])) + int64(binary.LittleEndian.Uint16(head[32:]))
	}
	return nil
}

// members are the files of one layer by suffix.
type members struct {
	name string
	file map[string]*member
}

// member is one file of an archive.
type member struct {
	name string
	size int64 // as the directory says; no more is ever read
	zip  *zip.File
}

// suffixes are what may be in an archive; the last ones are passed over.
var suffixes = []string{
	".shp", ".shx", ".dbf", ".prj", ".cpg",
	".cst", ".qpj", ".qix", ".qmd", ".qml", ".sld", ".sbn", ".sbx", ".fbn", ".fbx", ".ain", ".aih", ".atx", ".ixs", ".mxs", ".shp.xml", ".xml",
}

// sortMembers checks every entry and puts those of one layer together.
func sortMembers(files []*zip.File, size int64, lim Limits) ([]members, *Error) {
	var groups []members
	var total int64
	byKey := map[string]int{}
	for _, f := range files {
		m, suffix, err := checkMember(f, lim)
		if err != nil {
			return nil, err
		}
		if total += m.size; total > lim.Bytes {
			return nil, refuseSize("", CodeTooLarge, "ZIP 解压后超过 %d MB。请分成几个文件后再传。", lim.Bytes>>20)
		}
		stem := m.name[:len(m.name)-len(suffix)]
		key := strings.ToLower(stem)
		i, known := byKey[key]
		if !known {
			i = len(groups)
			byKey[key] = i
			groups = append(groups, members{stem, map[string]*member{}})
		}
		if groups[i].file[suffix] != nil {
			return nil, refuse(m.name, CodeDuplicate, "ZIP 里有两个同名的文件。请删去一个后再传。")
		}
		groups[i].file[suffix] = m
	}
	if total > 1<<20 && total > size*lim.Ratio {
		return nil, refuseSize("", CodeRatio, "ZIP 的压缩比超过 %d 倍，不像正常的数据。请重新导出后再传。", lim.Ratio)
	}
	if err := checkOverlap(files); err != nil {
		return nil, err
	}
	groups = slices.DeleteFunc(groups, func(g members) bool { return g.file[".shp"] == nil })
	if len(groups) == 0 {
		return nil, refuse("", CodeNoShp, "ZIP 里没有 .shp 文件。请把 .shp、.shx、.dbf、.prj 一起压缩（不要放在文件夹里）后再传。")
	}
	slices.SortFunc(groups, func(a, b members) int { return strings.Compare(a.name, b.name) })
	return groups, nil
}

func checkMember(f *zip.File, lim Limits) (*member, string, *Error) {
	name := nameOf(f)
	switch {
	case name == "" || len(name) > 255 || !utf8.ValidString(name) || strings.ContainsAny(name, "\x00:"):
		return nil, "", refuse(name, CodeName, "文件名不合规。请改名后重新压缩。")
	case strings.ContainsAny(name, `/\`):
		return nil, "", refuse(name, CodeName, "ZIP 里有文件夹。请选中文件本身直接压缩，不要压缩文件夹。")
	case f.Mode()&^0o7777 != 0:
		return nil, "", refuse(name, CodeMember, "不是普通文件（例如链接）。请只压缩数据文件。")
	case f.Flags&1 != 0:
		return nil, "", refuse(name, CodeMember, "文件加了密码。请不加密码重新压缩。")
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return nil, "", refuse(name, CodeMember, "压缩方式不支持。请用普通 ZIP 方式重新压缩。")
	case f.UncompressedSize64 > uint64(lim.Bytes):
		return nil, "", refuseSize(name, CodeTooLarge, "解压后超过 %d MB。请分成几个文件后再传。", lim.Bytes>>20)
	}
	suffix := ""
	for _, s := range suffixes {
		if len(s) > len(suffix) && len(name) > len(s) && strings.EqualFold(name[len(name)-len(s):], s) {
			suffix = s
		}
	}
	if suffix == "" {
		return nil, "", refuse(name, CodeSuffix, "不是 Shapefile 的文件。请只压缩 .shp、.shx、.dbf、.prj、.cpg。")
	}
	return &member{name, int64(f.UncompressedSize64), f}, suffix, nil
}

// nameOf reads a member's name: UTF-8 where it says or looks so, else GBK, as
// Chinese Windows writes it.
func nameOf(f *zip.File) string {
	if !f.NonUTF8 || utf8.ValidString(f.Name) {
		return f.Name
	}
	name, err := simplifiedchinese.GB18030.NewDecoder().String(f.Name)
	if err != nil {
		return ""
	}
	return name
}

// checkOverlap refuses entries that share bytes: each unpacks the same ones again.
func checkOverlap(files []*zip.File) *Error {
	type span struct{ from, to int64 }
	var spans []span
	for _, f := range files {
		from, err := f.DataOffset()
		if err != nil || f.CompressedSize64 > 1<<40 {
			return refuse(nameOf(f), CodeNotZIP, "ZIP 文件损坏。请重新压缩后再传。")
		}
		spans = append(spans, span{from, from + int64(f.CompressedSize64)})
	}
	slices.SortFunc(spans, func(a, b span) int { return int(a.from - b.from) })
	for i := 1; i < len(spans); i++ {
		if spans[i].from < spans[i-1].to {
			return refuse("", CodeOverlapping, "ZIP 里的文件互相重叠，不是正常的压缩文件。请重新压缩后再传。")
		}
	}
	return nil
}

// open starts reading a member. No more than its declared size comes out, and
// what is less or has another checksum is an *Error.
func (m *member) open() (io.ReadCloser, error) {
	r, err := m.zip.Open()
	if err != nil {
		return nil, refuse(m.name, CodeDamaged, "读不出来，压缩文件可能损坏。请重新压缩后再传。")
	}
	return &checked{ReadCloser: r, m: m, left: m.size}, nil
}

// checked turns the errors of unpacking into refusals.
type checked struct {
	io.ReadCloser
	m    *member
	left int64
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	if c.left -= int64(n); c.left < 0 || err != nil && err != io.EOF {
		return 0, refuse(c.m.name, CodeDamaged, "解压出错，压缩文件可能损坏。请重新压缩后再传。")
	}
	return n, err
}

// all reads a small member whole.
func (m *member) all(most int64) ([]byte, error) {
	if m.size > most {
		return nil, refuseSize(m.name, CodeTooLarge, "文件太大，不像正常的 Shapefile。请重新导出后再传。")
	}
	r, err := m.open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}
