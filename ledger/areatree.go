package ledger

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"guatu/ledger/area"
)

// AreaRow is an area as the database holds it.
type AreaRow struct {
	Code   string
	Name   string
	Level  string
	Parent *string
	At     *orb.Point // EPSG:4490, 示意; nil: not known
}

// PutAreas writes areas that are new and renames those that have changed. A
// parent must stand before its children or be there already.
func (s *Store) PutAreas(ctx context.Context, areas []area.Area) (changed int64, err error) {
	err = s.Write(ctx, func(tx pgx.Tx) ([]Event, error) {
		batch := &pgx.Batch{}
		for _, a := range areas {
			batch.Queue(query("area_put"), pgx.StrictNamedArgs{
				"code": a.Code, "name": a.Name, "level": string(a.Level), "parent": a.Parent, "at": a.At,
			})
		}
		results := tx.SendBatch(ctx, batch)
		for range areas {
			done, err := results.Exec()
			if err != nil {
				_ = results.Close()
				return nil, err
			}
			changed += done.RowsAffected()
		}
		if err := results.Close(); err != nil || changed == 0 {
			return nil, err
		}
		return []Event{{Verb: "area.imported", Subject: "area", After: JSON(map[string]int64{"changed": changed})}}, nil
	})
	return changed, Told(err)
}

// Areas are the provinces, cities and counties in scope with everything above
// them, by code.
func (s *Store) Areas(ctx context.Context, scope Scope) ([]AreaRow, error) {
	rows, err := s.pool.Query(ctx, query("area_list"), scope.Args(nil))
	if err != nil {
		return nil, fmt.Errorf("list areas: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[AreaRow])
}
