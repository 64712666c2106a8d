package ledger

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"guatu/geo"
)

// OverlapFloorM2 is how much ground may lie on other ground: what rounded
// coordinates of a common edge make (docs/sources.md#txt).
const OverlapFloorM2 = 1

// Bounds of one look for overlaps.
const (
	overlapPairs = 20_000 // of boxes that meet
	overlapsTold = 500
)

// PlotOverlap is ground that two plots of one file share. One and Other count
// from 0; At is a point inside of it.
type PlotOverlap struct {
	One, Other int
	AreaM2     float64
	At         orb.Point
}

// SiteOverlap is ground that a plot, counted from 0, shares with a site.
type SiteOverlap struct {
	Plot      int
	SiteID    int64
	County    string
	ProjectID int64
	Name      string
	SiteM2    float64
	AreaM2    float64
	At        orb.Point
}

// PlotOverlaps finds plots that lie on each other. all is false where there are
// too many to look at, and then some may be missing. Plots must be free of flaws;
// empty ones are passed over.
func (s *Store) PlotOverlaps(ctx context.Context, plots []orb.MultiPolygon) (list []PlotOverlap, all bool, err error) {
	ones, others, all := meeting(plots)
	if len(ones) == 0 {
		return nil, all, nil
	}
	packed, err := pack(plots)
	if err != nil {
		return nil, false, err
	}
	rows, err := s.pool.Query(ctx, query("plot_overlaps"), pgx.StrictNamedArgs{
		"plots": packed, "ones": ones, "others": others, "floor": OverlapFloorM2, "max": overlapsTold,
	})
	if err != nil {
		return nil, false, fmt.Errorf("compare plots: %w", Told(err))
	}
	list, err = pgx.CollectRows(rows, pgx.RowToStructByName[PlotOverlap])
	if err != nil {
		return nil, false, fmt.Errorf("compare plots: %w", Told(err))
	}
	for i := range list {
		list[i].One--
		list[i].Other--
	}
	return list, all && len(list) < overlapsTold, nil
}

// SiteOverlaps finds the sites in scope that plots lie on; others are not told of.
func (s *Store) SiteOverlaps(ctx context.Context, scope Scope, plots []orb.MultiPolygon) ([]SiteOverlap, error) {
	packed, err := pack(plots)
	if err != nil {
		return nil, err
	}
	rows, err := s.pool.Query(ctx, query("plot_site_overlaps"), scope.Args(pgx.StrictNamedArgs{
		"plots": packed, "floor": OverlapFloorM2, "max": overlapsTold,
	}))
	if err != nil {
		return nil, fmt.Errorf("compare with sites: %w", Told(err))
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[SiteOverlap])
	if err != nil {
		return nil, fmt.Errorf("compare with sites: %w", Told(err))
	}
	for i := range list {
		list[i].Plot--
	}
	return list, nil
}

// pack is plots as PostGIS reads them, NULL for empty ones.
func pack(plots []orb.MultiPolygon) ([][]byte, error) {
	packed := make([][]byte, len(plots))
	for i, p := range plots {
		if len(p) == 0 {
			continue
		}
		b, err := geo.AppendEWKB(nil, p)
		if err != nil {
			return nil, fmt.Errorf("plot %d: %w", i+1, err)
		}
		packed[i] = b
	}
	return packed, nil
}

// meeting are the pairs of plots, counted from 1, whose boxes meet.
func meeting(plots []orb.MultiPolygon) (ones, others []int64, all bool) {
	type boxed struct {
		n int64
		orb.Bound
	}
	var boxes []boxed
	for i, p := range plots {
		if len(p) > 0 {
			boxes = append(boxes, boxed{int64(i + 1), p.Bound()})
		}
	}
	slices.SortStableFunc(boxes, func(a, b boxed) int {
		switch {
		case a.Min[0] < b.Min[0]:
			return -1
		case a.Min[0] > b.Min[0]:
			return 1
		}
		return 0
	})
	for i, a := range boxes {
		for _, b := range boxes[i+1:] {
			if b.Min[0] >= a.Max[0] {
				break
			}
			if b.Min[1] >= a.Max[1] || b.Max[1] <= a.Min[1] {
				continue
			}
			if len(ones) == overlapPairs {
				return ones, others, false
			}
			ones, others = append(ones, min(a.n, b.n)), append(others, max(a.n, b.n))
		}
	}
	return ones, others, true
}

// Transformed asks PostGIS, the authority, where points of a system lie in
// EPSG:4490. Points are east first, and come back in the same order.
func (s *Store) Transformed(ctx context.Context, epsg int, points orb.MultiPoint) (orb.MultiPoint, error) {
	var out orb.MultiPoint
	err := s.pool.QueryRow(ctx, query("ground_transform"), pgx.StrictNamedArgs{"points": points, "epsg": epsg}).Scan(&out)
	if err != nil {
		return nil, fmt.Errorf("transform from %d: %w", epsg, Told(err))
	}
	return out, nil
}

// Delivery is ground of one file that goes in together: one new boundary of
// SiteID, or a new site of ProjectID for each plot.
type Delivery struct {
	SiteID     int64
	Version    int // of the site as the caller saw it; 0: any
	ProjectID  int64
	County     string // of new sites; "": where the project lies
	Plots      []DeliveredPlot
	Reason     string
	SourceHash string // of the file
}

// DeliveredPlot is one piece of it. Name becomes the new site's.
type DeliveredPlot struct {
	Name   string
	Ground orb.MultiPolygon
}

// Deliver writes all of it or nothing, and returns the sites that it is now the
// boundary of. Plots that are to become one boundary must not touch each other in
// more than points: what is not clear is refused (*geo.Flaw), never merged.
func (s *Store) Deliver(ctx context.Context, scope Scope, d Delivery) ([]int64, error) {
	var c fields
	c.note("reason", &d.Reason)
	var whole orb.MultiPolygon
	for i := range d.Plots {
		c.name("name", &d.Plots[i].Name)
		whole = append(whole, d.Plots[i].Ground...)
		if d.SiteID == 0 && c.err == nil {
			c.err = sound("boundary", d.Plots[i].Ground)
		}
	}
	if c.err != nil {
		return nil, c.err
	}
	if d.SiteID != 0 || len(d.Plots) == 0 {
		if err := sound("boundary", whole); err != nil {
			return nil, err
		}
	}
	var ids []int64
	err := s.Write(ctx, func(tx pgx.Tx) ([]Event, error) {
		ids = nil
		var events []Event
		if d.SiteID != 0 {
			e, err := s.redraw(ctx, tx, scope, d.SiteID, d.Version, whole, false, d.Reason, d.SourceHash)
			if err != nil {
				return nil, err
			}
			ids = append(ids, d.SiteID)
			if e.Verb == "" {
				return nil, nil
			}
			events = append(events, e)
		} else {
			for _, p := range d.Plots {
				id, e, err := s.addSite(ctx, tx, scope, NewSite{
					ProjectID: d.ProjectID, County: d.County, Name: p.Name, Boundary: p.Ground, Reason: d.Reason, SourceHash: d.SourceHash,
				})
				if err != nil {
					return nil, err
				}
				ids, events = append(ids, id), append(events, e)
			}
		}
		return events, Tick(ctx, tx, "site")
	})
	if err != nil {
		return nil, Told(err)
	}
	return ids, nil
}
