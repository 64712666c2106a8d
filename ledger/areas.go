package ledger

import (
	"bytes"
	_ "embed"
	"sync"

	"guatu/ledger/area"
)

// areasCSV holds Henan: the province, its 18 cities and their counties, and
// Luohe's townships (docs/sources.md#areas). area/gen.go makes it.
//
//go:embed areas.csv
var areasCSV []byte

// BuiltinAreas is the administrative tree that every installation begins with.
// `guatu import areas` adds others.
var BuiltinAreas = sync.OnceValue(func() []area.Area {
	areas, err := area.ReadCSV(bytes.NewReader(areasCSV))
	if err != nil {
		panic(err) // the table is part of the program
	}
	return areas
})
