package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Event is one thing that happened: who, what, to which row, before and after.
// It is written in the transaction of the change and never altered.
type Event struct {
	ID        int64 // the place in the stream
	At        time.Time
	ActorID   *int64 // nil: the system
	Verb      string // noun.happened: photo.received, site.changed
	County    string
	ProjectID *int64
	SiteID    *int64
	Subject   string // noun:id
	Before    json.RawMessage
	After     json.RawMessage
	Trace     string
}

// Actor is who acts in a context, for the audit trail.
type Actor struct {
	PersonID int64 // 0: the system
	Trace    string
}

type actorKey struct{}

// WithActor says who acts in this context.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorOf is who acts, the system where nobody was named.
func ActorOf(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}

// Record writes e into tx, with the context's actor where e names none.
func Record(ctx context.Context, tx pgx.Tx, e Event) error {
	actor := ActorOf(ctx)
	if e.ActorID == nil && actor.PersonID != 0 {
		e.ActorID = &actor.PersonID
	}
	if e.Trace == "" {
		e.Trace = actor.Trace
	}
	_, err := tx.Exec(ctx, query("event_record"), pgx.StrictNamedArgs{
		"actor_id": e.ActorID, "verb": e.Verb, "county": e.County, "project_id": e.ProjectID, "site_id": e.SiteID,
		"subject": e.Subject, "before": e.Before, "after": e.After, "trace": e.Trace,
	})
	if err != nil {
		return fmt.Errorf("record %s: %w", e.Verb, err)
	}
	return nil
}

// JSON is v for an event's before and after; what cannot be written as JSON is
// a mistake in the program.
func JSON(v any) json.RawMessage {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return body
}

// EventsAfter returns the settled events after an id, oldest first, at most
// limit: none that a transaction still under way could precede. The caller
// filters by scope.
func (s *Store) EventsAfter(ctx context.Context, after int64, limit int) ([]Event, error) {
	settled, err := s.EndOfStream(ctx)
	if err != nil || settled <= after {
		return nil, err
	}
	rows, err := s.pool.Query(ctx, query("event_between"), pgx.StrictNamedArgs{"after": after, "settled": settled, "max": limit})
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	events, err := pgx.CollectRows(rows, pgx.RowToStructByName[Event])
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return events, nil
}

// EndOfStream is the id after which new events will appear.
func (s *Store) EndOfStream(ctx context.Context) (int64, error) {
	var id int64
	if err := s.pool.QueryRow(ctx, query("event_settled")).Scan(&id); err != nil {
		return 0, fmt.Errorf("find the end of the events: %w", err)
	}
	return id, nil
}

// Tick raises a clock in tx; tiles and ETags of that kind of ground are new from
// the commit on.
func Tick(ctx context.Context, tx pgx.Tx, clock string) error {
	if _, err := tx.Exec(ctx, query("clock_tick"), pgx.StrictNamedArgs{"name": clock}); err != nil {
		return fmt.Errorf("tick %s: %w", clock, err)
	}
	return nil
}
