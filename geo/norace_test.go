//go:build !race

package geo_test

// raceSlack leaves room for a loaded machine; the limits themselves are generous.
const raceSlack = 4
