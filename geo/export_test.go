package geo

import (
	"math"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
)

// ArgsForTest are the parameters of the drawing statement.
func (q TileQuery) ArgsForTest() pgx.StrictNamedArgs { return q.args(q.pixelM2()) }

// MeetingsForTest counts without a limit.
func MeetingsForTest(g orb.Geometry) int { return meetings(g, math.MaxInt) }

// SideForTest is the exact predicate.
func SideForTest(a, b, c orb.Point) int { return side(a, b, c) }
