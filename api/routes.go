package api

import (
	"net/http"

	"guatu/ledger"
)

// routes is the table of contents: every path, who may call it, and where it is
// answered. Registration, role checks, OpenAPI and the matrix test read it.
var routes = joined(peopleRoutes, projectRoutes, siteRoutes, boundaryRoutes, importRoutes, tileRoutes, boardRoutes, photoRoutes, mediaRoutes, otherRoutes)

func joined(tables ...[]route) []route {
	var all []route
	for _, t := range tables {
		all = append(all, t...)
	}
	return all
}

const (
	get   = http.MethodGet
	post  = http.MethodPost
	put   = http.MethodPut
	patch = http.MethodPatch
	del   = http.MethodDelete
)

var admin = only(ledger.Admin)

var peopleRoutes = []route{
	op(post, "/api/v1/sessions", "log-in", "登录", public, (*Server).logIn),
	op(get, "/api/v1/sessions", "list-my-sessions", "我的登录设备", everyone, (*Server).mySessions),
	op(del, "/api/v1/sessions/current", "log-out", "退出", everyone, (*Server).logOut),
	op(del, "/api/v1/sessions/{id}", "revoke-session", "让一台设备退出", everyone, (*Server).revokeSession),
	op(get, "/api/v1/me", "who-am-i", "我是谁，能看哪里", everyone, (*Server).whoAmI),
	op(put, "/api/v1/me/password", "change-password", "改密码，其他设备随即退出", everyone, (*Server).changePassword, status(http.StatusNoContent)),
	op(get, "/api/v1/areas", "list-areas", "行政区划", everyone, (*Server).areas),
	op(get, "/api/v1/orgs", "list-orgs", "单位", everyone, (*Server).orgs),
	op(post, "/api/v1/orgs", "add-org", "新增单位", admin, (*Server).addOrg),
	op(get, "/api/v1/persons", "list-persons", "人员与授权", only(ledger.Admin, ledger.Auditor), (*Server).persons),
	op(post, "/api/v1/persons", "add-person", "新增人员", admin, (*Server).addPerson),
	op(get, "/api/v1/persons/{id}", "get-person", "一名人员", only(ledger.Admin, ledger.Auditor), (*Server).person),
	op(put, "/api/v1/persons/{id}/grants", "set-grants", "授权：角色 × 辖区或项目", admin, (*Server).setGrants),
	op(put, "/api/v1/persons/{id}/password", "reset-password", "重置密码，所有设备随即退出", admin, (*Server).resetPassword, status(http.StatusNoContent)),
	op(put, "/api/v1/persons/{id}/disabled", "disable-person", "停用或恢复", admin, (*Server).disablePerson),
}

var otherRoutes = []route{
	plain(get, "/api/v1/stream", "stream", "实时事件（SSE），可带 Last-Event-ID 续接", everyone, (*Server).stream),
	plain(get, "/api/openapi.json", "openapi", "OpenAPI 3.1", public, (*Server).openAPI),
	plain(get, "/api/openapi-3.0.json", "openapi-3.0", "OpenAPI 3.0.3", public, (*Server).openAPI3),
}
