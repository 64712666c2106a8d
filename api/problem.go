package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
	"github.com/labstack/echo/v4"

	"guatu/ledger"
)

// Problem is what a caller is told when something is refused (RFC 9457,
// application/problem+json). Code never changes its meaning; Title and Detail
// are Chinese, for people, and say what to do next.
type Problem struct {
	Type    string         `json:"type" doc:"Stable URI of the problem"`
	Title   string         `json:"title" doc:"What happened, in Chinese"`
	Status  int            `json:"status"`
	Detail  string         `json:"detail,omitempty" doc:"Particulars and what to do next, in Chinese"`
	Code    string         `json:"code" doc:"Stable code"`
	TraceID string         `json:"trace_id,omitempty" doc:"Finds the request in the server's log"`
	Errors  []ProblemItem  `json:"errors,omitempty" doc:"One for each field that was refused"`
	Extra   map[string]any `json:"extra,omitempty" doc:"Facts that a program can use, such as the stored sha256"`

	retryAfter time.Duration
}

// ProblemItem is one refused field.
type ProblemItem struct {
	Location string `json:"location" doc:"body.name, query.limit, feature 3 …"`
	Message  string `json:"message"`
	Code     string `json:"code,omitempty"`
	Value    any    `json:"value,omitempty"`
}

func (p *Problem) Error() string { return fmt.Sprintf("%d %s: %s", p.Status, p.Code, p.Title) }

// GetStatus makes Problem an error that huma writes as it is.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is application/problem+json.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders adds Retry-After where waiting helps.
func (p *Problem) GetHeaders() http.Header {
	if p.retryAfter <= 0 {
		return nil
	}
	return http.Header{"Retry-After": {strconv.Itoa(int(math.Ceil(p.retryAfter.Seconds())))}}
}

// row is a line of the one table from errors to answers.
type row struct {
	err    error
	status int
	code   string
	title  string
}

// problems is the only place where errors get a status, a code and Chinese
// words. The first row that matches counts: narrow errors stand above wide ones.
var problems = concat(ownProblems, ledgerProblems, boundaryProblems, tileProblems, groundProblems, photoProblems, mediaProblems, []row{
	{ledger.ErrUnauthenticated, http.StatusUnauthorized, "unauthenticated", "请先登录"},
	{ledger.ErrLogin, http.StatusUnauthorized, "login_failed", "用户名或密码不对，请核对后重试"},
	{ledger.ErrWeakPassword, http.StatusUnprocessableEntity, "weak_password", "密码太短，至少 8 个字"},
	{ledger.ErrNotFound, http.StatusNotFound, "not_found", "没有找到，或不在您的辖区内"},
	{ledger.ErrConflict, http.StatusConflict, "changed_meanwhile", "别人刚刚改过，请刷新后再改"},
	{ledger.ErrTaken, http.StatusConflict, "already_taken", "名称或编码已被使用，请换一个"},
	{ledger.ErrUnknownArea, http.StatusUnprocessableEntity, "unknown_area", "行政区划代码不存在，请核对"},
	{ledger.ErrInUse, http.StatusConflict, "still_in_use", "还有别的记录在用它，不能删除"},
	{ledger.ErrValue, http.StatusUnprocessableEntity, "value_not_allowed", "取值不在允许范围内，请核对"},
	{ledger.ErrBusy, http.StatusServiceUnavailable, "busy", "系统正忙，请稍后再试"},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, "timeout", "处理超时，请稍后再试"},
})

var ownProblems = []row{
	{errForbidden, http.StatusForbidden, "forbidden", "您的岗位没有这项权限"},
	{errCrossSite, http.StatusForbidden, "cross_site", "请求来自别的网站，已拒绝"},
	{errInsecure, http.StatusBadRequest, "https_required", "请用 https 网址访问后再登录"},
	{errCursor, http.StatusBadRequest, "bad_cursor", "翻页标记无效，请从第一页开始"},
}

func concat(tables ...[]row) []row {
	var all []row
	for _, t := range tables {
		all = append(all, t...)
	}
	return all
}

// retryAfterBusy is what a caller is asked to wait when the system is busy.
const retryAfterBusy = 2 * time.Second

// problem finds the answer for err. What is not in the table is a fault of ours:
// the log gets the chain, the caller a trace id.
func (s *Server) problem(ctx context.Context, err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p.traced(ctx)
	}
	var locked ledger.LockedError
	if errors.As(err, &locked) {
		p = answer(http.StatusTooManyRequests, "locked", "登录失败次数过多，账号暂时锁定")
		p.Detail = "请在 " + locked.Until.In(ledger.Beijing).Format("01-02 15:04") + " 之后再试，或用曾经登录过的设备登录"
		p.retryAfter = locked.Until.Sub(s.ledger.Now())
		return p.traced(ctx)
	}
	if p = s.nounProblem(err); p != nil {
		return p.traced(ctx)
	}
	for _, r := range problems {
		if !errors.Is(err, r.err) {
			continue
		}
		p = answer(r.status, r.code, r.title)
		if r.status == http.StatusServiceUnavailable {
			p.retryAfter = retryAfterBusy
			s.log.WarnContext(ctx, "answered unavailable", "err", err, "trace", traceOf(ctx))
		}
		return p.traced(ctx)
	}
	if errors.Is(err, context.Canceled) {
		return answer(499, "client_gone", "连接已断开").traced(ctx)
	}
	s.log.ErrorContext(ctx, "request failed", "err", err, "trace", traceOf(ctx))
	return answer(http.StatusInternalServerError, "internal", "系统出错了，已记录；请把追踪号告诉管理员").traced(ctx)
}

func answer(status int, code, title string) *Problem {
	return &Problem{Type: "about:blank#" + code, Title: title, Status: status, Code: code}
}

func (p *Problem) traced(ctx context.Context) *Problem {
	p.TraceID = traceOf(ctx)
	return p
}

// write sends p on a plain Echo route.
func (p *Problem) write(c echo.Context) error {
	for k, v := range p.GetHeaders() {
		c.Response().Header()[k] = v
	}
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return c.Blob(p.Status, p.ContentType(""), body)
}

// frameworkTitles are the answers to what never reaches a handler.
var frameworkTitles = map[int][2]string{
	http.StatusBadRequest:                  {"bad_request", "请求格式不对，请检查后重试"},
	http.StatusNotFound:                    {"not_found", "没有找到，或不在您的辖区内"},
	http.StatusMethodNotAllowed:            {"method_not_allowed", "这个网址不支持这种操作"},
	http.StatusRequestTimeout:              {"timeout", "请求超时，请重试"},
	http.StatusRequestEntityTooLarge:       {"too_large", "内容太大，超过上限"},
	http.StatusUnsupportedMediaType:        {"unsupported_type", "不支持这种内容类型，请用 application/json"},
	http.StatusUnprocessableEntity:         {"invalid", "有内容填得不对，请按提示修改"},
	http.StatusRequestHeaderFieldsTooLarge: {"headers_too_large", "请求头太大"},
}

func frameworkProblem(ctx context.Context, status int, errs []error) *Problem {
	words, ok := frameworkTitles[status]
	if !ok {
		words = [2]string{"http_" + strconv.Itoa(status), http.StatusText(status)}
	}
	p := answer(status, words[0], words[1]).traced(ctx)
	for _, err := range errs {
		var detail huma.ErrorDetailer
		switch {
		case err == nil:
		case errors.As(err, &detail):
			d := detail.ErrorDetail()
			p.Errors = append(p.Errors, ProblemItem{Location: d.Location, Message: d.Message, Value: short(d.Value)})
		default:
			p.Errors = append(p.Errors, ProblemItem{Message: "内容无法解析"})
		}
	}
	return p
}

// short keeps an echoed value from filling the answer.
func short(v any) any {
	if text, ok := v.(string); ok && len(text) > 200 {
		return text[:200] + "…"
	}
	switch v.(type) {
	case string, float64, bool, int, int64, nil:
		return v
	}
	return nil
}

func init() {
	huma.NewErrorWithContext = func(ctx huma.Context, status int, _ string, errs ...error) huma.StatusError {
		base := context.Background()
		if ctx != nil {
			base = ctx.Context()
		}
		return frameworkProblem(base, status, errs)
	}
	huma.NewError = func(status int, _ string, errs ...error) huma.StatusError {
		return frameworkProblem(context.Background(), status, errs)
	}
	validation.MsgUnexpectedProperty = "没有这一项"
	validation.MsgExpectedRFC3339DateTime = "应为 RFC 3339 时间，如 2026-03-05T08:00:00+08:00"
	validation.MsgExpectedRFC3339Date = "应为日期，如 2026-03-05"
	validation.MsgExpectedRFC4122UUID = "应为 UUID：%v"
	validation.MsgExpectedBoolean = "应为 true 或 false"
	validation.MsgExpectedNumber = "应为数字"
	validation.MsgExpectedInteger = "应为整数"
	validation.MsgExpectedString = "应为文字"
	validation.MsgExpectedArray = "应为列表"
	validation.MsgExpectedObject = "应为对象"
	validation.MsgExpectedArrayItemsUnique = "列表中有重复"
	validation.MsgExpectedOneOf = "应为其中之一：\"%s\""
	validation.MsgExpectedMinimumNumber = "应不小于 %v"
	validation.MsgExpectedExclusiveMinimumNumber = "应大于 %v"
	validation.MsgExpectedMaximumNumber = "应不大于 %v"
	validation.MsgExpectedExclusiveMaximumNumber = "应小于 %v"
	validation.MsgExpectedMinLength = "至少 %d 个字"
	validation.MsgExpectedMaxLength = "至多 %d 个字"
	validation.MsgExpectedBePattern = "格式应为 %s"
	validation.MsgExpectedMatchPattern = "格式不对，应符合 %s"
	validation.MsgExpectedMinItems = "至少 %d 项"
	validation.MsgExpectedMaxItems = "至多 %d 项"
	validation.MsgExpectedRequiredProperty = "缺少必填项 %s"
	validation.MsgExpectedMatchAtLeastOneSchema = "不符合任何一种允许的形式"
	validation.MsgExpectedMatchExactlyOneSchema = "不符合任何一种允许的形式"
}
