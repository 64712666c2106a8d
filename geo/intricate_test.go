package geo_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"guatu/geo"
)

// surveyed is a ring as a survey gives it: round in the large, wavy in the small.
func surveyed(r *rand.Rand, corners int) orb.Ring {
	var waves [12]struct{ size, phase float64 }
	for i := range waves {
		waves[i].size, waves[i].phase = 0.3/float64(1+i*i), 2*math.Pi*r.Float64()
	}
	ring := make(orb.Ring, corners)
	for i := range ring {
		angle := 2 * math.Pi * float64(i) / float64(corners)
		far := 1.0
		for k, w := range waves {
			far += w.size * math.Sin(math.Exp2(float64(k))*angle+w.phase)
		}
		far += 0.02 / float64(corners) * r.Float64()
		ring[i] = orb.Point{114 + 0.1*far*math.Cos(angle), 33.5 + 0.1*far*math.Sin(angle)}
	}
	return append(ring, ring[0])
}

// TestIntricateBoundariesAreRefused: what would hold the database is refused, and
// what is taken does not.
func TestIntricateBoundariesAreRefused(t *testing.T) {
	conn := connect(t)
	rnd := rand.New(rand.NewPCG(8, 9))
	for name, tt := range map[string]struct {
		ring orb.Ring
		ok   bool
	}{
		"a survey of 19,000 points":      {surveyed(rnd, 19_000), true},
		"a hatch of 500":                 {hatch(500), true},
		"a hatch of 1,000":               {hatch(1_000), true},
		"a hatch of 4,000":               {hatch(4_000), false},
		"a hatch of 19,000":              {hatch(19_000), false},
		"spikes around a centre, 1,000":  {starRing(rnd, 114, 33, 1, 1000, 0.9), true},
		"spikes around a centre, 19,000": {starRing(rnd, 114, 33, 1, 19_000, 0.9), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Logf("%d points, %d meetings", len(tt.ring), geo.MeetingsForTest(orb.Polygon{tt.ring}))
			if tt.ok {
				begun := time.Now()
				if _, err := conn.Exec(context.Background(), `SELECT ST_IsValid($1::geometry)`, tt.ring); err != nil {
					t.Fatal(err)
				}
				t.Logf("ST_IsValid took %v", time.Since(begun))
			}
			var text bytes.Buffer
			if err := geo.EncodeGeoJSON(&text, []geo.Feature{{Geometry: orb.Polygon{tt.ring}}}); err != nil {
				t.Fatal(err)
			}
			var err error
			took := cpuTime(t, func() { _, err = geo.DecodeGeoJSON(&text, geo.Limits{}) })
			t.Logf("decoding took %v", took)
			var refusal *geo.GeoJSONError
			_ = errors.As(err, &refusal)
			if tt.ok && err != nil || !tt.ok && (refusal == nil || refusal.Code != geo.CodeTooIntricate) {
				t.Errorf("DecodeGeoJSON = %v", err)
			}
			if took > 250*time.Millisecond*raceSlack {
				t.Errorf("took %v", took)
			}
		})
	}
}
