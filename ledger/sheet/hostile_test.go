package sheet_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"guatu/ledger/sheet"
)

const (
	contentTypes = `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`
	bookXML      = `<workbook xmlns:r="r"><sheets><sheet name="项目" sheetId="1" r:id="rId1"/></sheets></workbook>`
	bookRels     = `<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/>` +
		`<Relationship Id="rId2" Type="x/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId3" Type="x/styles" Target="styles.xml"/></Relationships>`
	headerRow = `<row r="1"><c r="A1" t="inlineStr"><is><t>项目名称</t></is></c><c r="B1" t="inlineStr"><is><t>县区</t></is></c></row>`
	goodRow   = `<row r="2"><c r="A2" t="inlineStr"><is><t>甲项目</t></is></c><c r="B2" t="inlineStr"><is><t>召陵区</t></is></c></row>`
)

// parts makes a workbook of hand-written parts; a func writes a large one.
func parts(t testing.TB, more map[string]any) []byte {
	t.Helper()
	all := map[string]any{
		"[Content_Types].xml": contentTypes, "xl/workbook.xml": bookXML, "xl/_rels/workbook.xml.rels": bookRels,
		"xl/worksheets/sheet1.xml": `<worksheet><sheetData>` + headerRow + goodRow + `</sheetData></worksheet>`,
	}
	for k, v := range more {
		all[k] = v
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, body := range all {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		switch body := body.(type) {
		case string:
			_, err = io.WriteString(w, body)
		case func(io.Writer):
			body(w)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func compound(stream string) []byte {
	b := append([]byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}, make([]byte, 1024)...)
	for _, r := range stream {
		b = binary.LittleEndian.AppendUint16(b, uint16(r))
	}
	return append(b, make([]byte, 512)...)
}

func TestHostileFiles(t *testing.T) {
	t.Parallel()
	inSheet := func(body string) map[string]any {
		return map[string]any{"xl/worksheets/sheet1.xml": `<worksheet><sheetData>` + body + `</sheetData></worksheet>`}
	}
	many := func(n int, part string) func(io.Writer) {
		return func(w io.Writer) {
			fmt.Fprint(w, `<worksheet><sheetData>`+headerRow)
			block := strings.Repeat(part, 1000)
			for range n / 1000 {
				io.WriteString(w, block)
			}
			fmt.Fprint(w, `</sheetData></worksheet>`)
		}
	}
	for name, tt := range map[string]struct {
		file []byte
		code string
	}{
		"empty":                 {nil, "empty_file"},
		"blanks":                {[]byte(" \r\n \n"), "empty_file"},
		"old .xls":              {compound("Workbook"), "xls"},
		"encrypted .xlsx":       {compound("EncryptedPackage"), "xlsx_encrypted"},
		"web page called .xls":  {[]byte("<html><table><tr><td>项目名称</td></tr></table></html>"), "html_table"},
		"xml table":             {[]byte(`<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>`), "xml_table"},
		"GeoJSON":               {[]byte(`{"type":"FeatureCollection","features":[]}`), "not_a_table"},
		"PDF":                   {[]byte("%PDF-1.7\n"), "not_a_table"},
		"random bytes":          {[]byte("\x01\x00\x80\xff\x00\xfe,,,\x00\x13\x37"), "not_a_table"},
		"no header":             {[]byte("a,b,c\n1,2,3\n"), "header_not_found"},
		"neither UTF-8 nor GBK": {[]byte("项目名称,县区\n\xff\xff\xff,召陵区\n"), "csv_encoding"},
		"quote never closed":    {[]byte("项目名称,县区\n\"甲项目,召陵区\n乙,源汇区\n"), "csv_quote"},
		"too large":             {bytes.Repeat([]byte("a,"), 11<<20), "too_large"},
		"too many lines":        {[]byte("项目名称,县区\n" + strings.Repeat("甲,召陵区\n", 20_001)), "too_many_rows"},
		"too many columns":      {[]byte("项目名称,县区\n" + strings.Repeat("甲,", 300) + "\n"), "too_many_columns"},
		"commas only":           {[]byte("项目名称,县区\n" + strings.Repeat(",", 1<<20) + "\n"), "too_many_columns"},
		"cut zip":               {parts(t, nil)[:400], "xlsx_broken"},
		"zip of something else": {parts(t, map[string]any{"xl/workbook.xml": nil, "word/document.xml": "<w/>"}), "not_a_table"},
		".xlsb":                 {parts(t, map[string]any{"xl/workbook.bin": "x"}), "xlsb"},
		".ods":                  {parts(t, map[string]any{"content.xml": "<x/>", "mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "ods"},
		"external entity": {parts(t, map[string]any{"xl/sharedStrings.xml": `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><sst><si><t>&e;</t></si></sst>`}),
			"xlsx_doctype"},
		"billion laughs":    {parts(t, map[string]any{"xl/workbook.xml": `<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>` + bookXML}), "xlsx_doctype"},
		"broken xml":        {parts(t, inSheet(`<row><c><v>1`)), "xlsx_broken"},
		"path that climbs":  {parts(t, map[string]any{"xl/../../etc/passwd": "x"}), "xlsx_hostile"},
		"names twice":       {parts(t, map[string]any{"XL/Workbook.xml": bookXML}), "xlsx_hostile"},
		"600 entries":       {parts(t, junk(600)), "xlsx_too_many_parts"},
		"60 sheets":         {sheets(t, 60), "xlsx_too_many_parts"},
		"bomb of blanks":    {parts(t, map[string]any{"xl/worksheets/sheet1.xml": many(100_000, `                                        `)}), "xlsx_bomb"},
		"bomb of one text":  {parts(t, inSheet(`<row><c t="inlineStr"><is><t>`+strings.Repeat("长", 700_000)+`</t></is></c></row>`)), "xlsx_bomb"},
		"bomb of one tag":   {parts(t, inSheet(`<row x="`+strings.Repeat("ab", 1<<20)+`"/>`)), "xlsx_bomb"},
		"strings repeated":  {parts(t, repeated(2000)), "too_much_text"},
		"far right":         {parts(t, inSheet(headerRow+`<row r="2"><c r="ZZ2"><v>1</v></c></row>`)), "too_many_columns"},
		"too many lines, x": {parts(t, map[string]any{"xl/worksheets/sheet1.xml": many(21_000, `<row><c><v>1</v></c></row>`)}), "too_many_rows"},
		"empty styled cells": {parts(t, map[string]any{"xl/worksheets/sheet1.xml": many(100_000, `<row><c s="1"/></row>`)}),
			"xlsx_bomb"},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := sheet.Read(tt.file, luohe(t))
			r := sheet.IsRefused(err)
			if r == nil || r.Code != tt.code {
				t.Fatalf("err = %v, want %s", err, tt.code)
			}
			if r.Message == "" || !strings.ContainsAny(r.Message, "请空没") {
				t.Errorf("message says nothing to do: %q", r.Message)
			}
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// What is unpacked is counted as it comes, all parts together, whatever the
// archive's directory says.
func TestUnpackedBytesAreCounted(t *testing.T) {
	t.Parallel()
	var rows strings.Builder
	for n := range 20_000 {
		fmt.Fprintf(&rows, `<row><c><v>%d</v></c></row>`, n*7919)
	}
	file := parts(t, map[string]any{"xl/worksheets/sheet1.xml": `<worksheet><sheetData>` + headerRow + rows.String() + `</sheetData></worksheet>`})
	opt := luohe(t)
	opt.Limits = sheet.DefaultLimits()
	opt.Limits.Unpacked = 300_000
	if r := sheet.IsRefused(second(sheet.Read(file, opt))); r == nil || r.Code != "xlsx_bomb" {
		t.Errorf("600 KB within 300 KB: %v", r)
	}
	// A directory that says 10 bytes where there are more.
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	var packed bytes.Buffer
	f, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(f, bookXML+strings.Repeat(" ", 5<<20))
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	w, err := z.CreateRaw(&zip.FileHeader{Name: "xl/workbook.xml", Method: zip.Deflate, CompressedSize64: uint64(packed.Len()), UncompressedSize64: 10})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(packed.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if r := sheet.IsRefused(second(sheet.Read(b.Bytes(), luohe(t)))); r == nil {
		t.Error("a directory that lies is believed")
	}
}

func second[T any](_ T, err error) error { return err }

func junk(n int) map[string]any {
	all := map[string]any{}
	for i := range n {
		all[fmt.Sprintf("xl/media/%d.bin", i)] = "x"
	}
	return all
}

// repeated is a sheet whose cells all show one long shared string.
func repeated(n int) map[string]any {
	rows := strings.Repeat(`<row><c t="s"><v>0</v></c></row>`, n)
	return map[string]any{
		"xl/sharedStrings.xml":     `<sst><si><t>` + strings.Repeat("长a", 8000) + `</t></si></sst>`,
		"xl/worksheets/sheet1.xml": `<worksheet><sheetData>` + headerRow + rows + `</sheetData></worksheet>`,
	}
}

// sheets is a workbook of many sheets.
func sheets(t testing.TB, n int) []byte {
	var list, rels strings.Builder
	more := map[string]any{}
	for i := range n {
		fmt.Fprintf(&list, `<sheet name="表%d" sheetId="%d" r:id="s%d"/>`, i, i+1, i)
		fmt.Fprintf(&rels, `<Relationship Id="s%d" Type="x/worksheet" Target="worksheets/s%d.xml"/>`, i, i)
		more[fmt.Sprintf("xl/worksheets/s%d.xml", i)] = `<worksheet><sheetData>` + headerRow + goodRow + `</sheetData></worksheet>`
	}
	more["xl/workbook.xml"] = `<workbook xmlns:r="r"><sheets>` + list.String() + `</sheets></workbook>`
	more["xl/_rels/workbook.xml.rels"] = `<Relationships>` + rels.String() + `</Relationships>`
	return parts(t, more)
}

// Odd but harmless workbooks are read.
func TestForgivingWorkbooks(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"plain":                 `<worksheet><sheetData>` + headerRow + goodRow + `</sheetData></worksheet>`,
		"prefixed elements":     `<x:worksheet xmlns:x="m"><x:sheetData>` + strings.NewReplacer("</", "</x:", "<", "<x:").Replace(headerRow+goodRow) + `</x:sheetData></x:worksheet>`,
		"no addresses":          `<worksheet><sheetData>` + strings.NewReplacer(` r="A1"`, "", ` r="B1"`, "", ` r="1"`, "", ` r="A2"`, "", ` r="B2"`, "", ` r="2"`, "").Replace(headerRow+goodRow) + `</sheetData></worksheet>`,
		"lines out of order":    `<worksheet><sheetData>` + goodRow + headerRow + `</sheetData></worksheet>`,
		"phonetic guide":        strings.Replace(`<worksheet><sheetData>`+headerRow+goodRow+`</sheetData></worksheet>`, "<t>甲项目</t>", `<r><t>甲</t></r><r><t>项目</t></r><rPh><t>jia</t></rPh>`, 1),
		"a line at the far end": `<worksheet><sheetData>` + headerRow + goodRow + `<row r="1048576"><c r="A1048576" s="1"/></row></sheetData></worksheet>`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table := read(t, parts(t, map[string]any{"xl/worksheets/sheet1.xml": body}), luohe(t))
			if got := brief(table.Rows); len(got) != 1 || !strings.HasPrefix(got[0], "2 甲项目 411104") {
				t.Errorf("rows = %v", got)
			}
		})
	}
}

// The largest allowed ledger is read within the memory and time that S13 and G7 name.
func TestLargestLedger(t *testing.T) {
	lines := 20_000
	if testing.Short() { // under -race
		lines = 2_000
	}
	file := parts(t, map[string]any{"xl/worksheets/sheet1.xml": func(w io.Writer) {
		fmt.Fprint(w, `<worksheet><sheetData><row r="1">`)
		for _, h := range []string{"项目名称", "县区", "总投资（亿元）", "备注"} {
			fmt.Fprintf(w, `<c t="inlineStr"><is><t>%s</t></is></c>`, h)
		}
		for n := 2; n <= lines; n++ {
			fmt.Fprintf(w, `</row><row r="%d"><c t="inlineStr"><is><t>项目%d</t></is></c><c t="inlineStr"><is><t>召陵区</t></is></c><c><v>%d.5</v></c>`, n, n, n%100)
			for i := range 9 {
				fmt.Fprintf(w, `<c t="inlineStr"><is><t>第 %d 行第 %d 列</t></is></c>`, n, i)
			}
		}
		fmt.Fprint(w, `</row></sheetData></worksheet>`)
	}})
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	table := read(t, file, luohe(t))
	took := time.Since(start)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if len(table.Rows) != lines-1 {
		t.Errorf("%d rows", len(table.Rows))
	}
	held := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) >> 20
	t.Logf("%d KB, %d cells: %v, %d MB held", len(file)>>10, 12*lines, took, held)
	if held > 150 {
		t.Errorf("%d MB held", held)
	}
	runtime.KeepAlive(table)
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{
		"项目名称,县区,总投资（亿元）\n甲,召陵区,12.5\n", "序号;项目名称;总投资\n1;\"a\"\"b\";5-8亿\n", "单位：万元\n项目名称\t阶段\n甲\t在建\n合计\t1",
		"\xef\xbb\xbf项目名称,县区\n\"", "\xff\xfe\x79\x98", "项目名称,期次,三个一批,开工时间\n甲,第十三期,签约一批,2024年3月\n",
	} {
		f.Add([]byte(s))
	}
	opt := luohe(f)
	opt.Limits = sheet.DefaultLimits()
	opt.Limits.Rows = 500
	f.Fuzz(func(t *testing.T, file []byte) { check(t, file, opt) })
}

func FuzzXLSX(f *testing.F) {
	f.Add(`<row><c t="inlineStr"><is><t>甲</t></is></c></row>`, `<sst><si><t>a</t></si></sst>`, `<styleSheet><cellXfs><xf numFmtId="14"/></cellXfs></styleSheet>`)
	f.Add(`<row r="9" hidden="1"><c r="C9" t="s"><v>0</v></c><c t="e"><v>#REF!</v></c></row><mergeCell ref="A1:B9"/>`, `<sst/>`, ``)
	f.Add(`<row><c><f>A1</f></c><c t="d"><v>2024-01-01T00:00</v></c><c s="0"><v>45000</v></c></row>`, `<sst><si><r><t>_x000D_</t></r></si></sst>`, `<numFmt numFmtId="200" formatCode="yyyy"/>`)
	opt := luohe(f)
	f.Fuzz(func(t *testing.T, rows, strs, styles string) {
		check(t, parts(t, map[string]any{
			"xl/worksheets/sheet1.xml": `<worksheet><sheetData>` + headerRow + rows + `</sheetData></worksheet>`,
			"xl/sharedStrings.xml":     strs, "xl/styles.xml": styles,
		}), opt)
	})
}

// check reads a file and holds the reader to its word: a refusal has a code and a
// message, a good line has a name and a place, a copy can be written and read again.
func check(t *testing.T, file []byte, opt sheet.Options) {
	table, err := sheet.Read(file, opt)
	if err != nil {
		if r := sheet.IsRefused(err); r == nil || r.Code == "" || r.Message == "" {
			t.Fatalf("error without a word: %v", err)
		}
		return
	}
	for _, row := range table.Rows {
		p := row.Project
		if row.Good() && (p.Name == "" || p.Area == "" || len(p.Counties) == 0 || (p.Term == 0) != (p.Batch == "")) {
			t.Fatalf("taken as good: %+v", row)
		}
		if p.InvestWan != nil && !(*p.InvestWan >= 0 && *p.InvestWan <= 1e8) {
			t.Fatalf("amount %v", *p.InvestWan)
		}
		for _, i := range append(row.Errors, row.Warnings...) {
			if i.Code == "" || i.Message == "" || i.Cell == "" {
				t.Fatalf("issue without a word: %+v", i)
			}
		}
	}
	var b bytes.Buffer
	if err := table.WriteCopy(&b, nil, nil); err != nil {
		t.Fatalf("copy: %v", err)
	}
	again, err := sheet.Read(b.Bytes(), opt)
	if err != nil {
		t.Fatalf("copy is refused: %v", err)
	}
	if len(again.Rows) != len(table.Rows) {
		t.Fatalf("copy has %d projects, the file %d", len(again.Rows), len(table.Rows))
	}
}
