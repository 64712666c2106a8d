package geo

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/paulmach/orb"
)

// ErrTile is wrapped by every refusal of ParseTile.
var ErrTile = errors.New("not a tile address")

const (
	// MaxZoom is the deepest zoom that tiles are made for; maps enlarge its tiles beyond.
	MaxZoom = 18
	// TileExtent is how many units a tile has a side.
	TileExtent = 4096
	// TileBuffer is how many units a tile shows beyond its sides, so that outlines
	// are not cut visibly.
	TileBuffer = 64
)

// Tile is the address of a square in the usual web map pyramid (Web Mercator, row
// 0 in the north).
type Tile struct{ Z, X, Y int }

// ParseTile reads z, x and y as they stand in a URL: plain decimal digits, no
// sign, no leading zero, inside the pyramid down to MaxZoom.
func ParseTile(z, x, y string) (Tile, error) {
	var t Tile
	var err error
	if t.Z, err = parseIndex("zoom", z, MaxZoom); err != nil {
		return Tile{}, err
	}
	last := 1<<t.Z - 1
	if t.X, err = parseIndex("column", x, last); err != nil {
		return Tile{}, err
	}
	if t.Y, err = parseIndex("row", y, last); err != nil {
		return Tile{}, err
	}
	return t, nil
}

func parseIndex(name, s string, last int) (int, error) {
	const longest = 6 // 2^18 has six digits
	if len(s) == 0 || len(s) > longest || len(s) > 1 && s[0] == '0' {
		return 0, fmt.Errorf("%w: %s %.20q", ErrTile, name, s)
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || int(n) > last {
		return 0, fmt.Errorf("%w: %s %.20q is not in 0..%d", ErrTile, name, s, last)
	}
	return int(n), nil
}

func (t Tile) String() string { return fmt.Sprintf("%d/%d/%d", t.Z, t.X, t.Y) }

// Bound is the tile in longitude and latitude.
func (t Tile) Bound() orb.Bound { return t.around(0) }

// Buffered is the tile with what it shows beyond its sides: the window for
// index-first queries. It is cut off at the edges of the world.
func (t Tile) Buffered() orb.Bound { return t.around(TileBuffer) }

func (t Tile) around(units float64) orb.Bound {
	n := math.Exp2(float64(t.Z))
	u := units / TileExtent
	lon := func(x float64) float64 { return min(max(x, 0), n)/n*360 - 180 }
	lat := func(y float64) float64 {
		return math.Atan(math.Sinh(math.Pi*(1-2*min(max(y, 0), n)/n))) * 180 / math.Pi
	}
	x, y := float64(t.X), float64(t.Y)
	return orb.Bound{
		Min: orb.Point{lon(x - u), lat(y + 1 + u)},
		Max: orb.Point{lon(x + 1 + u), lat(y - u)},
	}
}

// Unit is the side of one tile unit in metres of Web Mercator: what cannot be
// told apart in a tile. Ground metres are smaller by the cosine of the latitude.
func (t Tile) Unit() float64 {
	const world = 2 * math.Pi * 6378137
	return world / math.Exp2(float64(t.Z)) / TileExtent
}

// TileAt is the tile of a zoom that a point lies in. The point must be between
// the latitudes ±85.05 that Web Mercator ends at.
func TileAt(p orb.Point, zoom int) Tile {
	n := math.Exp2(float64(zoom))
	lat := p[1] * math.Pi / 180
	index := func(v float64) int { return int(min(max(math.Floor(v*n), 0), n-1)) }
	return Tile{zoom, index((p[0] + 180) / 360), index((1 - math.Asinh(math.Tan(lat))/math.Pi) / 2)}
}
