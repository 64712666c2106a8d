package geo_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"guatu/geo"
)

func TestAreasConvert(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ got, want float64 }{
		"15 亩 are a hectare":              {geo.Mu(10000), 15},
		"3 亩 are 2000 m²":                 {geo.M2OfMu(3), 2000},
		"a hectare":                       {geo.Ha(10000), 1},
		"ten hectares back":               {geo.M2OfHa(10), 100000},
		"1 mm² is not lost":               {geo.M2OfMu(geo.Mu(0.000001)), 0.000001},
		"rounds half up":                  {geo.Round(1.005, 2), 1.01},
		"rounds half away below zero":     {geo.Round(-1.005, 2), -1.01},
		"below half stays":                {geo.Round(12.4649999, 2), 12.46},
		"hectares to four":                {geo.Round(geo.Ha(83061.7), geo.DigitsHa), 8.3062},
		"亩 from m², once, after adding":   {geo.Round(geo.Mu(3.331+3.331+3.331), geo.DigitsMu), 0.01},
		"what does not fit stays":         {geo.Round(math.MaxFloat64, 4), math.MaxFloat64},
		"zero":                            {geo.Round(0, 2), 0},
		"a number with no half in binary": {geo.Round(2.675, 2), 2.68},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if math.Abs(tt.got-tt.want) > 1e-12*math.Max(1, math.Abs(tt.want)) {
				t.Errorf("got %.15g, want %.15g", tt.got, tt.want)
			}
		})
	}
}

func TestRoundingIsSettled(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64Range(-1e9, 1e9).Draw(t, "v")
		digits := rapid.IntRange(0, 4).Draw(t, "digits")
		once := geo.Round(v, digits)
		if geo.Round(once, digits) != once {
			t.Fatalf("rounding %v twice differs", v)
		}
		if math.Abs(once-v) > 0.5*math.Pow10(-digits)*(1+1e-6)+math.Abs(v)*1e-15 {
			t.Fatalf("%v became %v", v, once)
		}
	})
}
