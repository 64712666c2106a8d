package survey

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"github.com/paulmach/orb"

	"guatu/geo/boundary"
	"guatu/geo/crs"
	"guatu/geo/datum"
)

// text reads a 勘测定界 TXT or a list of points.
func (r *reader) text() error {
	opts := r.listOptions()
	var f *boundary.File
	var err error
	if r.p.Format == List {
		text, ok := r.wholeText()
		if !ok {
			return refuse(List, boundary.CodeEncoding, "文字的编码认不出来。请另存为 UTF-8 后再传。")
		}
		f, err = boundary.ReadList(text, opts)
	} else {
		f, err = boundary.Read(bytes.NewReader(r.file), opts)
	}
	return r.boundaryFile(f, err)
}

// listOptions are what a person answered, in the words of package boundary.
func (r *reader) listOptions() boundary.Options {
	opts := boundary.Options{}
	if s := r.said; s != nil {
		opts.Datum, opts.Zone = crs.CGCS2000, s.Zone
		if s.Degrees() {
			opts.Degrees = crs.FormDegrees
		}
	}
	return opts
}

// boundaryFile takes over what package boundary read, or why it did not.
func (r *reader) boundaryFile(f *boundary.File, err error) error {
	var errs boundary.Errors
	if err != nil && !errors.As(err, &errs) {
		return err
	}
	if r.askFor(errs) {
		return nil
	}
	if f == nil || len(f.Plots) == 0 {
		out := &Refusal{Format: r.p.Format, TooLarge: errors.Is(err, boundary.ErrTooLarge)}
		for _, e := range errs {
			out.Issues = append(out.Issues, fromBoundary(e))
		}
		return out
	}
	if r.opt.Datum != "" && r.opt.Datum != datum.WGS84 && !f.System.Degrees() {
		return refuse(r.p.Format, CodeDatumPlane, "GCJ-02、BD-09 只能是经纬度；这个文件是平面坐标，请不要选它。")
	}
	r.p.Systems = append(r.p.Systems, System{System: f.System, Why: f.Why, Datum: r.opt.Datum})
	for i := range f.Plots {
		if err := r.boundaryPlot(f, &f.Plots[i]); err != nil {
			return err
		}
	}
	for _, e := range errs {
		if p := r.plotOf(e.Line); p != nil {
			p.Errors = append(p.Errors, fromBoundary(e))
			p.Area.judgeBy(e.Code)
		} else {
			r.p.Errors = append(r.p.Errors, fromBoundary(e))
		}
	}
	for _, n := range f.Notes {
		one := Issue{Code: n.Code, Message: n.Message, Line: n.Line, Confirm: n.Confirm}
		if p := r.plotOf(n.Line); p != nil && n.Code != boundary.CodeEastFirst {
			p.Warnings = append(p.Warnings, one)
			p.Area.judgeBy(n.Code)
		} else {
			r.p.Warnings = append(r.p.Warnings, one)
		}
	}
	return nil
}

func (r *reader) boundaryPlot(f *boundary.File, b *boundary.Plot) error {
	p := Plot{
		Line: b.Line, Number: clip(b.Number), Name: clip(b.Name), Use: clip(b.Use),
		Given: b.Given, System: f.System, Ground: b.Ground, Plane: f.PlaneSystem,
		Area: Area{
			Declared: clip(b.Declared), Unit: string(f.Unit), DeclaredM2: b.DeclaredM2,
			PlanarM2: b.PlanarM2, EllipsoidalM2: b.EllipsoidalM2, Verdict: NotDeclared,
		},
	}
	if b.Declared != "" && b.Ground != nil {
		p.Area.Basis, p.Area.Verdict = "planar", Agrees
		if f.Unit != "" {
			p.Area.DifferenceM2 = b.DeclaredM2 - b.PlanarM2
		}
	}
	r.undo(&p)
	return r.add(p)
}

// judgeBy takes the verdict of package boundary over.
func (a *Area) judgeBy(code string) {
	switch code {
	case boundary.CodeArea, boundary.CodeAreaUnit:
		a.Verdict = Wrong
	case boundary.CodeAreaDiffers:
		a.Verdict = Differs
	}
}

// plotOf is the plot that a line of a TXT belongs to.
func (r *reader) plotOf(line int) *Plot {
	for i := len(r.p.Plots) - 1; i >= 0 && line > 0; i-- {
		if r.p.Plots[i].Line <= line {
			return &r.p.Plots[i]
		}
	}
	return nil
}

func fromBoundary(e *boundary.Error) Issue {
	return Issue{Code: e.Code, Message: e.Message, Line: e.Line, Point: e.Point, At: e.LonLat}
}

// askFor turns refusals that a person can settle into a question.
func (r *reader) askFor(errs boundary.Errors) bool {
	asked := false
	for _, e := range errs {
		if e.Needs == crs.NeedNothing {
			return false // another file is needed, whatever the answer
		}
		if !asked {
			r.ask(e.Message, e.Suggest)
			asked = true
		}
	}
	return asked
}

// ask asks for the system, the likeliest first.
func (r *reader) ask(message string, likely []crs.System) {
	if len(r.p.Questions) > 0 {
		return // once for all layers
	}
	q := Question{Code: CodeAskSystem, Message: message, Query: "crs"}
	seen := map[int]bool{}
	offer := func(s crs.System) {
		if s.EPSG != 0 && !seen[s.EPSG] {
			seen[s.EPSG] = true
			q.Choices = append(q.Choices, Choice{strconv.Itoa(s.EPSG), s.String()})
		}
	}
	for _, s := range likely {
		offer(s)
	}
	if len(likely) == 0 {
		middle := crs.ZoneAt(114, 3)
		if r.opt.City != (orb.Bound{}) {
			middle = crs.ZoneAt(r.opt.City.Center()[0], 3)
		}
		for _, n := range []int{middle, middle - 1, middle + 1} {
			if s, ok := crs.ZoneSystem(n, false); ok {
				offer(s)
			}
		}
	}
	r.p.Questions = append(r.p.Questions, q)
}

// told words a refusal of the coordinate system.
func told(err error) Issue {
	var e *crs.Error
	if errors.As(err, &e) {
		return Issue{Code: e.Code, Message: e.Message}
	}
	return Issue{Code: crs.CodeUnknown, Message: fmt.Sprintf("坐标系认不出来：%s", clip(err.Error()))}
}
