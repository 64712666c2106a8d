package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
)

// ErrOutsideSite says that a building's footprint leaves its site.
var ErrOutsideSite = errors.New("footprint leaves the site")

// footprintSlackM2 is how much of a footprint may lie outside its site: what
// two surveys of the same wall differ by.
const footprintSlackM2 = 1.0

// Building (单体) is accepted by itself: 竣工一幢、验收一幢 (docs/sources.md#Z17).
// Footprint is EPSG:4490, nil while it has not been drawn.
type Building struct {
	ID        int64
	County    string
	SiteID    int64
	Name      string
	State     string
	Footprint *orb.MultiPolygon
	UpdatedAt time.Time
}

// BuildingStates are what a building can be, in order: 未建, 基础, 主体, 装饰安装,
// 竣工, 验收, 停工.
var BuildingStates = []string{"planned", "foundation", "structure", "fitting", "finished", "accepted", "stopped"}

// Buildings are those of a site in scope, by id; ErrNotFound where there is no
// such site.
func (s *Store) Buildings(ctx context.Context, scope Scope, site int64) ([]Building, error) {
	rows, err := s.pool.Query(ctx, query("building_list"), scope.Args(pgx.StrictNamedArgs{"site_id": site}))
	if err != nil {
		return nil, fmt.Errorf("list buildings: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Building])
	if err != nil {
		return nil, fmt.Errorf("list buildings: %w", Told(err))
	}
	if len(list) == 0 {
		_, err = s.Site(ctx, scope, site, time.Time{})
	}
	return list, err
}

func (b *Building) tidy() error {
	var c fields
	c.name("name", &b.Name)
	if b.State == "" {
		b.State = BuildingStates[0]
	}
	if !slices.Contains(BuildingStates, b.State) {
		c.fail("state", ErrValue)
	}
	if c.err == nil && b.Footprint != nil {
		c.err = sound("footprint", *b.Footprint)
	}
	return c.err
}

// AddBuilding writes a building of a site in scope. Its footprint, where there
// is one, must lie in the site.
func (s *Store) AddBuilding(ctx context.Context, scope Scope, b Building) (int64, error) {
	if err := b.tidy(); err != nil {
		return 0, err
	}
	var id int64
	err := s.Write(ctx, func(tx pgx.Tx) ([]Event, error) {
		site, err := lockSite(ctx, tx, scope, b.SiteID)
		if err != nil {
			return nil, err
		}
		if err := within(ctx, tx, site.County, b); err != nil {
			return nil, err
		}
		err = tx.QueryRow(ctx, query("building_add"), s.buildingArgs(site.County, b)).Scan(&id)
		if err != nil {
			return nil, err
		}
		return []Event{siteEvent("building.added", b.SiteID, site.ProjectID, site.County, nil, b.told(id))}, nil
	})
	return id, Told(err)
}

// ChangeBuilding lets change work on a building of a site in scope and keeps
// the result.
func (s *Store) ChangeBuilding(ctx context.Context, scope Scope, siteID, id int64, change func(*Building)) error {
	return Told(s.Write(ctx, func(tx pgx.Tx) ([]Event, error) {
		site, err := lockSite(ctx, tx, scope, siteID)
		if err != nil {
			return nil, err
		}
		b := Building{ID: id, SiteID: siteID}
		err = tx.QueryRow(ctx, query("building_lock"), pgx.StrictNamedArgs{"county": site.County, "site_id": siteID, "id": id}).
			Scan(&b.Name, &b.State, &b.Footprint)
		if err != nil {
			return nil, err
		}
		before := b.told(id)
		change(&b)
		if err := b.tidy(); err != nil {
			return nil, err
		}
		if err := within(ctx, tx, site.County, b); err != nil {
			return nil, err
		}
		args := s.buildingArgs(site.County, b)
		args["id"] = id
		if _, err := tx.Exec(ctx, query("building_put"), args); err != nil {
			return nil, err
		}
		return []Event{siteEvent("building.changed", siteID, site.ProjectID, site.County, before, b.told(id))}, nil
	}))
}

func (s *Store) buildingArgs(county string, b Building) pgx.StrictNamedArgs {
	return pgx.StrictNamedArgs{
		"county": county, "site_id": b.SiteID, "name": b.Name, "state": b.State, "footprint": b.Footprint, "now": s.now(),
	}
}

// within checks that a footprint lies in its site, but for what two surveys
// differ by.
func within(ctx context.Context, tx pgx.Tx, county string, b Building) error {
	if b.Footprint == nil {
		return nil
	}
	var beyond float64
	err := tx.QueryRow(ctx, query("building_beyond"), pgx.StrictNamedArgs{
		"county": county, "site_id": b.SiteID, "footprint": b.Footprint,
	}).Scan(&beyond)
	if err == nil && beyond > footprintSlackM2 {
		err = &FieldError{Field: "footprint", Err: fmt.Errorf("%w: %.1f m²", ErrOutsideSite, beyond)}
	}
	return err
}

func (b Building) told(id int64) map[string]any {
	told := map[string]any{"building": id, "name": b.Name, "state": b.State}
	if b.Footprint != nil {
		told["footprint"] = ground(*b.Footprint)
	}
	return told
}
