// Package apitest runs the whole server in-process and talks to it as a person
// of some role.
package apitest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"guatu/api"
	"guatu/ledger"
	"guatu/ledger/ledgertest"
)

// World is a server on a database of the test's own.
type World struct {
	T      testing.TB
	URL    string
	Ledger *ledger.Store
	Server *api.Server
	people atomic.Int64
}

// Password is everybody's in a test.
const Password = "correct horse"

// Start makes a world with the administrative tree and nothing else.
func Start(t testing.TB, change ...func(*api.Config, *api.Parts)) *World {
	t.Helper()
	store := ledgertest.Open(t)
	ledgertest.Areas(t, store)
	conf := api.Config{City: "411100", Bounds: [4]float64{113.4, 33.4, 114.4, 34.1}}
	parts := api.Parts{
		Ledger: store,
		Web:    fstest.MapFS{"index.html": {Data: []byte("<!doctype html><title>挂图</title>")}},
		Log:    slog.New(slog.NewTextHandler(output{t}, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	for _, c := range change {
		c(&conf, &parts)
	}
	server := api.New(conf, parts)
	web := httptest.NewServer(server)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		<-done
		web.CloseClientConnections()
		web.Close()
	})
	return &World{T: t, URL: web.URL, Ledger: store, Server: server}
}

// output sends the log to the test.
type output struct{ t testing.TB }

func (o output) Write(line []byte) (int, error) {
	o.t.Log(strings.TrimRight(string(line), "\n"))
	return len(line), nil
}

// Person is somebody with a bearer token.
type Person struct {
	World *World
	ID    int64
	Login string
	Token string
}

// Person adds somebody with these grants and gives them a token.
func (w *World) Person(grants ...ledger.NewGrant) *Person {
	w.T.Helper()
	ctx := context.Background()
	login := fmt.Sprintf("p%d", w.people.Add(1))
	id, err := w.Ledger.AddPerson(ctx, ledger.NewPerson{Login: login, Name: "示例 " + login, Password: Password}, grants)
	if err != nil {
		w.T.Fatal(err)
	}
	token, err := w.Ledger.MakeToken(ctx, id, "test", time.Hour)
	if err != nil {
		w.T.Fatal(err)
	}
	return &Person{w, id, login, token}
}

// In is a person with one role in one area.
func (w *World) In(role ledger.Role, area string) *Person {
	w.T.Helper()
	return w.Person(ledger.NewGrant{Role: role, Area: area})
}

// On is a person with one role in one project.
func (w *World) On(role ledger.Role, project int64) *Person {
	w.T.Helper()
	return w.Person(ledger.NewGrant{Role: role, ProjectID: project})
}

// Nobody calls without a login.
func (w *World) Nobody() *Person { return &Person{World: w} }

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Code is the code of a problem, empty for a success.
func (a Answer) Code() string {
	var p api.Problem
	if a.Status < 400 || json.Unmarshal(a.Body, &p) != nil {
		return ""
	}
	return p.Code
}

// Into reads the JSON body.
func (a Answer) Into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(a.Body, v); err != nil {
		t.Fatalf("answer is not what was expected: %v\n%d %s", err, a.Status, a.Body)
	}
}

// Call sends body as JSON (or as it is, where it is []byte) and reads the answer.
// header holds pairs of names and values.
func (p *Person) Call(method, path string, body any, header ...string) Answer {
	p.World.T.Helper()
	var reader io.Reader
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case []byte:
		reader, kind = bytes.NewReader(b), "application/octet-stream"
	default:
		text, err := json.Marshal(b)
		if err != nil {
			p.World.T.Fatal(err)
		}
		reader = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, p.World.URL+path, reader)
	if err != nil {
		p.World.T.Fatal(err)
	}
	if reader != nil {
		req.Header.Set("Content-Type", kind)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return p.Do(req)
}

// Do sends a request that the test made itself, with the person's token.
func (p *Person) Do(req *http.Request) Answer {
	p.World.T.Helper()
	if p.Token != "" {
		req.Header.Set("Authorization", "Bearer "+p.Token)
	}
	client := http.Client{Timeout: 60 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		p.World.T.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.World.T.Fatalf("%s %s: %v", req.Method, req.URL.Path, err)
	}
	return Answer{res.StatusCode, res.Header, text}
}

// Get calls GET.
func (p *Person) Get(path string) Answer {
	p.World.T.Helper()
	return p.Call(http.MethodGet, path, nil)
}

// Must fails the test unless the status is want.
func (a Answer) Must(t testing.TB, want int) Answer {
	t.Helper()
	if a.Status != want {
		t.Fatalf("answered %d, want %d: %s", a.Status, want, a.Body)
	}
	return a
}
