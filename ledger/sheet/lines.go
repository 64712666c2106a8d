package sheet

import (
	"errors"
	"fmt"
)

// Lines returns the cells of the first sheet of a workbook that has any, row by
// row as they are stored, for lists that are no ledger: numbers are plain
// decimals. lines[i] is row numbers[i], from 1. The error is a *Refused.
func Lines(file []byte, limits Limits) (lines [][]string, numbers []int, err error) {
	if len(file) > limits.File {
		return nil, nil, refuse("too_large", fmt.Sprintf("文件超过 %d MB，请拆成几个文件", limits.File>>20))
	}
	w, err := openWorkbook(file, limits)
	if err != nil {
		return nil, nil, err
	}
	parts, err := w.list()
	if err != nil {
		return nil, nil, broken(err)
	}
	for _, part := range parts {
		g, err := w.sheet(part)
		if err != nil {
			return nil, nil, broken(err)
		}
		for _, l := range g.lines {
			var cells []string
			for _, c := range l.cells {
				cells = append(cells, c.text)
			}
			lines, numbers = append(lines, cells), append(numbers, l.n)
		}
		if len(lines) > 0 {
			return lines, numbers, nil
		}
	}
	return nil, nil, refuse("empty_file", "表格里没有内容")
}

// broken words what has no words yet.
func broken(err error) error {
	var r *Refused
	if errors.As(err, &r) {
		return r
	}
	return refuse("xlsx_broken", "文件内部内容不完整或格式错误，请在 Excel 或 WPS 中重新另存为 .xlsx 后再传")
}
