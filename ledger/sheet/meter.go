package sheet

import "fmt"

// meter counts what a file has cost so far against its limits.
type meter struct {
	limits Limits
	cells  int
	text   int
}

// row checks a line before it is kept.
func (m *meter) row(lines int, l line) error {
	if lines >= m.limits.Rows {
		return refuse("too_many_rows", fmt.Sprintf("表格超过 %d 行，请拆成几个文件分别导入", m.limits.Rows))
	}
	if len(l.cells) > m.limits.Columns {
		return refuse("too_many_columns", fmt.Sprintf("表格超过 %d 列（%s 列之后还有内容），请删去多余的列后再导入", m.limits.Columns, letters(m.limits.Columns-1)))
	}
	for _, c := range l.cells {
		if c.text == "" {
			continue
		}
		m.cells++
		m.text += len(c.text)
	}
	if m.cells > m.limits.Cells {
		return refuse("too_many_cells", fmt.Sprintf("表格内容超过 %d 个单元格，请拆成几个文件分别导入", m.limits.Cells))
	}
	if m.text > m.limits.Text {
		return refuse("too_much_text", fmt.Sprintf("表格里的文字超过 %d MB，请拆成几个文件分别导入", m.limits.Text>>20))
	}
	return nil
}
