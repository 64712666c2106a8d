package demo

// A landClass is a survey class (国土变更调查工作分类); domain.md §3.
type landClass struct {
	code, name string
	right      string // 权属性质: 10 state, 30 collective
	tilled     bool   // 耕地, which farmland protection may lie on
}

var (
	irrigated = landClass{"0102", "水浇地", "30", true}
	dryLand   = landClass{"0103", "旱地", "30", true}
	paddy     = landClass{"0101", "水田", "30", true}
	orchard   = landClass{"0201", "果园", "30", false}
	trees     = landClass{"0301", "乔木林地", "30", false}
	otherWood = landClass{"0307", "其他林地", "30", false}
	shrubs    = landClass{"0305", "灌木林地", "30", false}
	meadow    = landClass{"0404", "其他草地", "30", false}
	shops     = landClass{"05H1", "商业服务业设施用地", "10", false}
	storage   = landClass{"0508", "物流仓储用地", "10", false}
	works     = landClass{"0601", "工业用地", "10", false}
	townHomes = landClass{"0701", "城镇住宅用地", "10", false}
	farmHomes = landClass{"0702", "农村宅基地", "30", false}
	offices   = landClass{"08H1", "机关团体新闻出版用地", "10", false}
	schools   = landClass{"08H2", "科教文卫用地", "10", false}
	utilities = landClass{"0809", "公用设施用地", "10", false}
	parks     = landClass{"0810", "公园与绿地", "10", false}
	squares   = landClass{"0810A", "广场用地", "10", false}
	special   = landClass{"09", "特殊用地", "10", false}
	highway   = landClass{"1003", "公路用地", "10", false}
	street    = landClass{"1004", "城镇村道路用地", "10", false}
	fieldRoad = landClass{"1006", "农村道路", "30", false}
	riverBed  = landClass{"1101", "河流水面", "10", false}
	tidal     = landClass{"1106", "内陆滩涂", "10", false}
	pond      = landClass{"1104", "坑塘水面", "30", false}
	fishPond  = landClass{"1104A", "养殖坑塘", "30", false}
	ditch     = landClass{"1107", "沟渠", "30", false}
	dam       = landClass{"1109", "水工建筑用地", "10", false}
	idle      = landClass{"1201", "空闲地", "10", false}
	farmBarns = landClass{"1202", "设施农用地", "30", false}
	bare      = landClass{"1206", "裸土地", "30", false}
)

type odds struct {
	class landClass
	in    int // in a thousand
}

var classes = map[use][]odds{
	useField: {{irrigated, 760}, {dryLand, 70}, {paddy, 14}, {orchard, 22}, {trees, 34}, {otherWood, 24},
		{meadow, 12}, {pond, 20}, {fishPond, 6}, {farmBarns, 26}, {farmHomes, 6}, {bare, 6}},
	useVillage: {{farmHomes, 590}, {street, 40}, {trees, 90}, {otherWood, 50}, {pond, 46}, {irrigated, 90},
		{offices, 12}, {schools, 16}, {works, 24}, {shops, 10}, {idle, 14}, {farmBarns, 18}},
	useTown: {{townHomes, 370}, {shops, 150}, {works, 80}, {offices, 60}, {schools, 90}, {utilities, 30},
		{parks, 80}, {squares, 8}, {street, 70}, {idle, 40}, {special, 8}, {storage, 14}},
	useWorks: {{works, 600}, {storage, 130}, {idle, 90}, {shops, 30}, {utilities, 40}, {street, 40}, {parks, 40}, {irrigated, 30}},
	useWood:  {{trees, 620}, {otherWood, 170}, {shrubs, 70}, {orchard, 60}, {irrigated, 50}, {pond, 30}},
	useRiver: {{riverBed, 940}, {tidal, 40}, {dam, 20}},
	useRoad:  {{highway, 1000}},
	useDitch: {{ditch, 1000}},
	useTrack: {{fieldRoad, 900}, {ditch, 100}},
	useOpen:  {{irrigated, 900}, {trees, 100}},
}

// class draws a class for a piece of ground. What stands for many patches at
// once is seldom a field: it is a pond, a wood, an orchard, a works.
func (k *knife) class(u use, whole int) landClass {
	if whole > 3 && (u == useField || u == useVillage) {
		return []landClass{pond, trees, orchard, farmHomes, irrigated, fishPond, works}[k.r.IntN(7)]
	}
	roll := k.r.IntN(1000)
	for _, o := range classes[u] {
		if roll < o.in {
			return o.class
		}
		roll -= o.in
	}
	return irrigated
}
