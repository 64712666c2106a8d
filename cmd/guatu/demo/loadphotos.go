package demo

import (
	"bytes"
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"guatu/ledger"
	"guatu/media"
)

// uploaders draw and send at the same time.
const uploaders = 4

// photos sends every shot that is not there yet through the real intake, so that
// receipts, objects and jobs are real. Only its clock is the story's: each
// uploader has a store of its own, whose clock stands at the shot's receipt.
func (l *Loader) photos(ctx context.Context, c *City) error {
	if len(c.Shots) == 0 {
		return nil
	}
	there, err := l.sent(ctx)
	if err != nil {
		return err
	}
	sites, people, err := l.found(ctx, c)
	if err != nil {
		return err
	}
	var done atomic.Int64
	next := make(chan Shot)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(next)
		for _, s := range c.Shots {
			if there[s.ID] {
				done.Add(1)
				continue
			}
			select {
			case next <- s:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for range uploaders {
		group.Go(func() error {
			var clock time.Time
			store, err := media.New(ctx, media.Parts{
				Ledger: ledger.NewStore(l.Pool, func() time.Time { return clock }), Bucket: l.Bucket, Decoder: l.Decoder,
				Jobs: l.Jobs, Key: l.Key, Log: l.Log,
			})
			if err != nil {
				return err
			}
			for s := range next {
				clock = s.ReceivedAt
				project := c.Projects[s.Project]
				if err := l.send(ctx, store, c, s, sites[project.Sites[s.Site].Name], people[c.People[s.Person].Phone]); err != nil {
					return fmt.Errorf("photo %s of %s: %w", uuid.UUID(s.ID), project.Name, err)
				}
				l.report("照片", int(done.Add(1)), len(c.Shots))
			}
			return nil
		})
	}
	return group.Wait()
}

func (l *Loader) send(ctx context.Context, store *media.Store, c *City, s Shot, site, person int64) error {
	picture, err := c.Picture(s)
	if err != nil {
		return err
	}
	body, err := store.Receive(ctx, bytes.NewReader(picture), int64(len(picture)))
	if err != nil {
		return err
	}
	defer body.Close()
	in := media.Incoming{
		ID: s.ID, PersonID: person, SiteID: &site, Digest: body.Sum, Body: body, Position: s.Position, TakenAt: &s.TakenAt,
	}
	if s.Position != nil {
		in.AccuracyM, in.PositionAt = &s.AccuracyM, &s.TakenAt
	}
	_, err = store.Accept(ledger.WithActor(ctx, ledger.Actor{PersonID: person}), in)
	return err
}

func (l *Loader) sent(ctx context.Context) (map[[16]byte]bool, error) {
	rows, err := l.Pool.Query(ctx, "SELECT id FROM photo")
	if err != nil {
		return nil, fmt.Errorf("list photos: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	there := map[[16]byte]bool{}
	for _, id := range list {
		there[id] = true
	}
	return there, err
}

// found maps site names and telephone numbers, which are unique in a demo, to ids.
func (l *Loader) found(ctx context.Context, c *City) (sites, people map[string]int64, err error) {
	read := func(sql string, args ...any) (map[string]int64, error) {
		rows, err := l.Pool.Query(ctx, sql, args...)
		if err != nil {
			return nil, err
		}
		type pair struct {
			Name string
			ID   int64
		}
		list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[pair])
		out := make(map[string]int64, len(list))
		for _, p := range list {
			out[p.Name] = p.ID
		}
		return out, err
	}
	if sites, err = read("SELECT name, id FROM site"); err != nil {
		return nil, nil, fmt.Errorf("list sites: %w", err)
	}
	if people, err = read("SELECT phone, id FROM person WHERE phone LIKE '000-0000-%'"); err != nil {
		return nil, nil, fmt.Errorf("list people: %w", err)
	}
	if len(sites) < c.siteCount() || len(people) < len(c.People) {
		return nil, nil, fmt.Errorf("the city has %d sites and %d people here, it should have %d and %d: %w",
			len(sites), len(people), c.siteCount(), len(c.People), ErrOtherDemo)
	}
	return sites, people, nil
}
