package sheet

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// told is what reading one value has to say beside the value.
type told struct {
	code, message string
	bad           bool // the value cannot be taken
}

func wrong(code, message string) *told { return &told{code, message, true} }
func aside(code, message string) *told { return &told{code, message, false} }

var nothing = []string{
	"", "-", "--", "---", "—", "——", "–", "/", "//", "\\", "无", "暂无", "待定", "未定", "不详", "未知", "n/a", "na", "null", "none", "nil",
	"?", "??", "空", "暂缺", "缺", "未提供", "待确认", "待核实", "未明确", "未填", "…", "……", "...", "·", "*", "x", "×",
}

// blank says whether a cell says nothing, in any of the ways offices write that.
func blank(s string) bool { return slices.Contains(nothing, fold(s)) }

var (
	amount = regexp.MustCompile(`^(?:[¥$]?|人民币|rmb|cny)(\d+(?:,\d{3})*(?:\.\d+)?|\.\d+)(余|多)?(亿元|亿|千万元|千万|百万元|百万|万元|万|千元|元)?(余|多)?(?:人民币)?$`)
	both   = regexp.MustCompile(`^(\d+(?:\.\d+)?)亿元?(\d+(?:\.\d+)?)万元?$`)
	spread = regexp.MustCompile(`^[^\d]*\d+(?:\.\d+)?[亿万千百]*元?[-~–—至到]+\d+(?:\.\d+)?[亿万千百]*元?`)
	about  = []string{"大约", "约", "接近", "近", "超过", "超", "逾", "预计", "估算", "暂估", "暂定", "不少于", "不低于", "至少", ">=", "≥", ">", "总投资", "计划", "共计", "共", "为"}
	beyond = []string{"以上", "左右", "以内", "上下", "(含)", "余", "多", "+"}
	abroad = []string{"美元", "美金", "港元", "港币", "欧元", "日元", "英镑", "新币", "韩元", "usd", "hkd", "eur", "jpy", "gbp", "$", "€", "£"}
)

// money reads an amount as 万元. nil without a word means "not stated". ask is
// true where the number has no unit and the column has none either.
func money(c cell, unit Unit) (wan *float64, approx, ask bool, say []*told) {
	s := strings.ReplaceAll(fold(c.text), "￥", "¥")
	if blank(s) {
		return nil, false, false, nil
	}
	for _, m := range abroad {
		if strings.Contains(s, m) {
			return nil, false, false, []*told{wrong("invest_foreign", fmt.Sprintf("总投资“%s”是外币，请折算成人民币后填写；不清楚就留空", c.shown()))}
		}
	}
	if spread.MatchString(s) {
		return nil, false, false, []*told{wrong("invest_range", fmt.Sprintf("总投资“%s”是一个范围，请只填一个数；不清楚就留空", c.shown()))}
	}
	s, approx = trimWords(s)
	if m := both.FindStringSubmatch(s); m != nil {
		yi, _ := strconv.ParseFloat(m[1]+"e4", 64)
		wan, _ := strconv.ParseFloat(m[2], 64)
		sum := yi + wan
		return bounded(c, sum, approx, nil)
	}
	if strings.HasPrefix(s, "-") {
		return nil, false, false, []*told{wrong("invest_negative", fmt.Sprintf("总投资“%s”是负数，请改成正数；不清楚就留空", c.shown()))}
	}
	m := amount.FindStringSubmatch(s)
	if m == nil {
		return nil, false, false, []*told{wrong("invest_not_number", fmt.Sprintf("总投资“%s”不是数字，请填数字（可带单位，如 12.5亿元）；不清楚就留空", c.shown()))}
	}
	approx = approx || m[2] != "" || m[4] != ""
	if m[3] != "" {
		own, _ := ParseUnit(m[3])
		if unit != NoUnit && own != unit {
			say = append(say, aside("unit_of_cell", fmt.Sprintf("单元格写的是“%s”，与本列的单位“%s”不同，按单元格读取", c.shown(), unit)))
		}
		unit = own
	}
	if unit == NoUnit {
		return nil, approx, true, nil
	}
	x, err := strconv.ParseFloat(strings.ReplaceAll(m[1], ",", "")+exponent[unit], 64)
	if err != nil {
		return nil, false, false, []*told{wrong("invest_not_number", fmt.Sprintf("总投资“%s”不是数字，请填数字（可带单位，如 12.5亿元）；不清楚就留空", c.shown()))}
	}
	return bounded(c, x, approx, say)
}

// bounded checks an amount in 万元 against what a project can cost.
func bounded(c cell, wan float64, approx bool, say []*told) (*float64, bool, bool, []*told) {
	switch {
	case wan > 1e8:
		return nil, false, false, append(say, wrong("invest_too_large", fmt.Sprintf("总投资“%s”折合超过 1 万亿元，请核对数字和单位", c.shown())))
	case wan > 1e7:
		say = append(say, aside("invest_large", fmt.Sprintf("总投资“%s”折合超过 1000 亿元，请核对单位", c.shown())))
	case wan == 0:
		say = append(say, aside("invest_zero", "总投资写的是 0；如果是还不清楚，请留空"))
	}
	if approx {
		say = append(say, aside("invest_approx", fmt.Sprintf("总投资“%s”是约数，按其中的数字读取", c.shown())))
	}
	return &wan, approx, false, say
}

// trimWords takes the words for "about" off both ends.
func trimWords(s string) (string, bool) {
	approx := false
	for again := true; again; {
		again = false
		for _, w := range about {
			if rest, ok := strings.CutPrefix(s, w); ok && rest != "" {
				s, again = strings.TrimPrefix(rest, ":"), true
				approx = approx || (w != "总投资" && w != "计划" && w != "共" && w != "共计" && w != "为")
			}
		}
		for _, w := range beyond {
			if rest, ok := strings.CutSuffix(s, w); ok && rest != "" {
				s, again, approx = rest, true, true
			}
		}
	}
	return s, approx
}

// stages are the words for the stages of policy-mechanisms 1.6 and those that
// ledgers use beside them.
var stages = map[string]string{
	"谋划": "idea", "策划": "idea", "意向": "idea", "谋划储备": "reserve",
	"储备": "reserve", "前期": "reserve", "前期工作": "reserve", "入库": "reserve", "储备入库": "reserve",
	"签约": "signed", "已签约": "signed", "新签约": "signed", "正式签约": "signed",
	"落地": "landed", "已落地": "landed",
	"开工": "started", "已开工": "started", "新开工": "started", "开工建设": "started", "本年新开工": "started", "入库纳统": "started", "开工入库纳统": "started",
	"在建": "building", "续建": "building", "建设": "building", "建设中": "building", "施工": "building", "施工中": "building", "正在建设": "building", "正在施工": "building", "主体施工": "building", "复工": "building",
	"竣工": "accepting", "竣工验收": "accepting", "已竣工": "accepting", "验收": "accepting", "完工": "accepting", "已完工": "accepting", "建成": "accepting", "已建成": "accepting", "分批验收": "accepting",
	"投产": "producing", "已投产": "producing", "试生产": "producing", "投入使用": "producing", "运营": "producing", "已运营": "producing", "建成投产": "producing",
	"达效": "reached", "已达效": "reached", "达产": "reached", "达产达效": "reached", "投产达效": "reached", "升规纳统": "reached", "建成达效": "reached",
}

// planned are words that say what is to come; the stage is the one before.
var planned = map[string]string{
	"拟建": "reserve", "拟开工": "reserve", "计划开工": "reserve", "计划新开工": "reserve", "待开工": "reserve", "未开工": "reserve",
	"计划竣工": "building", "拟竣工": "building", "计划完工": "building", "计划投产": "building", "拟投产": "building", "收尾": "building",
}

// stageNames are the names of the stages, to say how a word was read.
var stageNames = map[string]string{
	"idea": "谋划", "reserve": "储备", "signed": "签约", "landed": "落地", "started": "开工", "building": "在建",
	"accepting": "竣工验收", "producing": "投产", "reached": "达效",
}

// stage reads a stage; "" without a word means "not stated".
func stage(text string) (string, *told) {
	if blank(text) {
		return "", nil
	}
	word, _ := plain(text)
	for _, end := range []string{"", "项目", "阶段", "类项目", "类", "状态"} {
		key := strings.TrimSuffix(word, end)
		if s, ok := stages[key]; ok {
			return s, nil
		}
		if s, ok := planned[key]; ok {
			return s, aside("stage_planned", fmt.Sprintf("“%s”说的是计划，按“%s”读取", text, stageNames[s]))
		}
		if _, ok := stageNames[key]; ok {
			return key, nil
		}
	}
	return "", aside("stage_unknown", fmt.Sprintf("认不出阶段“%s”，未读取；可填：谋划、储备、签约、落地、开工、在建、竣工验收、投产、达效", cell{text: text}.shown()))
}

var (
	termIn  = regexp.MustCompile(`第?(\d{1,3}|[一二三四五六七八九十]{1,3})(?:期|批次|批)`)
	batchIn = regexp.MustCompile(`(签约|开工|投产)(?:一批|类|项目|$)`)
	batchOf = regexp.MustCompile(`(签约|开工|投产)一批|三个一批[”"]?(签约|开工|投产)`)
)

var batches = map[string]string{"签约": "signed", "开工": "started", "投产": "producing"}

// batch reads what a text says about 期次 and 批: “第十三期签约一批”, “签约”, “13期”.
// Zero values mean that it says nothing about the one or the other.
func batch(text string) (term int, name string) {
	return batchBy(batchIn, text)
}

// batchOver reads the same in a title or section, where “开工项目” is a stage and
// only “开工一批” a batch.
func batchOver(text string) (term int, name string) {
	return batchBy(batchOf, text)
}

func batchBy(pattern *regexp.Regexp, text string) (term int, name string) {
	s := fold(text)
	if m := pattern.FindStringSubmatch(s); m != nil {
		name = batches[strings.Join(m[1:], "")]
	}
	for _, m := range termIn.FindAllStringSubmatch(s, -1) {
		if n := numeral(m[1]); n > 0 && n <= 200 && !strings.HasSuffix(m[0], "一批") {
			return n, name
		}
	}
	return 0, name
}

// term reads a 期次 column: “13”, “第十三期”.
func term(text string) (int, *told) {
	if blank(text) {
		return 0, nil
	}
	s := strings.TrimSuffix(strings.TrimPrefix(fold(text), "第"), "期")
	if n := numeral(strings.TrimSuffix(s, ".0")); n >= 1 && n <= 200 {
		return n, nil
	}
	return 0, aside("term_unknown", fmt.Sprintf("认不出期次“%s”，未读取；请填数字，如 13", cell{text: text}.shown()))
}

// numeral reads 13 and 十三; 0 where it is neither.
func numeral(s string) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	n, digit := 0, 0
	for _, r := range s {
		i := strings.IndexRune("一二三四五六七八九", r)
		switch {
		case i >= 0 && digit == 0:
			digit = i/len("一") + 1
		case r == '十' && n == 0:
			n, digit = 10*max(digit, 1), 0
		default:
			return 0
		}
	}
	return n + digit
}

var (
	fullDay  = regexp.MustCompile(`^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:\d{1,2}:\d{2}(?::\d{2})?)?$`)
	solidDay = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})$`)
	onlyMon  = regexp.MustCompile(`^(\d{4})(?:[-/年](\d{1,2})月?|\.(\d{2}))$`)
)

// day reads a date as offices write it, at 00:00 UTC; zero means "not stated".
// serial numbers are Excel's count of days.
func day(c cell) (time.Time, *told) {
	if blank(c.text) {
		return time.Time{}, nil
	}
	s := fold(c.text)
	bad := aside("date_unknown", fmt.Sprintf("认不出日期“%s”，未读取；请写成 2024-03-01", c.shown()))
	if c.kind == number || regexpDigits.MatchString(s) && len(s) == 5 {
		if x, err := strconv.ParseFloat(s, 64); err == nil && x >= 32874 && x < 73051 { // 1990 to 2099
			return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(x)), nil
		}
		if len(s) != 8 {
			return time.Time{}, bad
		}
	}
	m := fullDay.FindStringSubmatch(s)
	if m == nil {
		m = solidDay.FindStringSubmatch(s)
	}
	var say *told
	if m == nil {
		if m = onlyMon.FindStringSubmatch(s); m == nil {
			return time.Time{}, bad
		}
		m = []string{m[0], m[1], m[2] + m[3], "1"}
		say = aside("date_month", fmt.Sprintf("“%s”只写到月，按当月 1 日读取", c.shown()))
	}
	y, _ := strconv.Atoi(m[1])
	mon, _ := strconv.Atoi(m[2])
	d, _ := strconv.Atoi(m[3])
	at := time.Date(y, time.Month(mon), d, 0, 0, 0, 0, time.UTC)
	if y < 1990 || y > 2099 || at.Month() != time.Month(mon) || at.Day() != d {
		return time.Time{}, bad
	}
	return at, say
}

var regexpDigits = regexp.MustCompile(`^\d+$`)
