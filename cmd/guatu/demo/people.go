package demo

import (
	"fmt"
	"slices"
)

// Password opens every login of the demo. It is public, so the demo must not
// face a network that is not one's own.
const Password = "guatu-demo-2026"

// An Org is a unit; kinds are those of the ledger.
type Org struct{ Name, Kind, Area string }

// A Person does not exist: the name says 示例, the telephone number begins with
// 000-0000, which no exchange has.
type Person struct {
	Login  string // empty: does not log in
	Name   string
	Title  string
	Phone  string
	Org    int // index into City.Orgs
	Grants []Grant
}

// A Grant is a role in an area, or in the project with that index (and then Area is empty).
type Grant struct {
	Role    string
	Area    string
	Project int
}

const (
	province = "410000"
	city     = "411100"
)

var orgs = []Org{
	{"市重点项目建设指挥部（示例）", "headquarters", city},
	{"大项目统筹办（示例）", "office", city},
	{"大财政金融办（示例）", "office", city},
	{"大建设调度办（示例）", "office", city},
	{"大监管服务办（示例）", "office", city},
	{"市自然资源和规划局（示例）", "bureau", city},
	{"市林业局（示例）", "bureau", city},
	{"市审计局（示例）", "bureau", city},
	{"市政务服务和大数据局（示例）", "bureau", city},
	{"市发展和改革委员会（示例）", "bureau", city},
	{"源汇区项目专班（示例）", "county", "411102"},
	{"郾城区项目专班（示例）", "county", "411103"},
	{"召陵区项目专班（示例）", "county", "411104"},
	{"舞阳县项目专班（示例）", "county", "411121"},
	{"临颍县项目专班（示例）", "county", "411122"},
	{"经开区项目专班（示例）", "county", "411171"},
	{"城乡一体化示范区项目专班（示例）", "park", "411104"},
	{"食品产业园区管理办（示例）", "park", "411171"},
	{"召陵镇项目办（示例）", "township", "411104100"},
	{"项目单位（示例）", "company", city},
}

// inspectors is how many of them share the sites; the first has six.
const inspectors = 12

func makePeople(c *City) {
	c.Orgs = orgs
	r := stream(c.Seed, "people")
	used := map[string]bool{}
	person := func(login, title string, org int, grants ...Grant) int {
		name := ""
		for try := 0; name == "" || used[name]; try++ {
			name = pick(r, surnames) + pick(r, givenNames)
			if try > 20 { // a city of thousands has namesakes; a number tells them apart
				name += fmt.Sprintf("%04d", len(c.People)+1)
			}
		}
		used[name] = true
		n := len(c.People)
		c.People = append(c.People, Person{
			Login: login, Name: name + "（示例）", Title: title, Org: org, Grants: grants,
			Phone: fmt.Sprintf("000-0000-%04d", n+1),
		})
		return n
	}
	in := func(role string, area string) Grant { return Grant{Role: role, Area: area, Project: -1} }
	person("commander", "指挥部值班长", 0, in("commander", city))
	person("watcher", "视频值守员", 3, in("watcher", city))
	first := person("inspector", "现场盯办人", 12)
	person("land", "用途管制科", 5, in("land", city))
	person("forestry", "资源管理科", 6, in("forestry", city))
	person("county", "召陵区专班联络员", 12, in("county", "411104"))
	person("auditor", "审计专员", 7, in("auditor", city))
	person("admin", "系统管理员", 3, in("admin", province)) // ledgers name projects of other cities too
	person("watcher2", "视频值守员", 3, in("watcher", city))
	for i, code := range []string{"411102", "411103", "411121", "411122", "411171"} {
		person(fmt.Sprintf("county%d", i+2), "县区专班联络员", orgOf(code), in("county", code))
	}
	eyes := []int{first}
	for i := 2; i <= inspectors; i++ {
		eyes = append(eyes, person(fmt.Sprintf("inspector%d", i), "现场盯办人", 10+i%6))
	}
	var leaders, officers, helpers []int
	for range 8 {
		leaders = append(leaders, person("", "分包市领导", 0))
	}
	for i := range 14 {
		officers = append(officers, person("", "首席服务官", 10+i%6))
	}
	for range 10 {
		helpers = append(helpers, person("", "政务服务帮办人", 8))
	}
	given := shareOut(c, len(eyes))
	for i := range c.Projects {
		p := &c.Projects[i]
		p.Members = []Member{
			{"leader", pick(r, leaders)}, {"officer", pick(r, officers)}, {"helper", pick(r, helpers)},
			{"inspector", eyes[given[i]]}, {"owner", person("", "项目单位负责人", len(orgs)-1)},
		}
		who := eyes[given[i]]
		c.People[who].Grants = append(c.People[who].Grants, Grant{Role: "inspector", Project: i})
		if given[i] != 0 && r.IntN(11) == 0 { // a hole in the team is a warning, so there are some
			p.Members = slices.Delete(p.Members, 1+r.IntN(2), 2+r.IntN(1))
		}
	}
}

// shareOut gives every project an inspector: neighbours to the same one. The
// first inspector gets the six projects under way that lie nearest together in 召陵区.
func shareOut(c *City, n int) []int {
	given := make([]int, len(c.Projects))
	for i := range given {
		given[i] = -1
	}
	at := func(i int) vec {
		if len(c.Projects[i].Sites) == 0 {
			return vec{}
		}
		return cellOf(c.Projects[i].Sites[0].At).vec()
	}
	var near []int
	for i, p := range c.Projects {
		if p.Area == "411104" && (p.Stage == "started" || p.Stage == "building" || p.Stage == "accepting") {
			near = append(near, i)
		}
	}
	if len(near) > 0 {
		hub := at(near[0])
		slices.SortStableFunc(near, func(a, b int) int {
			return int(at(a).sub(hub).len()) - int(at(b).sub(hub).len())
		})
		for _, i := range near[:min(6, len(near))] {
			given[i] = 0
		}
	}
	var rest []int
	for i := range given {
		if given[i] < 0 {
			rest = append(rest, i)
		}
	}
	slices.SortStableFunc(rest, func(a, b int) int {
		if d := int(at(a).x/9000) - int(at(b).x/9000); d != 0 {
			return d
		}
		return int(at(a).y) - int(at(b).y)
	})
	for k, i := range rest {
		given[i] = 1 + k*(n-1)/max(len(rest), 1)
	}
	return given
}

func orgOf(code string) int {
	return slices.IndexFunc(orgs, func(o Org) bool { return o.Area == code })
}

var surnames = []string{"苗", "庄", "柏", "岑", "鄢", "臧", "祁", "茅", "虞", "裴", "荀", "羊", "於", "惠", "甄", "曲", "家", "封", "储", "靳", "汲", "邴", "糜", "松", "井", "段", "富", "巫", "乌", "焦", "巴", "弓"}

var givenNames = []string{"示明", "示远", "例清", "例安", "样川", "样文", "试行", "试新", "范舟", "范禾", "拟真", "拟诚", "代宁", "代和", "虚谷", "虚怀", "乙一", "丙二", "丁三", "甲四", "样本", "样书", "例言", "例题", "示波", "示范", "拟山", "拟水", "代表", "代码", "试金", "试玉"}
