package area

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Doubt says why a place is less certain than it looks. Its text is a stable code.
type Doubt string

// The doubts that Resolve raises.
const (
	Sure         Doubt = ""
	OnlyCity     Doubt = "area_only_city"     // nothing below the city is written
	OnlyProvince Doubt = "area_only_province" // the whole province is written
	NoCounty     Doubt = "area_not_found"     // what is written below the city is not in the tree
	Several      Doubt = "area_several"       // more than one county is written
	Ambiguous    Doubt = "area_ambiguous"     // what is written fits more than one county
	Assumed      Doubt = "area_assumed"       // nothing is written: the office's own city
	NoCity       Doubt = "area_unknown"       // no city can be told
)

// Place is what a text means. Area is the county that leads, or the city (or
// province) while the county is not known; zero when Doubt is NoCity. Counties
// are all counties that the text names.
type Place struct {
	Area     Area
	Counties []string
	Doubt    Doubt
}

// Tree answers for names. It is safe for concurrent use.
type Tree struct {
	byCode   map[string]Area
	children map[string][]string
	cities   []string            // cities and provinces: what a city column may hold
	named    map[string][]string // counties by name and short name
}

// NewTree builds a tree. Areas whose parent is missing are kept as roots.
func NewTree(areas []Area) *Tree {
	t := &Tree{byCode: make(map[string]Area, len(areas)), children: map[string][]string{}, named: map[string][]string{}}
	for _, a := range areas {
		t.byCode[a.Code] = a
		t.children[a.Parent] = append(t.children[a.Parent], a.Code)
		if a.Level == City || a.Level == Province {
			t.cities = append(t.cities, a.Code)
		}
		if a.Level == County {
			t.named[a.Name] = append(t.named[a.Name], a.Code)
			if s := short(a.Name); s != "" {
				t.named[s] = append(t.named[s], a.Code)
			}
		}
	}
	return t
}

// Lookup returns the area with this code.
func (t *Tree) Lookup(code string) (Area, bool) {
	a, ok := t.byCode[code]
	return a, ok
}

// CityOf returns the code of the city that an area lies in; a city's own code
// for itself, "" for a province and for unknown codes.
func (t *Tree) CityOf(code string) string {
	for {
		a, ok := t.byCode[code]
		switch {
		case !ok || a.Level == Province:
			return ""
		case a.Level == City:
			return a.Code
		}
		code = a.Parent
	}
}

// Resolve says what a city text and a text below it mean. Either may be empty,
// and the second may hold both (“漯河市召陵区”, an address, “召陵区、源汇区”).
// home is the code of the office's own city; it is taken where none is written.
func (t *Tree) Resolve(city, place, home string) Place {
	city, place = tidy(city), tidy(place)
	var at Area
	if city != "" {
		a, ok := t.city(city)
		if !ok {
			// 济源市 is a county to the tree and a city to everybody; a county may stand in the city's column.
			if hits := t.anywhere(city); len(hits) == 1 {
				return Place{Area: t.byCode[hits[0]], Counties: hits}
			}
			return Place{Doubt: NoCity}
		}
		at = a
	}
	if place == "" {
		if at.Code == "" {
			if h, ok := t.byCode[home]; ok {
				return Place{Area: h, Doubt: Assumed}
			}
			return Place{Doubt: NoCity}
		}
		return t.whole(at)
	}
	return t.below(at, place, home)
}

// whole is the place of a city or province without anything below it.
func (t *Tree) whole(a Area) Place {
	if a.Level == Province {
		return Place{Area: a, Doubt: OnlyProvince}
	}
	return Place{Area: a, Doubt: OnlyCity}
}

// below resolves a text below at, which is zero when no city is written.
func (t *Tree) below(at Area, place, home string) Place {
	for _, code := range t.named[place] { // 河南濮阳工业园区 begins with a province and is a county
		if a := t.byCode[code]; a.Parent == at.Code || (at.Code == "" && (a.Parent == home || len(t.named[place]) == 1)) {
			return Place{Area: a, Counties: []string{code}}
		}
	}
	at, rest := t.leading(at, place)
	if rest == "" {
		return t.whole(at)
	}
	within := at.Code
	if at.Level != City {
		within = ""
	}
	if within == "" && home != "" {
		if p := t.counties(home, rest); len(p.Counties) > 0 {
			return p
		}
	}
	if within != "" {
		p := t.counties(within, rest)
		p.Area = firstOf(p, at)
		return p
	}
	// No city is written: a county name that occurs once in the tree is enough.
	hits := t.anywhere(rest)
	own, atHome := t.byCode[home]
	switch {
	case len(hits) == 1:
		return Place{Area: t.byCode[hits[0]], Counties: hits}
	case at.Level == Province:
		return Place{Area: at, Doubt: NoCounty}
	case atHome && len(hits) == 0 && !foreign.MatchString(rest):
		return Place{Area: own, Doubt: NoCounty}
	}
	return Place{Doubt: NoCity}
}

// foreign is a text that begins with a city or province, as against a street of one's own city.
var foreign = regexp.MustCompile(`^\p{Han}{2,7}[省市县]`)

// anywhere finds the counties of the whole tree whose name or short name stands at the front of a text.
func (t *Tree) anywhere(text string) []string {
	runes := []rune(text)
	for n := min(len(runes), 16); n >= 2; n-- {
		if hits := t.named[string(runes[:n])]; len(hits) > 0 {
			return hits
		}
	}
	return nil
}

func firstOf(p Place, at Area) Area {
	if p.Area.Code != "" {
		return p.Area
	}
	return at
}

// leading takes the province and city names off the front of a place, as often
// as they stand there (“河南省漯河市召陵区”, “漯河市市城乡一体化示范区”).
func (t *Tree) leading(at Area, place string) (Area, string) {
	for again := true; again && place != ""; {
		again = false
		for _, code := range t.cities {
			a := t.byCode[code]
			for _, name := range []string{a.Name, short(a.Name)} {
				rest, ok := strings.CutPrefix(place, name)
				if !ok || name == "" || (at.Level == City && a.Code != at.Code && (a.Code != at.Parent || name != a.Name)) {
					continue
				}
				if at.Level != City {
					at = a
				}
				place, again = strings.TrimLeft(rest, "-—·,，:： "), true
				break
			}
		}
	}
	if at.Level == City {
		if rest, ok := strings.CutPrefix(place, "市"); ok && utf8.RuneCountInString(rest) > 1 {
			place = rest
		}
		if slices.Contains(wholeCity, place) {
			place = ""
		}
	}
	if at.Level == Province && slices.Contains(wholeCity, place) {
		place = ""
	}
	return at, place
}

// wholeCity are the words for "no county in particular".
var wholeCity = []string{"市", "市本级", "本级", "市直", "市级", "全市", "市区", "省级", "省本级", "省直", "全省", "跨区", "跨县区"}

// joined writes 和, 及 and 与 between two counties as a mark that separates; inside a name they stay.
var joined = strings.NewReplacer("区和", "区、", "县和", "县、", "区及", "区、", "县及", "县、", "区与", "区、", "县与", "县、")

// counties resolves what is written below one city.
func (t *Tree) counties(city, place string) Place {
	parts := strings.FieldsFunc(joined.Replace(place), func(r rune) bool { return strings.ContainsRune("、/／;；,，+＋&", r) })
	var codes []string
	for _, part := range parts {
		hits := t.county(city, part)
		if len(hits) > 1 {
			return Place{Doubt: Ambiguous}
		}
		if len(hits) == 1 && !slices.Contains(codes, hits[0]) {
			codes = append(codes, hits[0])
		}
		if len(hits) == 0 && len(parts) == 1 {
			return Place{Doubt: NoCounty}
		}
		if len(hits) == 0 {
			// “召陵区东城大道与人民路交叉口” is one address, not two places.
			if one := t.county(city, place); len(one) == 1 {
				return Place{Area: t.byCode[one[0]], Counties: one}
			}
			return Place{Doubt: NoCounty}
		}
	}
	switch len(codes) {
	case 0:
		return Place{Doubt: NoCounty}
	case 1:
		return Place{Area: t.byCode[codes[0]], Counties: codes}
	}
	return Place{Area: t.byCode[codes[0]], Counties: codes, Doubt: Several}
}

// county finds the counties of a city that a text may mean, the surest rule
// first: the name, its short form, a zone's usual short name, a township, and
// the same at the front of an address.
func (t *Tree) county(city, text string) []string {
	text = strings.TrimLeft(strings.TrimSpace(text), "市")
	if text == "" {
		return nil
	}
	cityName := ""
	if c, ok := t.byCode[city]; ok {
		cityName = short(c.Name)
	}
	var exact, brief, zone, town, front []string
	for _, code := range t.children[city] {
		a := t.byCode[code]
		own := strings.TrimPrefix(strings.TrimPrefix(a.Name, cityName), "市")
		switch s := short(a.Name); {
		case text == a.Name || text == own || text == code:
			exact = append(exact, code)
		case s != "" && text == s:
			brief = append(brief, code)
		case sameZone(own, text):
			zone = append(zone, code)
		case strings.HasPrefix(text, a.Name) || strings.HasPrefix(text, own) || zoneAtFront(own, text):
			front = append(front, code)
		case s != "" && strings.HasPrefix(text, s):
			front = append(front, code)
		}
		for _, township := range t.children[code] {
			name := t.byCode[township].Name
			if text == name || (utf8.RuneCountInString(name) > 2 && strings.HasPrefix(text, name)) {
				town = append(town, code)
			}
		}
	}
	for _, hits := range [][]string{exact, brief, zone, front, town} {
		if len(hits) > 0 {
			return slices.Compact(hits)
		}
	}
	return nil
}

// zones are kinds of development zone: how offices write them and what the
// name in the tree ends with.
var zones = [][]string{
	{"经济技术开发区", "经济开发区", "经开区", "经济技术产业集聚区"},
	{"高新技术产业开发区", "高新技术开发区", "高新区", "高新技术产业集聚区"},
	{"城乡一体化示范区", "一体化示范区", "示范区"},
	{"航空港经济综合实验区", "航空港区", "航空港实验区", "港区"},
}

func sameZone(own, text string) bool {
	for _, z := range zones {
		if slices.ContainsFunc(z, func(s string) bool { return strings.HasSuffix(own, s) }) && slices.Contains(z, text) {
			return true
		}
	}
	return slices.ContainsFunc(zones[0], func(s string) bool { return strings.HasSuffix(own, s) }) && text == "开发区"
}

func zoneAtFront(own, text string) bool {
	for _, z := range zones {
		if !slices.ContainsFunc(z, func(s string) bool { return strings.HasSuffix(own, s) }) {
			continue
		}
		if slices.ContainsFunc(z, func(s string) bool { return strings.HasPrefix(text, s) }) {
			return true
		}
	}
	return false
}

func (t *Tree) city(text string) (Area, bool) {
	text = strings.TrimPrefix(text, "河南省")
	if text == "" {
		text = "河南省"
	}
	for _, code := range t.cities {
		a := t.byCode[code]
		if text == a.Name || text == short(a.Name) || text == code {
			return a, true
		}
	}
	for _, code := range t.cities {
		if a := t.byCode[code]; a.Level == Province && slices.Contains(wholeCity, text) {
			return a, true
		}
	}
	return Area{}, false
}

// short is a name without its rank (召陵区 → 召陵); "" where less than two
// characters would be left.
func short(name string) string {
	for _, rank := range []string{"省", "市", "区", "县"} {
		if s, ok := strings.CutSuffix(name, rank); ok && utf8.RuneCountInString(s) >= 2 {
			return s
		}
	}
	return ""
}

// tidy folds full-width forms, drops spaces and the words for nothing.
func tidy(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' {
			return -1
		}
		return r
	}, norm.NFKC.String(s))
	switch s {
	case "-", "--", "—", "——", "/", "\\", "无", "暂无", "待定", "不详":
		return ""
	}
	return s
}
