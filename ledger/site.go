package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"guatu/geo"
)

// ErrNotArea says that a boundary is not made of polygons.
var ErrNotArea = errors.New("boundary is not an area")

// Site (点位) is one piece of ground of a project; a road has several, a plant
// has one. Boundary (用地红线) is EPSG:4490, AreaM2 the area on the ellipsoid in
// square metres, At a point inside. Schematic (示意) says that the position is
// invented or rough.
type Site struct {
	ID        int64
	County    string
	ProjectID int64
	Name      string
	Boundary  orb.MultiPolygon
	AreaM2    float64
	At        orb.Point
	Schematic bool
	Version   int
	ValidFrom time.Time
}

// SiteVersion is one boundary that a site has had.
type SiteVersion struct {
	Version    int
	ValidFrom  time.Time
	PersonID   *int64
	PersonName string
	Reason     string
	AreaM2     float64
	Boundary   orb.MultiPolygon
}

// NewSite is what it takes to add a site.
type NewSite struct {
	ProjectID  int64
	County     string // "": where the project lies
	Name       string
	Boundary   orb.MultiPolygon
	Schematic  bool
	Reason     string
	SourceHash string // of the file that it was read from
}

// MultiPolygon makes one kind of a geometry that covers ground; ErrNotArea for
// points and lines.
func MultiPolygon(g orb.Geometry) (orb.MultiPolygon, error) {
	switch g := g.(type) {
	case orb.Polygon:
		return orb.MultiPolygon{g}, nil
	case orb.MultiPolygon:
		return g, nil
	case orb.Collection:
		var all orb.MultiPolygon
		for _, part := range g {
			one, err := MultiPolygon(part)
			if err != nil {
				return nil, err
			}
			all = append(all, one...)
		}
		return all, nil
	}
	return nil, ErrNotArea
}

// sound checks a boundary before PostgreSQL sees it: geo.Check names the
// crossing point in milliseconds where ST_IsValid may need minutes.
func sound(field string, b orb.MultiPolygon) error {
	if len(b) == 0 {
		return &FieldError{Field: field, Err: ErrNotArea}
	}
	if err := geo.Check(b); err != nil {
		return &FieldError{Field: field, Err: err}
	}
	return nil
}

// AddSite writes a site of a project in scope, with its first version.
func (s *Store) AddSite(ctx context.Context, scope Scope, n NewSite) (int64, error) {
	var c fields
	c.name("name", &n.Name)
	c.note("reason", &n.Reason)
	if c.err != nil {
		return 0, c.err
	}
	if err := sound("boundary", n.Boundary); err != nil {
		return 0, err
	}
	var id int64
	err := s.Write(ctx, func(tx pgx.Tx) (events []Event, err error) {
		var e Event
		if id, e, err = s.addSite(ctx, tx, scope, n); err != nil {
			return nil, err
		}
		return []Event{e}, Tick(ctx, tx, "site")
	})
	return id, Told(err)
}

func (s *Store) addSite(ctx context.Context, tx pgx.Tx, scope Scope, n NewSite) (int64, Event, error) {
	facts, _, err := lockProject(ctx, tx, scope, n.ProjectID)
	if err != nil {
		return 0, Event{}, err
	}
	if n.County == "" {
		n.County = facts.Area
	}
	if len(n.County) != 6 {
		return 0, Event{}, &FieldError{Field: "county", Err: ErrUnknownArea}
	}
	if !scope.Covers(n.County, n.ProjectID) {
		return 0, Event{}, ErrNotFound
	}
	var id int64
	err = tx.QueryRow(ctx, query("site_add"), pgx.StrictNamedArgs{
		"county": n.County, "project_id": n.ProjectID, "name": n.Name, "boundary": n.Boundary, "schematic": n.Schematic, "now": s.now(),
	}).Scan(&id)
	if err != nil {
		return 0, Event{}, err
	}
	if err := s.keepVersion(ctx, tx, n.County, id, 1, n.Boundary, n.Reason, n.SourceHash); err != nil {
		return 0, Event{}, err
	}
	counties := facts.Counties
	if !slices.Contains(counties, n.County) {
		counties = append(slices.Clone(counties), n.County)
	}
	if _, err := tx.Exec(ctx, query("project_areas_put"), pgx.StrictNamedArgs{"id": n.ProjectID, "counties": counties}); err != nil {
		return 0, Event{}, err
	}
	after := map[string]any{"name": n.Name, "version": 1, "reason": n.Reason, "schematic": n.Schematic, "boundary": ground(n.Boundary)}
	return id, siteEvent("site.created", id, n.ProjectID, n.County, nil, after), nil
}

func (s *Store) keepVersion(ctx context.Context, tx pgx.Tx, county string, id int64, version int, b orb.MultiPolygon, reason, hash string) error {
	_, err := tx.Exec(ctx, query("site_version_add"), pgx.StrictNamedArgs{
		"county": county, "site_id": id, "version": version, "boundary": b, "valid_from": s.now(),
		"person_id": optional(ActorOf(ctx).PersonID), "reason": reason, "source_hash": hash,
	})
	return err
}

// ground is a boundary as events say it: its size, for its points stand in
// site_version.
func ground(b orb.MultiPolygon) map[string]any {
	points := 0
	for _, p := range b {
		for _, r := range p {
			points += len(r)
		}
	}
	box := b.Bound()
	return map[string]any{"parts": len(b), "points": points, "bbox": []float64{box.Min[0], box.Min[1], box.Max[0], box.Max[1]}}
}

func siteEvent(verb string, id, project int64, county string, before, after map[string]any) Event {
	e := Event{Verb: verb, County: county, ProjectID: &project, SiteID: &id, Subject: fmt.Sprintf("site:%d", id), After: JSON(after)}
	if before != nil {
		e.Before = JSON(before)
	}
	return e
}

// Redraw gives a site in scope a new boundary. The one before is kept with who
// drew the new one, when and why. version is the one that the caller saw, 0 for
// any; ErrConflict where it is no longer that. The same boundary writes nothing.
func (s *Store) Redraw(ctx context.Context, scope Scope, id int64, version int, b orb.MultiPolygon, schematic bool, reason, hash string) error {
	var c fields
	c.note("reason", &reason)
	if c.err != nil {
		return c.err
	}
	if err := sound("boundary", b); err != nil {
		return err
	}
	return Told(s.Write(ctx, func(tx pgx.Tx) ([]Event, error) {
		e, err := s.redraw(ctx, tx, scope, id, version, b, schematic, reason, hash)
		if err != nil || e.Verb == "" {
			return nil, err
		}
		return []Event{e}, Tick(ctx, tx, "site")
	}))
}

func (s *Store) redraw(ctx context.Context, tx pgx.Tx, scope Scope, id int64, version int, b orb.MultiPolygon, schematic bool, reason, hash string) (Event, error) {
	was, err := lockSite(ctx, tx, scope, id)
	if err != nil {
		return Event{}, err
	}
	if version != 0 && version != was.Version {
		return Event{}, ErrConflict
	}
	if orb.Equal(was.Boundary, b) && was.Schematic == schematic {
		return Event{}, nil
	}
	if err := s.keepVersion(ctx, tx, was.County, id, was.Version+1, b, reason, hash); err != nil {
		return Event{}, err
	}
	var area float64
	err = tx.QueryRow(ctx, query("site_put"), pgx.StrictNamedArgs{
		"county": was.County, "id": id, "boundary": b, "name": was.Name, "schematic": schematic, "version": was.Version + 1, "now": s.now(),
	}).Scan(&area)
	if err != nil {
		return Event{}, err
	}
	return siteEvent("site.changed", id, was.ProjectID, was.County,
		map[string]any{"version": was.Version, "area_m2": was.AreaM2, "boundary": ground(was.Boundary)},
		map[string]any{"version": was.Version + 1, "area_m2": area, "boundary": ground(b), "reason": reason, "name": was.Name}), nil
}

type lockedSite struct {
	County    string
	ProjectID int64
	Name      string
	Boundary  orb.MultiPolygon
	AreaM2    float64
	Schematic bool
	Version   int
}

func lockSite(ctx context.Context, tx pgx.Tx, scope Scope, id int64) (lockedSite, error) {
	rows, err := tx.Query(ctx, query("site_lock"), scope.Args(pgx.StrictNamedArgs{"id": id}))
	if err != nil {
		return lockedSite{}, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[lockedSite])
}

// Site returns one site in scope as it is, or as it was at a time that is not
// zero; ErrNotFound before its first version.
func (s *Store) Site(ctx context.Context, scope Scope, id int64, asOf time.Time) (Site, error) {
	name, args := "site_get", pgx.StrictNamedArgs{"id": id}
	if !asOf.IsZero() {
		name, args["as_of"] = "site_get_as_of", asOf
	}
	rows, err := s.pool.Query(ctx, query(name), scope.Args(args))
	if err != nil {
		return Site{}, fmt.Errorf("read site: %w", err)
	}
	site, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Site])
	if err != nil {
		return Site{}, fmt.Errorf("read site %d: %w", id, Told(err))
	}
	return site, nil
}

// SiteFilter narrows a list; zero fields do not.
type SiteFilter struct {
	County    string
	ProjectID int64
	Text      string
	Window    *orb.Bound // EPSG:4490
	AsOf      time.Time
}

// Sites returns those in scope that pass the filter, by id, after an id, at most limit.
func (s *Store) Sites(ctx context.Context, scope Scope, f SiteFilter, after int64, limit int) ([]Site, error) {
	name, args := "site_list", pgx.StrictNamedArgs{
		"county": optional(f.County), "project_id": optional(f.ProjectID), "like": like(f.Text), "after": after, "max": limit,
	}
	if w := f.Window; w != nil {
		name = "site_list_in_view"
		args["west"], args["south"], args["east"], args["north"] = w.Min[0], w.Min[1], w.Max[0], w.Max[1]
	}
	if !f.AsOf.IsZero() {
		name, args["as_of"] = "site_list_as_of", f.AsOf
		if f.Window == nil {
			args["west"], args["south"], args["east"], args["north"] = nil, nil, nil, nil
		}
	}
	rows, err := s.pool.Query(ctx, query(name), scope.Args(args))
	if err != nil {
		return nil, fmt.Errorf("list sites: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Site])
	if err != nil {
		return nil, fmt.Errorf("list sites: %w", Told(err))
	}
	return list, nil
}

// SiteVersions are all boundaries that a site in scope has had, the latest first.
func (s *Store) SiteVersions(ctx context.Context, scope Scope, id int64) ([]SiteVersion, error) {
	rows, err := s.pool.Query(ctx, query("site_versions"), scope.Args(pgx.StrictNamedArgs{"id": id}))
	if err != nil {
		return nil, fmt.Errorf("list boundaries: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[SiteVersion])
	if err == nil && len(list) == 0 {
		err = ErrNotFound
	}
	return list, err
}
