package sheet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Read reads a ledger. An error is always a *Refused: the file cannot be taken
// at all. What is wrong with single cells stands in the rows.
func Read(file []byte, opt Options) (*Table, error) {
	if opt.Limits == (Limits{}) {
		opt.Limits = DefaultLimits()
	}
	if len(file) > opt.Limits.File {
		return nil, refuse("too_large", fmt.Sprintf("文件超过 %d MB，请拆成几个文件分别导入", opt.Limits.File>>20))
	}
	if err := sniff(file); err != nil {
		return nil, err
	}
	t := &Table{}
	var err error
	if bytes.HasPrefix(file, []byte("PK")) {
		err = t.fromWorkbook(file, opt)
	} else {
		err = t.fromText(file, opt)
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

// sniff refuses files that are no ledger by their first bytes, with a word about
// what they are.
func sniff(file []byte) error {
	start := bytes.ToLower(bytes.TrimLeft(file[:min(len(file), 512)], "\xEF\xBB\xBF \t\r\n"))
	switch {
	case len(bytes.TrimSpace(file)) == 0:
		return refuse("empty_file", "文件是空的")
	case bytes.HasPrefix(file, []byte{0xD0, 0xCF, 0x11, 0xE0}):
		var name []byte // the streams of a compound file are named in UTF-16
		for _, r := range "EncryptedPackage" {
			name = binary.LittleEndian.AppendUint16(name, uint16(r))
		}
		if bytes.Contains(file, name) {
			return refuse("xlsx_encrypted", "文件设了打开密码，请去掉密码后再导入")
		}
		return refuse("xls", "这是旧版 .xls（或 WPS .et）文件，请在 Excel 或 WPS 中另存为 .xlsx 后再导入")
	case bytes.HasPrefix(start, []byte("<?xml")), bytes.HasPrefix(start, []byte("<workbook")):
		return refuse("xml_table", "这是 XML 格式的表格，请用 Excel 打开后另存为 .xlsx 再导入")
	case bytes.HasPrefix(start, []byte("<")):
		return refuse("html_table", "这是网页（有的系统把网页存成 .xls），请用 Excel 打开后另存为 .xlsx 再导入")
	case bytes.HasPrefix(start, []byte("{")), bytes.HasPrefix(start, []byte("[{")):
		return refuse("not_a_table", "这是 JSON 文件，不是项目表格；红线请在“导入红线”里上传")
	}
	for _, m := range []string{"%PDF", "\x89PNG", "\xFF\xD8\xFF", "GIF8", "Rar!", "7z\xBC\xAF", "\x1F\x8B", "\x7FELF", "MZ\x90"} {
		if bytes.HasPrefix(file, []byte(m)) {
			return refuse("not_a_table", "这不是表格文件，请上传 .xlsx 或 .csv")
		}
	}
	return nil
}

func (t *Table) fromText(file []byte, opt Options) error {
	text, encoding, err := decode(file)
	if err != nil {
		return err
	}
	if head := text[:min(len(text), 65536)]; !utf8.ValidString(text) || strings.Count(head, "\x00") > 0 {
		return refuse("not_a_table", "这不是表格文件，请上传 .xlsx 或 .csv")
	}
	g, err := readCSV(text, &meter{limits: opt.Limits})
	if err != nil {
		return err
	}
	t.Format, t.Encoding = "csv", encoding
	h, ok := findHead(&g)
	if !ok {
		return noHead(g)
	}
	t.read(g, h, opt)
	return nil
}

func noHead(g grid) error {
	if len(g.lines) == 0 {
		return refuse("empty_file", "表格里没有内容")
	}
	return refuse("header_not_found", "没有找到表头：前 40 行里要有一行写着“项目名称”和其他列名（如 县区、总投资、建设单位）")
}

// fromWorkbook reads the sheet that was asked for, or else the visible one whose
// header is taken for most fields, the longest of equals.
func (t *Table) fromWorkbook(file []byte, opt Options) error {
	book, err := openWorkbook(file, opt.Limits)
	if err != nil {
		return err
	}
	parts, err := book.list()
	if err != nil {
		return err
	}
	if opt.Sheet != "" && !slices.ContainsFunc(parts, func(p sheetPart) bool { return p.name == opt.Sheet }) {
		return refuse("sheet_not_found", fmt.Sprintf("工作簿里没有名为“%s”的工作表", cell{text: opt.Sheet}.shown()))
	}
	var best, first grid
	var bestHead head
	for _, p := range parts {
		if opt.Sheet != "" && p.name != opt.Sheet {
			t.Others = append(t.Others, Other{Name: p.name, Hidden: p.hidden})
			continue
		}
		g, err := book.sheet(p)
		if err != nil {
			return err
		}
		if len(first.lines) == 0 {
			first = g
		}
		h, ok := findHead(&g)
		if !ok || (p.hidden && opt.Sheet == "") {
			t.Others = append(t.Others, Other{Name: p.name, Hidden: p.hidden, Ledger: ok})
			continue
		}
		if h.score < bestHead.score || h.score == bestHead.score && len(g.lines) <= len(best.lines) {
			t.Others = append(t.Others, Other{Name: p.name, Ledger: true})
			continue
		}
		if bestHead.score > 0 {
			t.Others = append(t.Others, Other{Name: best.name, Ledger: true})
		}
		best, bestHead = g, h
	}
	if bestHead.score == 0 {
		return noHead(first)
	}
	t.Format, t.Sheet = "xlsx", best.name
	t.others()
	t.read(best, bestHead, opt)
	return nil
}

// others says which sheets were left.
func (t *Table) others() {
	var ledgers, rest []string
	for _, o := range t.Others {
		name := "“" + cell{text: o.Name}.shown() + "”"
		if o.Hidden {
			name += "（隐藏）"
		}
		if o.Ledger {
			ledgers = append(ledgers, name)
		} else {
			rest = append(rest, name)
		}
	}
	if len(ledgers) > 0 {
		t.notice("sheets_left", fmt.Sprintf("只读取了工作表“%s”。%s 也像项目清单，没有读取；需要时请指定工作表再导入一次", t.Sheet, strings.Join(ledgers, "、")))
	}
	if len(rest) > 0 {
		t.notice("sheets_skipped", fmt.Sprintf("工作表 %s 不是项目清单，没有读取", strings.Join(rest, "、")))
	}
}

// IsRefused is the refusal in an error, nil where it is something else.
func IsRefused(err error) *Refused {
	var r *Refused
	errors.As(err, &r)
	return r
}
