package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
)

// Board is the commander's question of a day: every site with what it has sent,
// and every project that has no ground yet.
type Board struct {
	Day       time.Time // 00:00 in Beijing
	Clock     int64     // of the sites, of the snapshot that the board shows
	Sites     []BoardSite
	Unlocated []Unlocated
}

// BoardSite is a site as the board shows it. Name, stage and boundary are
// today's also on the board of an earlier day; the photos are that day's.
type BoardSite struct {
	ID          int64
	County      string
	ProjectID   int64
	Name        string
	Project     string
	Stage       string
	Batches     []string // 一批 and 期, such as signed:13
	Industry    string
	InvestWan   *float64 // 万元; nil: not stated
	AreaM2      float64  // on the ellipsoid, unrounded
	At          orb.Point
	Schematic   bool
	PhotosToday int        // received by the server between 00:00 and 24:00 in Beijing
	LastPhotoAt *time.Time // received, at the latest on the day
}

// Unlocated is a project without any site: 位置待定. The map shows it beside its
// county's reference point and never as ground.
type Unlocated struct {
	ProjectID int64
	Name      string
	Stage     string
	Area      string // code of the county that leads, or of the city
	AreaName  string
	InvestWan *float64
}

type boardRow struct {
	Version     int64
	SiteID      *int64
	County      *string
	Site        *string
	AreaM2      *float64
	At          *orb.Point
	Schematic   *bool
	Photos      *int
	LastPhotoAt *time.Time
	ProjectID   *int64
	Project     *string
	Area        *string
	AreaName    *string
	Stage       *string
	Industry    *string
	InvestWan   *float64
	Batches     []string
}

// Board reads the board of the day that contains day, as far as scope reaches.
// ctx must carry the same scope: photos are row-secured.
func (s *Store) Board(ctx context.Context, scope Scope, day time.Time) (Board, error) {
	b := Board{Day: Day(day), Sites: []BoardSite{}, Unlocated: []Unlocated{}}
	rows, err := s.pool.Query(ctx, query("board_rows"), scope.Args(pgx.StrictNamedArgs{
		"day_start": b.Day, "day_end": b.Day.AddDate(0, 0, 1),
	}))
	if err != nil {
		return b, fmt.Errorf("read board: %w", Told(err))
	}
	var r boardRow
	_, err = pgx.ForEachRow(rows, []any{
		&r.Version, &r.SiteID, &r.County, &r.Site, &r.AreaM2, &r.At, &r.Schematic, &r.Photos, &r.LastPhotoAt,
		&r.ProjectID, &r.Project, &r.Area, &r.AreaName, &r.Stage, &r.Industry, &r.InvestWan, &r.Batches,
	}, func() error {
		b.Clock = r.Version
		b.add(r)
		return nil
	})
	if err != nil {
		return b, fmt.Errorf("read board: %w", Told(err))
	}
	return b, nil
}

func (b *Board) add(r boardRow) {
	switch {
	case r.SiteID != nil:
		b.Sites = append(b.Sites, BoardSite{
			ID: *r.SiteID, County: *r.County, ProjectID: *r.ProjectID, Name: *r.Site, Project: *r.Project, Stage: *r.Stage,
			Batches: nonNil(r.Batches), Industry: *r.Industry, InvestWan: r.InvestWan, AreaM2: *r.AreaM2, At: *r.At,
			Schematic: *r.Schematic, PhotosToday: *r.Photos, LastPhotoAt: r.LastPhotoAt,
		})
	case r.ProjectID != nil:
		b.Unlocated = append(b.Unlocated, Unlocated{*r.ProjectID, *r.Project, *r.Stage, *r.Area, *r.AreaName, r.InvestWan})
	}
}

// City is the tenant's city.
type City struct {
	Code, Name string
	Schematic  bool // some of the ground that the map draws is 示意
}

// City finds the tenant's city; ErrNotFound where its code is not in the tree.
func (s *Store) City(ctx context.Context, code string) (City, error) {
	rows, err := s.pool.Query(ctx, query("board_city"), pgx.StrictNamedArgs{"city": code})
	if err != nil {
		return City{}, fmt.Errorf("look up city: %w", Told(err))
	}
	city, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[City])
	if err != nil {
		return City{}, fmt.Errorf("look up city %s: %w", code, Told(err))
	}
	return city, nil
}
