package demo

import "testing"

func TestCountiesFillTheCity(t *testing.T) {
	t.Parallel()
	list, ends := drawCounties()
	city := cityOutline(list)
	if !city.simple() {
		t.Error("the city's outline crosses itself")
	}
	var sum int64
	for _, c := range list {
		if !c.outline.simple() {
			t.Errorf("%s: the outline crosses itself", c.name)
		}
		if c.outline.area2() <= 0 {
			t.Errorf("%s: the outline is not counter-clockwise", c.name)
		}
		if !c.outline.holds(c.seat.cell()) {
			t.Errorf("%s: the seat lies outside", c.name)
		}
		t.Logf("%s %.1f km², %d vertices", c.name, c.outline.flatM2()/1e6, len(c.outline))
		sum += c.outline.area2()
	}
	if sum != city.area2() {
		t.Errorf("counties sum to %d, the city is %d", sum, city.area2())
	}
	rivers, land, water := drawRivers(list, ends)
	for _, c := range list {
		sum := int64(0)
		for _, l := range append(land[c.code], water[c.code]...) {
			if !l.simple() {
				t.Errorf("%s: a piece of land or water crosses itself (%d vertices)", c.name, len(l))
			}
			sum += l.area2()
		}
		if sum != c.outline.area2() {
			t.Errorf("%s: land and water sum to %d, the county is %d", c.name, sum, c.outline.area2())
		}
		t.Logf("%s: %d land %d water", c.name, len(land[c.code]), len(water[c.code]))
	}
	for _, r := range rivers {
		if !r.water.simple() || r.water.area2() <= 0 {
			t.Errorf("%s: water is not a plain counter-clockwise loop", r.name)
		}
	}
}
