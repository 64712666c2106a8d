package geo_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"guatu/geo"
)

func square(x, y, side float64) orb.Ring {
	return orb.Ring{{x, y}, {x + side, y}, {x + side, y + side}, {x, y + side}, {x, y}}
}

func TestCheckNamesTheFlaw(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		g    orb.Geometry
		want geo.FlawKind
		at   orb.Point
	}{
		"a square":            {g: square(0, 0, 4)},
		"bow tie":             {orb.Ring{{0, 0}, {2, 2}, {2, 0}, {0, 2}, {0, 0}}, geo.FlawCrossesItself, orb.Point{1, 1}},
		"spike":               {orb.Ring{{0, 0}, {2, 0}, {2, 2}, {3, 3}, {2, 2}, {0, 2}, {0, 0}}, geo.FlawCrossesItself, orb.Point{2, 2}},
		"touches its corner":  {orb.Ring{{0, 0}, {4, 0}, {2, 2}, {4, 4}, {0, 4}, {2, 2}, {0, 0}}, geo.FlawTouchesItself, orb.Point{2, 2}},
		"touches its edge":    {orb.Ring{{0, 0}, {4, 0}, {4, 4}, {2, 0}, {0, 4}, {0, 0}}, geo.FlawTouchesItself, orb.Point{2, 0}},
		"repeated points":     {g: orb.Ring{{0, 0}, {0, 0}, {4, 0}, {4, 0}, {4, 4}, {0, 0}, {0, 0}}},
		"two points":          {orb.Ring{{0, 0}, {4, 0}, {4, 0}, {0, 0}}, geo.FlawTooFewPoints, orb.Point{0, 0}},
		"open":                {orb.Ring{{1, 0}, {4, 0}, {4, 4}, {0, 0}}, geo.FlawNotClosed, orb.Point{1, 0}},
		"not a number":        {orb.Ring{{1, 0}, {4, math.NaN()}, {4, 4}, {1, 0}}, geo.FlawNotFinite, orb.Point{}},
		"hole":                {g: orb.Polygon{square(0, 0, 9), square(2, 2, 2)}},
		"hole touches at one": {g: orb.Polygon{square(0, 0, 9), {{0, 4}, {2, 3}, {2, 5}, {0, 4}}}},
		"hole on a corner":    {g: orb.Polygon{square(0, 0, 9), {{0, 0}, {2, 1}, {1, 2}, {0, 0}}}},
		"hole touches twice":  {orb.Polygon{square(0, 0, 9), {{0, 4}, {4, 0}, {4, 4}, {0, 4}}}, geo.FlawInteriorSplit, orb.Point{4, 0}},
		"hole crosses":        {orb.Polygon{square(0, 0, 9), square(7, 2, 4)}, geo.FlawRingsCross, orb.Point{9, 2}},
		"hole crosses at a corner of both": {
			orb.Polygon{{{0, 0}, {4, 0}, {4, 2}, {4, 4}, {0, 4}, {0, 0}}, {{1, 1}, {4, 2}, {5, 3}, {1, 3}, {1, 1}}}, geo.FlawRingsCross, orb.Point{4, 2}},
		"hole shares an edge":   {orb.Polygon{square(0, 0, 9), square(0, 2, 2)}, geo.FlawRingsCross, orb.Point{0, 2}},
		"hole outside":          {orb.Polygon{square(0, 0, 9), square(10, 2, 2)}, geo.FlawHoleOutside, orb.Point{10, 2}},
		"hole around":           {orb.Polygon{square(2, 2, 2), square(0, 0, 9)}, geo.FlawHoleOutside, orb.Point{0, 0}},
		"hole in a hole":        {orb.Polygon{square(0, 0, 9), square(1, 1, 6), square(2, 2, 2)}, geo.FlawHolesNested, orb.Point{2, 2}},
		"hole in a hole, later": {orb.Polygon{square(0, 0, 9), square(2, 2, 2), square(1, 1, 6)}, geo.FlawHolesNested, orb.Point{2, 2}},
		"three holes in a loop": {orb.Polygon{square(0, 0, 9), {{1, 1}, {4, 2}, {7, 1}, {4, 1.5}, {1, 1}}, {{1, 1}, {2, 4}, {4, 7}, {1.5, 4}, {1, 1}}, {{7, 1}, {6, 4}, {4, 7}, {6.5, 4}, {7, 1}}},
			geo.FlawInteriorSplit, orb.Point{7, 1}},
		"two parts":               {g: orb.MultiPolygon{{square(0, 0, 2)}, {square(5, 5, 2)}}},
		"two parts at a corner":   {g: orb.MultiPolygon{{square(0, 0, 2)}, {square(2, 2, 2)}}},
		"parts touch twice":       {g: orb.MultiPolygon{{square(0, 0, 2)}, {{{2, 0}, {4, 1}, {2, 2}, {3, 1}, {2, 0}}}}},
		"part in a hole":          {g: orb.MultiPolygon{{square(0, 0, 9), square(1, 1, 6)}, {square(2, 2, 2)}}},
		"part in a part":          {orb.MultiPolygon{{square(0, 0, 9)}, {square(2, 2, 2)}}, geo.FlawPolygonsOverlap, orb.Point{2, 2}},
		"parts share an edge":     {orb.MultiPolygon{{square(0, 0, 2)}, {square(2, 0, 2)}}, geo.FlawPolygonsOverlap, orb.Point{2, 0}},
		"the same part twice":     {orb.MultiPolygon{{square(0, 0, 2)}, {square(0, 0, 2)}}, geo.FlawPolygonsOverlap, orb.Point{0, 0}},
		"in a collection":         {orb.Collection{orb.Point{1, 1}, orb.Polygon{square(0, 0, 9), square(10, 2, 2)}}, geo.FlawHoleOutside, orb.Point{10, 2}},
		"a line may cross itself": {g: orb.LineString{{0, 0}, {2, 2}, {2, 0}, {0, 2}}},
		"a line of one point":     {orb.LineString{{3, 3}, {3, 3}}, geo.FlawTooFewPoints, orb.Point{3, 3}},
		"nothing":                 {nil, geo.FlawUnknownGeometry, orb.Point{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := geo.Check(tt.g)
			if tt.want == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			var flaw *geo.Flaw
			if !errors.As(err, &flaw) || !errors.Is(err, geo.ErrNotSimple) {
				t.Fatalf("Check = %v", err)
			}
			if flaw.Kind != tt.want || math.Hypot(flaw.At[0]-tt.at[0], flaw.At[1]-tt.at[1]) > 1e-9 {
				t.Errorf("Check = %v, want %s at %v", flaw, tt.want, tt.at)
			}
		})
	}
}

// TestCheckAgreesWithPostGIS draws rings on coarse grids, where corners and
// edges meet all the time, and compares each verdict with ST_IsValid.
func TestCheckAgreesWithPostGIS(t *testing.T) {
	t.Parallel()
	conn := connect(t)
	for name, draw := range map[string]func(*rand.Rand) orb.Geometry{
		"rings on a grid of 3":     func(r *rand.Rand) orb.Geometry { return gridPolygon(r, 3, 1+r.IntN(2), 8) },
		"rings on a grid of 5":     func(r *rand.Rand) orb.Geometry { return gridPolygon(r, 5, 1+r.IntN(3), 6) },
		"parts on a grid of 6":     func(r *rand.Rand) orb.Geometry { return gridGround(r, 6, 3, 4) },
		"triangles in many parts":  func(r *rand.Rand) orb.Geometry { return gridGround(r, 12, 5, 3) },
		"holes in a frame":         framed,
		"rings around a centre":    func(r *rand.Rand) orb.Geometry { return orb.Polygon{starRing(r, 0, 0, 1, 30, 1.5)} },
		"slivers along a diagonal": slivers,
		"free points":              func(r *rand.Rand) orb.Geometry { return freePolygon(r, 6) },
	} {
		t.Run(name, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(11, uint64(len(name))))
			const rounds, batch = 4, 1000
			valid := 0
			for range rounds {
				drawn := make([]orb.Geometry, batch)
				for i := range drawn {
					drawn[i] = draw(rnd)
				}
				for i, want := range postgisVerdicts(t, conn, drawn) {
					err := geo.Check(drawn[i])
					if (err == nil) != want.Valid {
						t.Fatalf("%v\nCheck = %v\nST_IsValidDetail = %v %s %v", drawn[i], err, want.Valid, want.Reason, want.At)
					}
					if err == nil {
						valid++
					}
				}
			}
			t.Logf("%d of %d valid", valid, rounds*batch)
			if valid == 0 || valid == rounds*batch {
				t.Errorf("%d of %d valid: the drawing proves nothing", valid, rounds*batch)
			}
		})
	}
}

type verdict struct {
	Valid  bool
	Reason string
	At     orb.Geometry
}

func postgisVerdicts(t testing.TB, conn *pgx.Conn, drawn []orb.Geometry) []verdict {
	t.Helper()
	rows, _ := conn.Query(context.Background(), `
		SELECT (d).valid, coalesce((d).reason, '') AS reason, ST_SetSRID((d).location, 4490) AS at
		FROM (SELECT n, ST_IsValidDetail(g) AS d FROM unnest($1::geometry[]) WITH ORDINALITY u(g, n)) x
		ORDER BY n`, drawn)
	got, err := pgx.CollectRows(rows, pgx.RowToStructByName[verdict])
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func gridRing(r *rand.Rand, size, corners int) orb.Ring {
	ring := make(orb.Ring, 3+r.IntN(corners-2))
	for i := range ring {
		ring[i] = orb.Point{float64(r.IntN(size)), float64(r.IntN(size))}
	}
	return append(ring, ring[0])
}

func gridPolygon(r *rand.Rand, size, rings, corners int) orb.Polygon {
	p := make(orb.Polygon, rings)
	for i := range p {
		p[i] = gridRing(r, size, corners)
	}
	return p
}

func gridGround(r *rand.Rand, size, parts, corners int) orb.MultiPolygon {
	ground := make(orb.MultiPolygon, 1+r.IntN(parts))
	for i := range ground {
		ground[i] = gridPolygon(r, size, 1, corners)
	}
	return ground
}

// framed puts triangles as holes and islands into a frame that is large enough.
func framed(r *rand.Rand) orb.Geometry {
	outer := orb.Polygon{{{-1, -1}, {8, -1}, {8, 8}, {-1, 8}, {-1, -1}}}
	ground := orb.MultiPolygon{outer}
	for range 1 + r.IntN(4) {
		ring := gridRing(r, 8, 4)
		if r.IntN(4) == 0 {
			ground = append(ground, orb.Polygon{ring})
		} else {
			ground[0] = append(ground[0], ring)
		}
	}
	return ground
}

// starRing goes around a centre with random radii; some turns slip backwards, so
// that it sometimes crosses itself.
func starRing(r *rand.Rand, x, y, radius float64, corners int, slip float64) orb.Ring {
	ring := make(orb.Ring, corners)
	for i := range ring {
		angle := 2 * math.Pi * (float64(i) + (r.Float64()-0.5)*slip) / float64(corners)
		far := radius * (0.4 + 0.6*r.Float64())
		ring[i] = orb.Point{x + far*math.Cos(angle), y + far*math.Sin(angle)}
	}
	return append(ring, ring[0])
}

// slivers are rings whose corners lie within an ulp or so of one line.
func slivers(r *rand.Rand) orb.Geometry {
	ring := make(orb.Ring, 3+r.IntN(3))
	for i := range ring {
		x := 114 + float64(r.IntN(64))/1024
		y := 33 + (x-114)/3
		for range r.IntN(3) {
			y = math.Nextafter(y, 90*float64(r.IntN(2)))
		}
		ring[i] = orb.Point{x, y}
	}
	return orb.Polygon{append(ring, ring[0])}
}

func freePolygon(r *rand.Rand, corners int) orb.Geometry {
	ring := make(orb.Ring, 3+r.IntN(corners-2))
	for i := range ring {
		ring[i] = orb.Point{113 + 2*r.Float64(), 33 + r.Float64()}
	}
	return orb.Polygon{append(ring, ring[0])}
}

// hatch is a valid ring that runs up and down a diagonal, corners times: the
// bounding boxes of all its long edges overlap.
func hatch(corners int) orb.Ring {
	step := 0.2 / float64(corners)
	up, down := make(orb.Ring, 0, corners), make(orb.Ring, 0, corners)
	for i := range corners / 4 {
		x := 114 + float64(i)*4*step
		up = append(up, orb.Point{x, 33}, orb.Point{x + 0.5, 33.5})
		down = append(down, orb.Point{x + step, 33}, orb.Point{x + step + 0.5, 33.5})
	}
	// A comb: out along the first set, with teeth between x and x+step.
	ring := orb.Ring{{114 + 0.3, 32.9}}
	for i := range up {
		if i%2 == 0 {
			ring = append(ring, up[i], up[i+1], down[i+1], down[i])
		}
	}
	return append(ring, ring[0])
}

// It is not parallel, so that the processor time is its own.
func TestCheckIsQuickWhateverComes(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	scribble := func(n int) orb.Ring {
		r := make(orb.Ring, n)
		for i := range r {
			r[i] = orb.Point{114 + rnd.Float64(), 33 + rnd.Float64()}
		}
		return append(r, r[0])
	}
	for name, tt := range map[string]struct {
		g     orb.Geometry
		valid bool
		limit time.Duration
	}{
		"scribble of 200":              {scribble(200), false, 50 * time.Millisecond},
		"scribble of 2,000":            {scribble(2000), false, 50 * time.Millisecond},
		"scribble of 20,000":           {scribble(20000), false, 100 * time.Millisecond},
		"star of 20,000":               {starRing(rnd, 114, 33, 1, 20000, 0.9), true, 150 * time.Millisecond},
		"diagonal hatch of 20,000":     {hatch(20000), true, 150 * time.Millisecond},
		"1,000 holes at one point":     {fan(1000), true, 150 * time.Millisecond},
		"grid of 5,000 touching parts": {chequers(5000), true, 150 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			took := cpuTime(t, func() { err = geo.Check(tt.g) })
			t.Logf("%v", took)
			if (err == nil) != tt.valid {
				t.Errorf("Check = %v", err)
			}
			if took > tt.limit*raceSlack {
				t.Errorf("took %v, want at most %v", took, tt.limit)
			}
		})
	}
}

// fan is a square with n thin holes that all start at one point of its edge.
func fan(n int) orb.Polygon {
	p := orb.Polygon{square(114, 33, 1)}
	apex := orb.Point{114.5, 33}
	for i := range n {
		y := 33.1 + 0.8*float64(i)/float64(n)
		p = append(p, orb.Ring{apex, {114.9, y}, {114.9, y + 0.3/float64(n)}, apex})
	}
	return p
}

// chequers are squares that touch at their corners.
func chequers(n int) orb.MultiPolygon {
	side := int(math.Sqrt(float64(2 * n)))
	var ground orb.MultiPolygon
	for x := range side {
		for y := range side {
			if (x+y)%2 == 0 {
				ground = append(ground, orb.Polygon{square(float64(x), float64(y), 1)})
			}
		}
	}
	return ground
}

func BenchmarkCheck(b *testing.B) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for name, g := range map[string]orb.Geometry{
		"star20000":  starRing(rnd, 114, 33, 1, 20000, 0.9),
		"hatch20000": hatch(20000),
		"star100":    starRing(rnd, 114, 33, 1, 100, 0.9),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := geo.Check(g); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
