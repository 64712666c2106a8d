package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"guatu/ledger"
)

type logInCall struct {
	Body struct {
		Login    string `json:"login" minLength:"1" maxLength:"100"`
		Password string `json:"password" minLength:"1" maxLength:"1000"`
		Device   string `json:"device,omitempty" maxLength:"200" doc:"What the person will see in the list of devices; default: the browser"`
	}
}

type logInAnswer struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      struct {
		Person me `json:"person"`
	}
}

// me is the caller as the page needs to know it.
type me struct {
	ID       int64         `json:"id"`
	Name     string        `json:"name"`
	Login    string        `json:"login"`
	Org      string        `json:"org"`
	Roles    []ledger.Role `json:"roles"`
	Scope    meScope       `json:"scope"`
	HomeArea areaName      `json:"home_area"`
}

type meScope struct {
	All      bool       `json:"all"`
	Areas    []areaName `json:"areas"`
	Projects []int64    `json:"projects"`
}

type areaName struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

func (s *Server) logIn(ctx context.Context, in *logInCall) (*logInAnswer, error) {
	who := callerOf(ctx)
	if !who.secure && !s.conf.InsecureHTTP {
		return nil, errInsecure
	}
	device := in.Body.Device
	if device == "" {
		device = browser(who.agent)
	}
	opened, err := s.ledger.LogIn(ctx, ledger.Login{
		Name: in.Body.Login, Password: in.Body.Password, Device: device, DeviceToken: who.deviceToken, IP: who.ip,
	})
	if err != nil {
		return nil, err
	}
	access, err := s.ledger.AccessBySession(ctx, opened.Token)
	if err != nil {
		return nil, err
	}
	out := &logInAnswer{SetCookie: []http.Cookie{
		baked(sessionCookie, opened.Token, ledger.SessionTTL, who.secure),
		baked(deviceCookie, opened.DeviceToken, 365*24*time.Hour, who.secure),
	}}
	out.Body.Person, err = s.me(ctx, access)
	return out, err
}

func baked(name, value string, ttl time.Duration, secure bool) http.Cookie {
	if secure {
		name = hostPrefix + name
	}
	return http.Cookie{
		Name: name, Value: value, Path: "/", HttpOnly: true, Secure: secure,
		SameSite: http.SameSiteLaxMode, MaxAge: int(ttl.Seconds()),
	}
}

// browser is a short name for a user agent; a person recognises it in the list.
func browser(agent string) string {
	for _, known := range [][2]string{
		{"MicroMessenger", "微信"}, {"DingTalk", "钉钉"}, {"HuaweiBrowser", "华为浏览器"}, {"MiuiBrowser", "小米浏览器"},
		{"Edg/", "Edge"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"},
	} {
		if strings.Contains(agent, known[0]) {
			return known[1] + system(agent)
		}
	}
	return "未知设备"
}

func system(agent string) string {
	for _, known := range [][2]string{
		{"Android", "安卓"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS", "Mac"}, {"Linux", "Linux"},
	} {
		if strings.Contains(agent, known[0]) {
			return " · " + known[1]
		}
	}
	return ""
}

type meAnswer struct{ Body me }

func (s *Server) whoAmI(ctx context.Context, _ *empty) (*meAnswer, error) {
	body, err := s.me(ctx, accessOf(ctx))
	return &meAnswer{body}, err
}

func (s *Server) me(ctx context.Context, a ledger.Access) (me, error) {
	m := me{
		ID: a.Person.ID, Name: a.Person.Name, Login: deref(a.Person.Login), Org: deref(a.Person.OrgName),
		Roles: a.RoleNames(), Scope: meScope{Areas: []areaName{}, Projects: []int64{}}, HomeArea: areaName{Code: a.HomeArea},
	}
	areas, err := s.ledger.Areas(ctx, a.Scope(ledger.Roles...))
	if err != nil {
		return m, err
	}
	for _, area := range areas {
		if area.Code == a.HomeArea {
			m.HomeArea.Name = area.Name
		}
	}
	for _, g := range a.Grants {
		if g.Area != nil {
			m.Scope.Areas = append(m.Scope.Areas, areaName{*g.Area, deref(g.AreaName)})
		}
		if g.ProjectID != nil {
			m.Scope.Projects = append(m.Scope.Projects, *g.ProjectID)
		}
	}
	return m, nil
}

func deref(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

type sessionView struct {
	ID        int64     `json:"id"`
	Device    string    `json:"device"`
	IP        string    `json:"ip"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
	ExpiresAt time.Time `json:"expires_at"`
	Current   bool      `json:"current"`
}

type sessionsAnswer struct {
	Body struct {
		Items []sessionView `json:"items"`
	}
}

func (s *Server) mySessions(ctx context.Context, _ *empty) (*sessionsAnswer, error) {
	a := accessOf(ctx)
	list, err := s.ledger.Sessions(ctx, a.Person.ID)
	if err != nil {
		return nil, err
	}
	out := &sessionsAnswer{}
	out.Body.Items = make([]sessionView, len(list))
	for i, l := range list {
		out.Body.Items[i] = sessionView{l.ID, l.Device, l.IP, l.CreatedAt, l.SeenAt, l.ExpiresAt, l.ID == a.SessionID}
	}
	return out, nil
}

type loggedOut struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
}

// logOut ends the session that calls; a bearer token has none to end.
func (s *Server) logOut(ctx context.Context, _ *empty) (*loggedOut, error) {
	a := accessOf(ctx)
	if a.SessionID == 0 {
		return nil, ledger.ErrNotFound
	}
	if err := s.ledger.Revoke(ctx, a.Person.ID, a.SessionID); err != nil {
		return nil, err
	}
	gone := baked(sessionCookie, "", 0, callerOf(ctx).secure)
	gone.MaxAge = -1
	return &loggedOut{[]http.Cookie{gone}}, nil
}

func (s *Server) revokeSession(ctx context.Context, in *itemID) (*empty, error) {
	return nil, s.ledger.Revoke(ctx, accessOf(ctx).Person.ID, in.ID)
}

type passwordCall struct {
	Body struct {
		Old string `json:"old" maxLength:"1000"`
		New string `json:"new" minLength:"8" maxLength:"1000"`
	}
}

// changePassword asks for the old one and ends all other sessions.
func (s *Server) changePassword(ctx context.Context, in *passwordCall) (*empty, error) {
	a := accessOf(ctx)
	if err := s.ledger.CheckPassword(ctx, a.Person.ID, in.Body.Old); err != nil {
		return nil, err
	}
	return nil, s.ledger.SetPassword(ctx, a.Person.ID, in.Body.New, a.SessionID)
}
