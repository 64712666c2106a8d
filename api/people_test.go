package api_test

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"guatu/api/apitest"
	"guatu/ledger"

	"github.com/jackc/pgx/v5"
)

func TestLogInSetsCookiesThatOnlyThisHostGets(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	p := w.In(ledger.Commander, "411100")
	a := w.Nobody().Call("POST", "/api/v1/sessions", map[string]string{"login": p.Login, "password": apitest.Password}).Must(t, 201)
	cookies := a.Header.Values("Set-Cookie")
	if len(cookies) != 2 {
		t.Fatalf("got cookies %q", cookies)
	}
	for _, c := range cookies {
		for _, want := range []string{"__Host-guatu", "HttpOnly", "Secure", "SameSite=Lax", "Path=/"} {
			if !strings.Contains(c, want) {
				t.Errorf("cookie %q lacks %s", c, want)
			}
		}
	}
	session := strings.Split(cookies[0], ";")[0]
	me := w.Nobody().Call("GET", "/api/v1/me", nil, "Cookie", session).Must(t, 200)
	if !strings.Contains(string(me.Body), "漯河市") {
		t.Errorf("me = %s", me.Body)
	}
	w.Nobody().Call("DELETE", "/api/v1/sessions/current", nil, "Cookie", session).Must(t, 204)
	w.Nobody().Call("GET", "/api/v1/me", nil, "Cookie", session).Must(t, 401)
}

// TestUnsafeCallsFromOtherSitesAreRefused walks the header combinations of promises S5.
func TestUnsafeCallsFromOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	p := w.In(ledger.Admin, "411100")
	a := w.Nobody().Call("POST", "/api/v1/sessions", map[string]string{"login": p.Login, "password": apitest.Password}).Must(t, 201)
	cookie := strings.Split(a.Header.Values("Set-Cookie")[0], ";")[0]
	org := func(i int) map[string]string {
		return map[string]string{"name": fmt.Sprintf("示例单位 %d", i), "kind": "bureau", "area": "411100"}
	}
	for i, tt := range []struct {
		name   string
		header []string
		want   int
	}{
		{"same origin", []string{"Sec-Fetch-Site", "same-origin"}, 201},
		{"typed by the person", []string{"Sec-Fetch-Site", "none"}, 201},
		{"another site", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"a sibling host", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"old browser, own origin", []string{"Origin", w.URL}, 201},
		{"old browser, other origin", []string{"Origin", "https://evil.example"}, 403},
		{"null origin", []string{"Origin", "null"}, 403},
		{"own origin but another site", []string{"Origin", w.URL, "Sec-Fetch-Site", "cross-site"}, 403},
		{"a program", nil, 201},
	} {
		got := w.Nobody().Call("POST", "/api/v1/orgs", org(i), append(tt.header, "Cookie", cookie)...)
		if got.Status != tt.want {
			t.Errorf("%s: %d %s, want %d", tt.name, got.Status, got.Body, tt.want)
		}
	}
}

func TestACountysAdminCannotReachBeyondTheCounty(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	county, city := w.In(ledger.Admin, "411104"), w.In(ledger.Admin, "411100")
	colleague := w.In(ledger.Inspector, "411104")
	stranger := w.In(ledger.Inspector, "411121")
	both := w.Person(ledger.NewGrant{Role: ledger.Commander, Area: "411104"}, ledger.NewGrant{Role: ledger.Commander, Area: "411100"})
	path := func(p *apitest.Person, what string) string { return fmt.Sprintf("/api/v1/persons/%d%s", p.ID, what) }
	reset := map[string]string{"password": "another horse"}
	county.Call("PUT", path(colleague, "/password"), reset).Must(t, 204)
	county.Call("PUT", path(stranger, "/password"), reset).Must(t, 404)
	county.Call("PUT", path(city, "/password"), reset).Must(t, 404)
	county.Call("PUT", path(both, "/password"), reset).Must(t, 403)
	grant := func(area string) any {
		return map[string]any{"grants": []map[string]string{{"role": "admin", "area": area}}}
	}
	county.Call("PUT", path(colleague, "/grants"), grant("411100")).Must(t, 404)
	county.Call("PUT", path(colleague, "/grants"), grant("411104")).Must(t, 200)
	colleague.Get("/api/v1/persons").Must(t, 200)
}

func TestAWrongBodyIsToldInChinese(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	admin := w.In(ledger.Admin, "411100")
	for name, tt := range map[string]struct {
		method, path string
		body         any
		status       int
		code, word   string
	}{
		"missing field":    {"POST", "/api/v1/persons", map[string]any{}, 422, "invalid", "缺少必填项"},
		"unknown field":    {"POST", "/api/v1/persons", map[string]any{"name": "甲", "root": true}, 422, "invalid", "没有这一项"},
		"short password":   {"POST", "/api/v1/persons", map[string]any{"name": "甲", "password": "1"}, 422, "weak_password", "密码太短"},
		"no JSON":          {"POST", "/api/v1/persons", []byte("{"), 400, "bad_request", "请求格式不对"},
		"unknown query":    {"GET", "/api/v1/persons?limt=3", nil, 422, "invalid", ""},
		"limit of zero":    {"GET", "/api/v1/persons?limit=0", nil, 422, "invalid", "应不小于"},
		"cursor of others": {"GET", "/api/v1/persons?cursor=x", nil, 400, "bad_cursor", "翻页标记无效"},
		"no such path":     {"GET", "/api/v1/nothing", nil, 404, "not_found", "没有找到"},
		"taken login":      {"POST", "/api/v1/persons", map[string]any{"name": "甲", "login": admin.Login}, 409, "already_taken", "已被使用"},
		"unknown area":     {"POST", "/api/v1/persons", map[string]any{"name": "甲", "grants": []any{map[string]any{"role": "land", "area": "999999"}}}, 404, "not_found", ""},
	} {
		header := []string{"Content-Type", "application/json"}
		got := admin.Call(tt.method, tt.path, tt.body, header...)
		if got.Status != tt.status || got.Code() != tt.code || !strings.Contains(string(got.Body), tt.word) {
			t.Errorf("%s: %d %s, want %d %s %s", name, got.Status, got.Body, tt.status, tt.code, tt.word)
		}
		if got.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: content type %s", name, got.Header.Get("Content-Type"))
		}
	}
}

func TestEveryAnswerCarriesTheSecurityHeaders(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	for _, path := range []string{"/", "/login", "/m", "/api/v1/me", "/api/openapi.json", "/nothing.js", "/api/v1/nothing"} {
		got := w.Nobody().Get(path)
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'self'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		} {
			if !strings.HasPrefix(got.Header.Get(name), want) {
				t.Errorf("%s: %s = %q", path, name, got.Header.Get(name))
			}
		}
	}
}

func TestStreamCarriesEventsInScopeAndResumes(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	mine := w.In(ledger.Commander, "411104")
	happen := func(county, verb string) {
		err := w.Ledger.Write(t.Context(), func(pgx.Tx) ([]ledger.Event, error) {
			return []ledger.Event{{Verb: verb, County: county, Subject: "site:1", After: ledger.JSON(map[string]string{"in": county})}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	first := openStream(t, mine, "")
	defer first.close()
	if got := first.next(t); got.event != "hello" {
		t.Fatalf("first event is %q", got.event)
	}
	happen("411121", "site.changed")
	happen("411104", "session.opened")
	begun := time.Now()
	happen("411104", "site.changed")
	got := first.next(t)
	if got.event != "site.changed" || !strings.Contains(got.data, `"in": "411104"`) && !strings.Contains(got.data, `"in":"411104"`) {
		t.Fatalf("got %+v", got)
	}
	if took := time.Since(begun); took > 15*time.Second {
		t.Errorf("the event took %s", took)
	}
	first.close()
	happen("411104", "site.moved")
	again := openStream(t, mine, got.id)
	defer again.close()
	if next := again.next(t); next.event != "site.moved" {
		t.Errorf("after the gap came %+v", next)
	}
}

type openedStream struct {
	body  interface{ Close() error }
	lines *bufio.Scanner
}

type sent struct{ event, id, data string }

func openStream(t *testing.T, p *apitest.Person, last string) *openedStream {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", p.World.URL+"/api/v1/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+p.Token)
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("open stream: %v %v", res, err)
	}
	return &openedStream{res.Body, bufio.NewScanner(res.Body)}
}

func (o *openedStream) close() { _ = o.body.Close() }

func (o *openedStream) next(t *testing.T) sent {
	t.Helper()
	var s sent
	for o.lines.Scan() {
		line := o.lines.Text()
		switch {
		case strings.HasPrefix(line, "event: "):
			s.event = line[7:]
		case strings.HasPrefix(line, "id: "):
			s.id = line[4:]
		case strings.HasPrefix(line, "data: "):
			s.data = line[6:]
		case line == "" && s.event != "":
			return s
		}
	}
	t.Fatalf("stream ended: %v", o.lines.Err())
	return s
}
