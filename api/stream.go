package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"guatu/ledger"
)

// hub follows the event table and hands what is new to the open streams. NOTIFY
// is only a hint to look; a poll finds what a lost hint would miss (promises 3.5).
type hub struct {
	ledger *ledger.Store
	log    *slog.Logger

	mu      sync.Mutex
	readers map[*reader]struct{}
	at      int64 // id of the last event that was handed on
	begun   bool
	closing bool
}

type reader struct {
	events chan ledger.Event
	lost   chan struct{} // closed when the reader could not keep up
	once   sync.Once
}

const (
	pollEvery    = 2 * time.Second
	readerBuffer = 256
	eventBatch   = 500
	heartbeat    = 10 * time.Second
	// replayMost bounds what a returning client is sent; after a longer gap it
	// is told to fetch everything anew.
	replayMost = 2000
	maxStreams = 2000
)

func newHub(store *ledger.Store, log *slog.Logger) *hub {
	return &hub{ledger: store, log: log, readers: map[*reader]struct{}{}}
}

// run works until ctx ends. A lost connection is taken up again; readers keep
// theirs and miss nothing.
func (h *hub) run(ctx context.Context) error {
	ctx = ledger.System(ctx)
	defer h.close()
	for {
		err := h.follow(ctx)
		if ctx.Err() != nil {
			return nil
		}
		h.log.WarnContext(ctx, "event stream interrupted", "err", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}

func (h *hub) follow(ctx context.Context) error {
	conn, err := h.ledger.Pool().Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() {
		_ = conn.Conn().Close(context.WithoutCancel(ctx)) // a listening connection never goes back
		conn.Release()
	}()
	if _, err := conn.Exec(ctx, "LISTEN event"); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if err := h.start(ctx); err != nil {
		return err
	}
	for {
		more, err := h.deliver(ctx)
		if err != nil {
			return err
		}
		if more {
			continue
		}
		wait, cancel := context.WithTimeout(ctx, pollEvery)
		_, err = conn.Conn().WaitForNotification(wait)
		cancel()
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("wait for events: %w", err)
		}
	}
}

// start finds the place to begin, once; after an interruption the hub goes on
// where it was.
func (h *hub) start(ctx context.Context) error {
	h.mu.Lock()
	begun := h.begun
	h.mu.Unlock()
	if begun {
		return nil
	}
	end, err := h.ledger.EndOfStream(ctx)
	if err != nil {
		return err
	}
	h.mu.Lock()
	h.at, h.begun = end, true
	h.mu.Unlock()
	return nil
}

func (h *hub) deliver(ctx context.Context) (more bool, err error) {
	h.mu.Lock()
	from := h.at
	h.mu.Unlock()
	events, err := h.ledger.EventsAfter(ctx, from, eventBatch)
	if err != nil {
		return false, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range events {
		for r := range h.readers {
			select {
			case r.events <- e:
			default:
				r.drop()
				delete(h.readers, r)
			}
		}
		h.at = e.ID
	}
	return len(events) == eventBatch, nil
}

func (h *hub) join() (*reader, int64, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing || len(h.readers) >= maxStreams {
		return nil, h.at, ledger.ErrBusy
	}
	r := &reader{events: make(chan ledger.Event, readerBuffer), lost: make(chan struct{})}
	h.readers[r] = struct{}{}
	return r, h.at, nil
}

func (h *hub) leave(r *reader) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.readers, r)
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closing = true
	for r := range h.readers {
		r.drop()
		delete(h.readers, r)
	}
}

func (r *reader) drop() { r.once.Do(func() { close(r.lost) }) }

// streamed is an event as the page gets it.
type streamed struct {
	ID        string          `json:"id"`
	Verb      string          `json:"verb"`
	At        time.Time       `json:"at"`
	County    string          `json:"county"`
	ProjectID *int64          `json:"project_id"`
	SiteID    *int64          `json:"site_id"`
	Subject   string          `json:"subject"`
	Data      json.RawMessage `json:"data"`
}

// told says which events the stream carries: what happened to the ground and
// the pictures, never to people and logins.
func told(e ledger.Event) bool {
	noun, _, _ := strings.Cut(e.Verb, ".")
	switch noun {
	case "photo", "site", "project", "building", "member":
		return e.Verb != "photo.viewed"
	}
	return false
}

// stream is GET /api/v1/stream: server-sent events in scope from now on, or
// from Last-Event-ID. `reset` says that too much was missed: fetch anew.
func (s *Server) stream(c echo.Context) error {
	ctx := c.Request().Context()
	scope := ledger.ScopeOf(ctx)
	reader, at, err := s.hub.join()
	if err != nil {
		return err
	}
	defer s.hub.leave(reader)
	out := startStream(c)
	last := at
	if asked, ok := parsePosition(c.Request().Header.Get("Last-Event-ID")); ok {
		if last, err = s.replay(ctx, out, scope, asked); err != nil {
			return nil // the stream has begun: the client comes again with its position
		}
	} else if err := out.send("hello", at, []byte(`{}`)); err != nil {
		return nil
	}
	s.pass(c, out, scope, reader, last)
	return nil
}

func (s *Server) replay(ctx context.Context, out *sse, scope ledger.Scope, from int64) (int64, error) {
	events, err := s.ledger.EventsAfter(ctx, from, replayMost+1)
	if err != nil {
		return from, err
	}
	if len(events) > replayMost {
		end, err := s.ledger.EndOfStream(ctx)
		if err != nil {
			return from, err
		}
		return end, out.send("reset", end, []byte(`{}`))
	}
	for _, e := range events {
		if err := out.event(scope, e); err != nil {
			return from, err
		}
		from = e.ID
	}
	return from, nil
}

// pass hands on events until the client, the session or the server is gone.
func (s *Server) pass(c echo.Context, out *sse, scope ledger.Scope, r *reader, last int64) {
	ctx := c.Request().Context()
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	token, bearer := credential(c.Request())
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-r.lost:
			return
		case e := <-r.events:
			if e.ID <= last {
				continue
			}
			err = out.event(scope, e)
		case <-beat.C:
			if _, err = s.lookUp(ctx, token, bearer); err == nil {
				err = out.comment()
			}
		}
		if err != nil {
			return
		}
	}
}

func parsePosition(text string) (int64, bool) {
	id, err := strconv.ParseInt(text, 10, 64)
	return id, err == nil && id >= 0
}

// sse writes server-sent events.
type sse struct {
	w    *echo.Response
	ctrl *http.ResponseController
}

func startStream(c echo.Context) *sse {
	h := c.Response().Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	c.Response().WriteHeader(http.StatusOK)
	return &sse{c.Response(), http.NewResponseController(c.Response().Writer)}
}

func (o *sse) event(scope ledger.Scope, e ledger.Event) error {
	var project int64
	if e.ProjectID != nil {
		project = *e.ProjectID
	}
	if !told(e) || !scope.Covers(e.County, project) {
		return nil
	}
	body, err := json.Marshal(streamed{strconv.FormatInt(e.ID, 10), e.Verb, e.At, e.County, e.ProjectID, e.SiteID, e.Subject, e.After})
	if err != nil {
		return err
	}
	return o.send(e.Verb, e.ID, body)
}

func (o *sse) send(event string, id int64, body []byte) error {
	_, err := fmt.Fprintf(o.w, "event: %s\nid: %d\ndata: %s\n\n", event, id, body)
	return errors.Join(err, o.flush())
}

func (o *sse) comment() error {
	_, err := o.w.Write([]byte(": \n\n"))
	return errors.Join(err, o.flush())
}

// flush pushes what was written, with a bound for clients that do not read.
func (o *sse) flush() error {
	_ = o.ctrl.SetWriteDeadline(time.Now().Add(2 * heartbeat))
	o.w.Flush()
	return nil
}
