package api

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/paulmach/orb"

	"guatu/geo"
	"guatu/geo/boundary"
	"guatu/geo/crs"
	"guatu/geo/datum"
	"guatu/ledger"
	"guatu/ledger/survey"
	"guatu/media"
)

var boundaryRoutes = []route{
	op(post, "/api/v1/boundaries/preview", "preview-boundaries", "红线文件（TXT、Shapefile、GeoJSON、GeoPackage、FileGDB、KML、DXF、坐标表）的预览；什么也不保存", surveyors, (*Server).previewBoundaries, fileBody(survey.MaxBytes), status(http.StatusOK)),
	op(post, "/api/v1/boundaries/accept", "accept-boundaries", "把预览过的地块作为点位的新红线，或作为项目的新点位；要么全部写入，要么都不写", surveyors, (*Server).acceptBoundaries, fileBody(survey.MaxBytes)),
}

// boundaryFile is what a caller says about a file beside its bytes.
type boundaryFile struct {
	Filename string `query:"filename" maxLength:"300"`
	CRS      int    `query:"crs" minimum:"1" maximum:"999999" doc:"EPSG code that answers the question crs_question"`
	Datum    string `query:"datum" enum:"wgs84,gcj02,bd09" doc:"What degrees are; gcj02 and bd09 are undone"`
	RawBody  []byte
}

type surveyView struct {
	Format     string          `json:"format" enum:"txt,list,xlsx,geojson,shapefile,geopackage,filegdb,kml,kmz,dxf"`
	FormatName string          `json:"format_name"`
	SHA256     string          `json:"sha256" doc:"Of the bytes, in hex"`
	Ready      bool            `json:"ready" doc:"Nothing is open: every plot without errors may be accepted as it is"`
	Systems    []systemView    `json:"systems"`
	Questions  []questionView  `json:"questions" doc:"Answer with the query parameter and send the file again"`
	Errors     []surveyIssue   `json:"errors" doc:"About the whole file"`
	Warnings   []surveyIssue   `json:"warnings" doc:"About the whole file"`
	Plots      plotsView       `json:"plots"`
	Overlaps   []plotOverlap   `json:"overlaps" doc:"Plots that lie on each other by more than 1 m²"`
	Sites      []siteOverlap   `json:"site_overlaps" doc:"Sites in scope that plots lie on by more than 1 m²"`
	Authority  []authorityView `json:"authority" doc:"The preview's arithmetic against PostGIS's ST_Transform"`
}

type systemView struct {
	Layer string `json:"layer"`
	EPSG  int    `json:"epsg" doc:"0: no code, told by parameters"`
	Name  string `json:"name"`
	Datum string `json:"datum" doc:"gcj02 or bd09 where the caller said so"`
	Why   string `json:"why" doc:"How it was told, in Chinese"`
}

type questionView struct {
	Code    string       `json:"code"`
	Message string       `json:"message"`
	Query   string       `json:"query"`
	Choices []choiceView `json:"choices"`
}

type choiceView struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

type surveyIssue struct {
	Code    string      `json:"code"`
	Message string      `json:"message"`
	Line    int         `json:"line" doc:"Line of a text, row of a sheet, record of a shapefile; 0: none"`
	Point   string      `json:"point" doc:"点号"`
	At      *[2]float64 `json:"at" doc:"lon, lat"`
	Confirm bool        `json:"confirm" doc:"Has to be agreed to by its code before anything is accepted"`
}

type plotsView struct {
	Type     string     `json:"type" enum:"FeatureCollection"`
	Features []plotView `json:"features"`
}

type plotView struct {
	Type       string    `json:"type" enum:"Feature"`
	ID         int       `json:"id" doc:"Number of the plot in the file, from 1"`
	Geometry   shape     `json:"geometry" doc:"EPSG:4490; null where an error says why"`
	Properties plotFacts `json:"properties"`
}

type plotFacts struct {
	Layer         string           `json:"layer"`
	Line          int              `json:"line"`
	Number        string           `json:"number" doc:"地块编号"`
	Name          string           `json:"name"`
	Use           string           `json:"use" doc:"用途"`
	EPSG          int              `json:"epsg"`
	Given         orb.MultiPolygon `json:"given" doc:"Rings as in the file: east, north in metres, or lon, lat"`
	Declared      string           `json:"declared" doc:"面积 as written"`
	DeclaredUnit  string           `json:"declared_unit"`
	DeclaredM2    float64          `json:"declared_m2"`
	PlanarM2      float64          `json:"planar_m2" doc:"In plane_epsg, as 勘测定界 counts; 0: not in China"`
	PlaneEPSG     int              `json:"plane_epsg"`
	EllipsoidalM2 float64          `json:"ellipsoidal_m2" doc:"As 三调 counts"`
	AreaMu        float64          `json:"area_mu" doc:"亩, of the ellipsoidal area"`
	ExcessPPM     float64          `json:"excess_ppm" doc:"How much larger the planar area is by projection alone"`
	DifferenceM2  float64          `json:"difference_m2" doc:"Declared less computed"`
	Basis         string           `json:"basis" doc:"planar or ellipsoidal: what the difference is against; empty: nothing declared"`
	Verdict       string           `json:"verdict" enum:"none,agrees,differs,wrong"`
	Errors        []surveyIssue    `json:"errors" doc:"Any of them keeps the plot from being accepted"`
	Warnings      []surveyIssue    `json:"warnings"`
}

type plotOverlap struct {
	Plot   int        `json:"plot"`
	Other  int        `json:"other"`
	AreaM2 float64    `json:"area_m2"`
	At     [2]float64 `json:"at"`
}

type siteOverlap struct {
	Plot      int        `json:"plot"`
	SiteID    int64      `json:"site_id"`
	County    string     `json:"county"`
	ProjectID int64      `json:"project_id"`
	Name      string     `json:"name"`
	AreaM2    float64    `json:"area_m2"`
	SiteM2    float64    `json:"site_m2" doc:"Of the whole site"`
	At        [2]float64 `json:"at"`
}

type authorityView struct {
	EPSG   int     `json:"epsg"`
	OffMM  float64 `json:"off_mm" doc:"The largest distance between the two, millimetres"`
	Agrees bool    `json:"agrees" doc:"Within one millimetre"`
}

type surveyAnswer struct{ Body surveyView }

func (s *Server) previewBoundaries(ctx context.Context, in *boundaryFile) (*surveyAnswer, error) {
	release, err := s.importSlot(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	p, err := s.readBoundaries(ctx, in)
	if err != nil {
		return nil, err
	}
	v := viewSurvey(p)
	if v.Authority, err = s.authority(ctx, p); err != nil {
		return nil, err
	}
	ground := make([]orb.MultiPolygon, len(p.Plots))
	for i := range p.Plots {
		ground[i] = p.Plots[i].Ground
	}
	overlaps, all, err := s.ledger.PlotOverlaps(ctx, ground)
	if err != nil {
		return nil, err
	}
	for _, o := range overlaps {
		v.Overlaps = append(v.Overlaps, plotOverlap{o.One + 1, o.Other + 1, o.AreaM2, lonLat(o.At)})
	}
	if !all {
		v.Warnings = append(v.Warnings, surveyIssue{Code: boundary.CodeOverlapUnknown, Message: "地块太多，没有全部核对是否互相重叠。", Confirm: true})
	}
	sites, err := s.ledger.SiteOverlaps(ctx, ledger.ScopeOf(ctx), ground)
	if err != nil {
		return nil, err
	}
	for _, o := range sites {
		v.Sites = append(v.Sites, siteOverlap{o.Plot + 1, o.SiteID, o.County, o.ProjectID, o.Name, o.AreaM2, o.SiteM2, lonLat(o.At)})
	}
	return &surveyAnswer{v}, nil
}

// readBoundaries reads a file; ground far from the city gets an error there.
func (s *Server) readBoundaries(ctx context.Context, in *boundaryFile) (survey.Preview, error) {
	b := s.conf.Bounds
	p, err := survey.Read(in.RawBody, in.Filename, survey.Options{
		EPSG: in.CRS, Datum: datum.Datum(in.Datum), City: orb.Bound{Min: orb.Point{b[0], b[1]}, Max: orb.Point{b[2], b[3]}},
		Vector: func(file []byte, f survey.Format) ([]survey.Layer, error) {
			layers, err := media.ReadVector(ctx, file, f)
			switch {
			case errors.Is(err, media.ErrNoDecoder):
				s.log.WarnContext(ctx, "no helper for vector files", "err", err)
				return nil, survey.ErrNoHelper
			case errors.Is(err, media.ErrDecoderBusy):
				return nil, fmt.Errorf("%w: %v", ledger.ErrBusy, err) // in words of photos no longer
			}
			return layers, err
		},
	})
	if err != nil {
		return p, err
	}
	around := s.surroundings()
	for i := range p.Plots {
		one := &p.Plots[i]
		if box := one.Ground.Bound(); one.Ground != nil && !(around.Contains(box.Min) && around.Contains(box.Max)) {
			at := box.Center()
			one.Errors = append(one.Errors, survey.Issue{
				Code: boundary.CodeOutside, At: &at, Message: fmt.Sprintf("地块在东经 %.5f°、北纬 %.5f°，离本市太远，不能保存。请检查带号、坐标系和 X、Y 的次序。", at[0], at[1]),
			})
		}
	}
	return p, nil
}

// authority compares the preview's arithmetic with PostGIS, system by system.
func (s *Server) authority(ctx context.Context, p survey.Preview) ([]authorityView, error) {
	given := map[int]orb.MultiPoint{}
	systems := map[int]crs.System{}
	for i := range p.Plots {
		one := &p.Plots[i]
		if one.Ground == nil || one.System.EPSG == 0 || one.System.Degrees() {
			continue
		}
		systems[one.System.EPSG] = one.System
		for _, part := range one.Given {
			for _, ring := range part {
				given[one.System.EPSG] = append(given[one.System.EPSG], ring...)
			}
		}
	}
	out := []authorityView{}
	for epsg, points := range given {
		truth, err := s.ledger.Transformed(ctx, epsg, points)
		if err != nil {
			return nil, err
		}
		proj, most := systems[epsg].Projector(), 0.0
		for i, pt := range points {
			at, err := proj.Inverse(pt)
			if err != nil || i >= len(truth) {
				most = math.Inf(1)
				break
			}
			const metresADegree = 111_320
			dx := (at[0] - truth[i][0]) * metresADegree * math.Cos(at[1]*math.Pi/180)
			most = max(most, math.Hypot(dx, (at[1]-truth[i][1])*metresADegree))
		}
		if math.IsInf(most, 1) {
			most = math.MaxFloat32
		}
		out = append(out, authorityView{epsg, most * 1000, most <= 0.001})
	}
	slices.SortFunc(out, func(a, b authorityView) int { return a.EPSG - b.EPSG })
	return out, nil
}

func viewSurvey(p survey.Preview) surveyView {
	v := surveyView{
		Format: string(p.Format), FormatName: p.Format.Title(), SHA256: p.Hash[len("sha256:"):],
		Ready:   len(p.Plots) > 0 && len(p.Questions) == 0 && len(p.Errors) == 0,
		Systems: make([]systemView, len(p.Systems)), Questions: make([]questionView, len(p.Questions)),
		Errors: viewSurveyIssues(p.Errors), Warnings: viewSurveyIssues(p.Warnings),
		Plots:    plotsView{Type: "FeatureCollection", Features: make([]plotView, len(p.Plots))},
		Overlaps: []plotOverlap{}, Sites: []siteOverlap{},
	}
	for i, x := range p.Systems {
		v.Systems[i] = systemView{x.Layer, x.EPSG, x.String(), string(x.Datum), x.Why}
	}
	for i, q := range p.Questions {
		v.Questions[i] = questionView{q.Code, q.Message, q.Query, make([]choiceView, len(q.Choices))}
		for n, c := range q.Choices {
			v.Questions[i].Choices[n] = choiceView(c)
		}
	}
	for i := range p.Plots {
		v.Plots.Features[i] = viewPlot(&p.Plots[i])
	}
	return v
}

func viewPlot(p *survey.Plot) plotView {
	v := plotView{Type: "Feature", ID: p.N, Properties: plotFacts{
		Layer: p.Layer, Line: p.Line, Number: p.Number, Name: p.Name, Use: p.Use, EPSG: p.System.EPSG, Given: p.Given,
		Declared: p.Area.Declared, DeclaredUnit: p.Area.Unit, DeclaredM2: p.Area.DeclaredM2, PlanarM2: p.Area.PlanarM2, PlaneEPSG: p.Plane.EPSG,
		EllipsoidalM2: p.Area.EllipsoidalM2, AreaMu: geo.Mu(p.Area.EllipsoidalM2), DifferenceM2: p.Area.DifferenceM2,
		Basis: p.Area.Basis, Verdict: string(p.Area.Verdict), Errors: viewSurveyIssues(p.Errors), Warnings: viewSurveyIssues(p.Warnings),
	}}
	if p.Ground != nil {
		v.Geometry = shape{Geometry: p.Ground}
	}
	if p.Given == nil {
		v.Properties.Given = orb.MultiPolygon{}
	}
	if p.Area.PlanarM2 > 0 && p.Area.EllipsoidalM2 > 0 {
		v.Properties.ExcessPPM = crs.ExcessPPM(p.Area.PlanarM2, p.Area.EllipsoidalM2)
	}
	return v
}

func viewSurveyIssues(list []survey.Issue) []surveyIssue {
	out := make([]surveyIssue, len(list))
	for i, one := range list {
		out[i] = surveyIssue{Code: one.Code, Message: one.Message, Line: one.Line, Point: one.Point, Confirm: one.Confirm}
		if one.At != nil {
			at := lonLat(*one.At)
			out[i].At = &at
		}
	}
	return out
}

type acceptBoundariesCall struct {
	Filename  string   `query:"filename" maxLength:"300"`
	CRS       int      `query:"crs" minimum:"1" maximum:"999999" doc:"As in the preview"`
	Datum     string   `query:"datum" enum:"wgs84,gcj02,bd09" doc:"As in the preview"`
	SiteID    int64    `query:"site_id" minimum:"1" doc:"The plots become this site's new boundary"`
	Version   int      `query:"version" minimum:"1" doc:"Of the site as it was read; changed_meanwhile where it is another one now"`
	ProjectID int64    `query:"project_id" minimum:"1" doc:"Each plot becomes a new site of this project"`
	County    string   `query:"county" pattern:"^[0-9]{6}$" doc:"Of new sites; left out: where the project lies"`
	Plots     []int    `query:"plots" required:"true" minItems:"1" maxItems:"500" doc:"Numbers of the preview"`
	Agree     []string `query:"agree" maxItems:"20" doc:"Codes of warnings that want confirming"`
	Reason    string   `query:"reason" required:"true" minLength:"1" maxLength:"2000"`
	RawBody   []byte
}

type acceptBoundariesAnswer struct {
	Body struct {
		SHA256 string     `json:"sha256"`
		Sites  []siteView `json:"sites" doc:"As they are now"`
	}
}

// Refusals of an acceptance.
var (
	errWhereTo    = errors.New("neither one site nor one project is named")
	errPlotNumber = errors.New("no such plot in the file")
)

func (s *Server) acceptBoundaries(ctx context.Context, in *acceptBoundariesCall) (*acceptBoundariesAnswer, error) {
	if (in.SiteID == 0) == (in.ProjectID == 0) {
		return nil, errWhereTo
	}
	release, err := s.importSlot(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	// Who may not touch the ground is told so before the file is read.
	if in.SiteID != 0 {
		_, err = s.ledger.Site(ctx, ledger.ScopeOf(ctx), in.SiteID, time.Time{})
	} else {
		_, err = s.ledger.Project(ctx, ledger.ScopeOf(ctx), in.ProjectID)
	}
	if err != nil {
		return nil, err
	}
	p, err := s.readBoundaries(ctx, &boundaryFile{in.Filename, in.CRS, in.Datum, in.RawBody})
	if err != nil {
		return nil, err
	}
	d := ledger.Delivery{SiteID: in.SiteID, Version: in.Version, ProjectID: in.ProjectID, County: in.County, Reason: in.Reason, SourceHash: p.Hash}
	if d.Plots, err = s.chosen(ctx, p, in); err != nil {
		return nil, err
	}
	ids, err := s.ledger.Deliver(ctx, ledger.ScopeOf(ctx), d)
	if err != nil {
		return nil, err
	}
	out := &acceptBoundariesAnswer{}
	out.Body.SHA256 = p.Hash[len("sha256:"):]
	for _, id := range ids {
		site, err := s.site(ctx, &siteQuery{ID: id})
		if err != nil {
			return nil, err
		}
		out.Body.Sites = append(out.Body.Sites, site.Body)
	}
	return out, nil
}

// chosen are the plots that a caller accepts, once nothing speaks against them.
func (s *Server) chosen(ctx context.Context, p survey.Preview, in *acceptBoundariesCall) ([]ledger.DeliveredPlot, error) {
	for _, q := range p.Questions {
		if q.Query != "agree" {
			return nil, notAccepted(q.Code, []survey.Issue{{Code: q.Code, Message: q.Message}})
		}
	}
	if len(p.Errors) > 0 {
		return nil, notAccepted(p.Errors[0].Code, p.Errors)
	}
	issues := p.Warnings
	list := make([]ledger.DeliveredPlot, 0, len(in.Plots))
	ground := make([]orb.MultiPolygon, 0, len(in.Plots))
	only := survey.Preview{}
	for i, n := range in.Plots {
		if n < 1 || n > len(p.Plots) || slices.Contains(in.Plots[:i], n) {
			return nil, fmt.Errorf("%w: %d", errPlotNumber, n)
		}
		one := p.Plots[n-1]
		if len(one.Errors) > 0 {
			return nil, notAccepted(one.Errors[0].Code, one.Errors)
		}
		issues = slices.Concat(issues, one.Warnings)
		only.Plots = append(only.Plots, one)
		list = append(list, ledger.DeliveredPlot{Name: siteName(one), Ground: one.Ground})
		ground = append(ground, one.Ground)
	}
	open := slices.DeleteFunc(slices.Clone(issues), func(i survey.Issue) bool { return !i.Confirm || slices.Contains(in.Agree, i.Code) })
	if len(open) > 0 {
		return nil, notAccepted("boundary_not_agreed", open)
	}
	checked, err := s.authority(ctx, only)
	if err != nil {
		return nil, err
	}
	for _, a := range checked {
		if !a.Agrees {
			return nil, notAccepted("crs_disagrees", []survey.Issue{{Code: "crs_disagrees", Message: fmt.Sprintf("EPSG:%d 的换算与 PostGIS 相差 %.1f 毫米，没有保存。请把文件交给管理员。", a.EPSG, a.OffMM)}})
		}
	}
	overlaps, all, err := s.ledger.PlotOverlaps(ctx, ground)
	switch {
	case err != nil:
		return nil, err
	case len(overlaps) > 0:
		o := overlaps[0]
		return nil, notAccepted(boundary.CodeOverlap, []survey.Issue{{Code: boundary.CodeOverlap, At: &o.At, Message: fmt.Sprintf("第 %d 个和第 %d 个地块互相重叠 %.2f 平方米。请改正后再传。", in.Plots[o.One], in.Plots[o.Other], o.AreaM2)}})
	case !all && !slices.Contains(in.Agree, boundary.CodeOverlapUnknown):
		return nil, notAccepted("boundary_not_agreed", []survey.Issue{{Code: boundary.CodeOverlapUnknown, Message: "地块太多，没有全部核对是否互相重叠。请确认，或分几次保存。"}})
	}
	return list, nil
}

// siteName is what a plot's new site is called.
func siteName(p survey.Plot) string {
	switch {
	case p.Name != "" && p.Number != "" && p.Name != p.Number:
		return p.Number + " " + p.Name
	case p.Name != "":
		return p.Name
	case p.Number != "":
		return p.Number
	}
	return "地块 " + strconv.Itoa(p.N)
}

// notAccepted says what keeps a file from being accepted.
func notAccepted(code string, issues []survey.Issue) *Problem {
	return tellIssues(http.StatusUnprocessableEntity, code, "没有保存", issues)
}

// tellSurvey says why a boundary file cannot be taken at all.
func tellSurvey(err error) *Problem {
	var r *survey.Refusal
	if !errors.As(err, &r) || len(r.Issues) == 0 {
		return nil
	}
	status := http.StatusUnprocessableEntity
	if r.TooLarge {
		status = http.StatusRequestEntityTooLarge
	}
	return tellIssues(status, r.Issues[0].Code, "红线文件不能用", r.Issues)
}

// mostIssues bounds the list of a refusal: the first ones are what a person mends.
const mostIssues = 100

func tellIssues(status int, code, title string, issues []survey.Issue) *Problem {
	p := answer(status, code, title)
	p.Detail = issues[0].Message
	for _, one := range issues[:min(len(issues), mostIssues)] {
		where := "body"
		if one.Line > 0 {
			where = "line " + strconv.Itoa(one.Line)
		}
		p.Errors = append(p.Errors, ProblemItem{Location: where, Message: one.Message, Code: one.Code})
	}
	if at := issues[0].At; at != nil {
		p.Extra = map[string]any{"at": lonLat(*at)}
	}
	return p
}

var boundaryProblems = []row{
	{errWhereTo, http.StatusUnprocessableEntity, "boundary_where_to", "请指明一个点位（site_id）或一个项目（project_id），二者只能有一个"},
	{errPlotNumber, http.StatusUnprocessableEntity, "boundary_plot_number", "文件里没有这个地块，或写了两次，请重新预览"},
}
