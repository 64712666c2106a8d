package api

import (
	"context"
	"time"

	"guatu/geo"
	"guatu/ledger"
)

var boardRoutes = []route{
	op(get, "/api/v1/map", "map-facts", "地图：城市、范围、底图、瓦片版本", everyone, (*Server).mapFacts),
	op(get, "/api/v1/board", "board", "某日的作战图：点位、当日照片数、位置待定的项目", everyone, (*Server).board),
}

type boardCall struct {
	Date string `query:"date" format:"date" doc:"A day in Beijing, YYYY-MM-DD; today where it is left out"`
}

type boardAnswer struct {
	Body struct {
		Date      string          `json:"date"`
		Version   string          `json:"version" doc:"Of the site tiles that show the same sites"`
		Counts    map[string]int  `json:"counts" doc:"sites, unlocated, sent (sites with a photo that day), photos, and stage_* of the sites"`
		Sites     []boardSiteView `json:"sites"`
		Unlocated []unlocatedView `json:"unlocated" doc:"位置待定: in the ledger, nowhere on the ground"`
	}
}

type boardSiteView struct {
	ID          int64      `json:"id"`
	County      string     `json:"county"`
	ProjectID   int64      `json:"project_id"`
	Name        string     `json:"name"`
	Project     string     `json:"project"`
	Stage       string     `json:"stage" enum:"idea,reserve,signed,landed,started,building,accepting,producing,reached"`
	Batches     []string   `json:"batches" doc:"signed:13 is 签约一批, 第 13 期"`
	Industry    string     `json:"industry"`
	InvestWan   *float64   `json:"invest_wan" doc:"万元"`
	AreaM2      float64    `json:"area_m2"`
	At          [2]float64 `json:"at" doc:"lon, lat, EPSG:4490"`
	Schematic   bool       `json:"schematic" doc:"示意: the position is invented"`
	PhotosToday int        `json:"photos_today" doc:"Received that day in Beijing, by the server's clock"`
	LastPhotoAt *time.Time `json:"last_photo_at"`
}

type unlocatedView struct {
	ProjectID int64    `json:"project_id"`
	Name      string   `json:"name"`
	Stage     string   `json:"stage" enum:"idea,reserve,signed,landed,started,building,accepting,producing,reached"`
	Area      areaRef  `json:"area"`
	InvestWan *float64 `json:"invest_wan" doc:"万元"`
}

type areaRef struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

func (s *Server) board(ctx context.Context, in *boardCall) (*boardAnswer, error) {
	day := s.ledger.Now()
	if in.Date != "" {
		var err error
		if day, err = time.ParseInLocation(time.DateOnly, in.Date, ledger.Beijing); err != nil {
			return nil, ledger.ErrValue
		}
	}
	scope := ledger.ScopeOf(ctx)
	ground, err := s.tiles.ground.Ground(ctx)
	if err != nil {
		return nil, ledger.Told(err)
	}
	board, err := s.ledger.Board(ctx, scope, day)
	if err != nil {
		return nil, err
	}
	out := &boardAnswer{}
	b := &out.Body
	b.Date = board.Day.Format(time.DateOnly)
	ground.Site = board.Clock
	b.Version = siteSet(scope, ground).version(ground.Clocks)
	b.Counts = map[string]int{"sites": len(board.Sites), "unlocated": len(board.Unlocated), "sent": 0, "photos": 0}
	b.Sites = make([]boardSiteView, len(board.Sites))
	for i, site := range board.Sites {
		b.Counts["photos"] += site.PhotosToday
		b.Counts["stage_"+site.Stage]++
		if site.PhotosToday > 0 {
			b.Counts["sent"]++
		}
		b.Sites[i] = boardSiteView{
			ID: site.ID, County: site.County, ProjectID: site.ProjectID, Name: site.Name, Project: site.Project, Stage: site.Stage,
			Batches: site.Batches, Industry: site.Industry, InvestWan: site.InvestWan, AreaM2: geo.Round(site.AreaM2, geo.DigitsM2),
			At: lonLat(site.At), Schematic: site.Schematic, PhotosToday: site.PhotosToday, LastPhotoAt: site.LastPhotoAt,
		}
	}
	b.Unlocated = make([]unlocatedView, len(board.Unlocated))
	for i, u := range board.Unlocated {
		b.Unlocated[i] = unlocatedView{u.ProjectID, u.Name, u.Stage, areaRef{u.Area, u.AreaName}, u.InvestWan}
	}
	return out, nil
}

// lonLat is a position for eyes: 7 digits are a centimetre.
func lonLat(p [2]float64) [2]float64 { return [2]float64{geo.Round(p[0], 7), geo.Round(p[1], 7)} }

// siteSet is what the site tiles show to a scope.
func siteSet(scope ledger.Scope, ground geo.Ground) layerSet {
	return layerSet{site: true, siteClass: scope.Class(), origin: ground.Origin}
}

type mapAnswer struct {
	Body struct {
		City      areaRef    `json:"city"`
		Bounds    [4]float64 `json:"bounds" doc:"west, south, east, north"`
		Basemap   *Basemap   `json:"basemap" doc:"null: only our own ground"`
		Schematic bool       `json:"schematic" doc:"示意: some of our own ground is invented or not reviewed"`
		Version   struct {
			Site     string `json:"site"`
			Backdrop string `json:"backdrop"`
		} `json:"version" doc:"For ?v= of tile addresses; the tile of the current version may be kept"`
	}
}

func (s *Server) mapFacts(ctx context.Context, _ *empty) (*mapAnswer, error) {
	city, err := s.ledger.City(ctx, s.conf.City)
	if err != nil {
		return nil, err
	}
	ground, err := s.tiles.ground.Ground(ctx)
	if err != nil {
		return nil, ledger.Told(err)
	}
	out := &mapAnswer{}
	out.Body.City = areaRef{city.Code, city.Name}
	out.Body.Bounds, out.Body.Basemap, out.Body.Schematic = s.conf.Bounds, s.conf.Basemap, city.Schematic
	out.Body.Version.Site = siteSet(ledger.ScopeOf(ctx), ground).version(ground.Clocks)
	out.Body.Version.Backdrop = layerSet{backdrop: true, origin: ground.Origin}.version(ground.Clocks)
	return out, nil
}
