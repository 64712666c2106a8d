package sheet

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Field is what a column can be taken for.
type Field string

// The fields of a project line.
const (
	None       Field = ""
	Seq        Field = "seq"
	Name       Field = "name"
	City       Field = "city"
	County     Field = "county"
	Place      Field = "place"
	Invest     Field = "invest"
	OwnerUnit  Field = "owner_unit"
	Industry   Field = "industry"
	Stage      Field = "stage"
	Progress   Field = "progress"
	Batch      Field = "batch"
	Term       Field = "term"
	Code       Field = "code"
	Note       Field = "note"
	Scale      Field = "scale"
	Source     Field = "source"
	SignedOn   Field = "signed_on"
	StartedOn  Field = "started_on"
	FinishedOn Field = "finished_on"
	ProducedOn Field = "produced_on"
	ReachedOn  Field = "reached_on"
	Leader     Field = "leader"
	Officer    Field = "officer"
	Helper     Field = "helper"
	Inspector  Field = "inspector"
	Owner      Field = "owner"
	Phone      Field = "phone" // of the member to the left
	Post       Field = "post"  // 职务 of the member to the left
)

// Labels are the fields' Chinese names, for previews.
var Labels = map[Field]string{
	Seq: "序号", Name: "项目名称", City: "市", County: "县区", Place: "建设地点", Invest: "总投资", OwnerUnit: "建设单位",
	Industry: "行业", Stage: "建设阶段", Progress: "形象进度", Batch: "批次", Term: "期次", Code: "项目代码", Note: "备注",
	Scale: "建设内容", Source: "来源", SignedOn: "签约时间", StartedOn: "开工时间", FinishedOn: "竣工时间",
	ProducedOn: "投产时间", ReachedOn: "达效时间", Leader: "分包市领导", Officer: "首席服务官", Helper: "政务服务帮办人",
	Inspector: "现场盯办人", Owner: "项目单位负责人", Phone: "联系电话", Post: "职务",
}

// aliases are the headers that offices write for a field, the surest first:
// where two columns are taken for one field, the earlier alias wins. Written as
// plain leaves them: no spaces, no brackets, no units.
var aliases = map[Field]string{
	Seq:        "序号 编号 序 号 no no. 项目编号 行号",
	Name:       "项目名称 建设项目名称 重点项目名称 工程名称 项目工程名称 工程项目名称 项目名 拟建项目名称 在建项目名称 名称 建设项目 重点项目 项目",
	City:       "市 省辖市 地市 所属市 所在市 所属地市 地级市 城市 市州 所属城市 所属省辖市 市名",
	County:     "县区 区县 县市区 市县区 县 所属县区 所属区县 所属县市区 所在县区 所在区县 所在县市区 县区名称 属地 属地县区 责任县区 申报县区 所属区域 所属地区 所在区域 行政区 行政区划 辖区 区域 地区",
	Place:      "建设地点 项目建设地点 项目地点 建设地址 项目地址 建设位置 项目位置 项目所在地 所在地 选址 项目选址 地点 地址 位置",
	Invest:     "总投资 计划总投资 项目总投资 总投资额 投资总额 项目投资总额 总投资金额 项目计划总投资 估算总投资 总投资估算 概算总投资 总概算 拟总投资 拟投资总额 计划投资总额 投资总规模 协议总投资 合同总投资 签约总投资 投资规模 投资额",
	OwnerUnit:  "建设单位 建设单位名称 项目单位 项目单位名称 项目建设单位 业主单位 项目业主 业主 项目业主单位 项目法人单位 项目法人 建设主体 实施主体 实施单位 项目实施单位 投资主体 投资单位 投资方 企业名称 责任单位",
	Industry:   "行业 所属行业 行业类别 行业类型 行业领域 产业类别 产业类型 产业领域 所属产业 产业 所属领域 领域 产业链 国标行业 项目类别 项目类型 项目分类 类别 类型",
	Stage:      "建设阶段 项目阶段 阶段 当前阶段 所处阶段 建设状态 项目状态 状态 项目所处阶段 推进阶段",
	Progress:   "形象进度 当前形象进度 项目进展 项目进展情况 进展情况 建设进展 工程进展 建设进度 工程进度 项目进度 目前进展 当前进展 最新进展 进度",
	Batch:      "三个一批 三个一批批次 三个一批类别 三个一批类型 所属批次 批次 批次类别 批次类型 一批类型",
	Term:       "期次 期数 三个一批期次 三个一批期数 所属期次 批次期数 期",
	Code:       "项目代码 投资项目代码 项目统一代码 统一项目代码 赋码 项目赋码 平台赋码 平台代码 在线平台代码 立项代码 备案代码 投资项目在线审批监管平台代码",
	Note:       "备注 备注说明 其他说明 说明",
	Scale:      "建设内容 主要建设内容 建设规模 建设内容及规模 建设规模及内容 建设内容和规模 建设规模和内容 主要建设内容及规模 主要建设规模及内容 建设规模及主要建设内容 建设规模和主要建设内容 项目内容 项目概况 项目简介",
	Source:     "来源url 来源网址 信息来源 数据来源 资料来源 来源 出处 链接 网址 url",
	SignedOn:   "签约时间 签约日期 实际签约时间",
	StartedOn:  "开工时间 开工日期 实际开工时间 实际开工日期",
	FinishedOn: "竣工时间 竣工日期 实际竣工时间 实际竣工日期 验收时间 竣工验收时间",
	ProducedOn: "投产时间 投产日期 实际投产时间",
	ReachedOn:  "达效时间 达效日期 达产达效时间",
	Leader:     "分包市领导 市级分包领导 分包领导 包联市领导 联系市领导 市级领导 包联领导 市领导",
	Officer:    "首席服务官 项目首席服务官 服务官",
	Helper:     "政务服务帮办人 帮办人 政务帮办人 政务服务帮办 帮办代办人",
	Inspector:  "现场盯办人 盯办人 现场盯办",
	Owner:      "项目单位负责人 业主负责人 项目负责人 企业负责人 建设单位负责人",
	Phone:      "联系电话 联系方式 电话 手机 手机号 手机号码 电话号码 联系人电话",
	Post:       "职务 单位及职务 单位职务 职务职称",
}

// team are the fields that name a person of the five-one team (五个一).
var team = []Field{Leader, Officer, Helper, Inspector, Owner}

// rank is one alias: its field and how sure it is (0 is surest).
type rank struct {
	field Field
	order int
}

var ranks = func() map[string]rank {
	all := map[string]rank{}
	for field, list := range aliases {
		for i, alias := range strings.Fields(list) {
			if _, twice := all[alias]; twice {
				panic("alias of two fields: " + alias)
			}
			all[alias] = rank{field, i}
		}
	}
	return all
}()

// Unit is the unit of an amount of money.
type Unit string

// The units that ledgers use.
const (
	NoUnit       Unit = ""
	Yi           Unit = "亿元"
	QianWan      Unit = "千万元"
	BaiWan       Unit = "百万元"
	Wan          Unit = "万元"
	QianYuan     Unit = "千元"
	Yuan         Unit = "元"
	foreignMoney Unit = "外币"
)

// Units are what a person may answer to "which unit?".
var Units = []Unit{Yi, Wan, Yuan}

// exponent is the power of ten from the unit to 万元.
var exponent = map[Unit]string{Yi: "e4", QianWan: "e3", BaiWan: "e2", Wan: "e0", QianYuan: "e-1", Yuan: "e-4"}

// ParseUnit reads a unit as people write it.
func ParseUnit(s string) (Unit, bool) {
	switch strings.TrimPrefix(fold(s), "人民币") {
	case "亿元", "亿", "yi":
		return Yi, true
	case "千万元", "千万":
		return QianWan, true
	case "百万元", "百万":
		return BaiWan, true
	case "万元", "万", "wan":
		return Wan, true
	case "千元":
		return QianYuan, true
	case "元", "yuan":
		return Yuan, true
	}
	return NoUnit, false
}

// fold is text for comparing: full-width forms folded, lower case, no spaces.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' || r == '\u00ad' {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(strings.ToValidUTF8(s, "")))
}

var (
	brackets = regexp.MustCompile(`[(\[{【〔《][^()\[\]{}【】〔〕《》]*[)\]}】〕》]`)
	unitEnd  = regexp.MustCompile(`[_\-/:,、·]*(?:单位:?)?(亿元|千万元|百万元|万元|千元|元|亿)$`)
	marks    = "\"'“”‘’*★☆※:：。.、,，_-/\\|·"
)

// plain is a header for looking up: folded, its unit taken off, brackets and
// marks gone (“*总投资（亿元）” → “总投资”, 亿元).
func plain(header string) (string, Unit) {
	s := fold(header)
	unit := NoUnit
	s = brackets.ReplaceAllStringFunc(s, func(b string) string {
		inner := strings.Trim(b, "()[]{}【】〔〕《》")
		inner = strings.TrimPrefix(strings.TrimPrefix(inner, "单位"), ":")
		if u, ok := ParseUnit(inner); ok {
			unit = u
		}
		return ""
	})
	if m := unitEnd.FindStringSubmatch(s); m != nil {
		if u, ok := ParseUnit(m[1]); ok {
			if unit == NoUnit {
				unit = u
			}
			s = strings.TrimSuffix(s, m[0])
		}
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(marks, r) {
			return -1
		}
		return r
	}, s), unit
}

// kept is a header for looking up with its brackets' content left in
// (“县（市、区）” → “县市区”).
func kept(header string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(marks, r) || strings.ContainsRune("()[]{}【】〔〕《》", r) {
			return -1
		}
		return r
	}, fold(header))
}

// vague are leaves of a header of two lines that only its upper line explains.
var vague = []string{"名称", "单位", "单位名称", "姓名", "合计", "小计", "总计", "总额", "金额", "额", "全称", "投资", "时间", "日期"}

// partial are words in an upper line under which a “总投资” is not the whole one.
var partial = regexp.MustCompile(`年度|本年|当年|今年|上年|明年|累计|完成|其中|到位|资金来源|\d{4}年`)

// taken says what a column is under a header of one or more lines.
func taken(lines []string) (rank, Unit) {
	var parts []string
	for _, l := range lines {
		if strings.TrimSpace(l) != "" && (len(parts) == 0 || parts[len(parts)-1] != l) {
			parts = append(parts, l)
		}
	}
	if len(parts) == 0 {
		return rank{}, NoUnit
	}
	unit := NoUnit
	var keys []string
	for _, p := range parts {
		if u, ok := ParseUnit(strings.Trim(fold(p), "()[]【】")); ok { // a line that is nothing but the unit
			unit = u
			continue
		}
		key, u := plain(p)
		if u != NoUnit {
			unit = u
		}
		if r := kept(p); ranks[key].field == None && ranks[r].field != None {
			key = r
		}
		if key != "" {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return rank{}, unit
	}
	leaf, above := keys[len(keys)-1], strings.Join(keys[:len(keys)-1], "")
	if r, ok := ranks[above+leaf]; ok {
		return r, unit
	}
	if above == "" {
		return rank{}, unit
	}
	upper, hasUpper := ranks[keys[len(keys)-2]]
	if slices.Contains(vague, leaf) {
		switch {
		case hasUpper && !partial.MatchString(above):
			return upper, unit
		case leaf == "名称" && strings.Contains(above, "项目"):
			return ranks["名称"], unit
		}
		return rank{}, unit
	}
	r, ok := ranks[leaf]
	if !ok || (r.field == Invest && partial.MatchString(above)) {
		return rank{}, unit
	}
	return r, unit
}
