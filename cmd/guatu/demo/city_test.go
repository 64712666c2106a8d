package demo

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"guatu/geo"
)

// noon is a Wednesday in autumn.
var noon = time.Date(2026, 11, 18, 12, 5, 0, 0, Shanghai)

func TestTheSameCityForTheSameSeed(t *testing.T) {
	t.Parallel()
	one, two := fmt.Sprintf("%+v", Generate(Demo(noon)).Projects), fmt.Sprintf("%+v", Generate(Demo(noon)).Projects)
	if one != two {
		t.Error(cmp.Diff(one, two))
	}
	a, b := Generate(Demo(noon)), Generate(Demo(noon))
	if x, y := fmt.Sprint(a.Orgs, a.People), fmt.Sprint(b.Orgs, b.People); x != y {
		t.Error("people differ between two runs")
	}
	for i := range a.Shots {
		if a.Shots[i].ID != b.Shots[i].ID || !a.Shots[i].ReceivedAt.Equal(b.Shots[i].ReceivedAt) {
			t.Fatalf("shot %d differs between two runs", i)
		}
	}
}

func TestDemoIsACityOf84Sites(t *testing.T) {
	t.Parallel()
	c := Generate(Demo(noon))
	counties, sites, holes, parts, stagesSeen := map[string]int{}, 0, 0, 0, map[string]int{}
	for _, p := range c.Projects {
		stagesSeen[p.Stage]++
		for _, s := range p.Sites {
			sites++
			counties[s.County]++
			for _, poly := range s.Boundary {
				holes += len(poly) - 1
			}
			parts += len(s.Boundary) - 1
		}
		if !strings.HasPrefix(p.Code, "示例-") || !p.Real && !strings.Contains(p.Name, "示例") || !strings.Contains(p.Note, "示例") {
			t.Errorf("%s (%s) does not say that it is made up", p.Name, p.Code)
		}
	}
	if sites != 84 || len(c.Projects) != 84 {
		t.Errorf("%d sites of %d projects, want 84 of 84", sites, len(c.Projects))
	}
	if len(counties) != 6 || holes == 0 || parts != 2 || len(stagesSeen) < 8 {
		t.Errorf("counties %v, %d holes, %d sites with two parts, stages %v", counties, holes, parts, stagesSeen)
	}
}

func TestSitesLieApartOnDryLand(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{
		"the demo": Demo(noon), "a large city": {Seed: 3, Sites: sized(1500, 300), Now: noon},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := DrawGround()
			var all []loop
			var bounds []orb.Bound
			for _, p := range Generate(o).Projects {
				for _, s := range p.Sites {
					area := 0.0
					for _, poly := range s.Boundary {
						for i, ring := range poly {
							l := loopOf(ring)
							if !l.simple() || (l.area2() > 0) != (i == 0) {
								t.Errorf("%s: ring %d crosses itself or is turned the wrong way", s.Name, i)
							}
							area += float64(l.area2()) / 2 * metreX * metreY
							if i > 0 {
								continue
							}
							for _, c := range l {
								if k := g.countyAt(c); k < 0 || g.list[k].code != s.County {
									t.Errorf("%s leaves its county", s.Name)
								}
								for _, w := range g.allWater() {
									if w.holds(c) {
										t.Errorf("%s stands in a river", s.Name)
									}
								}
							}
							all, bounds = append(all, l), append(bounds, ring.Bound())
						}
					}
					if o.Sites == 84 && (area < 3e4 || area > 60e4) {
						t.Errorf("%s has %.1f ha", s.Name, area/1e4)
					}
				}
			}
			for i, a := range all {
				for j := range all[:i] {
					if bounds[i].Intersects(bounds[j]) && overlap(a, all[j]) {
						t.Errorf("outlines %d and %d overlap", i, j)
					}
				}
			}
		})
	}
}

// Plots shrink where there are many, and must keep their shape.
func TestTenThousandSitesAreSound(t *testing.T) {
	t.Parallel()
	sites, want := 0, sized(10000, 1000)
	for _, p := range Generate(Options{Seed: 20260101, Sites: want, Now: noon}).Projects {
		for _, s := range p.Sites {
			sites++
			if err := geo.Check(s.Boundary); err != nil {
				t.Errorf("%s: %v", s.Name, err)
			}
			for _, b := range s.Buildings {
				if err := geo.Check(b.Footprint); err != nil {
					t.Errorf("%s, %s: %v", s.Name, b.Name, err)
				}
			}
		}
	}
	if sites != want {
		t.Errorf("%d sites", sites)
	}
}

func overlap(a, b loop) bool {
	if a.holds(b[0]) || b.holds(a[0]) {
		return true
	}
	for i, p := range a {
		for j, q := range b {
			if meets(p, a[(i+1)%len(a)], q, b[(j+1)%len(b)]) {
				return true
			}
		}
	}
	return false
}

func TestPeopleAreMadeUp(t *testing.T) {
	t.Parallel()
	c := Generate(Demo(noon))
	logins, phones := map[string]Person{}, map[string]bool{}
	for _, p := range c.People {
		if !strings.HasSuffix(p.Name, "（示例）") || !strings.HasPrefix(p.Phone, "000-0000-") || phones[p.Phone] {
			t.Errorf("%s, %s is not plainly made up", p.Name, p.Phone)
		}
		phones[p.Phone] = true
		if p.Login != "" {
			logins[p.Login] = p
		}
	}
	for _, role := range []string{"commander", "watcher", "inspector", "land", "forestry", "county", "auditor", "admin"} {
		if p, ok := logins[role]; !ok || len(p.Grants) == 0 || p.Grants[0].Role != role {
			t.Errorf("no login %s with its role", role)
		}
	}
	if n := len(logins["inspector"].Grants); n != 6 {
		t.Errorf("inspector has %d projects, want 6", n)
	}
	whole, holed := 0, 0
	for _, p := range c.Projects {
		if len(p.Members) == 5 {
			whole++
		} else {
			holed++
		}
	}
	if holed < 3 || holed > 20 || whole < 60 {
		t.Errorf("%d teams are whole, %d have a hole", whole, holed)
	}
}

// The names are facts; where the ledger they come from lies beside the checkout, they are compared with it.
func TestFactsAreThoseOfTheLedger(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile("../../../../shared/fixtures/ledger/henan-projects.csv")
	if os.IsNotExist(err) {
		t.Log("../shared/fixtures/ledger is not here: the names are not compared")
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]string{"": "", "市城乡一体化示范区": demonstrationZone, "经济技术开发区": "411171"}
	for _, c := range counties {
		codes[c.name] = c.code
	}
	var want, got []string
	for _, row := range rows[1:] {
		if row[2] == "漯河市" {
			want = append(want, row[1]+" "+codes[row[3]]+" "+row[4])
		}
	}
	for _, f := range facts {
		yi := ""
		if f.yi != 0 {
			yi = fmt.Sprint(f.yi)
		}
		got = append(got, f.name+" "+f.county+" "+yi)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
