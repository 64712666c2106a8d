package api

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/paulmach/orb"

	"guatu/geo"
	"guatu/ledger"
	"guatu/ledger/text"
)

// surveyors draw boundaries: the editors and 自然资源和规划局.
var surveyors = only(ledger.Commander, ledger.County, ledger.Admin, ledger.Land)

// builders keep the buildings of a site: the editors and its 现场盯办人.
var builders = only(ledger.Commander, ledger.County, ledger.Admin, ledger.Inspector)

var siteRoutes = []route{
	op(get, "/api/v1/sites", "list-sites", "点位：按辖区、项目、地图窗口，可查某时的红线", everyone, (*Server).sites),
	op(post, "/api/v1/sites", "add-site", "新增点位及其红线", surveyors, (*Server).addSite, largeBody(geo.DefaultLimits.Bytes)),
	op(get, "/api/v1/sites/{id}", "get-site", "一个点位：红线、面积、单体", everyone, (*Server).site),
	op(put, "/api/v1/sites/{id}/boundary", "redraw-site", "新红线；原红线保留", surveyors, (*Server).redraw, largeBody(geo.DefaultLimits.Bytes)),
	op(get, "/api/v1/sites/{id}/versions", "list-boundaries", "历次红线：谁、何时、为何", everyone, (*Server).boundaries),
	op(get, "/api/v1/sites/{id}/buildings", "list-buildings", "单体", everyone, (*Server).buildings),
	op(post, "/api/v1/sites/{id}/buildings", "add-building", "新增单体", builders, (*Server).addBuilding, largeBody(geo.DefaultLimits.Bytes)),
	op(patch, "/api/v1/sites/{id}/buildings/{bid}", "change-building", "修改单体：竣工一幢、验收一幢", builders, (*Server).changeBuilding, largeBody(geo.DefaultLimits.Bytes)),
}

// largeBody lets a body be this large, and gives a slow line time for it.
func largeBody(limit int64) func(*huma.Operation) {
	return func(o *huma.Operation) {
		o.MaxBodyBytes, o.BodyReadTimeout = limit+64<<10, SlowBody
	}
}

// shape is a GeoJSON geometry (or a feature around one): as text on the way in,
// as a geometry on the way out.
type shape struct {
	text []byte
	orb.Geometry
}

// UnmarshalJSON keeps the text for the strict decoder of package geo.
func (s *shape) UnmarshalJSON(b []byte) error {
	s.text = bytes.Clone(b)
	return nil
}

// MarshalJSON writes a geometry, null for none.
func (s shape) MarshalJSON() ([]byte, error) { return geo.AppendGeoJSON(nil, s.Geometry), nil }

// Schema is any JSON object: the decoder says more about it than a schema could.
func (shape) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeObject, AdditionalProperties: true, Nullable: true,
		Description: "GeoJSON (RFC 7946) Polygon or MultiPolygon, or a Feature of one, in EPSG:4490 lon, lat",
	}
}

var errSeveralFeatures = errors.New("several features where one is wanted")

// area reads one area out of a GeoJSON, which must lie in or around the city.
// field is where it stands in the body.
func (s *Server) area(field string, in shape) (orb.MultiPolygon, error) {
	features, err := geo.DecodeGeoJSON(bytes.NewReader(in.text), geo.Limits{Within: s.surroundings()})
	var refusal *geo.GeoJSONError
	if errors.As(err, &refusal) {
		there := *refusal
		there.Path = "body." + field + strings.TrimPrefix(refusal.Path, "$")
		return nil, &there
	}
	if err != nil {
		return nil, err
	}
	if len(features) != 1 {
		return nil, &ledger.FieldError{Field: field, Err: errSeveralFeatures}
	}
	area, err := ledger.MultiPolygon(features[0].Geometry)
	if err != nil {
		return nil, &ledger.FieldError{Field: field, Err: err}
	}
	return area, nil
}

type siteView struct {
	ID        int64          `json:"id"`
	County    string         `json:"county"`
	ProjectID int64          `json:"project_id"`
	Name      string         `json:"name"`
	Boundary  shape          `json:"boundary"`
	AreaM2    float64        `json:"area_m2" doc:"On the ellipsoid, unrounded"`
	AreaMu    float64        `json:"area_mu" doc:"亩, 2000/3 m²"`
	AreaHa    float64        `json:"area_ha" doc:"公顷"`
	At        [2]float64     `json:"at" doc:"A point inside, lon, lat"`
	Schematic bool           `json:"schematic" doc:"示意: the position is invented"`
	Version   int            `json:"version"`
	ValidFrom time.Time      `json:"valid_from"`
	Buildings []buildingView `json:"buildings"`
}

func viewSite(s ledger.Site) siteView {
	return siteView{
		ID: s.ID, County: s.County, ProjectID: s.ProjectID, Name: s.Name, Boundary: shape{Geometry: s.Boundary},
		AreaM2: s.AreaM2, AreaMu: geo.Mu(s.AreaM2), AreaHa: geo.Ha(s.AreaM2), At: lonLat(s.At), Schematic: s.Schematic,
		Version: s.Version, ValidFrom: s.ValidFrom, Buildings: []buildingView{},
	}
}

type sitesQuery struct {
	Limit     int       `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"At most this many items"`
	Cursor    string    `query:"cursor" maxLength:"400" doc:"next of the page before"`
	County    string    `query:"county" pattern:"^[0-9]{6}$"`
	ProjectID int64     `query:"project_id" minimum:"1"`
	Q         string    `query:"q" maxLength:"100" doc:"In the site's name"`
	BBox      []float64 `query:"bbox" minItems:"4" maxItems:"4" doc:"west,south,east,north in EPSG:4490"`
	AsOf      time.Time `query:"as_of" doc:"The boundaries as they were then"`
}

type sitesAnswer struct {
	Body struct {
		Items []siteView `json:"items"`
		Next  string     `json:"next"`
	}
}

var errBBox = errors.New("bbox is not west,south,east,north")

func (s *Server) sites(ctx context.Context, in *sitesQuery) (*sitesAnswer, error) {
	var after int64
	if err := readCursor(in.Cursor, &after); err != nil {
		return nil, err
	}
	f := ledger.SiteFilter{County: in.County, ProjectID: in.ProjectID, Text: in.Q, AsOf: in.AsOf}
	if b := in.BBox; len(b) == 4 {
		if !(b[0] <= b[2] && b[1] <= b[3] && b[0] >= -180 && b[2] <= 180 && b[1] >= -90 && b[3] <= 90) {
			return nil, errBBox
		}
		f.Window = &orb.Bound{Min: orb.Point{b[0], b[1]}, Max: orb.Point{b[2], b[3]}}
	}
	list, err := s.ledger.Sites(ctx, ledger.ScopeOf(ctx), f, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &sitesAnswer{}
	if len(list) > in.Limit {
		list = list[:in.Limit]
		out.Body.Next = cursorOf(list[in.Limit-1].ID)
	}
	out.Body.Items = make([]siteView, len(list))
	for i, one := range list {
		out.Body.Items[i] = viewSite(one)
	}
	return out, nil
}

type siteQuery struct {
	ID   int64     `path:"id" minimum:"1"`
	AsOf time.Time `query:"as_of" doc:"The boundary as it was then"`
}

type siteAnswer struct {
	ETag string `header:"ETag"`
	Body siteView
}

func (s *Server) site(ctx context.Context, in *siteQuery) (*siteAnswer, error) {
	site, err := s.ledger.Site(ctx, ledger.ScopeOf(ctx), in.ID, in.AsOf)
	if err != nil {
		return nil, err
	}
	buildings, err := s.ledger.Buildings(ctx, ledger.ScopeOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	v := viewSite(site)
	v.Buildings = viewBuildings(buildings)
	return &siteAnswer{strconv.Quote(strconv.Itoa(site.Version)), v}, nil
}

type newSiteCall struct {
	Body struct {
		ProjectID int64  `json:"project_id" minimum:"1"`
		County    string `json:"county,omitempty" pattern:"^[0-9]{6}$" doc:"Left out: where the project lies"`
		Name      string `json:"name" minLength:"1" maxLength:"200"`
		Boundary  shape  `json:"boundary"`
		Schematic bool   `json:"schematic,omitempty" doc:"示意: the position is invented or rough"`
		Reason    string `json:"reason,omitempty" maxLength:"2000"`
	}
}

func (s *Server) addSite(ctx context.Context, in *newSiteCall) (*siteAnswer, error) {
	b := in.Body
	area, err := s.area("boundary", b.Boundary)
	if err != nil {
		return nil, err
	}
	id, err := s.ledger.AddSite(ctx, ledger.ScopeOf(ctx), ledger.NewSite{
		ProjectID: b.ProjectID, County: b.County, Name: b.Name, Boundary: area, Schematic: b.Schematic, Reason: b.Reason,
	})
	if err != nil {
		return nil, err
	}
	return s.site(ctx, &siteQuery{ID: id})
}

type redrawCall struct {
	ID      int64  `path:"id" minimum:"1"`
	IfMatch string `header:"If-Match" maxLength:"40" doc:"ETag of the site as it was read"`
	Body    struct {
		Boundary  shape  `json:"boundary"`
		Schematic bool   `json:"schematic,omitempty" doc:"示意: the position is invented or rough"`
		Reason    string `json:"reason" minLength:"1" maxLength:"2000" doc:"Why the boundary changes"`
	}
}

func (s *Server) redraw(ctx context.Context, in *redrawCall) (*siteAnswer, error) {
	version, err := ifMatch(in.IfMatch)
	if err != nil {
		return nil, err
	}
	area, err := s.area("boundary", in.Body.Boundary)
	if err != nil {
		return nil, err
	}
	err = s.ledger.Redraw(ctx, ledger.ScopeOf(ctx), in.ID, version, area, in.Body.Schematic, in.Body.Reason, "")
	if err != nil {
		return nil, err
	}
	return s.site(ctx, &siteQuery{ID: in.ID})
}

type boundaryView struct {
	Version   int        `json:"version"`
	ValidFrom time.Time  `json:"valid_from"`
	Person    *personRef `json:"person" doc:"Who drew it; null: the system"`
	Reason    string     `json:"reason"`
	AreaM2    float64    `json:"area_m2"`
	Boundary  shape      `json:"boundary"`
}

type boundariesAnswer struct {
	Body struct {
		Items []boundaryView `json:"items"`
	}
}

func (s *Server) boundaries(ctx context.Context, in *itemID) (*boundariesAnswer, error) {
	list, err := s.ledger.SiteVersions(ctx, ledger.ScopeOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	out := &boundariesAnswer{}
	out.Body.Items = make([]boundaryView, len(list))
	for i, v := range list {
		out.Body.Items[i] = boundaryView{v.Version, v.ValidFrom, refPerson(v.PersonID, v.PersonName), v.Reason, v.AreaM2, shape{Geometry: v.Boundary}}
	}
	return out, nil
}

type buildingView struct {
	ID        int64  `json:"id"`
	Name      string `json:"name"`
	State     string `json:"state" enum:"planned,foundation,structure,fitting,finished,accepted,stopped"`
	Footprint shape  `json:"footprint" doc:"null while it has not been drawn"`
}

func viewBuildings(list []ledger.Building) []buildingView {
	views := make([]buildingView, len(list))
	for i, b := range list {
		views[i] = buildingView{ID: b.ID, Name: b.Name, State: b.State}
		if b.Footprint != nil {
			views[i].Footprint = shape{Geometry: *b.Footprint}
		}
	}
	return views
}

type buildingsAnswer struct {
	Body struct {
		Items []buildingView `json:"items"`
	}
}

func (s *Server) buildings(ctx context.Context, in *itemID) (*buildingsAnswer, error) {
	list, err := s.ledger.Buildings(ctx, ledger.ScopeOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	out := &buildingsAnswer{}
	out.Body.Items = viewBuildings(list)
	return out, nil
}

type newBuildingCall struct {
	ID   int64 `path:"id" minimum:"1"`
	Body struct {
		Name      string `json:"name" minLength:"1" maxLength:"200"`
		State     string `json:"state,omitempty" enum:"planned,foundation,structure,fitting,finished,accepted,stopped"`
		Footprint shape  `json:"footprint,omitempty"`
	}
}

type buildingAnswer struct{ Body buildingView }

func (s *Server) addBuilding(ctx context.Context, in *newBuildingCall) (*buildingAnswer, error) {
	footprint, err := s.footprint(in.Body.Footprint)
	if err != nil {
		return nil, err
	}
	id, err := s.ledger.AddBuilding(ctx, ledger.ScopeOf(ctx), ledger.Building{
		SiteID: in.ID, Name: in.Body.Name, State: in.Body.State, Footprint: footprint,
	})
	if err != nil {
		return nil, err
	}
	return s.building(ctx, in.ID, id)
}

// footprint reads the ground of a building; nil where null or nothing was said.
func (s *Server) footprint(in shape) (*orb.MultiPolygon, error) {
	if text := bytes.TrimSpace(in.text); len(text) == 0 || string(text) == "null" {
		return nil, nil
	}
	area, err := s.area("footprint", in)
	return &area, err
}

func (s *Server) building(ctx context.Context, site, id int64) (*buildingAnswer, error) {
	list, err := s.ledger.Buildings(ctx, ledger.ScopeOf(ctx), site)
	if err != nil {
		return nil, err
	}
	for _, v := range viewBuildings(list) {
		if v.ID == id {
			return &buildingAnswer{v}, nil
		}
	}
	return nil, ledger.ErrNotFound
}

type changeBuildingCall struct {
	ID   int64 `path:"id" minimum:"1"`
	BID  int64 `path:"bid" minimum:"1"`
	Body struct {
		Name      *string `json:"name,omitempty" minLength:"1" maxLength:"200"`
		State     *string `json:"state,omitempty" enum:"planned,foundation,structure,fitting,finished,accepted,stopped"`
		Footprint shape   `json:"footprint,omitempty" doc:"null takes it away"`
	}
}

func (s *Server) changeBuilding(ctx context.Context, in *changeBuildingCall) (*buildingAnswer, error) {
	footprint, err := s.footprint(in.Body.Footprint)
	if err != nil {
		return nil, err
	}
	err = s.ledger.ChangeBuilding(ctx, ledger.ScopeOf(ctx), in.ID, in.BID, func(b *ledger.Building) {
		set(&b.Name, in.Body.Name)
		set(&b.State, in.Body.State)
		if in.Body.Footprint.text != nil {
			b.Footprint = footprint
		}
	})
	if err != nil {
		return nil, err
	}
	return s.building(ctx, in.ID, in.BID)
}

// ledgerProblems are the refusals of projects, sites and what is imported.
var ledgerProblems = []row{
	{errIfMatch, http.StatusBadRequest, "bad_if_match", "If-Match 不对：请填读取时得到的 ETag"},
	{errBBox, http.StatusUnprocessableEntity, "bad_bbox", "地图窗口不对：应为 西,南,东,北（度）"},
	{errSeveralFeatures, http.StatusUnprocessableEntity, "boundary_several", "一次只能有一个要素，请把几个面合成一个 MultiPolygon，或用“导入红线”"},
	{ledger.ErrNotArea, http.StatusUnprocessableEntity, "boundary_not_area", "红线必须是面（Polygon 或 MultiPolygon），请重新导出"},
	{ledger.ErrOutsideSite, http.StatusUnprocessableEntity, "footprint_outside", "单体超出了点位的红线，请核对后再传"},
	{ledger.ErrImportDone, http.StatusConflict, "import_done", "这次导入已经接受过了"},
	{ledger.ErrEmpty, http.StatusUnprocessableEntity, "empty", "不能为空，请填写"},
	{text.ErrTooLong, http.StatusUnprocessableEntity, "text_too_long", "文字太长，请缩短"},
	{text.ErrBidi, http.StatusUnprocessableEntity, "text_bidi", "文字里有改变方向的不可见字符，请删去后重新输入"},
	{text.ErrControl, http.StatusUnprocessableEntity, "text_control", "文字里有不可见的控制字符，请删去后重新输入"},
	{text.ErrEncoding, http.StatusUnprocessableEntity, "text_garbled", "文字里有乱码，请改正"},
}

// tellFlaw names the point where a boundary is wrong that did not come as GeoJSON.
func tellFlaw(err error) *Problem {
	var flaw *geo.Flaw
	if !errors.As(err, &flaw) {
		return nil
	}
	p := answer(http.StatusUnprocessableEntity, string(flaw.Kind), "红线有误，没有保存")
	p.Detail = "问题在经度 " + strconv.FormatFloat(flaw.At[0], 'f', 7, 64) + "、纬度 " + strconv.FormatFloat(flaw.At[1], 'f', 7, 64) + " 处，请改正后再传"
	p.Extra = map[string]any{"at": lonLat(flaw.At)}
	return p
}
