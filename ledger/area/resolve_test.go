package area_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"guatu/ledger/area"
)

func henan(t testing.TB) *area.Tree {
	t.Helper()
	f, err := os.Open("../areas.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	areas, err := area.ReadCSV(f)
	if err != nil {
		t.Fatal(err)
	}
	return area.NewTree(areas)
}

func TestResolve(t *testing.T) {
	t.Parallel()
	tree := henan(t)
	for name, tt := range map[string]struct {
		city, place string
		home        string
		want        string
		doubt       area.Doubt
		counties    string
	}{
		"city and county":                  {city: "漯河市", place: "召陵区", want: "411104"},
		"both in one cell":                 {place: "漯河市召陵区", want: "411104"},
		"with the province in front":       {place: "河南省漯河市临颍县", want: "411122"},
		"short county":                     {city: "漯河", place: "召陵", want: "411104"},
		"short county of the own city":     {place: "舞阳", home: "411100", want: "411121"},
		"county that occurs once":          {place: "禹州市", want: "411081"},
		"county of another city, at home":  {place: "西华县", home: "411100", want: "411622"},
		"county in the city's column":      {city: "济源市", want: "419001"},
		"zone by its own name":             {city: "漯河市", place: "经济技术开发区", want: "411171"},
		"zone by its short name":           {place: "漯河经开区", want: "411171"},
		"zone as 开发区":                      {place: "开发区", home: "411100", want: "411171"},
		"zone with the province in front":  {city: "三门峡市", place: "经开区", want: "411271"},
		"example zone of another city":     {city: "南阳", place: "示范区", want: "411372"},
		"example zone that has no code":    {city: "漯河市", place: "市城乡一体化示范区", want: "411100", doubt: area.NoCounty},
		"the same in one cell":             {place: "漯河市市城乡一体化示范区", want: "411100", doubt: area.NoCounty},
		"city only":                        {place: "漯河市", want: "411100", doubt: area.OnlyCity},
		"city, county empty":               {city: "漯河市", want: "411100", doubt: area.OnlyCity},
		"city, 市本级":                        {city: "漯河市", place: "市本级", want: "411100", doubt: area.OnlyCity},
		"province":                         {city: "河南省", want: "410000", doubt: area.OnlyProvince},
		"province, 省直":                     {city: "河南省", place: "省直", want: "410000", doubt: area.OnlyProvince},
		"nothing, at home":                 {home: "411100", want: "411100", doubt: area.Assumed},
		"a dash, at home":                  {place: "—", home: "411100", want: "411100", doubt: area.Assumed},
		"nothing, no home":                 {doubt: area.NoCity},
		"unknown city":                     {city: "深圳市", place: "南山区", home: "411100", doubt: area.NoCity},
		"unknown city in one cell":         {place: "深圳市南山区", home: "411100", doubt: area.NoCity},
		"street of the own city":           {place: "人民路与嵩山路交叉口", home: "411100", want: "411100", doubt: area.NoCounty},
		"address":                          {place: "漯河市召陵区东城大道与人民路交叉口", want: "411104"},
		"address with commas":              {place: "召陵区东城大道、人民路交叉口", home: "411100", want: "411104"},
		"township":                         {city: "漯河市", place: "邓襄镇", want: "411171"},
		"two counties":                     {city: "漯河市", place: "召陵区、源汇区", want: "411104", doubt: area.Several, counties: "411104 411102"},
		"two counties joined by 和":         {city: "漯河市", place: "召陵区和源汇区", want: "411104", doubt: area.Several, counties: "411104 411102"},
		"full width and spaces":            {place: "漯 河 市　召陵区", want: "411104"},
		"code":                             {city: "漯河市", place: "411104", want: "411104"},
		"a county that is not in the city": {city: "漯河市", place: "西华县", want: "411100", doubt: area.NoCounty},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := tree.Resolve(tt.city, tt.place, tt.home)
			if got.Area.Code != tt.want || got.Doubt != tt.doubt {
				t.Errorf("Resolve(%q, %q) = %s %q, want %s %q", tt.city, tt.place, got.Area.Code, got.Doubt, tt.want, tt.doubt)
			}
			if tt.counties != "" && strings.Join(got.Counties, " ") != tt.counties {
				t.Errorf("counties = %v, want %s", got.Counties, tt.counties)
			}
		})
	}
}

// Every county is found again by its own name and its short name within its city.
func TestResolveFindsEveryCounty(t *testing.T) {
	t.Parallel()
	f, err := os.Open("../areas.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	areas, err := area.ReadCSV(f)
	if err != nil {
		t.Fatal(err)
	}
	tree := area.NewTree(areas)
	count := map[area.Level]int{}
	for _, a := range areas {
		count[a.Level]++
		if a.Level != area.County {
			continue
		}
		city, _ := tree.Lookup(a.Parent)
		if city.Code == "419000" {
			city = area.Area{}
		}
		for _, place := range []string{a.Name, city.Name + a.Name, a.Code} {
			if got := tree.Resolve(city.Name, place, a.Parent); got.Area.Code != a.Code {
				t.Errorf("%s %s: got %s (%s), want %s", city.Name, place, got.Area.Code, got.Doubt, a.Code)
			}
		}
		if got := tree.CityOf(a.Code); got != a.Parent {
			t.Errorf("CityOf(%s) = %s", a.Code, got)
		}
	}
	want := map[area.Level]int{area.Province: 1, area.City: 18, area.County: 181, area.Township: 58}
	if diff := cmp.Diff(want, count); diff != "" {
		t.Error(diff)
	}
}

func TestReadCSVRefusesBrokenTables(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty":          "",
		"orphan":         "code,level,name,parent,lon,lat\n411100,city,漯河市,410000,,\n",
		"twice":          "code,level,name,parent,lon,lat\n410000,province,河南省,,,\n410000,province,河南省,,,\n",
		"unknown level":  "code,level,name,parent,lon,lat\n410000,state,河南省,,,\n",
		"bad coordinate": "code,level,name,parent,lon,lat\n410000,province,河南省,,x,1\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := area.ReadCSV(strings.NewReader(text)); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestReadDivision(t *testing.T) {
	t.Parallel()
	got, err := area.ReadDivision(strings.NewReader("code,name,areaCode,provinceCode,cityCode\n411104001,\"老窝\",411104,41,4111\n"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]area.Area{{Code: "411104001", Level: area.Township, Name: "老窝", Parent: "411104"}}, got); diff != "" {
		t.Error(diff)
	}
	if _, err := area.ReadDivision(strings.NewReader("code,name,streetCode\n1,村,2\n")); err == nil {
		t.Error("villages are not part of the tree")
	}
}
