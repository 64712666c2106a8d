package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"guatu/geo"
	"guatu/ledger/area"
	"guatu/ledger/sheet"
	"guatu/ledger/text"
)

// The properties of a feature that say where it belongs, as people name them.
var (
	projectKeys   = []string{"project", "project_name", "项目", "项目名称", "建设项目名称", "xmmc"}
	codeKeys      = []string{"code", "project_code", "项目代码", "xmdm"}
	siteKeys      = []string{"site", "site_name", "点位", "点位名称", "地块", "地块名称", "dkmc"}
	nameKeys      = []string{"name", "名称"}
	countyKeys    = []string{"county", "county_code", "县区", "区县", "所属县区", "xzqdm", "行政区划代码"}
	reasonKeys    = []string{"reason", "原因", "依据", "批文"}
	schematicKeys = []string{"schematic", "示意"}
)

// BoundaryFile is an uploaded GeoJSON of site boundaries.
type BoundaryFile struct {
	Name   string
	Body   []byte
	Home   string    // code of the office's own city
	Within orb.Bound // where the ground may lie, EPSG:4490
}

// ReadSites says what a file of boundaries would do, in the scope of who sends
// it: each feature names its project (by code or name) and, where it has
// several, the site. It writes nothing. A *geo.GeoJSONError says that the file
// cannot be taken.
func (s *Store) ReadSites(ctx context.Context, scope Scope, f BoundaryFile) (Preview, error) {
	features, err := geo.DecodeGeoJSON(bytes.NewReader(f.Body), geo.Limits{Within: f.Within})
	if err != nil {
		return Preview{}, err
	}
	tree, err := s.AreaTree(ctx)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Format: "geojson", Columns: propertyColumns(features)}
	p.Rows, err = s.planSites(ctx, s.pool, scope, tree, f.Home, features)
	return p, err
}

// propertyColumns are the features' properties with what each was taken for.
func propertyColumns(features []geo.Feature) []ImportColumn {
	var keys []string
	for _, f := range features {
		for k := range f.Properties {
			if !slices.Contains(keys, k) && len(keys) < 200 {
				keys = append(keys, k)
			}
		}
	}
	slices.Sort(keys)
	known := map[sheet.Field][]string{
		sheet.Name: slices.Concat(projectKeys, nameKeys), sheet.Code: codeKeys, sheet.Place: siteKeys, sheet.County: countyKeys, sheet.Note: reasonKeys,
	}
	columns := make([]ImportColumn, len(keys))
	for i, k := range keys {
		columns[i] = ImportColumn{Header: header(k)}
		for field, names := range known {
			if slices.Contains(names, strings.ToLower(k)) {
				columns[i].Field = field
			}
		}
	}
	return columns
}

// header is a property's name as it can be kept.
func header(key string) string {
	clean, err := text.Line(key, text.Name)
	if err != nil || clean == "" {
		return "（无名属性）"
	}
	return clean
}

// say is the first of some properties that holds something, as text.
func say(properties map[string]any, keys []string) string {
	for _, want := range keys {
		for k, v := range properties {
			if strings.ToLower(strings.TrimSpace(k)) != want {
				continue
			}
			s, err := text.Line(plainText(v), text.Name)
			if err == nil && s != "" {
				return s
			}
		}
	}
	return ""
}

// plainText is a property's value as text; lists and objects are not.
func plainText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case fmt.Stringer: // json.Number
		return v.String()
	}
	return ""
}

// located is a site that a feature may mean.
type located struct {
	ProjectID int64
	ID        int64
	County    string
	Name      string
	Boundary  orb.MultiPolygon
	Schematic bool
}

// planSites says for every feature which site it means.
func (s *Store) planSites(ctx context.Context, db querier, scope Scope, tree *area.Tree, home string, features []geo.Feature) ([]ImportRow, error) {
	rows := make([]ImportRow, len(features))
	var codes, names []string
	for i, f := range features {
		rows[i] = ImportRow{Line: i + 1, Cells: map[string]string{}}
		for k, v := range f.Properties {
			if s, err := text.Line(plainText(v), text.Long); err == nil && s != "" {
				rows[i].Cells[header(k)] = s
			}
		}
		codes = append(codes, say(f.Properties, codeKeys))
		names = append(names, say(f.Properties, projectKeys), say(f.Properties, nameKeys))
	}
	found, err := db.Query(ctx, query("project_match"), scope.Args(pgx.StrictNamedArgs{"codes": nonNil(codes), "names": nonNil(names)}))
	if err != nil {
		return nil, fmt.Errorf("match projects: %w", err)
	}
	list, err := pgx.CollectRows(found, pgx.RowToStructByNameLax[matched])
	if err != nil {
		return nil, fmt.Errorf("match projects: %w", Told(err))
	}
	plan := sitePlan{scope: scope, tree: tree, home: home, byCode: map[string][]matched{}, byName: map[string][]matched{}, sites: map[int64][]located{}, seen: map[string]int{}}
	ids := []int64{}
	for _, m := range list {
		if !m.InScope {
			continue
		}
		ids = append(ids, m.ID)
		plan.byName[m.Name] = append(plan.byName[m.Name], m)
		if m.Code != nil {
			plan.byCode[*m.Code] = append(plan.byCode[*m.Code], m)
		}
	}
	there, err := db.Query(ctx, query("site_by_project"), pgx.StrictNamedArgs{"projects": ids})
	if err != nil {
		return nil, fmt.Errorf("match sites: %w", err)
	}
	sites, err := pgx.CollectRows(there, pgx.RowToStructByName[located])
	if err != nil {
		return nil, fmt.Errorf("match sites: %w", Told(err))
	}
	for _, one := range sites {
		plan.sites[one.ProjectID] = append(plan.sites[one.ProjectID], one)
	}
	for i, f := range features {
		plan.feature(&rows[i], f)
	}
	return rows, nil
}

// sitePlan is what features are matched with: the projects in scope that they
// may mean, and those projects' sites.
type sitePlan struct {
	scope          Scope
	tree           *area.Tree
	home           string
	byCode, byName map[string][]matched
	sites          map[int64][]located
	seen           map[string]int
}

// feature says which site a feature means.
func (p *sitePlan) feature(r *ImportRow, f geo.Feature) {
	boundary, err := MultiPolygon(f.Geometry)
	if err != nil {
		r.fail("boundary_not_area", "第 %d 个要素不是面，请只留下红线的面", r.Line)
		return
	}
	name, site := say(f.Properties, projectKeys), say(f.Properties, siteKeys)
	if name == "" {
		name = say(f.Properties, nameKeys)
	} else if site == "" {
		site = say(f.Properties, nameKeys)
	}
	place := area.Place{}
	if county := say(f.Properties, countyKeys); county != "" {
		place = p.tree.Resolve("", county, p.home)
		if place.Doubt != area.Sure {
			r.fail("area_unknown", "“%s”不是一个县区，请改成规范名称或代码", county)
			return
		}
	}
	m := p.project(r, say(f.Properties, codeKeys), name, place.Area.Code)
	if m == nil {
		return
	}
	if site == "" {
		site = m.Name
	}
	key := fmt.Sprint(m.ID, "/", site)
	if first, twice := p.seen[key]; twice {
		r.fail("row_twice", "与第 %d 个要素是同一个点位，请用 MultiPolygon 合成一个，或写上不同的点位名称", first)
		return
	}
	p.seen[key] = r.Line
	r.ProjectID, r.Action = m.ID, ActionCreate
	r.Site = SiteTarget{
		County: place.Area.Code, Name: site, Project: m.Name, Reason: say(f.Properties, reasonKeys),
		Schematic: slices.Contains([]string{"true", "1", "是"}, say(f.Properties, schematicKeys)),
	}
	if r.Site.County == "" {
		r.Site.County = m.Area
	}
	for _, have := range p.sites[m.ID] {
		if have.Name != site {
			continue
		}
		r.Site.SiteID, r.Site.County, r.Action = have.ID, have.County, ActionUpdate
		r.Changes = []string{"boundary"}
		if orb.Equal(have.Boundary, boundary) && have.Schematic == r.Site.Schematic {
			r.Action, r.Changes = ActionSkip, nil
		}
		break
	}
	if !p.scope.Covers(r.Site.County, m.ID) {
		r.fail("outside_scope", "这个点位不在您的辖区内，不能导入")
	}
}

// project finds the one project in scope that a feature names.
func (p *sitePlan) project(r *ImportRow, code, name, county string) *matched {
	hits := p.byCode[code]
	if code == "" {
		hits = p.byName[name]
		in := slices.DeleteFunc(slices.Clone(hits), func(m matched) bool { return !slices.Contains(m.Counties, county) })
		if len(in) > 0 { // else the ledger may know the city only
			hits = in
		}
	}
	switch {
	case len(hits) == 1:
		return &hits[0]
	case len(hits) > 1:
		r.fail("match_ambiguous", "台账里有几个叫“%s”的项目，请在属性里写上项目代码（code）或县区（county）", name)
	case code == "" && name == "":
		r.fail("project_missing", "第 %d 个要素的属性里没有项目名称（project 或 name）或项目代码（code）", r.Line)
	default:
		r.fail("project_unknown", "台账里没有“%s”，请先导入项目台账，或改正名称", code+name)
	}
	return nil
}

// acceptSites draws what the file of an import holds.
func (s *Store) acceptSites(ctx context.Context, tx pgx.Tx, scope Scope, i Import, home string, within orb.Bound) ([]Event, Outcome, error) {
	var done Outcome
	body, err := s.importFile(ctx, tx, i.ID)
	if err != nil {
		return nil, done, err
	}
	features, err := geo.DecodeGeoJSON(bytes.NewReader(body), geo.Limits{Within: within})
	if err != nil {
		return nil, done, err
	}
	tree, err := s.AreaTree(ctx)
	if err != nil {
		return nil, done, err
	}
	rows, err := s.planSites(ctx, tx, scope, tree, home, features)
	if err != nil {
		return nil, done, err
	}
	hash := fmt.Sprintf("sha256:%x", sha256.Sum256(body))
	var events []Event
	for n, r := range rows {
		if !i.Preview.Rows[n].Good() || !r.Good() {
			done.Refused++
			continue
		}
		boundary, err := MultiPolygon(features[n].Geometry)
		if err != nil {
			return nil, done, err
		}
		var e Event
		reason := r.Site.Reason
		if reason == "" {
			reason = "导入 " + i.Filename
		}
		switch r.Action {
		case ActionCreate:
			_, e, err = s.addSite(ctx, tx, scope, NewSite{
				ProjectID: r.ProjectID, County: r.Site.County, Name: r.Site.Name, Boundary: boundary, Schematic: r.Site.Schematic,
				Reason: reason, SourceHash: hash,
			})
			done.Created++
		case ActionUpdate:
			e, err = s.redraw(ctx, tx, scope, r.Site.SiteID, 0, boundary, r.Site.Schematic, reason, hash)
			done.Updated++
		default:
			done.Skipped++
		}
		if err != nil {
			return nil, done, fmt.Errorf("feature %d: %w", r.Line, err)
		}
		if e.Verb != "" {
			events = append(events, e)
		}
	}
	return events, done, nil
}
