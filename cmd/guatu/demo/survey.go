package demo

import (
	"fmt"
	"iter"
	"math"
	"strconv"

	"github.com/paulmach/orb"
)

// A Patch (图斑) is one polygon of a layer. Patches of one layer never overlap;
// those of dltb fill the city, and neighbours share their vertices.
type Patch struct {
	Layer  string // dltb, forest, farmland, redline
	County string
	ID     int64  // counts up within a layer
	Scheme string // of Code; survey and planning codes collide
	Code   string
	Level  string // of protection; forest only
	Attrs  []byte // JSON with the fields of the official layer
	Shape  orb.MultiPolygon
	AreaM2 float64 // on the CGCS2000 ellipsoid
}

// Layers are the layers that Patches yields.
var Layers = []string{"dltb", "forest", "farmland", "redline"}

// shares of all patches; the red line gets what is left.
const (
	shareFarmland = 0.26
	shareForest   = 0.13
	shareRedline  = 0.0004
)

// Patches yields exactly Options.Patches of them, county by county, in an order
// in which neighbours stand near each other. It holds one path of the
// subdivision in memory and no more. A Patch and what it refers to are not used
// again, so it may be kept.
func (c *City) Patches() iter.Seq[Patch] {
	return func(yield func(Patch) bool) {
		s := newSurvey(c, yield)
		for i := range c.Ground.list {
			if !s.county(i) {
				return
			}
		}
	}
}

// A survey is the subdivision at work.
type survey struct {
	c       *City
	yield   func(Patch) bool
	stopped bool
	k       *knife

	left     map[string]int // of each layer, for the counties not yet done
	ids      map[string]int64
	size     float64 // metres across a usual patch
	debt     int     // patches that could not be cut and are made up for later
	code     string
	farmOdds float64
	emitted  int
}

func newSurvey(c *City, yield func(Patch) bool) *survey {
	n := float64(c.Options.Patches)
	s := &survey{c: c, yield: yield, left: map[string]int{}, ids: map[string]int64{}}
	s.left["redline"] = int(n * shareRedline)
	s.left["farmland"] = int(n * shareFarmland)
	s.left["forest"] = int(n * shareForest)
	s.left["dltb"] = c.Options.Patches - s.left["redline"] - s.left["farmland"] - s.left["forest"]
	s.size = math.Sqrt(c.Ground.outline.flatM2() / math.Max(1, float64(s.left["dltb"])))
	return s
}

// county surveys one county: the land classes with the farmland among them,
// then forest, then the red line.
func (s *survey) county(i int) bool {
	g := s.c.Ground
	s.code = g.list[i].code
	last := i == len(g.list)-1
	rest := 0.0
	for _, o := range g.list[i:] {
		rest += o.outline.flatM2()
	}
	share := g.list[i].outline.flatM2() / rest
	of := func(layer string) int {
		n := int(float64(s.left[layer])*share + 0.5)
		if last {
			n = s.left[layer]
		}
		s.left[layer] -= n
		return n
	}
	land, farm, wood, red := of("dltb"), of("farmland"), of("forest"), of("redline")
	s.debt = 0
	got := s.landClasses(i, land, farm)
	// What cutting or the fields could not give is asked of the woods, and at last of the red line.
	short := land + farm - got
	before := s.emitted
	s.forest(i, wood+short)
	short = wood + short - (s.emitted - before)
	s.redline(i, red+short)
	return !s.stopped
}

// landClasses cuts a county's land and water into land patches. It says how many
// patches it yielded of both layers, dltb and farmland.
func (s *survey) landClasses(i, land, farm int) int {
	g := s.c.Ground
	code := s.code
	start := s.emitted
	s.k = newKnife(stream(s.c.Seed, "survey "+code), s.size)
	s.farmOdds = float64(farm) / math.Max(1, 0.62*float64(land))
	total := g.list[i].outline.flatM2()
	rest := land
	for _, l := range g.water[code] {
		n := 1 + int(float64(land)*l.flatM2()/total)
		n = min(n, max(0, rest))
		rest -= n
		s.cut(parcel{l: s.k.densify(l), n: max(n, 1), use: useRiver})
	}
	dry := 0.0
	for _, l := range g.land[code] {
		dry += l.flatM2()
	}
	for _, l := range g.land[code] {
		n := int(float64(rest) * l.flatM2() / dry)
		dry -= l.flatM2()
		rest -= n
		s.cut(parcel{l: s.k.densify(l), n: max(n, 1), use: useOpen})
	}
	return s.emitted - start
}

// A use is what a piece of ground is for, as far as is decided.
type use uint8

const (
	useOpen use = iota // not yet decided
	useRiver
	useField
	useVillage
	useTown
	useWorks
	useWood
	useRoad
	useDitch
	useTrack
	useForest // the forest survey, not the land survey
)

// A parcel is a piece that n patches are to be cut from.
type parcel struct {
	l   loop
	n   int
	use use
}

// cut divides a parcel depth first and yields the pieces.
func (s *survey) cut(first parcel) {
	stack := []parcel{first}
	for len(stack) > 0 && !s.stopped {
		p := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if p.n > 1 && s.debt > 0 { // make up for what failed elsewhere
			more := min(s.debt, 1+p.n/4)
			p.n, s.debt = p.n+more, s.debt-more
		}
		if p.n <= 1 {
			s.leaf(p.l, nil, p.use, 0)
			continue
		}
		p.use = s.decide(p)
		if s.k.keepWhole(p) {
			s.debt += p.n - 1
			s.leaf(p.l, nil, p.use, p.n)
			continue
		}
		if holes := s.k.holes(p); holes != nil {
			s.leaf(p.l, holes, p.use, 0)
			for _, h := range holes {
				s.leaf(h, nil, s.inHole(p.use), 0)
			}
			s.debt += p.n - 1 - len(holes)
			continue
		}
		pieces, ok := s.k.split(p)
		if !ok {
			s.debt += p.n - 1
			s.leaf(p.l, nil, p.use, p.n)
			continue
		}
		stack = append(stack, pieces...)
	}
}

// decide settles the use of a piece once it is small enough to have one.
func (s *survey) decide(p parcel) use {
	if p.use != useOpen {
		return p.use
	}
	across := math.Sqrt(p.l.flatM2())
	if across > 700 && p.n > 12 {
		return useOpen
	}
	at := p.l[0].vec()
	for i, t := range towns {
		d := at.sub(t.at)
		edge := rim(t.radius, math.Atan2(d.y, d.x))
		if d.len() < edge*(0.9+0.2*s.k.r.Float64()) {
			if i == 3 || d.len() > edge*0.72 && s.k.r.IntN(3) == 0 {
				return useWorks
			}
			return useTown
		}
	}
	switch roll := s.k.r.IntN(100); {
	case roll < 13:
		return useVillage
	case roll < 15:
		return useWorks
	case roll < 19:
		return useWood
	}
	return useField
}

func (s *survey) inHole(u use) use {
	switch u {
	case useField, useWood:
		return useVillage
	case useForest:
		return useForest
	}
	return useWood
}

// leaf yields a finished piece. whole is how many patches it stands for, 0 for a usual one.
func (s *survey) leaf(l loop, holes []loop, u use, whole int) {
	if u == useForest {
		s.woodPatch(l, holes)
		return
	}
	class := s.k.class(u, whole)
	shape, area := outlineOf(l, holes)
	id := s.next("dltb")
	attrs := make([]byte, 0, 220)
	attrs = append(attrs, `{"BSM":"`...)
	attrs = append(attrs, s.code...)
	attrs = fmt.Appendf(attrs, `10%010d","TBBH":"%d","DLBM":"%s","DLMC":"%s","QSXZ":"%s","ZLDWDM":"%s%03d2%02d0000000","ZLDWMC":"示例村","TBMJ":`,
		id, id, class.code, class.name, class.right, s.code, 1+id/20000%20, id/800%25)
	attrs = strconv.AppendFloat(attrs, area, 'f', 2, 64)
	attrs = append(attrs, `,"SJNF":2025}`...)
	p := Patch{Layer: "dltb", County: s.code, ID: id, Scheme: "survey", Code: class.code, Attrs: attrs, Shape: shape, AreaM2: area}
	s.out(p)
	if class.tilled && s.left["farmland"] >= 0 && s.k.r.Float64() < s.farmOdds {
		s.farmland(p, class)
	}
}

// farmland is the 永久基本农田 patch over a tilled land patch: the same outline.
func (s *survey) farmland(p Patch, class landClass) {
	id := s.next("farmland")
	kc := p.AreaM2 * 0.03
	attrs := fmt.Appendf(nil, `{"XZQDM":"%s","YJJBNTTBBH":"%d","TBBH":"%d","DLBM":"%s","DLMC":"%s","YJJBNTTBMJ":%.2f,"KCMJ":%.2f,"YJJBNTMJ":%.2f,"SJNF":2025}`,
		s.code, id, p.ID, class.code, class.name, p.AreaM2, kc, p.AreaM2-kc)
	s.out(Patch{Layer: "farmland", County: s.code, ID: id, Scheme: "survey", Code: class.code, Attrs: attrs, Shape: p.Shape, AreaM2: p.AreaM2})
}

func (s *survey) next(layer string) int64 {
	s.ids[layer]++
	return s.ids[layer]
}

func (s *survey) out(p Patch) {
	if s.stopped {
		return
	}
	s.emitted++
	s.stopped = !s.yield(p)
}

// outlineOf is the outside world's shape of a loop with holes, and its area.
func outlineOf(l loop, holes []loop) (orb.MultiPolygon, float64) {
	poly := make(orb.Polygon, 1, 1+len(holes))
	poly[0] = l.ring()
	area := l.ellipsoidM2()
	for _, h := range holes {
		poly = append(poly, h.reversed().ring())
		area -= h.ellipsoidM2()
	}
	return orb.MultiPolygon{poly}, area
}

// ellipsoidM2 is the area on the CGCS2000 ellipsoid: that on the grid, times the
// scale at the centroid's latitude. Over a patch of some kilometres the scale is
// linear to 1e-7, and what is linear is exact at the centroid.
func (l loop) ellipsoidM2() float64 {
	const a, e2 = 6378137.0, 0.00669438002290
	var sum, moment float64
	o := l[0]
	for i := 1; i+1 < len(l); i++ {
		c := float64(cross(o, l[i], l[i+1]))
		sum += c
		moment += c * (float64(l[i].y-o.y) + float64(l[i+1].y-o.y)) / 3
	}
	if sum == 0 {
		return 0
	}
	lat := (southEdge + (float64(o.y)+moment/sum)/perDegree) * math.Pi / 180
	s, c := math.Sincos(lat)
	w := 1 - e2*s*s
	const step = math.Pi / 180 / perDegree
	return math.Abs(sum) / 2 * step * step * (a * (1 - e2) / (w * math.Sqrt(w))) * (a / math.Sqrt(w)) * c
}

// keepWhole says that a piece stays one patch although more were to be cut from
// it: ponds, orchards, works and woods far larger than the fields around them.
func (k *knife) keepWhole(p parcel) bool {
	if len(p.l) > 470 || p.n < 4 || p.use == useOpen {
		return false
	}
	odds := 0.0
	switch {
	case p.n < 12:
		odds = 0.012
	case p.n < 50:
		odds = 0.010
	case p.n < 160:
		odds = 0.02
	}
	return k.r.Float64() < odds
}
