package geo

import "math"

const (
	// M2PerMu is one 亩 in square metres: 2000/3, so that 15 亩 are one hectare.
	M2PerMu = 2000.0 / 3
	// M2PerHa is one 公顷 in square metres.
	M2PerHa = 10000.0
)

// Mu converts square metres into 亩, unrounded.
func Mu(m2 float64) float64 { return m2 / M2PerMu }

// Ha converts square metres into 公顷, unrounded.
func Ha(m2 float64) float64 { return m2 / M2PerHa }

// M2OfMu converts 亩 into square metres, unrounded.
func M2OfMu(mu float64) float64 { return mu * M2PerMu }

// M2OfHa converts 公顷 into square metres, unrounded.
func M2OfHa(ha float64) float64 { return ha * M2PerHa }

// How many decimals an area is shown with. Sums are rounded once, after adding.
const (
	DigitsM2 = 2
	DigitsMu = 2
	DigitsHa = 4
)

// Round rounds half away from zero to digits decimals, for display only: stored
// and added areas stay unrounded. It works on the shortest decimal that v prints
// as, so 1.005 becomes 1.01, as a person with a pencil expects.
func Round(v float64, digits int) float64 {
	scale := math.Pow10(digits)
	scaled := v * scale
	if math.IsInf(scaled, 0) {
		return v
	}
	// A product like 1.005*100 = 100.49999999999999 is off by at most an ulp or two.
	nudge := math.Abs(scaled) * 4 * epsilon
	return math.Copysign(math.Floor(math.Abs(scaled)+0.5+nudge), v) / scale
}

// epsilon is the relative rounding error of one float64 operation, 2^-53.
const epsilon = 1.0 / (1 << 53)
