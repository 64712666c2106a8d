package demo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/paulmach/orb"
)

// Options say what city to make. The same Options make the same city, to the byte.
type Options struct {
	Seed    uint64
	Sites   int       // how many; 84 is the demo
	Patches int       // of the land survey, all layers together; 0: none
	Now     time.Time // the moment at which the city's story stands
	Photos  bool      // whether a fortnight of photos is planned
}

// Demo is the city of `guatu seed --demo`, as it stands at now.
func Demo(now time.Time) Options {
	return Options{Seed: 20260101, Sites: 84, Now: now, Photos: true}
}

// A City is everything that Generate made but the patches, which Patches yields
// one by one, because a million of them need not be in memory.
type City struct {
	Options
	Ground   *Ground
	Orgs     []Org
	People   []Person
	Projects []Project
	Shots    []Shot // photos in the order of their receipt
}

// A Project is one line of the ledger with its sites.
type Project struct {
	Code      string // 示例-… : plainly not a code of the approval platform
	Name      string
	Area      string   // county that leads
	Counties  []string // where it lies
	Industry  string
	InvestWan float64 // 万元; 0: not stated
	OwnerUnit string
	Stage     string
	Batches   []Batch
	Changes   []Change // how it came to its stage, oldest first
	Members   []Member
	Sites     []Site
	Real      bool // name, county and stated investment are public facts
	Note      string
	Source    string
}

// A Batch is a place on the honour roll: a term (期次) and signed, started or producing.
type Batch struct {
	Term  int
	Batch string
}

// A Change is the day on which a project entered a stage.
type Change struct {
	Stage string
	At    time.Time
}

// A Member is one of the five-one team; Person is an index into City.People.
type Member struct {
	Role   string
	Person int
}

// A Site is a piece of ground; its boundary is invented and 示意.
type Site struct {
	County    string
	Name      string
	Boundary  orb.MultiPolygon
	At        orb.Point // inside it
	Buildings []Building
	scene     scene // what its photos show
}

// A Building is a 单体 inside a site.
type Building struct {
	Name, State string
	Footprint   orb.MultiPolygon
}

// Generate makes the city.
func Generate(o Options) *City {
	c := &City{Options: o, Ground: DrawGround()}
	c.Projects = makeProjects(c)
	makePeople(c)
	if o.Photos {
		c.Shots = planShots(c)
	}
	return c
}

var stages = []string{"idea", "reserve", "signed", "landed", "started", "building", "accepting", "producing", "reached"}

// stageShare is how a city's projects spread over the stages, in hundredths.
var stageShare = []float64{3, 5, 8, 7, 17, 34, 10, 11, 5}

func makeProjects(c *City) []Project {
	y := newYard(c.Ground)
	land := 0.0
	for _, k := range c.Ground.list {
		land += k.outline.flatM2()
	}
	// Above some hundreds of sites the plots shrink, so that the city is not built over.
	shrink := math.Min(1, 0.10*land/(160000*float64(max(c.Sites, 1))))
	var out []Project
	for i := range c.Sites {
		r := stream(c.Seed, fmt.Sprintf("project %d", i))
		p, mu := nameProject(r, i)
		kind, area := plotOf(r, i, mu, shrink)
		home := p.Area
		if i == unlocated {
			// The ring road lies in two counties: its second site takes this
			// one's turn, and this project is still without ground.
			home = nextCounty(out[i-1].Area)
		}
		s := findSite(r, y, home, kind, area)
		if p.Area == "" {
			p.Area = s.County
		}
		p.Counties = []string{p.Area}
		p.Code = fmt.Sprintf("示例-%s-%05d", p.Area, i+1)
		if i == unlocated {
			live(r, &p, 0, c.Now)
			finishSite(r, &s, &out[i-1], kind, "（二标段）")
			out = append(out, p)
			continue
		}
		at := weighted(r, stageShare)
		if p.Real {
			at = max(at, 2) // a project that newspapers name has at least been signed
		}
		live(r, &p, at, c.Now)
		finishSite(r, &s, &p, kind, "")
		out = append(out, p)
	}
	return out
}

// unlocated is the index of the project without a site; the one before it has two.
var unlocated = len(facts) + len(invented) - 1

// nextCounty is a county beside another, for a road that goes on there.
func nextCounty(code string) string {
	if code == "411104" {
		return "411103"
	}
	return "411104"
}

// findSite looks for a place until there is one; home may be empty.
func findSite(r *rand.Rand, y *yard, home string, kind plotKind, area float64) Site {
	for try := 1; ; try++ {
		if home == "" || try > 300 {
			home = anyCounty(r)
		}
		if s, ok := placeSite(r, y, home, kind, area); ok {
			s.County = home
			return s
		}
		if try%40 == 0 {
			area *= 0.85 // a crowded corner takes a smaller plot
		}
	}
}

// finishSite gives a site what follows from its project.
func finishSite(r *rand.Rand, s *Site, p *Project, kind plotKind, suffix string) {
	s.Name = p.Name + suffix
	for b := range s.Buildings {
		s.Buildings[b].State = buildingState(r, p.Stage)
	}
	s.scene = newScene(r, p.Stage, p.Industry, len(s.Buildings), kind == strip)
	if !slices.Contains(p.Counties, s.County) {
		p.Counties = append(p.Counties, s.County)
	}
	p.Sites = append(p.Sites, *s)
}

// nameProject names the i-th project: the facts first, then the invented ones, then numbers.
func nameProject(r *rand.Rand, i int) (p Project, mu float64) {
	const facts1 = "项目名称、县区与投资额取自公开新闻报道（2011–2025）"
	switch {
	case i < len(facts):
		f := facts[i]
		p = Project{Name: f.name, Area: f.county, Industry: f.industry, InvestWan: f.yi * 10000, Real: true, Source: facts1}
		p.Note = "点位、红线、阶段、批次、专班均为示例数据。"
		if f.yi == 0 {
			p.Note += "报道未载投资额。"
		}
		switch f.county {
		case "":
			p.Note += "报道未载县区，所在县区为示意。"
		case demonstrationZone:
			p.Area = "411104"
			p.Note += "属市城乡一体化示范区，示意归入召陵区。"
		}
		return p, f.mu
	case i < len(facts)+len(invented):
		f := invented[i-len(facts)]
		p = Project{Name: f.name + "项目（示例）", Industry: f.industry}
	default:
		f := invented[r.IntN(len(invented)-2)]
		p = Project{Name: fmt.Sprintf("%s项目（示例%05d）", f.name, i+1), Industry: f.industry}
	}
	p.InvestWan = math.Round(5000*math.Exp(between(r, 0, 4.2))/100) * 100
	p.OwnerUnit = pick(r, []string{"甲", "乙", "丙", "丁", "戊", "己", "庚", "辛"}) + pick(r, []string{"乙", "丙", "和", "顺", "成", "达"}) + "公司（示例）"
	p.Note, p.Source = "项目、点位与红线均为示例数据。", "演示数据生成器"
	return p, 0
}

// plotOf chooses what the red line looks like; among the 84 two are roads, two
// have two parts, and some have a hole.
func plotOf(r *rand.Rand, i int, mu, shrink float64) (plotKind, float64) {
	area := 130000 * math.Exp(r.NormFloat64()*0.62)
	kind := [...]plotKind{block, block, block, block, angle, angle, notch, notch, block, holed}[r.IntN(10)]
	switch total := len(facts) + len(invented); {
	case i == total-1 || i == total-2:
		kind, area = strip, between(r, 120000, 190000)
	case i == 7 || i == total-9: // 召陵区现代食品产业园, and one of the invented
		kind, area = halves, between(r, 240000, 330000)
	case mu > 0:
		area = mu * 2000 / 3
	}
	return kind, math.Max(31000, math.Min(590000, area)) * shrink
}

// anyCounty is where a project without a stated county is drawn.
func anyCounty(r *rand.Rand) string {
	return counties[weighted(r, []float64{17, 19, 22, 18, 20, 4})].code
}

func placeSite(r *rand.Rand, y *yard, code string, kind plotKind, area float64) (Site, bool) {
	which := slices.IndexFunc(y.ground.list, func(k county) bool { return k.code == code })
	at := y.spot(r, which)
	if y.landOf(at) != which {
		return Site{}, false
	}
	p := drawPlot(r, kind, area)
	angle := y.angleAt(r, at)
	set := p.placed(at, angle)
	if !y.free(set, which) {
		return Site{}, false
	}
	s := Site{At: at.point()}
	for _, part := range set.parts {
		var poly orb.Polygon
		for _, ring := range append([][]vec{part.shell}, part.holes...) {
			l := loop(cells(ring))
			if !l.simple() { // shrunk too far for its shape
				return Site{}, false
			}
			poly = append(poly, l.ring())
		}
		s.Boundary = append(s.Boundary, poly)
	}
	y.take(set)
	if r.Float64() < 0.6 {
		for i, b := range p.buildings {
			var ring []vec
			for _, v := range b.ring() {
				ring = append(ring, v.turn(angle).add(at))
			}
			s.Buildings = append(s.Buildings, Building{
				Name:      fmt.Sprintf("%d号%s", i+1, pick(r, []string{"厂房", "厂房", "车间", "楼", "仓库"})),
				Footprint: orb.MultiPolygon{{loop(cells(ring)).ring()}},
			})
		}
	}
	return s, true
}

func buildingState(r *rand.Rand, stage string) string {
	switch stage {
	case "started":
		return pick(r, []string{"planned", "foundation", "foundation", "structure"})
	case "building":
		return pick(r, []string{"foundation", "structure", "structure", "structure", "fitting", "stopped"})
	case "accepting":
		return pick(r, []string{"fitting", "finished", "finished", "accepted"})
	case "producing", "reached":
		return "accepted"
	}
	return "planned"
}

// live gives a project its stage (an index), the way to it, and its batches. A project of a
// later stage usually, but not always, stood in the batches of the earlier ones.
func live(r *rand.Rand, p *Project, at int, now time.Time) {
	p.Stage = stages[at]
	day := now.In(Shanghai).AddDate(0, 0, -r.IntN(40)-16)
	for k := at; k >= 0; k-- {
		p.Changes = append(p.Changes, Change{stages[k], time.Date(day.Year(), day.Month(), day.Day(), 9+r.IntN(8), r.IntN(60), 0, 0, Shanghai)})
		day = day.AddDate(0, 0, -20-r.IntN(120))
	}
	slices.Reverse(p.Changes)
	term := func(back int) int { return max(1, 13-back) }
	back := r.IntN(3)
	if at >= 7 && r.Float64() < 0.8 {
		p.Batches = append(p.Batches, Batch{term(back), "producing"})
		back += 2 + r.IntN(3)
	}
	if at >= 4 && r.Float64() < 0.85 {
		p.Batches = append(p.Batches, Batch{term(back), "started"})
		back += 1 + r.IntN(3)
	}
	if at >= 2 && r.Float64() < 0.9 {
		p.Batches = append(p.Batches, Batch{term(back), "signed"})
	}
	slices.Reverse(p.Batches)
}
