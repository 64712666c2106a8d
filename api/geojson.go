package api

import (
	"errors"
	"net/http"

	"guatu/geo"
)

// groundProblems are refusals of ground that did not come as GeoJSON; those of
// GeoJSON are told by tellGeoJSON, which knows the place.
var groundProblems = []row{
	{geo.ErrTooLarge, http.StatusRequestEntityTooLarge, "geojson_too_large", "GeoJSON 太大，请拆分或简化后再传"},
	{geo.ErrGeoJSON, http.StatusUnprocessableEntity, "geojson_not_json", "GeoJSON 无法识别，请重新导出后再传"},
	{geo.ErrNotSimple, http.StatusUnprocessableEntity, "boundary_not_simple", "红线自相交，请重新勾绘"},
	{geo.ErrNotFinite, http.StatusUnprocessableEntity, "not_finite", "坐标里有不是数值的内容，请重新导出后再传"},
}

// tellGeoJSON words a refused GeoJSON: what is wrong, at which value of the
// text, where on the ground, and what to do next.
func tellGeoJSON(err error) *Problem {
	var refusal *geo.GeoJSONError
	if !errors.As(err, &refusal) {
		return nil
	}
	status, title := http.StatusUnprocessableEntity, "GeoJSON 有误，没有保存"
	switch {
	case errors.Is(err, geo.ErrTooLarge):
		status, title = http.StatusRequestEntityTooLarge, "GeoJSON 超过上限，没有保存"
	case refusal.Flaw != nil:
		title = "红线有误，没有保存"
	}
	p := answer(status, refusal.Code, title)
	p.Detail = refusal.Message
	item := ProblemItem{Location: refusal.Path, Message: refusal.Message, Code: refusal.Code}
	if refusal.At != nil {
		p.Extra = map[string]any{"at": lonLat(*refusal.At)}
	}
	if refusal.Feature >= 0 {
		if p.Extra == nil {
			p.Extra = map[string]any{}
		}
		p.Extra["feature"] = refusal.Feature
	}
	p.Errors = []ProblemItem{item}
	return p
}
