package survey

import (
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"guatu/geo/boundary"
	"guatu/ledger/sheet"
)

// sheet reads points out of a workbook as if they had been pasted, one a row;
// lines of issues are rows of the sheet.
func (r *reader) sheet() error {
	rows, numbers, err := sheet.Lines(r.file, sheet.DefaultLimits())
	var refused *sheet.Refused
	if errors.As(err, &refused) {
		return &Refusal{Format: Sheet, TooLarge: refused.Code == "too_large", Issues: []Issue{{Code: refused.Code, Message: refused.Message}}}
	}
	if err != nil {
		return err
	}
	var b strings.Builder
	at := 1
	for i, cells := range rows {
		if gap := numbers[i] - at; gap > 0 {
			b.WriteString(strings.Repeat("\n", min(gap, boundary.DefaultLimits.Points)))
			at = numbers[i]
		}
		for _, c := range cells {
			// A name such as “J 1” is one cell, so that it may not fall apart.
			if c = strings.Join(strings.Fields(c), ""); c != "" {
				b.WriteString(c)
				b.WriteByte('\t')
			}
		}
		b.WriteByte('\n')
		at++
		if b.Len() > MaxBytes {
			return tooLarge(Sheet, CodeTooLarge, "表格内容太多。请只留下坐标点。")
		}
	}
	f, err := boundary.ReadList(b.String(), r.listOptions())
	return r.boundaryFile(f, err)
}

// wholeText is a pasted list in UTF-8 or GB18030.
func (r *reader) wholeText() (string, bool) {
	if utf8.Valid(r.file) {
		return string(r.file), true
	}
	b, err := simplifiedchinese.GB18030.NewDecoder().Bytes(r.file)
	return string(b), err == nil
}
