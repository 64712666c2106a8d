package demo

// facts are the 41 projects of Luohe in the shared ledger fixture: name, county
// and stated total investment are taken from public news pages of 2011–2025.
// county is empty where no page states it; yi (亿元) and mu (亩) are 0 likewise.
// Stage, batch, team and position are invented for all of them.
var facts = []struct {
	name, county string
	yi, mu       float64
	industry     string
}{
	{"舞莲面粉20万吨小麦深加工智能化改造项目", "411121", 0, 0, food},
	{"维森生物医药生物保健品项目", "411121", 0, 0, health},
	{"液压科技产业园二期项目", "", 0, 0, machine},
	{"上亿国际汽车城项目", "", 0, 0, trade},
	{"德邦物流大宗物流产业园建设项目", "", 0, 0, logistics},
	{"双汇第二工业园高温火腿肠自动挑拣包装智能化改造项目", "", 0, 0, food},
	{"颐海(漯河)食品有限公司海底捞火锅底料生产项目", "", 0, 0, food},
	{"召陵区现代食品产业园项目", "411104", 50, 0, food},
	{"中优大健康功能食品生产项目", "411122", 50, 0, food},
	{"政和白茶项目", "411122", 16, 0, food},
	{"玛士撒拉特医食品项目", "411122", 3, 0, health},
	{"豫港(临颍)食品产业园项目", "411122", 20, 382, food},
	{"中原未来食品科技城项目", "", 100, 0, food},
	{"大健康产业园项目(中大恒源)", "", 0, 0, health},
	{"景田百岁山项目", "", 0, 0, food},
	{"中科新材料产业园项目", "411103", 0, 0, material},
	{"双汇(漯河)第三工业园项目", "411104", 0, 1175, food},
	{"源汇区智能工程设备生产项目", "411102", 10, 0, machine},
	{"漯河市源汇区医疗智能制造产业园建设项目", "411102", 10, 53, health},
	{"河南漯湾金属资源有限公司年30万吨废钢回收加工配送项目", "411102", 0, 0, material},
	{"汽车导航整机设备及光电产品项目", "411102", 0, 0, electronic},
	{"光电显示新材料生产项目", "411102", 0, 0, electronic},
	{"漯河港临港核心区项目", demonstrationZone, 0, 0, logistics},
	{"漯河港大二期项目", demonstrationZone, 0, 0, logistics},
	{"漯河港临港铁路专用线项目", demonstrationZone, 0, 0, transport},
	{"雄峰包装项目", "411104", 0, 0, material},
	{"地平线LED灯具项目", "411104", 0, 0, electronic},
	{"圆通速递项目", "411104", 0, 0, logistics},
	{"永光电力超高压输变电铁塔生产项目", "411104", 0, 0, machine},
	{"河南(漯河)食品国际合作产业园项目", "411171", 0, 0, food},
	{"盐津铺子“一基地两中心”项目", "411171", 0, 0, food},
	{"加多宝项目", "411171", 0, 0, food},
	{"白家阿宽项目", "411171", 0, 0, food},
	{"漯河旺旺食品工业园项目", "411171", 12, 300, food},
	{"漯河统一工业园项目", "411171", 0, 0, food},
	{"漯河南华城生态食品产业园(一期)孵化园项目", "411171", 30, 300, food},
	{"PVC盐化工综合开发项目", "411121", 18.73, 0, chemical},
	{"临颍县智能装备制造科技产业园", "411122", 30, 1000, machine},
	{"金大地60万吨合成氨项目", "411121", 0, 0, chemical},
	{"60万吨小苏打项目", "411121", 0, 0, chemical},
	{"亲亲食品二期营养布丁项目", "411122", 0, 0, food},
}

// demonstrationZone (市城乡一体化示范区) has no code of its own in the
// statistical list; its projects are drawn in 召陵区, and their note says so.
const demonstrationZone = "示范区"

// Industries, as ledgers of the trade write them.
const (
	food       = "食品加工"
	health     = "生物医药"
	machine    = "装备制造"
	material   = "新材料"
	electronic = "电子信息"
	chemical   = "盐化工"
	logistics  = "现代物流"
	trade      = "商贸服务"
	transport  = "交通设施"
	energy     = "能源"
	water      = "水利"
	municipal  = "市政设施"
	welfare    = "社会事业"
)

// invented are further projects of the demo; every name ends in （示例）.
var invented = []struct{ name, industry string }{
	{"冻干果蔬及休闲食品智能工厂", food}, {"预制菜中央厨房与冷链配送中心", food}, {"植物基蛋白饮品生产线", food},
	{"小麦胚芽精深加工", food}, {"肉制品绿色智造技改", food}, {"调味品数字化车间", food},
	{"烘焙食品产业园标准化厂房", food}, {"功能性糖醇扩产", food}, {"食品检验检测公共服务平台", food},
	{"食品包装智能印刷基地", material}, {"可降解膜材料生产线", material}, {"高性能碳纤维制品", material},
	{"铝型材精密加工", material}, {"再生塑料循环利用", material},
	{"智能液压元件生产基地", machine}, {"农业机械总装线改扩建", machine}, {"输变电装备数字化车间", machine},
	{"食品机械研发制造中心", machine}, {"立体车库及智能停车设备", machine}, {"精密铸造绿色化改造", machine},
	{"液晶显示模组生产线", electronic}, {"智能传感器封装测试", electronic}, {"算力与数据服务中心", electronic},
	{"医用敷料洁净车间", health}, {"中药饮片智能化生产", health}, {"特医食品研发生产基地", health},
	{"多式联运物流枢纽", logistics}, {"冷链物流园二期", logistics}, {"农产品产地仓", logistics},
	{"农产品批发市场迁建", trade}, {"文旅商业街区", trade},
	{"分布式光伏与储能电站", energy}, {"一百一十千伏输变电工程", energy},
	{"引水灌区现代化改造", water}, {"城区内涝治理泵站", water},
	{"污水处理厂三期扩建", municipal}, {"生活垃圾焚烧发电提标", municipal}, {"城市书房与体育公园", municipal},
	{"职业技术学院新校区", welfare}, {"市中心医院东院区", welfare}, {"康养社区", welfare},
	{"环城快速路东段新建工程", transport},
	{"产业大道改扩建工程", transport},
}
