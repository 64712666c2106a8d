package shapefile

import (
	_ "embed"
	"encoding/csv"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Schema is what is known of one kind of official layer: its names and columns
// (docs/sources.md#shapefile). It is read from schema.csv.
type Schema struct {
	Name    string // such as DLTB
	Title   string // 地类图斑
	Aliases []string
	Columns []Column
}

// Column is one attribute of an official layer.
type Column struct {
	Name    string // such as TBMJ
	Title   string // 图斑面积
	Unit    string // m2 or ha where it is an area
	Aliases []string
	telling bool // other kinds of layers do not have it
}

//go:embed schema.csv
var schemaCSV string

// Schemas are the official layers, in the order of schema.csv. A line without a
// column begins a layer; a ! marks columns that tell a layer by themselves; the
// columns of APPROVAL belong to all approvals above it that have none.
var Schemas = readSchemas()

func readSchemas() []Schema {
	lines, err := csv.NewReader(strings.NewReader(schemaCSV)).ReadAll()
	if err != nil {
		panic("schema.csv: " + err.Error())
	}
	var all []Schema
	for _, l := range lines[1:] {
		aliases := strings.FieldsFunc(l[4], func(r rune) bool { return r == '|' })
		if l[1] == "" {
			all = append(all, Schema{Name: l[0], Title: l[2], Aliases: aliases})
			continue
		}
		name, telling := strings.CutSuffix(l[1], "!")
		c := Column{Name: name, Title: l[2], Unit: l[3], Aliases: aliases, telling: telling}
		for i := range all {
			if all[i].Name == l[0] || l[0] == "APPROVAL" && strings.HasSuffix(all[i].Name, "FW") {
				all[i].Columns = append(all[i].Columns, c)
			}
		}
	}
	return all
}

// SchemaOf finds out which official layer l is: by its name, or else by two and
// more columns that only one kind has. Approvals look alike and are told by name
// only.
func SchemaOf(l *Layer) (Schema, bool) {
	name := strings.ToUpper(l.Name)
	best, length := -1, 0
	for i, s := range Schemas {
		for _, alias := range s.Aliases {
			if a := strings.ToUpper(alias); a == name || strings.Contains(name, a) && len(a) > length && len(a) > 2 {
				if best, length = i, len(a); a == name {
					return s, true
				}
			}
		}
	}
	if best >= 0 {
		return Schemas[best], true
	}
	most, tied := 1, false
	for i, s := range Schemas {
		n, at := 0, s.Match(l.Fields)
		for _, c := range s.Columns {
			if _, ok := at[c.Name]; ok && c.telling {
				n++
			}
		}
		if n > most {
			best, most, tied = i, n, false
		} else if n == most {
			tied = true
		}
	}
	if best < 0 || tied {
		return Schema{}, false
	}
	return Schemas[best], true
}

// Match finds the fields that hold the columns of s: by name or alias, whatever
// their case, also where DBF's ten bytes cut a long name or a program numbered
// it. A cut that fits two columns fits none.
func (s Schema) Match(fields []Field) map[string]int {
	at := map[string]int{}
	taken := map[int]bool{}
	for _, fit := range []func(c Column, name string) bool{Column.named, Column.cut} {
		for i, f := range fields {
			name := strings.ToUpper(strings.TrimSpace(f.Name))
			fits := slices.DeleteFunc(slices.Clone(s.Columns), func(c Column) bool {
				_, done := at[c.Name]
				return done || !fit(c, name)
			})
			if len(fits) == 1 && !taken[i] {
				at[fits[0].Name] = i
				taken[i] = true
			}
		}
	}
	return at
}

func (c Column) named(name string) bool {
	return strings.EqualFold(c.Name, name) || slices.ContainsFunc(c.Aliases, func(a string) bool { return strings.EqualFold(a, name) })
}

// cut compares with what ten bytes leave of a name, in UTF-8 or GBK, with or
// without the _1 that programs put at the end of the second of two equal ones.
func (c Column) cut(name string) bool {
	if i := strings.LastIndexByte(name, '_'); i > 0 && len(name)-i == 2 && name[i+1] >= '1' && name[i+1] <= '9' {
		if stem := name[:i]; utf8.RuneCountInString(stem) >= 3 && c.begins(stem, 8) {
			return true
		}
	}
	return c.begins(name, 10)
}

func (c Column) begins(name string, most int) bool {
	for _, long := range append([]string{c.Name}, c.Aliases...) {
		long = strings.ToUpper(long)
		for _, bytesOf := range []func(rune) int{utf8.RuneLen, gbkLen} {
			if cut := firstBytes(long, most, bytesOf); cut != long && cut == name {
				return true
			}
		}
	}
	return false
}

// firstBytes keeps as many whole characters as most bytes hold.
func firstBytes(s string, most int, bytesOf func(rune) int) string {
	for i, r := range s {
		if most -= bytesOf(r); most < 0 {
			return s[:i]
		}
	}
	return s
}

func gbkLen(r rune) int {
	if r < utf8.RuneSelf {
		return 1
	}
	b, err := simplifiedchinese.GB18030.NewEncoder().String(string(r))
	if err != nil {
		return 4
	}
	return len(b)
}
