package demo

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"guatu/ledger"
)

// waiting is how many patches may wait for one layer's COPY.
const waiting = 2048

// patches loads the land survey: every layer by a COPY of its own into a table
// of its own, which is indexed and only then becomes a part of patch. Nothing
// is to be seen of a load until it is whole. added is false where these very
// patches were there already.
func (l *Loader) patches(ctx context.Context, o Options, counts map[string]int) (added bool, err error) {
	source := fmt.Sprintf("演示数据 seed=%d patches=%d", o.Seed, o.Patches)
	conn, err := l.owner(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if there, err := l.loadedBefore(ctx, conn, source, counts); there || err != nil {
		return false, err
	}
	if err := sweep(ctx, conn); err != nil {
		return false, fmt.Errorf("remove a half-made load: %w", err)
	}
	tables := map[string]string{}
	ids := map[string]int64{}
	for _, layer := range Layers {
		if ids[layer], tables[layer], err = prepareLayer(ctx, conn, layer, source); err != nil {
			return false, fmt.Errorf("prepare %s: %w", layer, err)
		}
	}
	if err := l.copyPatches(ctx, o, ids, tables, counts); err != nil {
		return false, err
	}
	l.report("索引", 0, len(Layers))
	if err := l.indexAll(ctx, ids, tables); err != nil {
		return false, err
	}
	return true, pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		for _, layer := range Layers {
			if err := l.publish(ctx, tx, layer, ids[layer], tables[layer], counts[layer], source); err != nil {
				return fmt.Errorf("publish %s: %w", layer, err)
			}
		}
		return ledger.Tick(ctx, tx, "patch")
	})
}

func (l *Loader) loadedBefore(ctx context.Context, conn *pgx.Conn, source string, counts map[string]int) (bool, error) {
	rows, err := conn.Query(ctx, `SELECT after FROM event WHERE subject = $1 AND verb = 'layer.loaded' AND after->>'source' = $2`, subject, source)
	if err != nil {
		return false, fmt.Errorf("look for an earlier load: %w", err)
	}
	told, err := pgx.CollectRows(rows, pgx.RowTo[json.RawMessage])
	for _, after := range told {
		var t struct {
			Kind    string
			Patches int
		}
		if err := json.Unmarshal(after, &t); err != nil {
			return false, err
		}
		counts[t.Kind] = t.Patches
	}
	return len(told) == len(Layers), err
}

// sweep removes what an interrupted load left.
func sweep(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, `SELECT id FROM layer_version v WHERE NOT active AND source LIKE '演示数据 %'
		AND NOT EXISTS (SELECT FROM event WHERE subject = $1 AND verb = 'layer.loaded' AND after->>'version' = v.id::text)`, subject)
	if err != nil {
		return err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	for _, id := range ids {
		if _, err := conn.Exec(ctx, "DROP TABLE IF EXISTS "+tableOf(id)); err != nil {
			return err
		}
		if _, err := conn.Exec(ctx, "DELETE FROM layer_version WHERE id = $1", id); err != nil {
			return err
		}
	}
	return err
}

func tableOf(version int64) string { return fmt.Sprintf("patch_%d", version) }

func prepareLayer(ctx context.Context, conn *pgx.Conn, layer, source string) (id int64, name string, err error) {
	err = conn.QueryRow(ctx, "INSERT INTO layer_version (kind, source, data_year, schematic) VALUES ($1, $2, 2025, true) RETURNING id", layer, source).Scan(&id)
	if err != nil {
		return 0, "", err
	}
	name = tableOf(id)
	_, err = conn.Exec(ctx, fmt.Sprintf("CREATE TABLE %s (LIKE patch INCLUDING DEFAULTS INCLUDING CONSTRAINTS, CHECK (layer_version_id = %d))", name, id))
	return id, name, err
}

// copyPatches makes the patches and sends each layer's down its own connection.
func (l *Loader) copyPatches(ctx context.Context, o Options, ids map[string]int64, tables map[string]string, counts map[string]int) error {
	group, ctx := errgroup.WithContext(ctx)
	lanes := map[string]chan Patch{}
	for _, layer := range Layers {
		lane := make(chan Patch, waiting)
		lanes[layer] = lane
		group.Go(func() error {
			conn, err := l.owner(ctx)
			if err != nil {
				return err
			}
			defer conn.Close(context.WithoutCancel(ctx))
			_, err = conn.CopyFrom(ctx, pgx.Identifier{tables[layer]},
				[]string{"county", "layer_version_id", "id", "scheme", "code", "level", "attrs", "shape", "area_m2"},
				pgx.CopyFromFunc(func() ([]any, error) {
					p, ok := <-lane
					if !ok {
						return nil, nil
					}
					return []any{p.County, ids[layer], p.ID, p.Scheme, p.Code, p.Level, json.RawMessage(p.Attrs), p.Shape, p.AreaM2}, nil
				}))
			if err != nil {
				return fmt.Errorf("copy %s: %w", layer, err)
			}
			return nil
		})
	}
	group.Go(func() error {
		defer func() {
			for _, lane := range lanes {
				close(lane)
			}
		}()
		c := &City{Options: o, Ground: DrawGround()}
		n := 0
		for p := range c.Patches() {
			select {
			case lanes[p.Layer] <- p:
			case <-ctx.Done():
				return ctx.Err()
			}
			counts[p.Layer]++
			if n++; n%4096 == 0 {
				l.report("图斑", n, o.Patches)
			}
		}
		l.report("图斑", n, o.Patches)
		return nil
	})
	return group.Wait()
}

// indexAll indexes two tables at a time; making the index after the rows is
// twice as fast as keeping it while they come.
func (l *Loader) indexAll(ctx context.Context, ids map[string]int64, tables map[string]string) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(2)
	for _, layer := range Layers {
		group.Go(func() error {
			conn, err := l.owner(ctx)
			if err != nil {
				return err
			}
			defer conn.Close(context.WithoutCancel(ctx))
			name := tables[layer]
			_, err = conn.Exec(ctx, fmt.Sprintf("SET maintenance_work_mem = '256MB'; CREATE INDEX %s_shape_gist ON %s USING gist (shape);"+
				"ALTER TABLE %s ADD PRIMARY KEY (county, layer_version_id, id); ANALYZE %s", name, name, name, name))
			if err != nil {
				return fmt.Errorf("index %s: %w", layer, err)
			}
			return nil
		})
	}
	return group.Wait()
}

func (l *Loader) publish(ctx context.Context, tx pgx.Tx, layer string, id int64, name string, count int, source string) error {
	_, err := tx.Exec(ctx, fmt.Sprintf("ALTER TABLE patch ATTACH PARTITION %s FOR VALUES IN (%d)", name, id))
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "UPDATE layer_version SET active = false WHERE kind = $1 AND active", layer); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "UPDATE layer_version SET active = true WHERE id = $1", id); err != nil {
		return err
	}
	return ledger.Record(ctx, tx, ledger.Event{Verb: "layer.loaded", Subject: subject, After: ledger.JSON(map[string]any{
		"kind": layer, "version": id, "patches": count, "source": source, "schematic": true,
	})})
}
