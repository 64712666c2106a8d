package demo

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/paulmach/orb"
)

// A Shot is one photo: who took it where and when, and what it will show. Its
// picture is drawn on demand by Picture.
type Shot struct {
	ID         [16]byte // UUIDv7 of the moment at which the phone made it
	Project    int      // index into City.Projects
	Site       int      // index into the project's Sites
	Person     int      // index into City.People
	TakenAt    time.Time
	ReceivedAt time.Time
	Position   *orb.Point // what the browser gave; nil: nothing
	AccuracyM  float64
	EXIFAt     *orb.Point // what the file says; nil: no GPS in it
	Phone      int
	Zoned      bool // the file has OffsetTimeOriginal
	Upright    bool // held upright: stored turned, with orientation 6

	from    int
	weather sky
}

// daysOfPhotos is how far back photos go, today included.
const daysOfPhotos = 14

// planShots plans a fortnight of photos, as of an office that has just begun:
// each site joins on its own day, those where building goes on first, so that
// today most are there. Fewer come at weekends and in the rain; some sites fell
// silent for days; now and then the phone had no net and the photo came a day later.
func planShots(c *City) []Shot {
	var out []Shot
	today := c.Now.In(Shanghai)
	for back := daysOfPhotos - 1; back >= 0; back-- {
		day := time.Date(today.Year(), today.Month(), today.Day()-back, 0, 0, 0, 0, Shanghai)
		weather := weatherOf(c.Seed, day)
		for i := range c.Projects {
			r := stream(c.Seed, fmt.Sprintf("shots %d %s", i, day.Format(time.DateOnly)))
			for site := range c.Projects[i].Sites {
				habit := stream(c.Seed, fmt.Sprintf("habit %d %d", i, site))
				out = append(out, shotsOfDay(c, r, habit, i, site, day, back, weather)...)
			}
		}
	}
	out = slices.DeleteFunc(out, func(s Shot) bool { return s.ReceivedAt.After(c.Now) })
	slices.SortStableFunc(out, func(a, b Shot) int {
		return cmp.Or(a.ReceivedAt.Compare(b.ReceivedAt), slices.Compare(a.ID[:], b.ID[:]))
	})
	return out
}

func weatherOf(seed uint64, day time.Time) sky {
	r := stream(seed, "weather "+day.Format(time.DateOnly))
	return []sky{fine, fine, fine, fine, cloudy, cloudy, hazy, hazy, rain}[r.IntN(9)]
}

// shotsOfDay are the photos of one site on one day. habit is the site's own:
// since when its people send photos, how diligent they are, and whether they fell silent.
func shotsOfDay(c *City, r, habit *rand.Rand, i, site int, day time.Time, back int, weather sky) []Shot {
	p := &c.Projects[i]
	who := slices.IndexFunc(p.Members, func(m Member) bool { return m.Role == "inspector" })
	if who < 0 {
		return nil
	}
	since, diligence := habit.IntN(7), between(habit, 0.45, 0.8)
	if p.Stage == "started" || p.Stage == "building" || p.Stage == "accepting" {
		since, diligence = 2+habit.IntN(daysOfPhotos-4), between(habit, 0.75, 0.97)
	}
	silentFrom, silentFor := -1, 0
	if habit.IntN(9) == 0 { // silent for some days
		silentFrom, silentFor = habit.IntN(daysOfPhotos), 3+habit.IntN(3)
	}
	if c.People[p.Members[who].Person].Login == "inspector" { // whose phone page the demo shows
		since, diligence, silentFor = daysOfPhotos, 0.96, 0
		if back == 0 && i%3 == 0 { // not all of it today
			return nil
		}
	}
	if back > since || back <= silentFrom && back > silentFrom-silentFor {
		return nil
	}
	switch day.Weekday() {
	case time.Saturday:
		diligence *= 0.72
	case time.Sunday:
		diligence *= 0.55
	}
	if weather == rain {
		diligence *= 0.85
	}
	if r.Float64() > diligence {
		return nil
	}
	var out []Shot
	n := 1
	if r.IntN(11) == 0 {
		n = 2
	}
	hour := between(r, 7.2, 11.5)
	if r.IntN(3) == 0 {
		hour = between(r, 14, 18.2)
	}
	for k := range n {
		out = append(out, oneShot(c, r, i, site, who, day.Add(time.Duration((hour+float64(k)*0.05)*float64(time.Hour))).Truncate(time.Second), k, weather))
	}
	return out
}

func oneShot(c *City, r *rand.Rand, i, site, who int, taken time.Time, k int, weather sky) Shot {
	p := &c.Projects[i]
	s := Shot{Project: i, Site: site, Person: p.Members[who].Person, TakenAt: taken, weather: weather, from: r.IntN(3)}
	if k > 0 {
		s.from = (s.from + k) % 3
	}
	s.Phone = i % len(phones)
	s.Zoned = phones[s.Phone].zoned
	s.Upright = r.IntN(4) == 0
	delay := time.Duration(between(r, 4, 90) * float64(time.Second))
	if r.IntN(28) == 0 { // 补传: no net until the evening or the next days
		delay = time.Duration(between(r, 11, 44) * float64(time.Hour))
	}
	s.ReceivedAt = taken.Add(delay).Truncate(time.Millisecond)
	s.ID = uuid7(r, taken)
	at := inSite(r, p.Sites[s.Site])
	gps := at.add(vec{r.NormFloat64() * 4, r.NormFloat64() * 4})
	s.AccuracyM = math.Round(between(r, 4, 24)*10) / 10
	switch r.IntN(30) {
	case 0: // taken somewhere else
		away := vec{between(r, 1500, 5200), 0}.turn(r.Float64() * 6)
		at, gps = at.add(away), gps.add(away)
	case 1, 2: // no position at all
		return s
	case 3, 4, 5: // the file lost its GPS, as phones do
		s.Position = ptr(at.point())
		return s
	case 6: // the browser was not allowed to know
		s.EXIFAt = ptr(gps.point())
		return s
	}
	s.Position, s.EXIFAt = ptr(at.point()), ptr(gps.point())
	return s
}

func ptr[T any](v T) *T { return &v }

// inSite is a place inside a site's boundary, or close by.
func inSite(r *rand.Rand, s Site) vec {
	ring := s.Boundary[0][0]
	l := make(loop, 0, len(ring))
	for _, p := range ring[:len(ring)-1] {
		l = append(l, cellOf(p))
	}
	lo, hi := l.vecBounds()
	for range 20 {
		v := vec{between(r, lo.x, hi.x), between(r, lo.y, hi.y)}
		if l.holds(v.cell()) {
			return v
		}
	}
	return cellOf(s.At).vec()
}

// uuid7 is a UUIDv7 whose random part comes from r.
func uuid7(r *rand.Rand, at time.Time) (id [16]byte) {
	binary.BigEndian.PutUint64(id[:8], uint64(at.UnixMilli())<<16|r.Uint64()&0x0fff|0x7000)
	binary.BigEndian.PutUint64(id[8:], r.Uint64()&0x3fff_ffff_ffff_ffff|0x8000_0000_0000_0000)
	return id
}
